"""The learning rate finder: the loss over a rate that grows, and a rate to take."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

import msgspec
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from asanai_tui.project import Project
from asanai_tui.training.settings import scaled_rate, with_rate
from asanai_tui.tui.actions import bindings, first_key, hint
from asanai_tui.tui.screens.work import WorkScreen
from asanai_tui.tui.widgets.chart_parts import COMPONENTS
from asanai_tui.tui.widgets.fitting import Hinted
from asanai_tui.tui.widgets.lines import Lines
from asanai_tui.tui.widgets.options_pane import OptionsPane, Subject

if TYPE_CHECKING:
    from asanai_tui.inspection.learning_rate import RateSearch
    from asanai_tui.training.rate_finder import Found, Sweep

LOOK = 0.25  # seconds between looks at the sweep
STEP = 1.2  # times the rate at each press


class RatePane(Hinted, Vertical):
    """What the keys of the finder are for."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("rate")
    can_focus = True

    def action_move(self, by: int) -> None:
        cast(RateScreen, self.screen).move(by)

    def action_take(self) -> None:
        cast(RateScreen, self.screen).take()

    def action_again(self) -> None:
        cast(RateScreen, self.screen).search()

    def action_back(self) -> None:
        cast(RateScreen, self.screen).leave()


class RateCurve(Lines):
    """The curve and the rate that is chosen."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"rate-curve--{name}" for name in COMPONENTS}

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[Found, float | None] | None = None

    def show(self, found: Found, chosen: float | None) -> None:
        """Draw what a sweep has found so far."""
        if self._shown != (found, chosen):
            self._shown = found, chosen
            self.redraw()

    def draw(self, width: int, height: int) -> list[Strip]:
        if self._shown is None:
            return []
        from asanai_tui.tui.drawing.rate_curve import curve

        styles = [self.get_component_rich_style(f"rate-curve--{name}") for name in COMPONENTS]
        return curve(self._shown[0], width, height, self._shown[1]).strips([Style.null(), *styles])


class RateScreen(WorkScreen):
    """Looks when it is opened for a project that was not looked at; what is taken is an edit like any other."""

    TITLE_KEY = "3"

    def __init__(self) -> None:
        super().__init__()
        self._sweep: Sweep | None = None
        self._search: RateSearch | None = None
        self._of: Project | None = None  # what was looked at, its learning rate left out
        self._rate: float | None = None  # chosen; None: what is suggested
        self._suggested: float | None = None
        self._ended = False  # the sweep, as it was seen last
        self._clock: Timer | None = None

    def content(self) -> ComposeResult:
        with Horizontal(id="panes"):
            with RatePane(id="rate", classes="pane") as pane:
                pane.border_title = "Learning rate"
                yield Static(id="told", markup=False)
                yield RateCurve()
            yield OptionsPane()

    def on_mount(self) -> None:
        own = self.asanai.own_keys
        keys = ("rate.take", "rate.less", "rate.more", "rate.again", "training.settings", "rate.back")
        self.query_one(RatePane).border_subtitle = hint(keys, own)
        self.query_one(OptionsPane).border_subtitle = hint(("option.edit", "option.expert"), own)
        self._clock = self.set_interval(LOOK, self._look, pause=True)
        self.call_after_refresh(self.query_one(RatePane).focus)

    def panes(self) -> list[Widget]:
        return [self.query_one(RatePane), self.query_one(OptionsPane)]

    def show_pane(self, pane: Widget) -> None:
        self.set_class(isinstance(pane, OptionsPane), "beside-options")
        self.call_after_refresh(pane.focus)

    def resumed(self) -> None:
        super().resumed()
        from asanai_tui.training.rate_finder import Sweep  # torch

        self._sweep = self._sweep or Sweep()
        self.query_one(OptionsPane).show(Subject("sweep", "sweep", self._sweep))
        if self._of != _without_rate(self.asanai.project):
            self.search()

    def search(self) -> None:
        """Begin a sweep, instead of one that still runs."""
        from asanai_tui.inspection.learning_rate import RateSearch
        from asanai_tui.training.rate_finder import Sweep

        if self.asanai.desk.alive:
            key = first_key("training.toggle", self.asanai.own_keys)
            self._tell(f"A training is running; {key} stops it, then r looks for a rate.")
            return
        self._stop()
        project = self.asanai.project
        self._of, self._rate, self._suggested = _without_rate(project), None, None
        self._search = RateSearch(project, self._sweep or Sweep())
        self._search.start()
        if self._clock is not None:
            self._clock.resume()
        self._look()

    def move(self, by: int) -> None:
        """Another rate than the one that is suggested."""
        if (rate := self._chosen) is not None:
            self._rate = float(f"{scaled_rate(rate, STEP**by):.2g}")
            self._draw()

    def take(self) -> None:
        """The chosen rate becomes that of the document."""
        if (rate := self._chosen) is None:
            return
        label = f"learning rate {rate:g}"
        self.asanai.editor.training(with_rate(self.asanai.project.training, rate), label)
        self.app.notify(label.capitalize(), timeout=2)
        self.asanai.show("training")

    def leave(self) -> None:
        """Stop what runs; else back to the training."""
        if self._search is not None and self._search.alive:
            self._stop()
        else:
            self.asanai.show("training")

    def action_training_settings(self) -> None:
        self.show_pane(self.query_one(OptionsPane))

    def on_screen_suspend(self) -> None:
        self._stop()

    @on(OptionsPane.Changed)
    def _option_changed(self, event: OptionsPane.Changed) -> None:
        self._sweep = cast("Sweep", event.struct)
        self.query_one(OptionsPane).show(Subject("sweep", "sweep", self._sweep))

    @on(OptionsPane.Left)
    def _options_left(self) -> None:
        self.show_pane(self.query_one(RatePane))

    @property
    def _chosen(self) -> float | None:
        """The rate that enter takes; None while it is looked for."""
        return self._rate or self._suggested

    def _stop(self) -> None:
        if self._search is not None:
            self._search.stop()

    def _look(self) -> None:
        if self._search is None:
            return
        self._ended = not self._search.alive
        if self._ended:
            self._suggested = self._search.found.suggestion
            if self._clock is not None:
                self._clock.pause()
        self._draw()

    def _draw(self) -> None:
        if (search := self._search) is None:
            return
        found = search.found
        self.query_one(RateCurve).show(found, self._chosen)
        if search.problem:
            self._tell(f"✕ {search.problem}", wrong=True)
        elif not self._ended:
            step = f"Step {len(found.points)} of {search.sweep.steps}"
            self._tell(search.message or f"{step} · esc stops")
        else:
            present = self.asanai.project.training.optimizer.learning_rate
            take = first_key("rate.take", self.asanai.own_keys)
            self._tell(_told(found, self._chosen, present, take))

    def _tell(self, text: str, wrong: bool = False) -> None:
        told = self.query_one("#told", Static)
        told.set_class(wrong, "wrong")
        if told.content != text:
            told.update(text)


def _told(found: Found, chosen: float | None, present: float, take: str) -> str:
    if chosen is None or found.suggestion is None:
        return "The loss diverged, or the search was stopped, before a rate could be told; r looks again."
    return (
        f"{take} takes {chosen:g}; the project has {present:g}. Suggested is {found.suggestion:g}, a tenth of where "
        f"the loss has fallen ({found.fallen:.2g}); it fell fastest at {found.steepest:.2g}."
    )


def _without_rate(project: Project) -> Project:
    """The project with a learning rate that is the same for all: another one does not change what is found."""
    return msgspec.structs.replace(project, training=with_rate(project.training, 0.001))
