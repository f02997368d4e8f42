"""The training pane: progress, figures and the loss curve."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from typing import TYPE_CHECKING, Literal

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from asanai_tui.errors import counted
from asanai_tui.training.metric_settings import short
from asanai_tui.training.recorder import Snapshot
from asanai_tui.training.settings import Training
from asanai_tui.training.trials import plan
from asanai_tui.tui.actions import first_key, hint
from asanai_tui.tui.widgets.fitting import DOT, Hinted
from asanai_tui.tui.widgets.loss_chart import LossChart
from asanai_tui.tui.widgets.training_progress import Progress
from asanai_tui.values import shown

if TYPE_CHECKING:
    from asanai_tui.tui.app import AsanaiApp
    from asanai_tui.tui.training_desk import AnySession
    from asanai_tui.tui.widgets.curves import Curves


Unit = Literal["batches", "epochs"]
FEWEST = 2  # epochs of a curve; before there are so many it shows batches
DRAWN = 0.45  # seconds at least between two drawings of the curves, which cost the training thread its time


class TrainingPane(Hinted, Vertical):
    """Progress above, the curves below: the loss, and the metric where there is room for both."""

    can_focus = True

    def __init__(self, metric: bool = False) -> None:
        super().__init__(classes="pane")
        self._metric = metric
        self._session: AnySession | None = None
        self._title: tuple[str, ...] = ("", "")  # what the weights come from, and what is unhealthy
        self._curves: Curves | None = None
        self._due = 0.0  # when they are drawn again
        self._place = 0  # of the metric in the chart
        self._by: Unit | None = None  # what the user wants the loss by; None: what shows more

    def compose(self) -> ComposeResult:
        self.border_title = "Training"
        yield Progress()
        with Horizontal(id="charts"):
            yield LossChart("loss")
            if self._metric:
                yield LossChart("metric", id="metric")

    def show(self, app: AsanaiApp) -> None:
        """Draw the training that `app` holds, or what one key would start."""
        self.set_class(app.session is not None and app.snapshot.state == "failed", "failed")
        self.set_class(app.session is not None and bool(app.snapshot.results), "series")
        self.border_subtitle = hint(_keys(app, self._metric), app.own_keys, app.desk.labels)
        self._show_title(f"from {app.session.origin}" if app.session and app.session.origin else "", _findings(app))
        if app.session is None:
            self._session, self._curves = None, None
            for chart in self.query(LossChart):
                chart.clear()
            self.query_one(Progress).show_idle(idle_lines(app))
            return
        then = [f"{first_key('view.predict', app.own_keys)} asks it"]
        if app.snapshot.arriving:
            then = [f"{first_key('training.enough', app.own_keys)} trains on those that have arrived"]
        if app.desk.may_continue:
            then.append(_continues(app))
        if app.session.classes.known:
            then.append(f"{first_key('training.classes', app.own_keys)} each class")
        self.query_one(Progress).show(app.snapshot, then)
        self._draw(app.session, app.snapshot)

    def _show_title(self, *told: str) -> None:
        if told != self._title:
            self._title = told
            self.border_title = Content(DOT.join(("Training", *filter(None, told))))

    def toggle_log(self) -> None:
        """Logarithmic or linear loss axis."""
        chart = self.query(LossChart).first()
        chart.log_scale = not chart.log_scale

    def next_metric(self) -> None:
        """The next of several metrics in the chart."""
        if self._session is not None and self._curves is not None:
            self._place, self._due = self._place + 1, 0.0
            self._draw(self._session, self._session.recorder.snapshot())

    def toggle_batches(self) -> None:
        """The loss by batch or by epoch."""
        if self._session is None:
            return
        snapshot = self._session.recorder.snapshot()
        if not snapshot.recorded:
            self.app.notify("No epoch has ended yet; until then the loss is that of the batches.", timeout=5)
            return
        shown = self._by or unit_of(snapshot)
        self._by, self._due = "epochs" if shown == "batches" else "batches", 0.0
        self._draw(self._session, snapshot)

    def _draw(self, session: AnySession, snapshot: Snapshot) -> None:
        if session is not self._session:
            self._session, self._curves = session, None
        if snapshot.last is None and snapshot.loss is None and not snapshot.results:
            for chart in self.query(LossChart):
                chart.clear()
            return
        if self._curves is None or self._curves.metrics != snapshot.metrics:  # of a run that goes on they come later
            from asanai_tui.tui.widgets.curves import Curves  # numpy, after the first paint

            self._curves, self._due = Curves(snapshot.metrics), 0.0
        if not snapshot.ended and monotonic() < self._due:
            return
        self._due = monotonic() + DRAWN
        self._curves.pull(session.recorder, snapshot.batches)
        self._show_curves(self._curves, snapshot)

    def _show_curves(self, curves: Curves, snapshot: Snapshot) -> None:
        loss, *metric = self.query(LossChart)
        by_batch = (self._by or unit_of(snapshot)) == "batches" or not snapshot.recorded
        loss.title = "loss by batch" if by_batch else "loss"
        if by_batch:
            loss.show(curves.of_batches("loss"), snapshot.epochs * snapshot.batches, "batches")
        else:
            loss.show(curves.of_epochs("loss", "loss"), snapshot.epochs)
        for chart in metric if snapshot.metrics else ():
            name = snapshot.metrics[self._place % len(snapshot.metrics)]
            chart.display = snapshot.recorded > 0  # the loss may have its room meanwhile
            chart.title = name.replace("_", " ")
            chart.show(curves.of_epochs(name, short(name)), snapshot.epochs)


def unit_of(snapshot: Snapshot) -> Unit:
    """What the loss is drawn by where nothing else is wished: epochs, as soon as they make a curve."""
    return "batches" if snapshot.recorded < FEWEST else "epochs"


def idle_lines(app: AsanaiApp) -> tuple[tuple[str, ...], ...]:
    """What a key would start, in parts of which the first of each line counts most."""
    key = first_key("training.toggle", app.own_keys)
    training = app.project.training
    optimizer = f", {shown(training.optimizer)} {training.optimizer.learning_rate:g}"
    epochs, batches = _amount(training), f"batches of {training.batch_size}"
    if not app.desk.may_continue:
        return (f"{key} trains {epochs}",), (batches, optimizer)
    anew = f"{key} trains anew", f"{DOT}{_continues(app)}", " with the trained weights"
    return anew, (batches, optimizer, f", {epochs}")


def _keys(app: AsanaiApp, large: bool) -> Iterator[str]:
    """The actions that have something to do now; on the workbench only the first ones."""
    session, runs = app.session, app.desk.alive
    yield "training.toggle"
    if runs:
        yield "training.pause"
    if session is not None:
        yield "training.log"
    if large and session is not None:
        yield "training.batches"
        if len(app.snapshot.metrics) > 1:
            yield "training.metric"
        if session.classes.known:
            yield "training.classes"
    if large:
        yield "training.health"
    if large and not runs:
        yield "training.find_rate"
    yield from ("training.slower", "training.faster") if large else ("training.settings",)


def _findings(app: AsanaiApp) -> str:
    """`2 findings, h shows them`."""
    if app.session is None or not (count := app.snapshot.findings):
        return ""
    return f"{counted(count, 'finding')}: {first_key('training.health', app.own_keys)}"


def _amount(training: Training) -> str:
    """`30 epochs`, `5 folds of 30 epochs`, `5 runs of 30 epochs`."""
    epochs, trials = counted(training.epochs, "epoch"), plan(training)
    return f"{counted(len(trials), trials[0].noun)} of {epochs}" if trials else epochs


def _continues(app: AsanaiApp) -> str:
    return f"{first_key('training.continue', app.own_keys)} continues"
