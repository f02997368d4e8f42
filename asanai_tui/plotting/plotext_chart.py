"""Lines as characters. The only module that calls plotext."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Marker = Literal["braille", "block", "dot", "ascii"]
MARKERS: tuple[Marker, ...] = get_args(Marker)

Dots = NDArray[np.int64]

_PLOTEXT_NAMES = {"braille": "braille", "block": "hd", "dot": "•", "ascii": "*"}
_DOTS = {"braille": (2, 4), "block": (2, 2), "dot": (1, 1), "ascii": (1, 1)}


def dots_of_character(marker: Marker) -> tuple[int, int]:
    """How many dots a character holds, across and down."""
    return _DOTS[marker]


def draw(lines: Sequence[tuple[Dots, Dots]], columns: int, rows: int, marker: Marker) -> list[str]:
    """Draw lines through points given in dots, counted from the left and from the bottom.

    What lies outside is cut off. plotext only ever sees whole numbers in known limits: it raises on infinity, its
    logarithmic axes fail on zero and when they are built twice, and its own limits would move with every value.
    Not for two threads at once: plotext has one figure.

    Returns: `rows` strings of `columns` characters, the top one first.
    """
    if columns < 1 or rows < 1:
        return [""] * max(0, rows)
    if not lines:
        return [" " * columns] * rows
    import plotext  # 40 ms, after the first paint

    across, down = _DOTS[marker]
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.limit_size(False, False)
    plotext.plot_size(columns, rows)
    plotext.frame(False)
    plotext.xfrequency(0)
    plotext.yfrequency(0)
    plotext.xlim(0, max(1, columns * across - 1))
    plotext.ylim(0, max(1, rows * down - 1))
    for x, y in lines:
        plotext.plot(x.tolist(), y.tolist(), marker=_PLOTEXT_NAMES[marker])
    built: str = plotext.uncolorize(plotext.build())
    return built.split("\n")[:rows]
