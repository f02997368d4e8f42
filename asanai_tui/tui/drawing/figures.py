"""What a layer looks like: a box as large as its shape suggests, or a row of neurons."""

import math
from typing import NamedTuple

from asanai_tui.network.options import Shape
from asanai_tui.tui.drawing.canvas import Canvas

NEURONS = 16  # more are drawn as a few, with dots between
FEW = 11  # places of those few, that of the dots among them
WIDEST = 57  # columns of a box
SMALLEST = 5
SPACINGS = (6, 4, 2)  # between neurons; even, so that every row of them has its middle in the middle


class Box(NamedTuple):
    """A box around the column `middle`; the edges behind it hint at channels."""

    middle: int
    width: int  # odd
    height: int  # with its borders
    edges: int = 0
    dashed: bool = False

    def draw(self, canvas: Canvas, top: int, look: str, above: bool, below: bool) -> None:
        """With openings where something comes from above or goes below."""
        left, line = self.middle - self.width // 2, "╌" if self.dashed else "─"
        flat, sides = line * (self.width - 2), " " * (self.width - 2)
        canvas.put(left, top, f"╭{flat}╮{'╮' * self.edges}", look)
        for row in range(1, self.height - 1):
            canvas.put(left, top + row, f"│{sides}│{'│' * self.edges}", look)
        canvas.put(left, top + self.height - 1, f"╰{flat}╯{'╯' * self.edges}", look)
        if above:
            canvas.put(self.middle, top, "┴", look)
        if below:
            canvas.put(self.middle, top + self.height - 1, "┬", look)


class Neurons(NamedTuple):
    """A row of neurons around the column `middle`."""

    middle: int
    columns: tuple[int, ...]
    complete: bool  # all of them are drawn

    def draw(self, canvas: Canvas, row: int, look: str) -> None:
        """Circles; dots in the middle stand for those left out."""
        for column in self.columns:
            canvas.put(column, row, "○", look)
        if not self.complete:
            canvas.put(self.middle, row, "⋯", look)

    def comb(self, canvas: Canvas, row: int, opens_down: bool) -> None:
        """Lines between all neurons, below the row or above it, and one in the middle, on the other side."""
        first, last = self.columns[0], self.columns[-1]
        if first == last:
            canvas.put(self.middle, row, "│", "line")
            return
        ends, tooth, stem = ("┌┐", "┬", "┴") if opens_down else ("└┘", "┴", "┬")
        canvas.put(first, row, "─" * (last - first), "line")
        for column in self.columns:
            canvas.put(column, row, tooth, "line")
        canvas.put(first, row, ends[0], "line")
        canvas.put(last, row, ends[1], "line")
        canvas.put(self.middle, row, "┼" if self.middle in self.columns else stem, "line")


def neurons(count: int, middle: int, room: int) -> Neurons:
    """As many as are drawn in `room` columns, as far from each other as fits."""
    complete = count <= NEURONS and 2 * count - 1 <= room
    places = count if complete else max(1, min(FEW, (room + 1) // 2 - 1) // 2 * 2 + 1)
    spacing = next((each for each in SPACINGS if (places - 1) * each + 1 <= room), SPACINGS[-1])
    columns = (middle + spacing * index - spacing * (places - 1) // 2 for index in range(places))
    return Neurons(middle, tuple(x for x in columns if complete or x != middle or places == 1), complete)


class Scale(NamedTuple):
    """The largest extents of a network, by the number of dimensions; boxes are drawn against them."""

    widths: tuple[int, int, int]  # of vectors, sequences, images and volumes
    height: int

    @classmethod
    def of(cls, shapes: list[Shape]) -> "Scale":
        """For all shapes of a network."""
        widths = [max((across(s) for s in shapes if rank(s) == each), default=1) for each in (1, 2, 3)]
        return cls((widths[0], widths[1], widths[2]), max((s[0] for s in shapes if rank(s) == 3), default=1))

    def box(self, shape: Shape, middle: int, room: int) -> Box:
        """Width for width or steps or values, height for height, edges for channels; areas grow with the extents."""
        share = math.sqrt(across(shape) / self.widths[rank(shape) - 1])
        edges = _edges(shape[-1]) if rank(shape) > 1 else 0
        widest = max(SMALLEST, min(WIDEST, room - 2 * edges))
        width = SMALLEST + round((widest - SMALLEST) * share)
        height = 2 + round(2 * math.sqrt(shape[0] / self.height)) if rank(shape) == 3 else 1 + rank(shape)
        return Box(middle, width - (width + 1) % 2, height, edges)


def rank(shape: Shape) -> int:
    """1 for vectors, 2 for sequences, 3 for images and volumes."""
    return max(1, min(3, len(shape)))


def across(shape: Shape) -> int:
    """What the width of a box stands for."""
    return max(1, shape[1] if rank(shape) == 3 else shape[0] if shape else 1)


def _edges(channels: int) -> int:
    return 0 if channels < 2 else 1 if channels <= 8 else 2 if channels <= 64 else 3
