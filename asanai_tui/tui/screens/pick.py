"""Choose one of a list by typing part of its name: layers, values, themes, files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from asanai_tui.errors import clean
from asanai_tui.tui.screens.modal import Modal
from asanai_tui.tui.widgets.fitting import Dialog
from asanai_tui.tui.widgets.line_input import LineInput
from asanai_tui.tui.widgets.rows import Part, Row, Rows


class Choice(NamedTuple):
    """One line of the list."""

    key: str
    detail: str = ""
    help: str = ""
    refused: str = ""  # why it cannot be chosen
    group: str = ""  # what it stands below while nothing is searched for
    always: bool = False  # it stays at the end, whatever is searched for


class PickScreen(Modal[str | None]):
    """Gives the key of what was chosen, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", show=False),
        Binding("up", "cursor(-1)", "Up", show=False),
        Binding("down", "cursor(1)", "Down", show=False),
        Binding("pageup", "cursor(-8)", "Page up", show=False),
        Binding("pagedown", "cursor(8)", "Page down", show=False),
    ]

    def __init__(self, title: str, choices: Sequence[Choice], start: str = "", done: str = "chooses") -> None:
        super().__init__()
        self._title, self._choices, self._start, self._done = title, tuple(choices), start, done
        self.typed = ""  # what is searched for

    def compose(self) -> ComposeResult:
        with Dialog(classes="dialog") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = f"type to search · enter {self._done} · esc back"
            yield self.line()
            yield PickRows()
            yield Static(classes="explanation", markup=False)

    def line(self) -> LineInput:
        """What the search is typed into."""
        return LineInput(placeholder="search", compact=True)

    def on_mount(self) -> None:
        self._list("")
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        self.typed = event.value.strip()
        self._list(self.typed.lower())

    @on(Input.Submitted)
    def _choose(self) -> None:
        self.take(self._chosen())

    def take(self, choice: Choice | None) -> None:
        """Enter, or a click on what is selected: it is chosen."""
        if choice and not choice.refused:
            self.dismiss(choice.key)

    @on(Rows.Selected)
    def _explain(self, event: Rows.Selected) -> None:
        event.stop()
        choice = self._chosen()
        text = "" if choice is None else (f"✕ {choice.refused}" if choice.refused else choice.help)
        self.query_one(Static).update(text)

    @on(Rows.Chosen)
    def _clicked(self) -> None:
        self._choose()

    def action_cursor(self, by: int) -> None:
        rows = self.query_one(PickRows)
        for _ in range(abs(by)):
            (rows.action_cursor_down if by > 0 else rows.action_cursor_up)()

    def _chosen(self) -> Choice | None:
        key = self.query_one(PickRows).cursor
        return next((choice for choice in self._choices if choice.key == key), None)

    def _list(self, text: str) -> None:
        found = [choice for choice in self._choices if text in choice.key.lower() and not choice.always]
        found.sort(key=lambda choice: not choice.key.lower().startswith(text))  # elu before relu
        named = set(found)
        found += [
            choice
            for choice in self._choices
            if text in choice.help.lower() and not choice.always and choice not in named
        ]
        found += [choice for choice in self._choices if choice.always]
        possible = [choice for choice in found if not choice.refused]
        refused = [choice for choice in found if choice.refused]
        width = max((len(choice.key) for choice in self._choices), default=0) + 2
        cursor = self._start if not text else (possible or refused or [Choice("")])[0].key
        rows = list(_grouped(possible, width)) if not text else [_row(choice, width) for choice in possible]
        if refused and not text and possible:
            rows.append(_heading("what does not fit here"))
        self.query_one(PickRows).show([*rows, *(_row(choice, width) for choice in refused)], cursor)
        self.query_one(Static).display = bool(found)


class PickRows(Rows, can_focus=False):
    """The list below the search line; the keys go through the search line."""

    has_focus = True  # its cursor is the one that counts, so it is drawn as such


def _grouped(choices: Sequence[Choice], width: int) -> Iterator[Row]:
    """The choices below the names of their groups."""
    group = ""
    for choice in choices:
        if choice.group != group:
            group = choice.group
            yield _heading(group)
        yield _row(choice, width)


def _heading(text: str) -> Row:
    return Row((Part(text, "accent"),))


def _row(choice: Choice, width: int) -> Row:
    name = clean(choice.key)
    if choice.refused:
        return Row((Part(f"✕ {name:<{width}}", "muted"), Part(choice.refused, "muted")), (), choice.key)
    return Row((Part(f"  {name:<{width}}"), Part(choice.detail, "muted")), (), choice.key)
