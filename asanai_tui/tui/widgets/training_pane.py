"""The training pane: progress, figures and the loss curve."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.strip import Strip

from asanai_tui.errors import counted
from asanai_tui.training.recorder import Epoch, Snapshot
from asanai_tui.tui.actions import key_name, keys_of
from asanai_tui.tui.formats import clock, number, rate
from asanai_tui.tui.widgets.fitting import DOT, Hinted, Piece, fitting, length
from asanai_tui.tui.widgets.lines import Lines
from asanai_tui.tui.widgets.loss_chart import Line, LossChart
from asanai_tui.values import shown

if TYPE_CHECKING:
    from asanai_tui.runs.session import TrainingSession
    from asanai_tui.tui.app import AsanaiApp

SHORT = {"accuracy": "acc", "mean_absolute_error": "mae", "mean_squared_error": "mse"}
BAR = 20
SHORTEST_BAR = 4
ROOMY = 76  # columns from which on the batch is shown too


class Progress(Lines):
    """Two lines: where it is, and the metric of the last epoch."""

    COMPONENT_CLASSES = {"progress--muted", "progress--good", "progress--problem", "progress--strong"}

    def __init__(self) -> None:
        super().__init__()
        self._snapshot = Snapshot()
        self._idle: Sequence[Sequence[str]] = ()
        self._next: Sequence[str] = ()

    def show(self, snapshot: Snapshot, then: Sequence[str]) -> None:
        """Draw a moment of the training; `then` is what can be done after it."""
        self._snapshot, self._idle, self._next = snapshot, (), then
        self.redraw()

    def show_idle(self, lines: Sequence[Sequence[str]]) -> None:
        """Where there was no training: what one key would start. The last parts of a line go where it is narrow."""
        self._snapshot, self._idle = Snapshot(), lines
        self.redraw()

    def draw(self, width: int, height: int) -> list[Strip]:
        if self._idle:
            return [Strip(fitting(list(self._falling(parts)), width)) for parts in self._idle]
        if self._snapshot.state == "failed":
            lines = textwrap.wrap(f"✕ {self._snapshot.message}", width)
            return [Strip([Segment(line, self._look("problem"))]) for line in lines]
        return [Strip(self._where(width)), Strip(self._figures(width))]

    def _look(self, name: str) -> Style:
        return self.get_component_rich_style(f"progress--{name}", partial=True)

    def _falling(self, parts: Sequence[str]) -> Iterator[Piece]:
        """Parts of which the first counts most."""
        for place, part in enumerate(parts):
            yield Piece(part, self._look("muted"), -place)

    def _where(self, width: int) -> list[Segment]:
        shot = self._snapshot
        if shot.state == "preparing" or not shot.epochs:
            return [Segment(shot.message or "preparing", self._look("muted"))]
        if shot.ended:
            return fitting(self._ended(), width)
        share = (max(0, shot.epoch - 1) + shot.batch / max(1, shot.batches)) / shot.epochs
        pieces = [*self._done(share), *self._pace(width)]
        room = min(BAR, width - length(pieces) - 1)
        if room >= SHORTEST_BAR:
            done = round(share * room)
            bar = Piece("━" * done, self._look("strong"), 1), Piece("━" * (room - done) + " ", self._look("muted"), 1)
            pieces[2:2] = bar
        return fitting(pieces, width)

    def _ended(self) -> list[Piece]:
        outcome = Piece(f"✓ {self._snapshot.message.removesuffix('.')}", self._look("good"), 1)
        return [outcome, *self._falling([f"{DOT}{each}" for each in self._next])]

    def _done(self, share: float) -> Iterator[Piece]:
        shot, strong = self._snapshot, self._look("strong")
        digits = len(str(shot.epochs))
        yield Piece("epoch ", strong, 4)
        yield Piece(f"{shot.epoch:>{digits}}/{shot.epochs} ", strong, 6)
        yield Piece(f"{share:4.0%} ", strong, 3)

    def _pace(self, width: int) -> Iterator[Piece]:
        shot, muted = self._snapshot, self._look("muted")
        if shot.state == "paused":
            yield Piece("paused", muted, 5)
            return
        left = "" if shot.seconds_left is None else f"{clock(shot.seconds_left)} left"
        yield Piece(f"{left:>10}", muted, 5)
        if width >= ROOMY:
            yield Piece(f"{DOT}batch {shot.batch:>{len(str(shot.batches))}}/{shot.batches}", muted, 1)
        yield Piece(f"{DOT}{rate(shot.samples_per_second)}", muted, 2)

    def _figures(self, width: int) -> list[Segment]:
        """Learning rate, metric and best epoch; the losses stand in the legend of the chart.

        Where the line above has no room for what can be done next, it stands here instead of the learning rate.
        """
        first = [f"lr {self._snapshot.learning_rate:.3g}"]
        if self._snapshot.ended:
            above = "".join(segment.text for segment in fitting(self._ended(), width))
            first = [each for each in self._next if each not in above] or first
        wide, narrow = list(self._figures_apart("  ", first)), list(self._figures_apart(" ", first))
        return fitting(wide if length(wide) <= width else narrow, width)

    def _figures_apart(self, gap: str, first: Sequence[str]) -> Iterator[Piece]:
        shot, last = self._snapshot, self._snapshot.last
        if last is None:
            return
        strong, muted = self._look("strong"), self._look("muted")
        for place, each in enumerate(first):
            yield Piece(f"{each}{gap}", muted, 0 if place else 4)
        yield Piece(f"{SHORT.get(shot.metric_name, shot.metric_name)} {number(last.metric)}{gap}", strong, 5)
        if last.val_metric is not None:
            yield Piece(f"val {number(last.val_metric)}{gap}", strong, 3)
        if shot.best is not None:
            yield Piece(f"best {shot.best.epoch}", muted, 2)
            yield Piece(" ▲" if shot.best.epoch == last.epoch else "", self._look("good"), 1)


class TrainingPane(Hinted, Vertical):
    """Progress above, the curves below: the loss, and the metric where there is room for both."""

    can_focus = True

    def __init__(self, metric: bool = False) -> None:
        super().__init__(classes="pane")
        self._metric = metric
        self._session: TrainingSession | None = None
        self._origin = ""  # what the weights of the training come from, as the title says it
        self._curves: Curves | None = None

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
        self._show_origin(app.session.origin if app.session is not None else "")
        if app.session is None:
            self._session, self._curves = None, None
            for chart in self.query(LossChart):
                chart.clear()
            self.query_one(Progress).show_idle(idle_lines(app))
            return
        then = [f"{key_name(keys_of('view.predict', app.own_keys)[0])} asks it"]
        if app.desk.may_continue:
            then.append(_continues(app))
        self.query_one(Progress).show(app.snapshot, then)
        self._draw(app.session, app.snapshot)

    def _show_origin(self, origin: str) -> None:
        if origin != self._origin:
            self._origin = origin
            self.border_title = Content(f"Training · from {origin}" if origin else "Training")

    def toggle_log(self) -> None:
        """Logarithmic or linear loss axis."""
        chart = self.query(LossChart).first()
        chart.log_scale = not chart.log_scale

    def _draw(self, session: TrainingSession, snapshot: Snapshot) -> None:
        if session is not self._session:
            self._session, self._curves = session, None
        if not snapshot.recorded:
            for chart in self.query(LossChart):
                chart.clear()
            return
        if self._curves is None:
            self._curves = Curves()
        self._curves.extend(session.recorder.history(len(self._curves)))
        loss, *metric = self.query(LossChart)
        loss.show(self._curves.lines("loss", "loss"), snapshot.epochs)
        for chart in metric:
            chart.title = snapshot.metric_name.replace("_", " ")
            chart.show(self._curves.lines("metric", SHORT.get(snapshot.metric_name, "")), snapshot.epochs)


def idle_lines(app: AsanaiApp) -> tuple[tuple[str, ...], ...]:
    """What a key would start, in parts of which the first of each line counts most."""
    key = key_name(keys_of("training.toggle", app.own_keys)[0])
    training = app.project.training
    optimizer = f"{shown(training.optimizer)} {training.optimizer.learning_rate:g}"
    epochs, batches = counted(training.epochs, "epoch"), f"batches of {training.batch_size}, {optimizer}"
    if not app.desk.may_continue:
        return (f"{key} trains {epochs}",), (batches,)
    return (f"{key} trains anew", f"{DOT}{_continues(app)}", " with the trained weights"), (batches, f", {epochs}")


def _continues(app: AsanaiApp) -> str:
    return f"{key_name(keys_of('training.continue', app.own_keys)[0])} continues"


class Curves:
    """The history of one training as bounded series."""

    def __init__(self) -> None:
        from asanai_tui.plotting.series import Series  # numpy, after the first paint

        self._series = {name: Series() for name in ("loss", "val_loss", "metric", "val_metric")}

    def __len__(self) -> int:
        return len(self._series["loss"])

    def extend(self, epochs: Sequence[Epoch]) -> None:
        """Add what is new."""
        for epoch in epochs:
            for name, series in self._series.items():
                series.append(getattr(epoch, name))

    def lines(self, name: str, label: str) -> list[Line]:
        """The training curve, and that of the validation part where there is one."""
        lines = [Line(label, self._series[name])]
        if self._series[f"val_{name}"].last is not None:
            lines.append(Line("val", self._series[f"val_{name}"], "validation"))
        return lines
