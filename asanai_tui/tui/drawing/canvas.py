"""Rows of characters to draw on in any order, and lines of braille."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby

from rich.cells import cell_len

from asanai_tui.tui.widgets.rows import Part

_BLANK = 0x2800
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # of a braille character: by column, then by row
ACROSS, DOWN = 2, 4  # dots of a character
MESH_ROWS = (3, 4, 5)
DENSEST = 0.6  # share of the dots of a mesh that its lines may take


class Canvas:
    """Characters of one cell each, every one with its look."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._characters = [[" "] * width for _ in range(height)]
        self._looks = [[""] * width for _ in range(height)]

    def put(self, x: int, y: int, text: str, look: str = "") -> None:
        """Write into a row; what does not fit is cut off. Characters of no cell or of two become a question mark."""
        if cell_len(text) != len(text):
            text = "".join(character if cell_len(character) == 1 else "?" for character in text)
        if not 0 <= y < self.height:
            return
        text = text[max(0, -x) : max(0, self.width - x)]
        x = max(0, x)
        self._characters[y][x : x + len(text)] = text
        self._looks[y][x : x + len(text)] = [look] * len(text)

    def overlay(self, x: int, y: int, text: str, look: str = "") -> None:
        """Write what is not blank."""
        for place, character in enumerate(text, x):
            if not character.isspace() and character != chr(_BLANK):
                self.put(place, y, character, look)

    def parts(self, y: int) -> tuple[Part, ...]:
        """A row, neighbours of one look together."""
        cells = zip(self._looks[y], self._characters[y], strict=True)
        return tuple(
            Part("".join(character for _, character in run), look)
            for look, run in groupby(cells, key=lambda cell: cell[0])
        )


@lru_cache(maxsize=256)
def mesh_rows(above: tuple[int, ...], below: tuple[int, ...]) -> int:
    """How many rows let the lines of a mesh be told apart; 0 where none do."""
    width = max(*above, *below) - min(*above, *below) + 1
    for rows in MESH_ROWS:
        dots = sum(max(abs(end - start) * ACROSS, rows * DOWN) for start in above for end in below)
        if dots <= DENSEST * width * ACROSS * rows * DOWN:
            return rows
    return 0


@lru_cache(maxsize=256)
def mesh(above: tuple[int, ...], below: tuple[int, ...], width: int, rows: int) -> tuple[str, ...]:
    """Straight lines of braille from each column of `above` to each of `below`, in so many rows of `width`."""
    cells = [[_BLANK] * width for _ in range(rows)]
    last = rows * DOWN - 1
    for start in above:
        for end in below:
            _line(cells, (start * ACROSS, end * ACROSS), last)
    return tuple("".join(map(chr, row)) for row in cells)


def _line(cells: Sequence[list[int]], ends: tuple[int, int], last: int) -> None:
    """Dots from the first row of dots to the last."""
    start, end = ends
    steps = max(abs(end - start), last)
    for step in range(steps + 1):
        x, y = start + round((end - start) * step / steps), round(last * step / steps)
        cells[y // DOWN][x // ACROSS] |= _DOTS[x % ACROSS][y % DOWN]
