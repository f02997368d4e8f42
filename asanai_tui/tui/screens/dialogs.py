"""Small questions: a path, and what to do before leaving."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from asanai_tui.resources import resource
from asanai_tui.training.recorder import Snapshot
from asanai_tui.tui.widgets.path_input import PathInput


class PathScreen(ModalScreen[str | None]):
    """Asks for a path; tab or right completes it."""

    CSS_PATH = resource("styles") / "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back", show=False)]

    def __init__(self, title: str, start: str = "") -> None:
        super().__init__()
        self._title, self._start = title, start

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = "tab completes · enter accepts · esc back"
            yield PathInput(self._start)

    def on_mount(self) -> None:
        self.query_one(PathInput).focus()

    @on(Input.Submitted)
    def _accept(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip() or None)


class LeaveScreen(ModalScreen[str | None]):
    """Before leaving: the training, and work that was not saved."""

    CSS_PATH = resource("styles") / "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "save", "Save"),
        Binding("x", "dismiss('leave')", "Leave"),
        Binding("escape,n", "dismiss(None)", "Stay"),
    ]

    def __init__(self, training: Snapshot | None, unsaved: bool) -> None:
        super().__init__()
        self._training, self._unsaved = training, unsaved

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog question") as dialog:
            dialog.border_title = self._headline()
            for key, what, then in self._answers():
                yield Static(f"  [b]{key:<4}[/b] {what:<24} [$muted]{then}[/]")

    def action_save(self) -> None:
        self.dismiss("save" if self._unsaved else "leave")

    def _headline(self) -> str:
        if self._training is None:
            return "The project is not saved"
        where = f"Training is at epoch {self._training.epoch} of {self._training.epochs}"
        return f"{where}; the project is not saved" if self._unsaved else where

    def _answers(self) -> list[tuple[str, str, str]]:
        model = "the model is written to its run" if self._training else ""
        answers = [("esc", "stay", "")]
        if self._unsaved:
            save = "stop, save and leave" if self._training else "save and leave"
            return [("s", save, model), ("x", "leave without saving", model or "the last edits are lost"), *answers]
        return [("s", "stop and leave", model), *answers]
