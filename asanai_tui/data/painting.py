"""A picture that is drawn by hand: strokes of a round brush, filled areas, and the way back."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data.opencv import opencv

Pixels = NDArray[np.uint8]
Colour = tuple[int, ...]  # one number of 0 to 255 for each channel
MOST_STEPS = 200  # that can be taken back


class Point(NamedTuple):
    """A pixel, from the top and from the left; it may lie outside of the picture."""

    y: int
    x: int


class _Patch(NamedTuple):
    """What stood in a part of the picture before a step."""

    top: int
    left: int
    pixels: Pixels


class Painting:
    """Pixels that change step by step; each step can be taken back."""

    def __init__(self, height: int, width: int, ground: Colour) -> None:
        """`ground`: the colour of the empty picture; one number makes it grey, three make it red, green and blue."""
        self.pixels: Pixels = np.empty((height, width, len(ground)), np.uint8)
        self.pixels[:] = ground
        self.ground = ground
        self._before: Pixels | None = None  # the picture at the beginning of the step at hand
        self._steps: list[_Patch] = []

    @property
    def empty(self) -> bool:
        """Whether all of it is ground."""
        return bool((self.pixels == np.array(self.ground, np.uint8)).all())

    def begin(self) -> None:
        """What comes up to `end` is one step."""
        if self._before is None:
            self._before = self.pixels.copy()

    def end(self) -> None:
        """The step is complete; one that changed nothing is none."""
        if self._before is None:
            return
        before, self._before = self._before, None
        rows, columns = np.nonzero((before != self.pixels).any(axis=2))
        if len(rows):
            top, left, bottom, right = rows.min(), columns.min(), rows.max() + 1, columns.max() + 1
            self._steps.append(_Patch(int(top), int(left), before[top:bottom, left:right].copy()))
            del self._steps[:-MOST_STEPS]

    def line(self, start: Point, stop: Point, brush: int, colour: Colour) -> None:
        """Draw from one pixel to another with a round brush of so many pixels across."""
        count = max(abs(stop.y - start.y), abs(stop.x - start.x)) + 1
        disc = _disc(brush)
        rows = np.rint(np.linspace(start.y, stop.y, count)).astype(int) - (brush - 1) // 2
        columns = np.rint(np.linspace(start.x, stop.x, count)).astype(int) - (brush - 1) // 2
        for top, left in zip(rows.tolist(), columns.tolist(), strict=True):
            self._stamp(disc, top, left, colour)

    def fill(self, at: Point, colour: Colour) -> None:
        """Fill the area of one colour that `at` lies in; pixels that touch at corners only are apart."""
        height, width = self.pixels.shape[:2]
        if 0 <= at.y < height and 0 <= at.x < width:
            opencv().floodFill(self.pixels, None, (at.x, at.y), colour)

    def clear(self) -> None:
        """Ground everywhere, as a step."""
        self.begin()
        self.pixels[:] = self.ground
        self.end()

    def undo(self) -> bool:
        """Take the last step back; False where there is none."""
        self.end()
        if not self._steps:
            return False
        patch = self._steps.pop()
        height, width = patch.pixels.shape[:2]
        self.pixels[patch.top : patch.top + height, patch.left : patch.left + width] = patch.pixels
        return True

    def _stamp(self, disc: NDArray[np.bool_], top: int, left: int, colour: Colour) -> None:
        height, width = self.pixels.shape[:2]
        inside = disc[max(0, -top) : max(0, height - top), max(0, -left) : max(0, width - left)]
        top, left = max(0, top), max(0, left)
        self.pixels[top : top + inside.shape[0], left : left + inside.shape[1]][inside] = colour


def _disc(brush: int) -> NDArray[np.bool_]:
    """Which pixels of a square a round brush covers."""
    places = np.arange(brush) - (brush - 1) / 2
    found: NDArray[np.bool_] = places[:, None] ** 2 + places[None, :] ** 2 <= (brush / 2) ** 2
    return found


def ground_of(pictures: list[Pixels]) -> int:
    """0 or 255, whichever is nearer to the edges of pictures (uint8, height × width × channels); white of none."""
    edges = [
        float(np.concatenate([each[0], each[-1], each[:, 0], each[:, -1]]).mean()) for each in pictures if each.size
    ]
    return 0 if edges and float(np.median(edges)) < 128 else 255
