"""Curves of a training run. Only cells that changed are sent to the terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip

from asanai_tui.tui.widgets import chart_parts as parts
from asanai_tui.tui.widgets.cells import Sheet
from asanai_tui.tui.widgets.chart_parts import Box, Line
from asanai_tui.tui.widgets.lines import Lines

if TYPE_CHECKING:  # numpy and plotext are imported with the first values, after the first paint
    from asanai_tui.plotting.plotext_chart import Marker
    from asanai_tui.plotting.scales import Axis
    from asanai_tui.plotting.trace import Trace

__all__ = ["Line", "LossChart"]


class LossChart(Lines):
    """Values by epoch or by batch, with axes that seldom move: both end at round numbers, the second at most at those
    planned.

    `show` may be called often: only columns with new values are drawn again, and only cells that changed are painted.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"loss-chart--{name}" for name in parts.COMPONENTS}
    DEFAULT_CSS = """
    LossChart { height: 1fr; min-height: 1; }
    LossChart > .loss-chart--axis { color: $foreground 60%; }
    LossChart > .loss-chart--grid { color: $foreground 20%; }
    LossChart > .loss-chart--train { color: $text-secondary; }
    LossChart > .loss-chart--validation { color: $text-primary; }
    LossChart > .loss-chart--note { color: $text-error; }
    LossChart > .loss-chart--past { color: $foreground 40%; }
    """

    title: reactive[str] = reactive("", repaint=False)
    log_scale: reactive[bool] = reactive(False, repaint=False)
    marker: reactive["Marker"] = reactive("braille", repaint=False)
    legend: reactive[bool] = reactive(True, repaint=False)  # a row with the names and the last values

    def __init__(
        self,
        title: str = "",
        *,
        log_scale: bool = False,
        marker: "Marker" = "braille",
        legend: bool = True,
        id: str | None = None,  # noqa: A002 (Textual's name)
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: tuple[Line, ...] = ()
        self._x_max = 1
        self._unit = ""  # what the horizontal axis counts
        self._moment: tuple[object, ...] = ()  # what was shown last
        self._y_axis: Axis | None = None
        self._y_rows = 0
        self._traces: list[Trace] = []
        self.set_reactive(LossChart.title, title)
        self.set_reactive(LossChart.log_scale, log_scale)
        self.set_reactive(LossChart.marker, marker)
        self.set_reactive(LossChart.legend, legend)

    def show(self, lines: Sequence[Line], x_max: int, unit: str = "epochs") -> None:
        """Draw the series as they are now; `x_max` epochs, or whatever `unit` counts, are planned."""
        from asanai_tui.plotting.scales import count_limit
        from asanai_tui.plotting.trace import Trace

        lengths = [len(line.series) for line in lines]
        moment = (tuple(lines), count_limit(max(lengths, default=0), x_max), lengths)
        if moment == self._moment:
            return
        if moment[0] != self._lines:
            self._lines, self._y_axis = moment[0], None
            self._traces = [Trace(dotted=line.kind != "train") for line in lines]
        self._x_max, self._unit = moment[1], unit
        self._moment = moment
        self.redraw()

    def clear(self) -> None:
        """Show nothing."""
        self._lines, self._traces, self._y_axis, self._moment = (), [], None, ()
        self.redraw()

    def watch_title(self) -> None:
        self.redraw()

    def watch_log_scale(self) -> None:
        self.redraw()

    def watch_marker(self) -> None:
        self.redraw()

    def watch_legend(self) -> None:
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        """Legend, axes and curves; in a small area less of them."""
        sheet = Sheet(Size(width, height))
        if any(len(line.series) for line in self._lines):
            top = 1 if self.legend or height < 3 or width < 8 else 0
            if top:
                title = " · ".join(filter(None, (self.title, "log" if self.log_scale else "")))
                parts.draw_legend(sheet, self._lines, self.marker, title)
            if height >= 3 and width >= 8:
                self._draw_plot(sheet, top)
        styles = [self.get_component_rich_style(f"loss-chart--{name}") for name in parts.COMPONENTS]
        return sheet.strips([Style.null(), *styles])

    def _draw_plot(self, sheet: Sheet, top: int) -> None:
        """Everything from row `top` down."""
        from asanai_tui.plotting import scales

        width, height = sheet.size
        rows = height - top - (1 if height - top >= 4 else 0)
        unit = "batch" if self._unit == "batches" else "epoch"
        note = next(filter(None, (parts.broken(line, unit) for line in self._lines)), "")
        extent = scales.extent([line.series.points()[1] for line in self._lines], self.log_scale)
        if extent is None:
            empty = "no positive value for a log axis" if self.log_scale else "no values"
            parts.draw_note(sheet, Box(0, top, width, rows), note or empty)
            return
        previous = self._y_axis if rows == self._y_rows else None
        axis = scales.value_axis(extent, max(4, rows // 4), self.log_scale, previous)
        self._y_axis, self._y_rows = axis, rows
        left = parts.gutter(axis, width)
        box = Box(left, top, width - left, rows)
        self._draw_curves(sheet, box, axis)
        if extent.spike is not None:
            peak = f" up to {scales.short(extent.spike)}"
            sheet.put(width - len(peak), box.y, peak, parts.AXIS)
        parts.draw_note(sheet, box, note)

    def _draw_curves(self, sheet: Sheet, box: Box, y_axis: "Axis") -> None:
        from asanai_tui.plotting import plotext_chart, scales

        x_axis = scales.count_axis(self._x_max, box.width)
        across, down = plotext_chart.dots_of_character(self.marker)
        parts.draw_y_axis(sheet, box, y_axis, down, self.marker == "ascii")
        parts.draw_x_axis(sheet, box, x_axis, across, self._unit)
        for line, trace in zip(self._lines, self._traces, strict=True):
            rows = trace.draw(line.series, x_axis, y_axis, box.width, box.height, self.marker)
            for y, row in enumerate(rows, box.y):
                sheet.overlay(box.x, y, row, parts.PAINTS[line.kind])
