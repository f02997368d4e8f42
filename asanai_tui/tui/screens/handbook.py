"""The handbook: pages by group at the left, the page at the right, its examples computed while it is read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from asanai_tui.errors import InputError
from asanai_tui.handbook.pages import Page, page
from asanai_tui.network.layers import catalogue
from asanai_tui.resources import resource
from asanai_tui.tui.actions import bindings, hint
from asanai_tui.tui.widgets.key_bar import KeyBar
from asanai_tui.tui.widgets.line_input import LineInput
from asanai_tui.tui.widgets.page_view import PageView
from asanai_tui.tui.widgets.rows import Part, Row, Rows
from asanai_tui.tui.widgets.title_bar import SCREENS, TitleBar

if TYPE_CHECKING:
    from asanai_tui.handbook.computing import Outcome
    from asanai_tui.tui.app import AsanaiApp

CLOCK = 1.0  # seconds between looks at what the title says of the training
REST = 0.15  # seconds on a page before it is computed: the text is painted before torch is imported


class HandbookScreen(Screen[None]):
    """Stands above the other screens, with a project or without; escape leads back to them."""

    CSS_PATH: ClassVar = [resource("styles") / name for name in ("work.tcss", "handbook.tcss")]
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("handbook", "program"),
        *(each for each in bindings("work") if isinstance(each, Binding) and each.id in SCREENS),
        Binding("tab", "next(1)", show=False),
        Binding("shift+tab", "next(-1)", show=False),
    ]
    AUTO_FOCUS = "PageRows"

    def __init__(self) -> None:
        super().__init__()
        self._wanted = ""
        self._outcomes: dict[str, list[Outcome | str]] = {}
        self._computing = ""

    def compose(self) -> ComposeResult:
        yield TitleBar("8")
        with Horizontal(id="panes"):
            with Vertical(id="contents", classes="pane") as contents:
                contents.border_title = "Handbook"
                line = LineInput(placeholder="search", compact=True)
                line.display = False  # until it is asked for
                yield line
                yield PageRows()
            yield PageView(classes="pane")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(PageView).border_subtitle = hint(("handbook.pane",), self._asanai.own_keys)
        self._list("")
        self.set_interval(CLOCK, self.query_one(TitleBar).redraw)

    def open_at(self, name: str) -> None:
        """Show the page of a layer when the screen is there; without a name the page that was read last."""
        self._wanted = name or self._wanted
        if self.is_mounted:
            self._close_search()

    @on(Rows.Selected, "PageRows")
    def _selected(self, event: Rows.Selected) -> None:
        event.stop()
        self._show_page()

    @on(Rows.Chosen, "PageRows")
    def _clicked(self, event: Rows.Chosen) -> None:
        event.stop()
        self._focus(self.query_one(PageView))

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        event.stop()
        self._list(event.value.strip().lower())

    @on(Input.Submitted)
    def _found(self, event: Input.Submitted) -> None:
        event.stop()
        self._focus(self.query_one(PageView if self.has_class("-tiny") else PageRows))

    def action_search(self) -> None:
        line = self.query_one(LineInput)
        self.remove_class("beside-page")
        line.display = True
        self.set_focus(line)  # at once: the next character may be on its way

    def action_pane(self) -> None:
        self.action_next(1)

    def action_next(self, by: int) -> None:
        line, *panes = self.query_one(LineInput), self.query_one(PageRows), self.query_one(PageView)
        stops: list[Widget] = [line, *panes] if line.display else [*panes]
        place = stops.index(self.focused) if self.focused in stops else -1
        self._focus(stops[(place + by) % len(stops)])

    def action_back(self) -> None:
        """From a search to all pages, where one pane shows from the page to the list, else to the screen before."""
        if self.query_one(LineInput).display:
            self._close_search()
        elif self.has_class("-tiny") and self.has_class("beside-page"):
            self._focus(self.query_one(PageRows))
        else:
            self.app.pop_screen()

    def _close_search(self) -> None:
        line = self.query_one(LineInput)
        with line.prevent(Input.Changed):
            line.value = ""
        line.display = False
        self._list("")
        self._focus(self.query_one(PageRows))

    def _focus(self, widget: Widget) -> None:
        self.set_class(isinstance(widget, PageView), "beside-page")
        if self.has_class("-tiny"):
            self.call_after_refresh(widget.focus)  # it may be hidden still
        else:
            self.set_focus(widget)  # at once: the next key may be on its way

    def _list(self, text: str) -> None:
        rows = list(_contents(text))
        keys = [row.key for row in rows if row.key]
        best = next((key for key in keys if key.startswith(text)), keys[0] if keys else "") if text else self._wanted
        contents = self.query_one(PageRows)
        contents.show(rows or [Row((Part(" no page has that", "muted"),))], best)
        self._show_page()

    def _show_page(self) -> None:
        name = self.query_one(PageRows).cursor
        if not name:
            return
        self._wanted = name
        view = self.query_one(PageView)
        view.border_title = name
        view.show_page(page(name), self._outcomes.get(name, ()))
        if name not in self._outcomes:
            self.set_timer(REST, partial(self._compute, name))

    def _compute(self, name: str) -> None:
        """In a thread, and one page at a time: whoever walks through the list computes only where they stay."""
        if not self._computing and name not in self._outcomes and name == self._wanted:
            self._computing = name
            self._asanai.reader.aside(partial(_outcomes, page(name)), self._computed, self._failed)

    def _failed(self, sentence: str) -> None:
        """Torch cannot be imported, say; every example of the page says so."""
        self._computed([sentence] * len(page(self._computing).blocks))

    def _computed(self, outcomes: list[Outcome | str]) -> None:
        self._outcomes[self._computing] = outcomes
        self._computing = ""
        if self.is_mounted and self.query(PageView):
            self._show_page()

    @property
    def _asanai(self) -> AsanaiApp:
        return cast("AsanaiApp", self.app)


class PageRows(Rows):
    """The names of the pages."""


def _contents(text: str) -> Iterator[Row]:
    """The pages by group; with a text those whose name has it, then those whose page has it."""
    if not text:
        for group, members in groupby(catalogue().items(), key=lambda item: item[1].group):
            yield Row((Part(group, "accent"),))
            yield from (_row(name) for name, _ in members)
        return
    named = [name for name in catalogue() if text in name]
    yield from map(_row, named)
    others = [name for name in catalogue() if name not in named and text in page(name).text.lower()]
    if others:
        yield Row((Part("on the page", "accent"),))
        yield from map(_row, others)


def _row(name: str) -> Row:
    return Row((Part(f" {name}"),), (), name)


def _outcomes(page: Page) -> list[Outcome | str]:
    from asanai_tui.handbook.computing import computed

    outcomes: list[Outcome | str] = []
    for example in page.examples:
        try:
            outcomes.append(computed(example))
        except InputError as error:
            outcomes.append(str(error))
    return outcomes
