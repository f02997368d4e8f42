"""The loss over the logarithm of the learning rate, with a mark at one rate."""

import numpy as np
from textual.geometry import Size

from asanai_tui.plotting import plotext_chart, scales
from asanai_tui.plotting.scales import Axis, Values
from asanai_tui.training.rate_finder import Found
from asanai_tui.tui.widgets import chart_parts as parts
from asanai_tui.tui.widgets.cells import Sheet
from asanai_tui.tui.widgets.chart_parts import Box

LEAST_HEIGHT, LEAST_WIDTH = 4, 12
ROOM = 0.5  # of the highest loss before the lowest one is shown above it


def curve(found: Found, width: int, height: int, marked: float | None = None) -> Sheet:
    """A sheet of this size; empty where there are no two points yet, or no room."""
    sheet = Sheet(Size(width, height))
    if len(found.points) < 2 or height < LEAST_HEIGHT or width < LEAST_WIDTH:
        return sheet
    rates = np.array([point.rate for point in found.points])
    losses = np.array([point.loss for point in found.points])
    y = scales.value_axis(_extent(_worth_seeing(losses)), max(2, (height - 2) // 4))
    left = parts.gutter(y, width)
    box = Box(left, 0, width - left, height - 2)
    x = scales.value_axis(_extent(rates, logarithmic=True), max(2, box.width // 10), logarithmic=True)
    across, down = plotext_chart.dots_of_character("braille")
    parts.draw_y_axis(sheet, box, y, down, False)
    if marked is not None:
        _mark(sheet, box, x, marked, across)
    dots = [np.rint(axis.position(values, n)).astype(np.int64) for axis, values, n in (
        (x, rates, box.width * across), (y, losses, box.height * down),
    )]  # fmt: skip
    for row, text in enumerate(plotext_chart.draw([(dots[0], dots[1])], box.width, box.height, "braille")):
        sheet.overlay(box.x, row, text, parts.TRAIN)
    _draw_rates(sheet, box, x, across)
    return sheet


def _worth_seeing(losses: Values) -> Values:
    """Without most of how it diverges, which would press the fall flat."""
    highest = losses[: int(losses.argmin()) + 1].max()
    kept: Values = losses[losses <= highest + ROOM * abs(highest)]
    return kept


def _extent(values: Values, logarithmic: bool = False) -> scales.Extent:
    found = scales.extent([values], logarithmic)
    return found or scales.Extent(0.0, 1.0, len(values))


def _mark(sheet: Sheet, box: Box, x: Axis, rate: float, across: int) -> None:
    """A line at a rate, with the rate below it."""
    column = int(x.position([rate], box.width * across)[0]) // across
    if not 0 <= column < box.width:
        return
    for row in range(box.height):
        sheet.put(box.x + column, row, "│", parts.VALIDATION)
    label = f"▲ {rate:g}"
    start = min(box.x + column, box.x + box.width - len(label))
    sheet.put(start, box.height + 1, label, parts.VALIDATION)


def _draw_rates(sheet: Sheet, box: Box, x: Axis, across: int) -> None:
    end = 0
    for position, label in zip(x.tick_positions(box.width * across), x.labels, strict=True):
        start = min(max(box.x, box.x + position // across - len(label) // 2), box.x + box.width - len(label))
        if start > end or not end:
            sheet.put(start, box.height, label, parts.AXIS)
            end = start + len(label)
