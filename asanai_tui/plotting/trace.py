"""A series as rows of characters. New points extend it, anything else draws it anew."""

import numpy as np
from numpy.typing import NDArray

from asanai_tui.plotting import plotext_chart
from asanai_tui.plotting.plotext_chart import Dots, Marker
from asanai_tui.plotting.scales import Axis
from asanai_tui.plotting.series import Series

# A dotted line keeps the left half of each character, so that a steep part of it does not vanish.
_BRAILLE_LEFT = 0x47
_QUADRANTS_LEFT = dict(zip("▀▄█▌▚▞▛▙▟▜", "▘▖▌▌▘▖▌▌▖▘", strict=True))
_DOTTED: dict[Marker, dict[int, int | str]] = {
    "braille": {0x2800 + bits: 0x2800 + (bits & _BRAILLE_LEFT or bits) for bits in range(1, 256)},
    "block": {ord(full): left for full, left in _QUADRANTS_LEFT.items()},
    "dot": {ord("•"): "·"},
    "ascii": {ord("*"): "."},
}
_ALONE = {"braille": "●", "block": "■", "dot": "•", "ascii": "*"}
_ALONE_DOTTED = {"braille": "○", "block": "□", "dot": "·", "ascii": "."}


class Trace:
    """The drawing of one series; keeps what it drew last."""

    def __init__(self, dotted: bool = False) -> None:
        self.dotted = dotted
        self._rows: list[str] = []
        self._key: tuple[object, ...] = ()
        self._drawn = 0  # how many values of the series
        self._last_dot = 0

    def draw(self, series: Series, x: Axis, y: Axis, columns: int, rows: int, marker: Marker) -> list[str]:
        """Rows of characters, the top one first; only columns with new points are drawn again."""
        key = (series, series.stride, x, y, columns, rows, marker)
        extends = key == self._key and len(series) >= self._drawn
        if extends and len(series) == self._drawn:
            return self._rows
        across, down = plotext_chart.dots_of_character(marker)
        start = self._last_dot // across if extends else 0
        if not extends:
            self._rows = [" " * columns] * rows
        positions, values = series.points()
        dots_x = np.rint(x.position(positions, columns * across))
        dots_y = np.rint(np.clip(y.position(values, rows * down), -rows * down, 2 * rows * down))
        self._replace_from(start, _runs(dots_x, dots_y, start * across), columns, marker)
        self._key, self._drawn = key, len(series)
        self._last_dot = int(dots_x[-1]) if len(dots_x) else 0
        return self._rows

    def _replace_from(self, start: int, runs: list[tuple[Dots, Dots]], columns: int, marker: Marker) -> None:
        """Draw the runs in the columns from `start` on; what they show left of it is there already."""
        if not runs:
            return
        across, down = plotext_chart.dots_of_character(marker)
        first = min(start, min(int(x[0]) for x, _ in runs) // across)
        end = min(columns, max(int(x[-1]) for x, _ in runs) // across + 1)
        shifted = [(x - first * across, y) for x, y in runs]
        drawn = plotext_chart.draw(shifted, end - first, len(self._rows), marker)
        if self.dotted:
            drawn = [row.translate(_DOTTED[marker]) for row in drawn]
        for x, y in shifted:
            if len(x) == 1:
                self._mark_alone(drawn, int(x[0]) // across, len(drawn) - 1 - int(y[0]) // down, marker)
        self._rows = [
            old[:start] + new[start - first :] + old[end:] for old, new in zip(self._rows, drawn, strict=True)
        ]

    def _mark_alone(self, drawn: list[str], column: int, row: int, marker: Marker) -> None:
        """A point without neighbours is easily overlooked as a single dot."""
        if 0 <= row < len(drawn):
            mark = (_ALONE_DOTTED if self.dotted else _ALONE)[marker]
            drawn[row] = drawn[row][:column] + mark + drawn[row][column + 1 :]


def _runs(x: NDArray[np.float64], y: NDArray[np.float64], since: int) -> list[tuple[Dots, Dots]]:
    """Lines without gaps, from the last point before dot `since` on, thinned to what differs in dots.

    Of the points in one column of dots the first, the lowest, the highest and the last remain (U. Jugel et al.,
    "M4: a visualization-oriented time series data aggregation", VLDB 2014): the line through them looks the same.
    """
    finite = np.isfinite(x) & np.isfinite(y)
    run = np.cumsum(~finite)[finite]
    at, height = x[finite].astype(np.int64), y[finite].astype(np.int64)
    begin = max(0, int(np.searchsorted(at, since)) - 1)
    run, at, height = run[begin:], at[begin:], height[begin:]
    if not at.size:
        return []
    starts = np.flatnonzero(np.r_[True, (np.diff(at) != 0) | (np.diff(run) != 0)])
    group = np.repeat(np.arange(starts.size), np.diff(np.r_[starts, at.size]))
    by_height = np.lexsort((height, group))
    ends = np.r_[starts[1:], at.size] - 1
    kept = np.unique(np.r_[starts, ends, by_height[starts], by_height[ends]])
    kept = kept[np.r_[True, np.any(np.diff((run[kept], at[kept], height[kept])), axis=0)]]  # the same dot once
    cuts = np.flatnonzero(np.diff(run[kept])) + 1
    return list(zip(np.split(at[kept], cuts), np.split(height[kept], cuts), strict=True))
