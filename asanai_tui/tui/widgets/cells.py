"""A sheet of character cells, to draw on in any order."""

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip


class Sheet:
    """Rows of characters of one cell each; each has a paint, the number of a style. Paint 0 is the ground."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self._characters = [[" "] * size.width for _ in range(size.height)]
        self._paints = [[0] * size.width for _ in range(size.height)]

    def put(self, x: int, y: int, text: str, paint: int) -> None:
        """Write into a row; what does not fit is cut off."""
        if not 0 <= y < self.size.height:
            return
        text = text[max(0, -x) : max(0, self.size.width - x)]
        x = max(0, x)
        self._characters[y][x : x + len(text)] = text
        self._paints[y][x : x + len(text)] = [paint] * len(text)

    def overlay(self, x: int, y: int, text: str, paint: int) -> None:
        """Write what is not blank. Braille joins the braille that is there, in the paint of either by turns."""
        if text.isspace():
            return
        characters, paints = self._characters[y], self._paints[y]
        for column, new in enumerate(text, x):
            if new == " ":
                continue
            old = characters[column]
            if paints[column] and "\u2800" <= old <= "\u28ff" and "\u2800" <= new <= "\u28ff":
                characters[column] = chr(ord(old) | ord(new))
                paints[column] = paint if column % 2 else paints[column]
            else:
                characters[column], paints[column] = new, paint

    def lines(self) -> list[str]:
        """The rows as text, without their paint."""
        return ["".join(row) for row in self._characters]

    def strips(self, styles: Sequence[Style]) -> list[Strip]:
        """The rows for the screen, neighbours of the same paint in one segment."""
        return [self._strip(y, styles) for y in range(self.size.height)]

    def _strip(self, y: int, styles: Sequence[Style]) -> Strip:
        text, paints = "".join(self._characters[y]), self._paints[y]
        starts = [x for x in range(len(text)) if not x or paints[x] != paints[x - 1]]
        ends = [*starts[1:], len(text)]
        return Strip([Segment(text[x:end], styles[paints[x]]) for x, end in zip(starts, ends, strict=False)], len(text))
