"""The options of what is selected: a layer, the training or the data. Checks as you type; edits apply at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from asanai_tui.checking import with_value
from asanai_tui.errors import InputError, clean
from asanai_tui.options import Field, fields_of
from asanai_tui.tui import memory
from asanai_tui.tui.actions import bindings
from asanai_tui.tui.screens.pick import Choice, PickScreen
from asanai_tui.tui.screens.pick_several import SeveralScreen
from asanai_tui.tui.widgets.fitting import Hinted
from asanai_tui.tui.widgets.line_input import LineInput
from asanai_tui.tui.widgets.rows import Part, Row, Rows
from asanai_tui.values import parsed, shown, stepped

if TYPE_CHECKING:
    from asanai_tui.tui.app import AsanaiApp

WIDEST_NAME = 22


class Subject(NamedTuple):
    """What the options belong to."""

    key: str  # "layer", "training", "data", "column" or "inputs"
    title: str
    struct: msgspec.Struct
    facts: Sequence[Part] = ()  # lines below the options: shapes, counts, the problem
    about: str = ""  # what it does; stands last, for a low terminal has no room for it
    choices: Mapping[str, tuple[str, ...]] = MappingProxyType({})  # of options with fewer here; with none: not shown
    helps: Mapping[str, str] = MappingProxyType({})  # a sentence for some of the choices


class OptionRows(Rows):
    """One option a line."""

    BINDINGS = bindings("options")

    def on_rows_chosen(self) -> None:
        self.action_edit()

    def action_edit(self) -> None:
        self._pane.edit()

    def action_step(self, by: int) -> None:
        self._pane.step(by)

    def action_switch(self) -> None:
        self._pane.switch()

    def action_default(self) -> None:
        self._pane.default()

    def action_expert(self) -> None:
        self._pane.toggle_expert()

    def action_back(self) -> None:
        self._pane.post_message(OptionsPane.Left(self._pane))

    @property
    def _pane(self) -> OptionsPane:
        return next(pane for pane in self.ancestors if isinstance(pane, OptionsPane))


class OptionsPane(Hinted, Vertical):
    """A form made of the options that a struct declares."""

    class Changed(Message):
        """The user gave an option another value. `merge` joins the keystrokes of one edit."""

        def __init__(self, pane: OptionsPane, key: str, struct: msgspec.Struct, label: str, merge: str) -> None:
            super().__init__()
            self.pane, self.key, self.struct, self.label, self.merge = pane, key, struct, label, merge
            self.typing = pane.has_class("editing")  # the value may be the beginning of another one

    class Settled(Message):
        """What was typed is whole, or taken back."""

        def __init__(self, pane: OptionsPane) -> None:
            super().__init__()
            self.pane = pane

    class Left(Message):
        """Escape: back to where the subject was chosen."""

        def __init__(self, pane: OptionsPane) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self) -> None:
        super().__init__(classes="pane")
        self._subject: Subject | None = None
        self._fields: dict[str, Field] = {}
        self._width = 0  # of the names
        self._before: msgspec.Struct | None = None  # while typing: what escape brings back
        self._edits = 0  # each typed value is one step of undo
        self._typed_text: Any = None  # of a text, which counts when it is whole
        self._error = ""
        self._hint: str | None = None  # the keys on the border, while typing shows others

    def compose(self) -> ComposeResult:
        self.border_title = "Options"
        yield OptionRows()
        yield Static(id="facts", markup=False)
        yield LineInput(id="value", compact=True, select_on_focus=True)

    def focus(self, scroll_visible: bool = True) -> OptionsPane:
        self.query_one(OptionRows).focus(scroll_visible)
        return self

    def show(self, subject: Subject) -> None:
        """Draw the options of `subject`."""
        same = self._subject is not None and (self._subject.key, self._subject.title) == (subject.key, subject.title)
        self._subject = subject
        if not same:
            self._close_input()
        self.border_title = Content(f"{'All options' if self._asanai.expert else 'Options'} · {subject.title}")
        fields = [field for field in _narrowed(subject) if self._visible(field)]
        self._fields = {".".join(field.path): field for field in fields}
        self._width = min(WIDEST_NAME, max((len(_indented(field)) for field in fields), default=0))
        rows = list(self._rows())
        self.query_one(OptionRows).show(rows, None if same else next(iter(self._fields), ""))
        self._facts()

    def toggle_expert(self) -> None:
        """All options, or the ones to begin with; in every pane, and at the next start."""
        self._asanai.expert = not self._asanai.expert
        memory.keep(expert=self._asanai.expert)
        if self._subject:
            self.show(self._subject)

    def edit(self) -> None:
        """Type the value of the selected option, or choose it from a list."""
        field = self._field
        if field is None:
            return
        if field.option.kind == "switch":
            self.switch()
        elif field.option.kind in ("choice", "variant", "several"):
            self._choose(field)
        else:
            self._open_input(field)

    def step(self, by: int) -> None:
        """The next value."""
        if field := self._field:
            self._set(field, stepped(field.option, field.value, by), "step")

    def switch(self) -> None:
        """On or off."""
        if (field := self._field) and field.option.kind == "switch":
            self._set(field, not field.value)

    def default(self) -> None:
        """Back to the default."""
        if field := self._field:
            self._set(field, field.option.default)

    @on(Rows.Selected)
    def _moved(self, event: Rows.Selected) -> None:
        event.stop()
        self._close_input()
        self._facts()

    @on(Input.Changed, "#value")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        field = self._field
        if field is None or self._before is None:
            return
        try:
            value = parsed(field.option, event.value)
            changed = with_value(self._before, field.path, value)
            if field.option.kind == "text":
                self._typed_text = value
            else:
                self._post(field, changed, value, f"typing {self._edits}")
            self._error = ""
        except InputError as error:
            self._error = str(error)
        self._facts()

    @on(Input.Submitted, "#value")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        if not self._error:
            self._accept()

    def _accept(self) -> None:
        """What was typed counts; of a text only now: its beginnings may mean something else, or nothing."""
        field, text = self._field, self._typed_text
        self._close_input(focus=True)
        if field and text is not None and text != field.value:
            self._set(field, text)

    def on_key(self, event: Any) -> None:
        if event.key == "escape" and self._before is not None:
            event.stop()
            event.prevent_default()
            field, before = self._field, self._before
            if field and field.option.kind != "text":
                self._post(field, before, getattr(before, field.path[0]), f"typing {self._edits}")
            self._close_input(focus=True)
        elif event.key in ("up", "down", "tab") and self._before is not None and not self._error:
            self._accept()

    @property
    def _asanai(self) -> AsanaiApp:
        return cast("AsanaiApp", self.app)

    @property
    def _field(self) -> Field | None:
        return self._fields.get(self.query_one(OptionRows).cursor)

    def _visible(self, field: Field) -> bool:
        if field.option.kind in ("other", "group", "layers"):  # layers within a layer stand in the list of layers
            return False
        return self._asanai.expert or field.option.mode == "beginner" or field.value != field.option.default

    def _rows(self) -> Iterator[Row]:
        """A line an option; a group that has no line of its own begins with its name."""
        headed = set(self._fields)
        for key, field in self._fields.items():
            group = field.path[:-1]
            if group and ".".join(group) not in headed:
                headed.add(".".join(group))
                yield Row((Part("  " * (len(group) - 1) + group[-1], "muted"),))
            yield self._row(key, field)

    def _row(self, key: str, field: Field) -> Row:
        name = clean(_indented(field), self._width)
        marks = {"choice": "▾ ", "variant": "▾ ", "several": "▾ ", "switch": "■ " if field.value else "□ "}
        mark = marks.get(field.option.kind, "  ")
        changed = field.value != field.option.default
        value = Part(shown(field.value), "strong" if changed else "")
        return Row((Part(f"{name:<{self._width}} ", "muted"), Part(mark, "muted"), value), (), key)

    def _set(self, field: Field, value: Any, merge: str = "") -> None:
        if self._subject is None:
            return
        try:
            self._post(field, with_value(self._subject.struct, field.path, value), value, merge)
            self._error = ""
        except InputError as error:
            self._error = str(error)
        self._facts()

    def _post(self, field: Field, struct: msgspec.Struct, value: Any, merge: str) -> None:
        subject = self._subject
        if subject is None:
            return
        label = f"{field.name} {shown(value)}"
        key = f"{subject.key} {subject.title} {'.'.join(field.path)} {merge}" if merge else ""
        self.post_message(self.Changed(self, subject.key, struct, label, key))

    def _choose(self, field: Field) -> None:
        names = (("none",) if field.option.optional else ()) + field.option.choices
        helps = {name: _sentence(cls) for name, cls in field.option.variants.items()}
        choices = [Choice(name, "", helps.get(name, "")) for name in names]

        def chosen(name: str | None) -> None:
            if name is not None:
                self._set(field, parsed(field.option, name))

        if field.option.kind == "several":
            said = self._subject.helps if self._subject else {}
            self.app.push_screen(SeveralScreen(field.name, names, field.value, said), chosen)
        else:
            self.app.push_screen(PickScreen(field.name, choices, shown(field.value)), chosen)

    def _open_input(self, field: Field) -> None:
        rows, box = self.query_one(OptionRows), self.query_one("#value", Input)
        line = rows.place(rows.cursor) - rows.scroll_offset.y
        left = self._width + 3
        self._before = self._subject.struct if self._subject else None
        self._edits += 1
        box.styles.offset = (left, line)
        box.styles.width = max(4, rows.size.width - left)
        with self.prevent(Input.Changed):
            box.value = shown(field.value)
        self.add_class("editing")
        self._hint, self.border_subtitle = self.border_subtitle, "enter accepts · esc restores"
        box.focus()
        self._facts()

    def _close_input(self, focus: bool = False) -> None:
        self._before, self._typed_text, self._error = None, None, ""
        if self.has_class("editing"):
            self.remove_class("editing")
            self.border_subtitle = self._hint
            if focus:
                self.query_one(OptionRows).focus()
            self._facts()
            self.post_message(self.Settled(self))

    def _facts(self) -> None:
        from rich.text import Text

        rows = self.query_one(OptionRows)
        text = Text()
        if self._error:
            text.append(f"✕ {self._error}\n\n", rows.get_component_rich_style("rows--problem", partial=True))
        for part in self._subject.facts if self._subject else ():
            style = rows.get_component_rich_style(f"rows--{part.look}", partial=True) if part.look else ""
            text.append(f"{part.text}\n", style)
        if field := self._field:
            text.append(f"\n{field.option.help}{_more(field)}\n")
        if self._subject and self._subject.about:
            muted = rows.get_component_rich_style("rows--muted", partial=True)
            text.append(f"\n{self._subject.about}", muted)
        facts = self.query_one("#facts", Static)
        if facts.content != text:
            facts.update(text, layout=False)


def _narrowed(subject: Subject) -> Iterator[Field]:
    """The options of the struct, as far as they count here."""
    for field in fields_of(subject.struct):
        choices = subject.choices.get(field.path[0], field.option.choices)
        if choices or field.path[0] not in subject.choices:
            yield field._replace(option=field.option._replace(choices=choices))


def _indented(field: Field) -> str:
    return "  " * (len(field.path) - 1) + field.name


def _more(field: Field) -> str:
    """What follows the help of an option: its range, or what was chosen, in full."""
    chosen = field.option.variants.get(shown(field.value))
    if chosen is not None:
        return f"\n{shown(field.value)}: {_sentence(chosen)}"
    return f"  {field.option.range}" if field.option.range else ""


def _sentence(variant: type[msgspec.Struct]) -> str:
    return " ".join((variant.__doc__ or "").split())
