"""A widget that paints lines and sends only the cells that changed: what keeps the link quiet while training."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

GAP = 4  # changed cells nearer than this travel together: a cursor move costs about as many bytes


class Lines(Widget, can_focus=False):
    """Base: subclasses say in `draw` what every line holds and call `redraw` when it may have changed."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id, classes=classes)
        self._strips: list[Strip] = []

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        """The lines of an area of this size; shorter ones are filled up."""
        raise TypeError(f"{type(self).__name__} does not draw")

    def redraw(self) -> None:
        """Draw again and repaint what differs from what is on the screen."""
        if not self.is_mounted or not self.size:
            return
        new = self._drawn()
        if len(new) != len(self._strips) or not self._strips or new[0].cell_length != self._strips[0].cell_length:
            self._strips = new
            self.refresh()
            return
        regions = [region for y in range(len(new)) for region in changed(self._strips[y], new[y], y)]
        self._strips = new
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        if not self._strips:
            self._strips = self._drawn()
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, self.rich_style)

    def on_resize(self) -> None:
        self._renew()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._renew()

    def _renew(self) -> None:
        self._strips = []
        self.refresh()

    def _drawn(self) -> list[Strip]:
        width, height = self.size
        base = self.rich_style
        lines = list(self.draw(width, height))[:height]
        lines += [Strip([])] * (height - len(lines))
        return [line.apply_style(base).adjust_cell_length(width, base).simplify() for line in lines]


def changed(old: Strip, new: Strip, y: int) -> Iterable[Region]:
    """The regions of line `y` whose cells differ, near ones joined."""
    if old == new:
        return []
    before, after = _cells(old), _cells(new)
    columns = [x for x in range(min(len(before), len(after))) if before[x] != after[x]]
    if not columns:
        return []
    starts = [columns[0]] + [right for left, right in pairwise(columns) if right - left > GAP]
    ends = [left for left, right in pairwise(columns) if right - left > GAP] + [columns[-1]]
    return [Region(start, y, end - start + 1, 1) for start, end in zip(starts, ends, strict=True)]


def spread(left: Sequence[Segment], right: Sequence[Segment], width: int) -> Strip:
    """Text at both ends of a line; the left one is cut where they would meet, and shows that."""
    end = Strip(right)
    start = _cut(Strip(left), max(0, width - end.cell_length - bool(right)))
    gap = Segment(" " * max(0, width - start.cell_length - end.cell_length))
    return Strip([*start, gap, *end]).crop(0, width)


def _cut(strip: Strip, width: int) -> Strip:
    """A strip that is not wider than `width`; what is lost shows as an ellipsis."""
    kept = strip.crop(0, width)
    if not width or not strip.crop(width, strip.cell_length).text.strip():
        return kept
    return Strip([*kept.crop(0, width - 1), Segment("…", list(kept)[-1].style)])


def _cells(strip: Strip) -> list[tuple[str, Style | None]]:
    return [(character, segment.style) for segment in strip for character in segment.text]
