"""What stands around the curves of a chart: legend, axes, notes."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from asanai_tui.tui.widgets.cells import Sheet

if TYPE_CHECKING:  # numpy and plotext are imported with the first values, after the first paint
    from asanai_tui.plotting.plotext_chart import Marker
    from asanai_tui.plotting.scales import Axis
    from asanai_tui.plotting.series import Series

Kind = Literal["train", "validation", "past"]

GROUND, AXIS, GRID, TRAIN, VALIDATION, NOTE, PAST = range(7)
COMPONENTS = ("axis", "grid", "train", "validation", "note", "past")  # from paint 1 on
PAINTS: dict[Kind, int] = {"train": TRAIN, "validation": VALIDATION, "past": PAST}

_SAMPLES: dict["Marker", dict[Kind, str]] = {
    "braille": {"train": "──", "validation": "┄┄"},
    "block": {"train": "▀▀", "validation": "▘▘"},
    "dot": {"train": "••", "validation": "··"},
    "ascii": {"train": "**", "validation": ".."},
}
_GAP = "  "

Piece = tuple[str, int]


class Line(NamedTuple):
    """A curve: one value an epoch, or one for several batches."""

    label: str
    series: "Series"
    kind: Kind = "train"  # train is a solid line, the others are dotted; each has its colour, past no legend


class Box(NamedTuple):
    """Where the curves are drawn in a sheet."""

    x: int
    y: int
    width: int
    height: int


def draw_legend(sheet: Sheet, lines: Sequence[Line], marker: "Marker", title: str) -> None:
    """In the first row: a piece of each line with its name and its last value, as much as fits; the title right."""
    for pieces in _legends([line for line in lines if line.kind != "past"], marker):
        length = sum(len(text) for text, _ in pieces)
        if length <= sheet.size.width:
            break
    x = 0
    for text, paint in pieces:
        sheet.put(x, 0, text, paint)
        x += len(text)
    if title and x + len(_GAP) + len(title) <= sheet.size.width:
        sheet.put(sheet.size.width - len(title), 0, title, AXIS)


def _legends(lines: Sequence[Line], marker: "Marker") -> list[list[Piece]]:
    """From the longest to the shortest."""
    from asanai_tui.plotting.scales import short

    wanted = ((True, True, True), (True, False, True), (False, True, True), (False, False, True))
    legends = []
    for sample, label, value in wanted:
        pieces: list[Piece] = []
        for line in lines:
            paint = PAINTS[line.kind]
            words = [(_SAMPLES[marker][line.kind], paint)] if sample else []
            words += [(line.label, paint)] if label else []
            last = line.series.last
            words += [("–" if last is None else short(last), GROUND)] if value else []
            pieces += [(_GAP, GROUND)] if pieces else []
            for number, word in enumerate(words):
                pieces += [(" ", GROUND), word] if number else [word]
        legends.append(pieces)
    return legends


def gutter(axis: "Axis", width: int) -> int:
    """Columns for the labels of an upward axis; 0 where the curves need the room more."""
    labels = max(map(len, axis.labels)) + 1
    return labels if width >= 3 * labels else 0


def draw_y_axis(sheet: Sheet, box: Box, axis: "Axis", dots: int, ascii_only: bool) -> None:
    """Labels left of the box and a faint line across it at every tick; `dots` in a character."""
    ticks = list(zip(axis.tick_positions(box.height * dots), axis.labels, strict=True))
    taken = set()
    for position, label in ticks[:: _every(len(ticks) - 1, box.height)]:
        y = box.y + box.height - 1 - position // dots
        if y in taken:
            continue
        taken.add(y)
        sheet.put(box.x, y, (". " if ascii_only else "┈") * box.width, GRID)
        if box.x:
            sheet.put(box.x - 1 - len(label), y, label, AXIS)


def _every(intervals: int, rows: int) -> int:
    """Which ticks have room: all, or every second or third ... so that the last one is among them."""
    fitting = (each for each in range(1, intervals) if intervals % each == 0 and (rows - 1) * each >= 2 * intervals)
    return next(fitting, max(1, intervals))


def draw_x_axis(sheet: Sheet, box: Box, axis: "Axis", dots: int, unit: str) -> None:
    """Labels in the row below the box, those of the ends first; `unit` is what is counted."""
    y, right = box.y + box.height, box.x + box.width
    ticks = list(zip(axis.tick_positions(box.width * dots), axis.labels, strict=True))
    if len(ticks) > 1 and box.width >= 40:
        ticks[-1] = (ticks[-1][0], f"{ticks[-1][1]} {unit}")
    taken: list[tuple[int, int]] = []
    for position, label in (*ticks[:1], *ticks[1:][-1:], *ticks[1:-1]):
        x = min(max(box.x, box.x + position // dots - len(label) // 2), right - len(label))
        if x < box.x or any(x < end + 1 and start - 1 < x + len(label) for start, end in taken):
            continue
        taken.append((x, x + len(label)))
        sheet.put(x, y, label, AXIS)


def draw_note(sheet: Sheet, box: Box, note: str) -> None:
    """A sentence in the middle of the box, over the labels where it needs their room."""
    if not note:
        return
    text = f" {note} " if len(note) + 2 <= box.width else note
    x = box.x + (box.width - len(text)) // 2 if len(text) <= box.width else 0
    sheet.put(x, box.y + box.height // 2, text, NOTE)


def broken(line: Line, unit: str) -> str | None:
    """A sentence about the first value that is not a finite number."""
    if line.series.first_not_finite is None:
        return None
    epoch, value = line.series.first_not_finite
    became = "NaN" if math.isnan(value) else "infinite"
    return (
        f"{line.label} is {became} from the start"
        if epoch == 1
        else f"{line.label} became {became} after {unit} {epoch - 1}"
    )
