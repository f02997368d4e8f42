"""What stands on the terminal, so that only cells that look different are sent to it."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

RESET = "\x1b[0m"
BRIDGE = 6  # cells that are alike between two that differ: sending them costs less than moving the cursor


class Span(NamedTuple):
    """A strip that begins at a column of a line."""

    y: int
    x: int
    strip: Strip


class Frame:
    """The cells of the terminal: text and look of each; None where it is not known what stands there.

    The right half of a wide character is an empty text.
    """

    def __init__(self) -> None:
        self._texts: list[list[str | None]] = []
        self._looks: list[list[str]] = []
        self.sent = 0  # bytes of all that was painted

    def forget(self) -> None:
        """The terminal may show anything: it was resized, or cleared."""
        self._texts = []

    def painted(self, spans: Iterable[Span], width: int, height: int, colours: ColorSystem | None) -> str:
        """The sequences that bring `spans` onto a terminal of this size, each look once.

        Args:
            colours: how many colours there are; None: none.
        """
        if len(self._texts) != height or (height and len(self._texts[0]) != width):
            self._texts = [[None] * width for _ in range(height)]
            self._looks = [[""] * width for _ in range(height)]
        looks: dict[str, list[str]] = {}
        ordered: list[str] = []  # where wide characters are, cells must be painted from left to right
        for span in spans:
            if span.y >= height:
                continue  # drawn for a terminal that was higher; the next update is for this one
            for x, look, text, wide in self._changes(span, width, colours):
                place = f"\x1b[{span.y + 1};{x + 1}H{text}"
                if wide:
                    ordered.append(look + place)
                else:
                    looks.setdefault(look, []).append(place)
        painted = "".join(f"{look}{''.join(texts)}" for look, texts in looks.items()) + "".join(ordered) + RESET
        self.sent += len(painted.encode())
        return painted

    def _changes(self, span: Span, width: int, colours: ColorSystem | None) -> Iterator[tuple[int, str, str, bool]]:
        """(column, look, text, whether wide characters are near) of what differs; it is kept as painted."""
        texts, looks = _cells(span.strip, colours)
        start, stop = span.x, min(span.x + len(texts), width)
        old_texts, old_looks = self._texts[span.y], self._looks[span.y]
        texts, looks = texts[: stop - start], looks[: stop - start]
        if old_texts[start:stop] == texts and old_looks[start:stop] == looks:
            return
        wide = "" in texts or "" in old_texts[start:stop]
        old = list(zip(old_texts[start:stop], old_looks[start:stop], strict=True))
        changed = [i for i, cell in enumerate(zip(texts, looks, strict=True)) if cell != old[i]]
        old_texts[start:stop], old_looks[start:stop] = texts, looks
        if wide:
            changed = sorted(_whole(changed, texts))
            self._unknown_beside(span.y, start, stop)
        for first, last in _runs(changed, looks):
            yield start + first, looks[first], "".join(filter(None, texts[first : last + 1])), wide

    def _unknown_beside(self, y: int, start: int, stop: int) -> None:
        """Half of a wide character was painted over: what the terminal leaves of it is not known."""
        line = self._texts[y]
        if start > 0 and line[start - 1] is not None and cell_len(line[start - 1] or "") > 1:
            line[start - 1] = None
        if stop < len(line) and line[stop] == "":
            line[stop] = None


def _cells(strip: Strip, colours: ColorSystem | None) -> tuple[list[str | None], list[str]]:
    """Text and look of every cell of a strip."""
    texts: list[str | None] = []
    looks: list[str] = []
    for segment in strip:
        before = len(texts)
        if segment.text.isascii():
            texts += segment.text
        else:
            _append(texts, segment.text)
        looks += [_look(segment.style, colours)] * (len(texts) - before)
    return texts, looks


def _append(cells: list[str | None], text: str) -> None:
    for character in text:
        columns = cell_len(character)
        if columns:
            cells += [character, *[""] * (columns - 1)]
        elif cells:  # an accent, or the like, belongs to the character before
            place = -1 if cells[-1] else -2
            cells[place] = f"{cells[place]}{character}"


def _whole(changed: list[int], texts: list[str | None]) -> set[int]:
    """The changed cells, wide characters with both of their halves."""
    halves = {i - 1 for i in changed if texts[i] == "" and i}
    return {*changed, *halves, *(i + 1 for i in {*changed, *halves} if i + 1 < len(texts) and texts[i + 1] == "")}


def _runs(changed: list[int], looks: list[str]) -> Iterator[tuple[int, int]]:
    """First and last cells of what is sent in one go: one look, small gaps bridged."""
    breaks = [0]
    for place, (one, other) in enumerate(pairwise(changed), 1):
        if other - one > BRIDGE or any(looks[i] != looks[one] for i in range(one, other + 1)):
            breaks.append(place)
    for begin, end in pairwise([*breaks, len(changed)]):
        if begin < end:
            yield changed[begin], changed[end - 1]


@lru_cache(maxsize=4096)
def _look(style: Style | None, colours: ColorSystem | None) -> str:
    """The sequence that begins a look and ends the one before."""
    if style is None:
        return RESET
    begins = style.render("|", color_system=colours).partition("|")[0]
    return begins.replace("\x1b[", "\x1b[0;", 1) if begins else RESET
