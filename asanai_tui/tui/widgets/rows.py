"""A list of lines with a cursor: the base of layers, options and everything else that is chosen from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from asanai_tui.tui.actions import bindings
from asanai_tui.tui.widgets.fitting import Hinted
from asanai_tui.tui.widgets.lines import spread


class Part(NamedTuple):
    """Text in one look: `muted`, `strong`, `problem`, `good`, `accent`, or plain; or in a colour of its own."""

    text: str
    look: str = ""
    colour: str = ""  # #rrggbb


class Row(NamedTuple):
    """One line; rows without a key cannot be selected."""

    left: tuple[Part, ...]
    right: tuple[Part, ...] = ()
    key: str = ""


class Rows(Hinted, ScrollView, can_focus=True):
    """Draws only what is visible, so that thousands of rows cost nothing. The cursor stands on rows with a key."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("list")
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "rows--muted", "rows--strong", "rows--problem", "rows--good", "rows--accent", "rows--cursor",
        "rows--cursor-still",
    }  # fmt: skip

    class Selected(Message):
        """The cursor moved to another row."""

        def __init__(self, rows: Rows, key: str) -> None:
            super().__init__()
            self.rows, self.key = rows, key

        @property
        def control(self) -> Rows:
            return self.rows

    class Chosen(Message):
        """A row was clicked that was selected already."""

        def __init__(self, rows: Rows, key: str) -> None:
            super().__init__()
            self.rows, self.key = rows, key

        @property
        def control(self) -> Rows:
            return self.rows

    def __init__(
        self,
        *,
        wide: bool = False,
        id: str | None = None,  # noqa: A002 (Textual's name)
        classes: str | None = None,
    ) -> None:
        """`wide`: rows may be longer than the list; left and right scroll."""
        super().__init__(id=id, classes=classes)
        self._wide = wide
        self._rows: tuple[Row, ...] = ()
        self._places: dict[str, int] = {}
        self._cursor = ""

    @property
    def cursor(self) -> str:
        """The key of the selected row; empty when nothing can be selected."""
        return self._cursor

    def show(self, rows: Sequence[Row], cursor: str | None = None) -> None:
        """Replace all rows; the cursor goes to `cursor`, else stays as near as possible to where it was."""
        before = self._places.get(self._cursor, 0)
        old, self._rows = self._rows, tuple(rows)
        if old == self._rows and cursor in (None, self._cursor):
            return
        self._places = {row.key: place for place, row in enumerate(self._rows) if row.key}
        wanted = self._cursor if cursor is None else cursor
        if wanted not in self._places:
            wanted = min(self._places, key=lambda key: abs(self._places[key] - before), default="")
        moved, self._cursor = wanted != self._cursor, wanted
        self._measure()
        lines = enumerate(zip_longest(old, self._rows))
        self._refresh_rows({before, self._places.get(wanted, 0)} | {line for line, (was, row) in lines if was != row})
        if len(old) != len(self._rows):
            self._refresh_rows([self.scroll_offset.y + self.size.height - 1])  # whether there are more has changed
        if len(old) != len(self._rows) or moved:
            self._reveal()
        if moved:
            self.post_message(self.Selected(self, wanted))

    def select(self, key: str) -> None:
        """Move the cursor."""
        if key not in self._places or key == self._cursor:
            return
        before = self._places.get(self._cursor)
        self._cursor = key
        self._refresh_rows(place for place in (before, self._places[key]) if place is not None)
        self._reveal()
        self.post_message(self.Selected(self, key))

    def place(self, key: str) -> int:
        """The line of a row, from the top of the list."""
        return self._places[key]

    def render_line(self, y: int) -> Strip:
        width, base, more = self.scrollable_content_region.width, self.rich_style, self._more(y)
        place = self.scroll_offset.y + y
        if place >= len(self._rows):
            return Strip.blank(width, base)
        row, room = self.line(place), width - cell_len(more)
        strip = self._laid_out(row, room)
        if row.key and row.key == self._cursor:
            strip = self.under_cursor(strip, room)
        else:
            strip = strip.apply_style(base).adjust_cell_length(room, base)
        muted = self.get_component_rich_style("rows--muted", partial=True)
        return Strip([*strip, Segment(more, base + muted)]) if more else strip

    def _laid_out(self, row: Row, width: int) -> Strip:
        if self._wide:
            start = self.scroll_offset.x
            return Strip(self._segments(row.left)).crop(start, start + width)
        return spread(self._segments(row.left), self._segments(row.right), width)

    def _more(self, y: int) -> str:
        """What the end of a visible line says of the rows that are not; nothing beside a scrollbar."""
        if self.show_vertical_scrollbar:
            return ""
        last = self.size.height - 1
        if y == last and self.scroll_offset.y + last < len(self._rows) - 1:
            return " ↓"
        return " ↑" if y == 0 and last and self.scroll_offset.y else ""

    def line(self, place: int) -> Row:
        """What stands in a line, from the top of the list."""
        return self._rows[place]

    def key_at(self, place: int) -> str:
        """What is selected by a click on a line; empty for nothing."""
        return self._rows[place].key

    def under_cursor(self, strip: Strip, width: int) -> Strip:
        """A line as it looks while the cursor stands on it."""
        look = self.get_component_rich_style("rows--cursor" if self.has_focus else "rows--cursor-still", partial=True)
        base = self.rich_style
        plain = [Segment(segment.text, (segment.style or base) + look) for segment in strip]
        return Strip(plain).adjust_cell_length(width, base + look)

    def on_resize(self) -> None:
        self._measure()
        self._reveal()

    def on_focus(self) -> None:
        self._refresh_rows([self._places.get(self._cursor, 0)])

    def on_blur(self) -> None:
        self._refresh_rows([self._places.get(self._cursor, 0)])

    def on_click(self, event: events.Click) -> None:
        place = self.scroll_offset.y + (event.get_content_offset(self) or event.offset).y
        if 0 <= place < len(self._rows) and (key := self.key_at(place)):
            if key == self._cursor:
                self.post_message(self.Chosen(self, key))
            self.select(key)

    def action_cursor_up(self) -> None:
        self._move(-1)

    def action_cursor_down(self) -> None:
        self._move(1)

    def action_page_up(self) -> None:
        self._move(-max(1, self.size.height - 1))

    def action_page_down(self) -> None:
        self._move(max(1, self.size.height - 1))

    def action_first(self) -> None:
        self._move(-len(self._rows))

    def action_last(self) -> None:
        self._move(len(self._rows))

    def action_scroll_left(self) -> None:
        self.scroll_relative(x=-8, animate=False)

    def action_scroll_right(self) -> None:
        self.scroll_relative(x=8, animate=False)

    def _measure(self) -> None:
        width = self.scrollable_content_region.width
        if self._wide:
            width = max([width, *(sum(cell_len(part.text) for part in row.left) for row in self._rows)])
        size, before = Size(width, len(self._rows)), self.virtual_size
        overflows = size.height > self.size.height
        height = self.styles.height
        if (height and height.is_auto) or size.width != before.width or overflows != (before.height > self.size.height):
            self.virtual_size = size  # the layout of the screen depends on it
        elif size != before:
            self.set_reactive(Rows.virtual_size, size)
            self.scroll_y = self.validate_scroll_y(self.scroll_y)
            if overflows:
                self.vertical_scrollbar.window_virtual_size = size.height

    def _move(self, by: int) -> None:
        keys = list(self._places)
        if keys:
            place = keys.index(self._cursor) if self._cursor in self._places else 0
            self.select(keys[min(max(0, place + by), len(keys) - 1)])

    def _reveal(self) -> None:
        """Scroll to the cursor; at either end also to the lines beyond it, which no cursor reaches."""
        if self._cursor not in self._places or not self.size:
            return
        line, height = self._places[self._cursor], self.size.height
        first, last = next(iter(self._places.values())), next(reversed(self._places.values()))
        top = 0 if line == first else line
        bottom = len(self._rows) - 1 if line == last else line
        if bottom - top >= height:
            top, bottom = (top, line) if line - top < height else (line, line)
        region = Region(self.scroll_offset.x, top, 1, bottom - top + 1)
        self.scroll_to_region(region, animate=False, force=True)

    def _refresh_rows(self, places: Iterable[int]) -> None:
        top = self.scroll_offset.y
        for place in places:
            if 0 <= place - top < self.size.height:
                self.refresh(Region(0, place - top, self.size.width, 1))

    def _segments(self, parts: Sequence[Part]) -> list[Segment]:
        return [
            Segment(part.text, Style(color=part.colour) if part.colour else self._style(part.look)) for part in parts
        ]

    def _style(self, look: str) -> Style | None:
        return self.get_component_rich_style(f"rows--{look}", partial=True) if look else None
