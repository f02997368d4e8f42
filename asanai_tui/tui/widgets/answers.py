"""Predictions as rows: bars of probability, numbers, or one line for each of many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from asanai_tui.errors import clean
from asanai_tui.tui.widgets.rows import Part, Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from asanai_tui.data.preview import ArraySample
    from asanai_tui.data.spec import Targets
    from asanai_tui.inspection.predictions import Prediction, Predictor

BAR, SHORTEST_BAR = 32, 4
SWATCH = 5  # columns
NUMBERS = 12  # of an example that are told
BESIDE_BAR = 4 + 8 + 12  # margins, the percentage, the mark behind it
NAME, SHORTEST_NAME = 40, 10  # characters of an input's name
BESIDE_NAME = 4 + 16 + 10  # margins, the prediction, its probability


def answer_rows(
    prediction: Prediction, targets: Targets, truth: str = "", columns: int = 80, colours: Sequence[str] = ()
) -> Iterator[Row]:
    """Bars of probability that fit `columns`, the highest first where one label is right; or one number a line.

    Where the data says what is right (`truth`: a label, or a number for each target after commas), a mark says whether
    the network does. `colours`: of each class in a mask, shown before its name.
    """
    width = max(len(clean(name, 24)) for name in targets.names)
    length = max(SHORTEST_BAR, min(BAR, columns - width - BESIDE_BAR - (SWATCH if colours else 0)))
    pairs = list(zip(targets.names, prediction.values, strict=True))
    if targets.kind == "classes":
        swatches = dict(zip(targets.names, map(_swatch, colours), strict=False))
        for name, value in sorted(pairs, key=lambda pair: -pair[1]):
            best = name == prediction.prediction
            yield Row((*swatches.get(name, ()), *_bar(name, value, width, length, best), _mark(best, name, truth)))
    elif targets.binary:
        yield from _yes_or_no(pairs, truth, width, length)
    else:
        yield from (
            Row((Part(f"  {clean(name, 24):<{width}}  "), Part(f"{value:,.6g}", "strong"))) for name, value in pairs
        )


def _bar(name: str, value: float, width: int, length: int, best: bool) -> tuple[Part, ...]:
    return (
        Part(f"  {clean(name, 24):<{width}}  ", "strong" if best else ""),
        Part(f"{bar_of(value, length):<{length}} ", "good" if best else "muted"),
        Part(f"{value:7.1%}", "strong" if best else "muted"),
    )


def _yes_or_no(pairs: list[tuple[str, float]], truth: str, width: int, length: int) -> Iterator[Row]:
    """The probability that each target is 1, and which of the two that makes it."""
    truths = [text.strip() for text in truth.split(",")]
    wanted = truths if len(truths) == len(pairs) and set(truths) <= {"0", "1"} else [""] * len(pairs)
    for (name, value), true in zip(pairs, wanted, strict=True):
        said = "1" if value > 0.5 else "0"
        parts = (*_bar(name, value, width, length, said == "1"), Part(f"  {said}", "strong"))
        yield Row((*parts, _mark(True, said, true)) if true else parts)


def numbers_of(example: ArraySample) -> str:
    """`; x is 0.5, 2, 7 …, 80 numbers`: an example of an array that is no picture."""
    values = example.values.ravel()
    more = f" …, {values.size:,} numbers" if values.size > NUMBERS else ""
    return f"; x is {', '.join(f'{value:.4g}' for value in values[:NUMBERS].tolist())}{more}"


def _swatch(colour: str) -> tuple[Part, ...]:
    """A colour between two edges, so that one like the ground is seen, too."""
    return Part(" ▐", "muted"), Part("██", colour=colour), Part("▌", "muted")


def mask_colours(predictor: Predictor) -> tuple[str, ...]:
    """#rrggbb for each class, where the network answers with a mask."""
    if not (predictor.classes and predictor.targets.shape):
        return ()
    import numpy as np

    from asanai_tui.data.masks import coloured

    palette = coloured(np.arange(len(predictor.names))[None], len(predictor.names))[0]
    return tuple("#{:02x}{:02x}{:02x}".format(*colour) for colour in palette.tolist())


def answer_picture(prediction: Prediction, predictor: Predictor) -> NDArray[np.uint8] | None:
    """What is said of each place of a picture, H×W×3 or ×1: a colour for each class, or numbers from dark to bright."""
    said = prediction.picture
    if said is None:
        return None
    if predictor.classes:
        from asanai_tui.data.masks import coloured

        return coloured(said, len(predictor.names)) if said.ndim == 2 else None
    from asanai_tui.data.arrays import pictures

    shown = pictures(said[None]) if said.ndim == 3 else None
    return shown[0] if shown is not None else None


def _mark(best: bool, name: str, truth: str) -> Part:
    if truth and name == truth:
        return Part("  ✓ right" if best else "  ← the data", "good")
    return Part("  ✕ wrong" if best and truth else "", "problem")


def bar_of(share: float, width: int) -> str:
    """A bar of blocks, to an eighth of a cell."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    return "█" * (eighths // 8) + ("▏▎▍▌▋▊▉"[eighths % 8 - 1] if eighths % 8 else "")


def line_row(place: int, prediction: Prediction, columns: int = 80) -> Row:
    """One of many predictions, in a line that fits `columns`."""
    best = max(prediction.values, default=0.0)
    length = max(SHORTEST_NAME, min(NAME, columns - BESIDE_NAME))
    name = clean(prediction.input, 4096)
    name = name if len(name) <= length else f"…{name[1 - length :]}"  # the end tells inputs apart
    parts = (Part(f"  {name:<{length}}  ", "muted"), Part(clean(prediction.prediction, 30), "strong"))
    return Row(parts, (Part(f"{best:.4g}", "muted"),), str(place))
