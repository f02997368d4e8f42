"""Pictures as half blocks: a character cell shows two pixels, one above the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from asanai_tui.errors import clean
from asanai_tui.tui.widgets.lines import Lines

if TYPE_CHECKING:  # numpy is imported with the first picture, after the first paint
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]  # height × width, × 1 or × 3 (RGB)

UPPER = "▀"
WIDTHS = (32, 24, 20, 16, 12, 10, 8)  # of a picture in a grid, in columns
LARGER = (0, 16, 32, 64, 128)  # the same where fewer pictures are wanted; 0: so narrow that all fit
GAP = 1


def half_blocks(pixels: Pixels) -> list[Strip]:
    """A strip for every two rows of pixels, equal neighbours in one segment.

    Args: pixels: uint8, height × width (grey), height × width × 1 or × 3 (RGB).
    """
    import numpy as np

    rgb = np.broadcast_to(pixels.reshape(*pixels.shape[:2], -1), (*pixels.shape[:2], 3))
    strips = []
    for upper, lower in zip(rgb[0::2], rgb[1::2], strict=False):
        both = np.concatenate((upper, lower), axis=1)
        starts = _starts(both)
        segments = [
            Segment(" " * count, _style(None, cell[3:]))
            if cell[:3] == cell[3:]
            else Segment(UPPER * count, _style(cell[:3], cell[3:]))
            for count, cell in zip(np.diff(np.r_[starts, len(both)]).tolist(), both[starts].tolist(), strict=True)
        ]
        strips.append(Strip(segments, len(both)))
    if len(rgb) % 2:
        starts = _starts(rgb[-1])
        counts = np.diff(np.r_[starts, rgb.shape[1]]).tolist()
        colours = rgb[-1][starts].tolist()
        strips.append(
            Strip([Segment(UPPER * n, _style(c, None)) for n, c in zip(counts, colours, strict=True)], rgb.shape[1])
        )
    return strips


def fit(pixels: Pixels, columns: int, rows: int) -> Pixels:
    """The picture in its proportions at the size that fills the cells: means of areas, or whole multiples.

    Returns: at most 2 · rows × columns pixels, at least one.
    """
    height, width = pixels.shape[:2]
    factor = min(columns / width, 2 * rows / height)
    if factor >= 1:
        return pixels.repeat(int(factor), axis=0).repeat(int(factor), axis=1)
    return _means(_means(pixels, max(1, round(height * factor)), 0), max(1, round(width * factor)), 1)


def centred(strips: Sequence[Strip], width: int, height: int) -> list[Strip]:
    """Lines of equal length in the middle of an area."""
    above, left = (height - len(strips)) // 2, (width - strips[0].cell_length) // 2
    return [*[Strip([])] * above, *(Strip.join([_blank(left), strip]) for strip in strips)]


class Picture(Lines):
    """One picture as large as fits, centred."""

    DEFAULT_CSS = "Picture { height: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id, classes=classes)
        self._pixels: Pixels | None = None

    def show(self, pixels: Pixels | None) -> None:
        """Draw a picture (uint8, height × width, × 1 or × 3), or none."""
        self._pixels = pixels
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        """The picture in the middle."""
        if self._pixels is None or not self._pixels.size or not width or not height:
            return []
        return centred(half_blocks(fit(self._pixels, width, height)), width, height)


class PictureGrid(Lines):
    """Pictures in rows with captions below, as large as lets all of them fit, or as many as fit."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"picture-grid--caption"}
    DEFAULT_CSS = """
    PictureGrid { height: 1fr; }
    PictureGrid > .picture-grid--caption { color: $foreground 60%; }
    """

    def __init__(
        self,
        *,
        across: int = 0,
        id: str | None = None,  # noqa: A002 (Textual's name)
        classes: str | None = None,
    ) -> None:
        """`across`: so many pictures make a row, of which the first are shown where there is less room; 0: any."""
        super().__init__(id=id, classes=classes)
        self._across = across
        self._larger = 0  # which of LARGER
        self._pictures: tuple[tuple[str, Pixels], ...] = ()

    @property
    def pictures(self) -> Sequence[tuple[str, Pixels]]:
        """The captions and pictures that are drawn, as far as they fit."""
        return self._pictures

    def show(self, pictures: Sequence[tuple[str, Pixels]], across: int | None = None) -> None:
        """Draw captions and pictures (uint8, height × width, × 1 or × 3), `across` of them in a row if given."""
        self._across = self._across if across is None else across
        new = tuple((caption, pixels) for caption, pixels in pictures if pixels.size)
        if [(caption, id(pixels)) for caption, pixels in new] == [(c, id(p)) for c, p in self._pictures]:
            return
        self._pictures = new
        self.redraw()

    @property
    def enlarged(self) -> bool:
        """Whether they are larger than lets all of them fit."""
        return bool(self._larger)

    def larger(self) -> None:
        """Draw the pictures in the next larger size; after the size that fills the place, all of them again."""
        before = self._box(*self.size)
        sizes = [place for place in range(self._larger + 1, len(LARGER)) if self._sized(place) > before]
        self._larger = sizes[0] if sizes else 0
        self.redraw()

    def _sized(self, place: int) -> tuple[int, int]:
        """Columns and rows of every picture at one of LARGER."""
        width, height = self.size
        return self._whole(min(width, LARGER[place]), height)

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        """Rows of pictures."""
        if not self._pictures or width < 2 or height < 2:
            return []
        columns, rows = self._box(width, height)
        across = (width + GAP) // (columns + GAP)
        down = max(1, height // (rows + 1))
        step = self._across or across
        lines: list[Strip] = []
        for first in range(0, min(len(self._pictures), step * down), step):
            lines += self._row(self._pictures[first : first + min(step, across)], columns, rows)
        return lines

    def _box(self, width: int, height: int) -> tuple[int, int]:
        """Columns and rows of every picture."""
        if self._larger:
            return self._whole(min(width, LARGER[self._larger]), height)
        box = (min(width, WIDTHS[-1]), max(1, min(height - 1, WIDTHS[-1] // 2)))
        for columns in WIDTHS:
            box = self._whole(columns, height)
            if box[0] > width:
                continue
            if self._fits((width + GAP) // (box[0] + GAP), height // (box[1] + 1)):
                break
        return (min(box[0], width), min(box[1], height - 1))

    def _whole(self, columns: int, height: int) -> tuple[int, int]:
        """Columns and rows of the largest picture, where each has so many columns at most."""
        sizes = [fit(pixels, columns, max(1, height - 1)).shape for _, pixels in self._pictures]
        return max(size[1] for size in sizes), (max(size[0] for size in sizes) + 1) // 2

    def _fits(self, across: int, down: int) -> bool:
        """Whether there is room for all pictures."""
        if self._across:
            return across >= self._across and down * self._across >= len(self._pictures)
        return across * down >= len(self._pictures)

    def _row(self, pictures: Sequence[tuple[str, Pixels]], columns: int, rows: int) -> list[Strip]:
        drawn = [half_blocks(fit(pixels, columns, rows)) for _, pixels in pictures]
        lines = [
            Strip.join([_centred(strips[y] if y < len(strips) else Strip([]), columns) for strips in drawn])
            for y in range(rows)
        ]
        look = self.get_component_rich_style("picture-grid--caption")
        captions = [_centred(Strip([Segment(_caption(caption, columns), look)]), columns) for caption, _ in pictures]
        return [*lines, Strip.join(captions)]


def _caption(text: str, columns: int) -> str:
    text = clean(text)
    return text if cell_len(text) <= columns else set_cell_size(text, columns - 1) + "…"


def _centred(strip: Strip, columns: int) -> Strip:
    left = (columns - strip.cell_length) // 2
    return Strip.join([_blank(left), strip, _blank(columns - left - strip.cell_length + GAP)])


def _blank(columns: int) -> Strip:
    return Strip([Segment(" " * columns)] if columns > 0 else [], max(0, columns))


def _starts(cells: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Where runs of equal cells begin; cells: number × values."""
    import numpy as np

    return np.flatnonzero(np.r_[True, np.any(cells[1:] != cells[:-1], axis=1)])


def _style(above: Sequence[int] | None, below: Sequence[int] | None) -> Style:
    names = [None if colour is None else "#{:02x}{:02x}{:02x}".format(*colour) for colour in (above, below)]
    return Style(color=names[0], bgcolor=names[1])


def _means(pixels: Pixels, count: int, axis: int) -> Pixels:
    """`count` means of neighbouring pixels along an axis that is at least as long."""
    import numpy as np

    edges = np.linspace(0, pixels.shape[axis], count + 1).astype(np.int64)
    shape = [-1 if each == axis else 1 for each in range(pixels.ndim)]
    sums = np.add.reduceat(pixels.astype(np.float32), edges[:-1], axis=axis)
    return np.rint(sums / np.diff(edges).reshape(shape)).astype(np.uint8)
