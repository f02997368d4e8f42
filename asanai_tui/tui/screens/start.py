"""The start: type a path, or choose a recent project, a sample, or work that was not saved."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input, Static

from asanai_tui import recovery
from asanai_tui.data.formula_line import EXAMPLE
from asanai_tui.errors import clean
from asanai_tui.resources import resource
from asanai_tui.tui import memory
from asanai_tui.tui.actions import bindings, first_key, keys_of
from asanai_tui.tui.screens.dialogs import LineScreen
from asanai_tui.tui.widgets.key_bar import KeyBar
from asanai_tui.tui.widgets.path_input import PathInput
from asanai_tui.tui.widgets.rows import Part, Row, Rows

if TYPE_CHECKING:
    from asanai_tui.tui.app import AsanaiApp

RECOVERED = "recovered:"


class Sample(NamedTuple):
    """A sample and what is learned from it."""

    folder: str
    name: str
    about: str


SAMPLES = (
    Sample("digits", "Digits", "1,797 pictures of 10 digits"),
    Sample("iris", "Iris", "150 flowers, 3 kinds"),
    Sample("penguins", "Penguins", "344 birds, gaps and text"),
    Sample("xor", "XOR", "4 rows: why layers matter"),
)


class StartScreen(Screen[None]):
    """Shown without a path, and by `open`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("start", "program"),
        Binding("tab", "next(1)", show=False),
        Binding("shift+tab", "next(-1)", show=False),
    ]
    AUTO_FOCUS = ""

    def __init__(self, sentence: str = "") -> None:
        super().__init__()
        self._sentence = sentence
        self._recovered: list[recovery.Recovered] = []

    def compose(self) -> ComposeResult:
        yield Static(" [b]asanAI[/b]  [$muted]neural networks in the terminal[/]", id="headline")
        with Vertical(id="open", classes="pane") as opening:
            opening.border_title = "Open"
            yield PathInput(
                placeholder="a CSV file, arrays, a folder of pictures, a project.toml or a model.safetensors"
            )
        yield Static(id="say", markup=False)
        yield Static(id="found", markup=False)
        with Horizontal(id="lists"):
            recent = Rows(id="recent", classes="pane")
            recent.border_title = "Recent"
            yield recent
            samples = Rows(id="samples", classes="pane")
            samples.border_title = "Samples"
            yield samples
        yield KeyBar()

    def on_mount(self) -> None:
        if self.query("#recent"):
            self._fill()
        else:  # pushed while the program starts or ends: its lists come later, or never
            self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        if not self.query("#recent"):
            return
        self._show_recent()
        samples = self.query_one("#samples", Rows)
        samples.show(list(_sample_rows()))
        samples.border_subtitle = f"{self._key('start.open')} opens · {self._key('start.train')} opens and trains"
        if self._sentence:
            self.say(self._sentence, wrong=True)
        self._lists()[0 if self._recovered else 1].focus()

    def say(self, sentence: str, wrong: bool = False) -> None:
        """One line below the path."""
        if not self.query("#say"):  # not built yet
            self._sentence = sentence if wrong else ""
            return
        line = self.query_one("#say", Static)
        line.set_class(wrong, "wrong")
        line.update(f" {'✕ ' if wrong else ''}{sentence}")

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self._asanai.opener.open(Path(event.value.strip()))

    @on(PathInput.Told)
    def _told(self, event: PathInput.Told) -> None:
        self.say(event.sentence)

    @on(Rows.Chosen)
    def _clicked(self) -> None:
        self.action_open_selected()

    def action_open_selected(self) -> None:
        self._open(train=False)

    def action_open_and_train(self) -> None:
        self._open(train=True)

    def _open(self, train: bool) -> None:
        key = self._selected()
        if key.startswith(RECOVERED):
            self._asanai.opener.restore(self._recovered[int(key.removeprefix(RECOVERED))], train)
        elif key:
            self._asanai.opener.open(Path(key), train)

    def action_discard(self) -> None:
        key = self._selected()
        if key.startswith(RECOVERED):
            recovery.forget(self._recovered[int(key.removeprefix(RECOVERED))])
            self._show_recent()
            self.say("Discarded.")

    def action_path(self) -> None:
        """Lead to the line; the slash that leads there is also the first character of an absolute path."""
        line = self.query_one(PathInput)
        self.set_focus(line)  # at once: the next character may be on its way
        if not line.value and "slash" in keys_of("start.path", self._asanai.own_keys):
            line.value = "/"
            line.cursor_position = 1

    def action_formula(self) -> None:
        """Ask for a formula and its range; the table is written into the working directory and opened."""
        from asanai_tui.data.formula import check  # numpy, which the first paint does without

        dialog = LineScreen("Formula of x, or of x and y; start, end, step", placeholder=EXAMPLE, check=check)
        self.app.push_screen(dialog, self._make)

    def _make(self, line: str | None) -> None:
        if line is None:
            return
        from asanai_tui.data.formula import made

        self.say("computing …")
        self._asanai.reader.aside(partial(made, line, Path.cwd()), self._asanai.opener.open, self._failed)

    def _failed(self, sentence: str) -> None:
        self.say(sentence, wrong=True)

    def action_back(self) -> None:
        line = self.query_one(PathInput)
        if self.focused is line:
            line.value = line.value if line.value != "/" else ""
            self._lists()[1].focus()
        elif self._asanai.document is not None:
            self._asanai.pop_screen()

    def action_next(self, by: int) -> None:
        stops = [self.query_one(PathInput), *self._lists()]
        place = stops.index(self.focused) if self.focused in stops else 0
        stops[(place + by) % len(stops)].focus()

    def _key(self, action_id: str) -> str:
        return first_key(action_id, self._asanai.own_keys)

    def _show_recent(self) -> None:
        self._recovered = recovery.abandoned()
        found = self.query_one("#found", Static)
        found.display = bool(self._recovered)
        restores, discards = self._key("start.open"), self._key("start.discard")
        found.update(f" Unsaved work was found: {restores} on it restores it, {discards} discards it.")
        self.query_one("#recent", Rows).show(list(self._recent_rows()))

    def _selected(self) -> str:
        return self.focused.cursor if isinstance(self.focused, Rows) else ""

    def _lists(self) -> list[Rows]:
        return [self.query_one("#recent", Rows), self.query_one("#samples", Rows)]

    def _recent_rows(self) -> Iterator[Row]:
        now = time.time()
        for place, work in enumerate(self._recovered):
            name = work.path.name if work.path else Path(work.project.data.path).name
            parts = (Part("● ", "accent"), Part(f"{clean(name, 30)}  "), Part("not saved", "accent"))
            yield Row(parts, (Part(memory.ago(now - work.at), "muted"),), f"{RECOVERED}{place}")
        recents = memory.recent()
        for each in recents:
            path = Path(each.path)
            name = path.parent.name if path.name == "project.toml" else path.name
            yield Row(
                (Part(f"  {clean(name, 28):<28}  "), Part(_short(path.parent), "muted")),
                (Part(memory.ago(now - each.at), "muted"),),
                each.path,
            )
        if not recents and not self._recovered:
            yield Row((Part(f"  nothing yet; {self._key('start.path')} or tab types a path", "muted"),))

    @property
    def _asanai(self) -> AsanaiApp:
        return cast("AsanaiApp", self.app)


def _sample_rows() -> Iterator[Row]:
    for sample in SAMPLES:
        path = resource("samples") / sample.folder / "project.toml"
        yield Row((Part(f"  {sample.name:<10}"), Part(sample.about, "muted")), (), str(path))


def _short(folder: Path) -> str:
    home = str(Path.home())
    text = clean(folder, 400)
    text = "~" + text[len(home) :] if home != "/" and text.startswith(home) else text
    return text if len(text) <= 30 else "…" + text[-29:]
