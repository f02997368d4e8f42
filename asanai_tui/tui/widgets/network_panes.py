"""The network as a table of costs and as a picture."""

from __future__ import annotations

from typing import ClassVar, get_args

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.strip import Strip

from asanai_tui.network.layers.base import Group
from asanai_tui.project import Project
from asanai_tui.tui.drawing.diagram import Diagram
from asanai_tui.tui.drawing.table import table
from asanai_tui.tui.widgets.fitting import Hinted
from asanai_tui.tui.widgets.rows import Row, Rows


class KindRows(Rows):
    """Rows with a colour for each group of layers, and one for the lines between them."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"rows--{look}" for look in (*get_args(Group), "line")}

    @property
    def room(self) -> int:
        """Columns that the left part of a row may take."""
        return max(1, self.scrollable_content_region.width - 1)


class StillRows(KindRows, can_focus=False):
    """Rows that are only read."""


class CostRows(KindRows):
    """A layer a line."""


class CostPane(Hinted, Vertical):
    """The table: its heading and totals stay where they are while the layers scroll."""

    def __init__(self) -> None:
        super().__init__(classes="pane")
        self.border_title = "Costs"
        self._shown: tuple[Project, int] | None = None  # with the columns that it was drawn for

    def compose(self) -> ComposeResult:
        yield StillRows(id="heading")
        yield CostRows()
        yield StillRows(id="totals")

    @property
    def rows(self) -> CostRows:
        """The layers."""
        return self.query_one(CostRows)

    def show_project(self, project: Project, selected: str | None = None) -> None:
        """Draw the costs of its network; `selected` is the key of a layer."""
        shown, self._shown = self._shown, (project, self.rows.room)
        if shown == self._shown:
            self.rows.select(selected or "")
            return
        found = table(project, self.rows.room)
        self.query_one("#heading", StillRows).show([found.heading])
        self.query_one("#totals", StillRows).show(found.totals)
        self.rows.show(found.rows, selected)

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        if self._shown is not None:
            self.show_project(self._shown[0])


class NetworkPicture(KindRows):
    """The picture. The cursor stands on the label of a layer; only the rows in sight are drawn."""

    def __init__(self) -> None:
        super().__init__(classes="pane")
        self.border_title = "Picture"
        self._shown: tuple[Project, int] | None = None
        self._diagram: Diagram | None = None

    def show_project(self, project: Project, selected: str | None = None) -> None:
        """Draw the network of `project`; `selected` is the key of a layer."""
        shown, self._shown = self._shown, (project, self.room)
        if shown == self._shown:
            self.select(selected or "")
            return
        self._diagram = Diagram(project, self.room)
        self.show([Row((), (), key) for key in self._diagram.row_keys()], selected)
        self.refresh()

    def line(self, place: int) -> Row:
        row = super().line(place)
        return row if self._diagram is None else row._replace(left=self._diagram.row(place))

    def key_at(self, place: int) -> str:
        return "" if self._diagram is None else self._diagram.key_at(place)

    def under_cursor(self, strip: Strip, width: int) -> Strip:
        labels = self._diagram.labels if self._diagram else width
        base, rest_width = self.rich_style, max(0, width - labels)
        rest = strip.crop(labels, width).apply_style(base).adjust_cell_length(rest_width, base)
        return Strip.join([super().under_cursor(strip.crop(0, labels), labels), rest])

    def on_resize(self) -> None:
        if self._shown is not None:
            self.show_project(self._shown[0])

    def action_page_up(self) -> None:
        self._turn(-1)

    def action_page_down(self) -> None:
        self._turn(1)

    def _turn(self, direction: int) -> None:
        """To the layer that is a page away."""
        if self._diagram is None or not self.cursor:
            return
        rows = range(self._diagram.height)
        target = min(max(0, self.place(self.cursor) + direction * max(1, self.size.height - 1)), len(rows) - 1)
        beyond = rows[target:] if direction > 0 else rows[target::-1]
        key = next((key for row in beyond if (key := self.key_at(row))), "")
        if key and key != self.cursor:
            self.select(key)
        else:
            (self.action_last if direction > 0 else self.action_first)()

    def _reveal(self) -> None:
        """All of the layer, where there is room."""
        if self._diagram is not None and self.size:
            top, rows = self._diagram.extent(self.cursor)
            if 0 < rows <= self.size.height:
                region = Region(self.scroll_offset.x, top, 1, rows)
                self.scroll_to_region(region, animate=False, force=True)
        super()._reveal()
