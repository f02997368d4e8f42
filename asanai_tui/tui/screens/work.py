"""What the numbered screens share: the title above, the keys below, and being told of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from asanai_tui.resources import resource
from asanai_tui.training.recorder import Snapshot
from asanai_tui.tui.actions import bindings
from asanai_tui.tui.widgets.key_bar import KeyBar
from asanai_tui.tui.widgets.options_pane import OptionsPane
from asanai_tui.tui.widgets.path_input import PathInput
from asanai_tui.tui.widgets.title_bar import TitleBar

if TYPE_CHECKING:
    from asanai_tui.tui.app import AsanaiApp


class WorkScreen(Screen[None]):
    """Base of workbench, data, training, predict and network."""

    BINDINGS = bindings("work", "training", "program")
    TITLE_KEY = ""  # the digit that leads here
    AUTO_FOCUS = ""  # what has the keys at first; None would let Textual choose an input line, which swallows them
    CSS_PATH = resource("styles") / "work.tcss"

    _offered = (False, False)  # what the key bar was drawn for

    @property
    def asanai(self) -> AsanaiApp:
        """The program."""
        return cast("AsanaiApp", self.app)

    def compose(self) -> ComposeResult:
        yield TitleBar(self.TITLE_KEY)
        yield from self.content()
        yield KeyBar()

    def content(self) -> ComposeResult:
        """Everything between title and keys."""
        yield from ()

    def on_mount(self) -> None:
        self.watch(self, "focused", self._focus_moved, init=False)

    def panes(self) -> list[Widget]:
        """What tab goes through, in order."""
        return []

    @property
    def topic(self) -> str:
        """The layer that the handbook should open at; empty where none is selected."""
        return ""

    def home_pane(self) -> Widget:
        """Which of them has the focus when what had it is hidden: the options, where they took its place."""
        panes = self.panes()
        options = [pane for pane in panes if self.has_class("beside-options") and isinstance(pane, OptionsPane)]
        return (options or panes)[0]

    def show_pane(self, pane: Widget) -> None:
        """Bring a pane to the screen and give it the focus."""
        pane.focus()

    def _focus_moved(self, focused: Widget | None) -> None:
        if focused is None:  # what had it is hidden, at another size or with other data
            self.call_after_refresh(self._keep_focus)

    def _keep_focus(self) -> None:
        if self.focused is None and self.is_current and self.panes():
            self.show_pane(self.home_pane())

    def action_next_pane(self, by: int) -> None:
        panes = self.panes()
        if not panes:
            return
        place = next((i for i, pane in enumerate(panes) if pane.has_focus_within or pane.has_focus), -1)
        self.show_pane(panes[(place + by) % len(panes)])

    def action_log_scale(self) -> None:
        """Screens without curves lead to those that have some."""
        self.asanai.show("training")

    def action_batches(self) -> None:
        self.asanai.show("training")

    def action_next_metric(self) -> None:
        self.asanai.show("training")

    def action_classes(self) -> None:
        from asanai_tui.tui.class_list import show_classes

        show_classes(self.asanai)

    def action_training_settings(self) -> None:
        self.asanai.show("training")

    def on_path_input_told(self, event: PathInput.Told) -> None:
        if event.sentence:
            self.app.notify(event.sentence, timeout=3)

    def on_screen_resume(self) -> None:
        self.resumed()

    def resumed(self) -> None:
        """Shown, again or for the first time; or asked for while it was shown."""
        self.project_changed()
        self.preview_changed()
        self.training_changed(self.asanai.snapshot)

    def project_changed(self) -> None:
        """The document was edited, undone, saved or replaced."""
        self.query_one(TitleBar).redraw()

    def preview_changed(self) -> None:
        """The data was read, or could not be."""
        self.query_one(TitleBar).redraw()

    def training_changed(self, snapshot: Snapshot) -> None:
        """Something new from the training, at most four times a second."""
        self.query_one(TitleBar).redraw()
        offered = (self.asanai.desk.may_continue, self.asanai.desk.alive)
        if self._offered != offered:
            self._offered = offered
            self.query_one(KeyBar).redraw()
