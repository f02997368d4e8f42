"""What is seen while the path that the program was started with is read."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Static

from asanai_tui.tui.actions import bindings
from asanai_tui.tui.widgets.key_bar import KeyBar


class OpeningScreen(Screen[None]):
    """A line that tells how far it is."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("program")

    def __init__(self) -> None:
        super().__init__()
        self._sentence = ""

    def compose(self) -> ComposeResult:
        yield Static(" [b]asanAI[/b]", id="headline")
        yield Static(f" {self._sentence}", id="say", markup=False)
        yield KeyBar()

    def say(self, sentence: str) -> None:
        """Show another sentence."""
        self._sentence = sentence
        for line in self.query("#say").results(Static):  # none before it is composed
            line.update(f" {sentence}")
