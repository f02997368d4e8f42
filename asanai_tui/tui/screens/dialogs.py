"""Small questions: a path, or one of a few answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Key
from textual.widgets import Input, Static

from asanai_tui.errors import InputError
from asanai_tui.tui.actions import key_name
from asanai_tui.tui.screens.modal import Modal
from asanai_tui.tui.widgets.fitting import Dialog
from asanai_tui.tui.widgets.line_input import LineInput
from asanai_tui.tui.widgets.path_input import PathInput
from asanai_tui.tui.widgets.rows import Part, Row, Rows

MARGIN = 6  # columns of the key of an answer


class LineScreen(Modal[str | None]):
    """Asks for one line of text; gives None for escape or nothing.

    Args:
        check: raises an InputError where the text cannot be taken; it is shown, and what was typed stays.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back", show=False)]
    HINT = "enter accepts · esc back"

    def __init__(
        self, title: str, start: str = "", placeholder: str = "", check: Callable[[str], object] | None = None
    ) -> None:
        super().__init__()
        self._title, self._start, self._placeholder, self._check = title, start, placeholder, check

    def compose(self) -> ComposeResult:
        with Dialog(classes="dialog") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = self.HINT
            yield self.line(self._start, self._placeholder)
            yield Static(classes="told", markup=False)

    def line(self, start: str, placeholder: str) -> Input:
        """What the text is typed into."""
        return LineInput(start, placeholder, compact=True)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def tell(self, sentence: str, wrong: bool = False) -> None:
        """Say something below the line."""
        told = self.query_one(".told", Static)
        told.set_class(wrong, "wrong")
        told.update(sentence)

    @on(Input.Submitted)
    def _accept(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        try:
            if text and self._check is not None:
                self._check(text)
        except InputError as error:
            self.tell(f"✕ {error}", wrong=True)
        else:
            self.dismiss(text or None)


class PathScreen(LineScreen):
    """Asks for a path; tab completes it. The path to start with is replaced by typing; right or end keeps it."""

    HINT = "tab completes · enter accepts · esc back"

    def line(self, start: str, placeholder: str) -> Input:
        return PathInput(start, placeholder, select_on_focus=True)

    @on(PathInput.Told)
    def _told(self, event: PathInput.Told) -> None:
        self.tell(event.sentence)


class Answer(NamedTuple):
    """What can be answered, by its key."""

    key: str
    what: str
    then: str  # what comes of it


class QuestionScreen(Modal[str | None]):
    """Gives the key of the answer, None for escape; answers are also chosen with enter or the mouse."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", show=False),
        Binding("enter", "choose", "Choose", show=False),
    ]

    def __init__(self, title: str, answers: Sequence[Answer], said: Sequence[str] = ()) -> None:
        """
        Args:
            said: sentences above the answers.
        """
        super().__init__()
        self._title, self._answers, self._said = title, answers, said

    def compose(self) -> ComposeResult:
        with Dialog(classes="dialog question") as dialog:
            dialog.border_title = Content(self._title)  # it may hold the name of a file, which is no markup
            if self._said:
                yield Static("\n".join(self._said), markup=False)
            yield Rows()

    def on_mount(self) -> None:
        self.query_one(Rows).focus()
        self._lay_out()

    def on_resize(self) -> None:
        self.call_after_refresh(self._lay_out)

    def _lay_out(self) -> None:
        rows = self.query_one(Rows)
        rows.show(list(_rows(self._answers, rows.scrollable_content_region.width)))

    def on_key(self, event: Key) -> None:
        if any(event.key == answer.key for answer in self._answers):
            event.stop()
            self._answer(event.key)

    @on(Rows.Chosen)
    def action_choose(self) -> None:
        self._answer(self.query_one(Rows).cursor)

    def _answer(self, key: str) -> None:
        self.dismiss(None if key == "escape" else key)


def _rows(answers: Sequence[Answer], width: int) -> Iterator[Row]:
    """A line for each answer, with what comes of it behind; where that has no room, below."""
    what = max(len(answer.what) for answer in answers) + 2
    beside = not width or MARGIN + what + max(len(answer.then) for answer in answers) <= width
    for answer in answers:
        key, then = Part(f" {key_name(answer.key):<{MARGIN - 1}}", "strong"), Part(answer.then, "muted")
        if beside:
            yield Row((key, Part(f"{answer.what:<{what}}"), then), (), answer.key)
            continue
        yield Row((key, Part(answer.what)), (), answer.key)
        if answer.then:
            yield Row((Part(" " * MARGIN), then))
