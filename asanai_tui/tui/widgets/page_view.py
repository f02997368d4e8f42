"""A page of the handbook: typeset to the width there is, scrolled by the keys that move a cursor elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from asanai_tui.errors import InputError
from asanai_tui.handbook.pages import Page
from asanai_tui.handbook.typesetting import WIDEST, Line, page_lines, wrapped_text
from asanai_tui.tui.widgets.rows import Part, Row, Rows

if TYPE_CHECKING:
    from asanai_tui.handbook.computing import Outcome

LOOKS = {
    "title": "accent", "heading": "accent", "strong": "strong", "code": "strong", "link": "accent", "muted": "muted",
    "result": "good", "problem": "problem",
}  # fmt: skip
Results = Sequence["Outcome | str | None"]


class PageView(Rows):
    """Nothing in it is selected; the cursor's keys scroll."""

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(wide=True, classes=classes)
        self._page: Page | None = None
        self._results: Results = ()

    def show_page(self, page: Page, results: Results) -> None:
        """Show a page from its beginning, or with new results where it stands."""
        turned = self._page is None or self._page.name != page.name
        self._page, self._results = page, results
        self._typeset()
        if turned:
            self.scroll_to(0, 0, animate=False)

    def on_resize(self) -> None:
        self._typeset()

    def action_cursor_up(self) -> None:
        self.scroll_relative(y=-1, animate=False)

    def action_cursor_down(self) -> None:
        self.scroll_relative(y=1, animate=False)

    def action_page_up(self) -> None:
        self.scroll_relative(y=1 - self.size.height, animate=False)

    def action_page_down(self) -> None:
        self.scroll_relative(y=self.size.height - 1, animate=False)

    def action_first(self) -> None:
        self.scroll_to(y=0, animate=False)

    def action_last(self) -> None:
        self.scroll_to(y=self.virtual_size.height, animate=False)

    def _typeset(self) -> None:
        width = min(self.scrollable_content_region.width, WIDEST)
        if self._page is not None and width > 0:
            self.show([_row(line) for line in _lines(self._page, width, self._results)])


def _lines(page: Page, width: int, results: Results) -> list[Line]:
    try:
        return page_lines(page, width, results)
    except InputError as error:
        return wrapped_text(str(error), width, "problem")


def _row(line: Line) -> Row:
    return Row(tuple(Part(span.text, LOOKS.get(span.look, "")) for span in line))
