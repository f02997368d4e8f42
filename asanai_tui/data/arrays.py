"""Arrays as a source: what is in the files, what was decided and why, and the examples with their targets."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from asanai_tui.data import array_files, array_names, array_targets
from asanai_tui.data.array_preprocessing import Stored, channels_last, usable
from asanai_tui.data.masks import coloured
from asanai_tui.data.preview import ArraySample, ArraysPreview
from asanai_tui.data.progress import Progress
from asanai_tui.data.room import blocks
from asanai_tui.data.spec import Arrays, ArrayScaling, Axes, Split
from asanai_tui.errors import InputError, clean, counted

SAMPLE = 60  # examples that are shown
SMALL = 20  # examples; below, none are kept apart for validation
LOOKED_AT = 1000  # examples whose values are looked at to choose a scaling
NPZ = ".npz"
GREY_OR_COLOUR = (1, 3)  # channels of pictures


class Examples(NamedTuple):
    """The arrays of a source as they are stored."""

    x: Stored  # N × …
    y: Stored  # N × …
    good: NDArray[np.int64]  # examples that hold nothing but numbers
    notes: tuple[str, ...]


def inspect(path: Path, spec: Arrays | None = None) -> ArraysPreview:
    """Look at a file of arrays; with `spec` its names, axes, scaling and split are kept.

    Raises:
        InputError: it cannot be read, or its arrays do not belong together.
    """
    source, found_notes = (spec, []) if spec else _found(path)
    x = _stored(source, source.x, Path(source.path))
    fresh = spec is None
    if x.dtype.kind not in array_files.NUMBERS:
        raise InputError(f"{_place(source, source.x)}: x holds texts; numbers are expected.")
    source = msgspec.structs.replace(source, shape=x.shape[1:])
    if fresh:
        axes, scaling = _axes(x), _scaling(x)
        source = msgspec.structs.replace(source, axes=axes, scaling=scaling)
    notes = [*found_notes, *_axes_note(source, x)]
    y = _answers(source, len(x)) if source.y else None
    if y is not None:
        source, why = _with_meaning(source, y)
        notes.append(f"y: {why}.")
        if fresh and y.dtype == np.uint8 and source.learned == "numbers":
            source = msgspec.structs.replace(source, target_scaling="divide_by")
    if spec and spec.classes and spec.classes != source.classes:
        notes.append(f"The classes have changed; there are {counted(len(source.classes), 'class', 'classes')} now.")
    if fresh and len(x) < SMALL:
        source = msgspec.structs.replace(source, split=Split(validation_split=0.0))
        notes.append(f"Only {counted(len(x), 'example')}: all are used for training, none kept apart to check.")
    return ArraysPreview(
        spec=source,
        rows=len(x),
        stored=tuple(_line(name, each) for name, each in (("x", x), ("y", y)) if each is not None),
        class_counts=_counts(source, y),
        sample=_sample(source, x, y),
        notes=tuple(notes),
    )


def read(source: Arrays, progress: Progress) -> Examples:
    """The arrays, as memory maps where the files allow it, and which examples can be used.

    Raises:
        InputError: they have changed, do not belong together, or no example can be used.
        Stopped: the user ended it.
    """
    x = _stored(source, source.x, Path(source.path))
    if x.shape[1:] != source.shape or x.dtype.kind not in array_files.NUMBERS:
        raise InputError(
            f"{_place(source, source.x)}: its examples are {_extents(x.shape[1:])} now, not {_extents(source.shape)}; "
            "open the data again."
        )
    y = _answers(source, len(x))
    if y.shape[1:] != source.target_shape:
        raise InputError(f"{_place(source, source.y)}: the shape of y has changed; open the data again.")
    good = np.ones(len(x), bool)
    for array in (x, y):
        if array.dtype.kind == "f":
            for rows in blocks(len(x), array[:1].nbytes):
                good[rows] &= usable(array[rows])
                progress.step(f"looking at {rows.stop:,} of {counted(len(x), 'example')}")
    chosen = np.flatnonzero(good)
    if not len(chosen):
        raise InputError(f"{clean(source.path)}: every example holds NaN or infinite values; none is left.")
    return Examples(x, y, chosen, _left_out(good))


def pictures(array: Stored) -> NDArray[np.uint8] | None:
    """N × H × W × 1 or 3 as bytes to be looked at, darkest 0 and brightest 255; None for arrays of another shape."""
    if array.ndim != 4 or array.shape[-1] not in GREY_OR_COLOUR or min(array.shape[1:3]) < 2:
        return None
    if array.dtype == np.uint8:
        return np.asarray(array)
    values = np.nan_to_num(array.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, span = float(values.min()), float(np.ptp(values)) or 1.0
    shown: NDArray[np.uint8] = np.rint((values - low) / span * 255).astype(np.uint8)
    return shown


def _found(path: Path) -> tuple[Arrays, list[str]]:
    """Which arrays are x and y, by their names."""
    if path.is_dir():
        found = array_names.in_folder(path)
        if found is None:
            raise InputError(f"{clean(path)}: neither pictures in folders nor a pair such as x.npy and y.npy.")
        path = found
    if path.suffix.lower() == NPZ:
        names = array_files.names_in(path)
        pair = array_names.paired(names)
        rest = [name for name in names if name not in pair]
        notes = [f"Left out: {clean(', '.join(rest), 100)}."] if rest else []
        return Arrays(path=str(path), x=pair.x, y=pair.y), notes
    x, y = array_names.beside(path)
    return Arrays(path=str(x), y=y.name if y else ""), []


def _stored(source: Arrays, name: str, path: Path) -> Stored:
    return array_files.read(path, name)


def _answers(source: Arrays, count: int) -> Stored:
    path = Path(source.path)
    inside = path.suffix.lower() == NPZ
    y = _stored(source, source.y, path if inside else path.parent / Path(source.y).expanduser())
    if len(y) != count:
        raise InputError(
            f"{_place(source, source.y)}: {counted(len(y), 'target')} for {counted(count, 'example')} of x; both must "
            "have the same length."
        )
    return y


def _place(source: Arrays, name: str) -> str:
    return f"{clean(source.path)}{f', {clean(name, 60)}' if name else ''}"


def _with_meaning(source: Arrays, y: Stored) -> tuple[Arrays, str]:
    try:
        found = array_targets.meaning(y, source.answers)
    except InputError as error:
        raise InputError(f"{clean(source.path)}: {error}") from error
    changed = msgspec.structs.replace(
        source, target_shape=y.shape[1:], learned=found.learned, classes=found.classes, binary=found.binary
    )
    return changed, found.reason


def _axes(x: Stored) -> Axes:
    if x.ndim == 3 and x.dtype in (np.uint8, np.bool_):
        return "add_channel"
    few_first, few_last = (x.ndim == 4 and x.shape[place] in GREY_OR_COLOUR for place in (1, 3))
    return "channels_first" if few_first and not few_last else "as_stored"


def _axes_note(source: Arrays, x: Stored) -> list[str]:
    shape = _extents(source.input_shape)
    if source.axes == "add_channel":
        return [f"x: N×{_extents(x.shape[1:])} is grey pictures, {shape}."]
    if source.axes == "channels_first" and x.ndim > 2:
        return [f"x: channels stand first; the network sees {shape}."]
    kinds = {1: "rows of numbers", 2: "sequences: steps × features", 3: "pictures", 4: "volumes"}
    return [f"x: {kinds.get(len(source.input_shape), 'arrays')}, {shape}."]


def _scaling(x: Stored) -> ArrayScaling:
    if x.dtype == np.uint8:
        return "divide_by"
    some = _some(x, LOOKED_AT)
    some = some[usable(some)]
    return "none" if not len(some) or (some.min() >= 0 and some.max() <= 1) else "standardise"


def _some(array: Stored, most: int) -> Stored:
    """Examples evenly spread over all."""
    step = -(-len(array) // most)
    return np.asarray(array[::step])


def _line(name: str, array: Stored) -> tuple[str, str]:
    """`1,797×8×8 float64, 0 … 16`, of the examples looked at."""
    text = f"{len(array):,}{''.join(f'×{extent}' for extent in array.shape[1:])} {array.dtype}"
    some = _some(array, LOOKED_AT)
    if array.dtype.kind not in array_files.NUMBERS or not len(some := some[usable(some)]):
        return name, text
    return name, f"{text}, {some.min():.6g} … {some.max():.6g}"


def _counts(source: Arrays, y: Stored | None) -> tuple[tuple[str, int], ...]:
    """How many examples each class has; pictures of classes are not counted."""
    if y is None or source.learned == "numbers" or source.targets.shape:
        return ()
    whole = y[usable(y)] if y.dtype.kind == "f" else y
    counts = np.bincount(array_targets.codes(whole, source.classes, source.learned), minlength=len(source.classes))
    return tuple(zip(source.classes, counts.tolist(), strict=True))


def _sample(source: Arrays, x: Stored, y: Stored | None) -> tuple[ArraySample, ...]:
    places = np.linspace(0, len(x) - 1, min(SAMPLE, len(x))).astype(np.int64)
    some = np.asarray(x[places])
    shown = pictures(channels_last(some, source.axes))
    answers = np.asarray(y[places]) if y is not None else None
    if shown is not None and answers is not None:
        shown = _beside(source, shown, answers)
    label = _labels(source, answers)
    return tuple(
        ArraySample(label(place), some[place], shown[place] if shown is not None else None)
        for place in range(len(places))
    )


def _beside(source: Arrays, shown: NDArray[np.uint8], y: Stored) -> NDArray[np.uint8]:
    """Pictures with their answers at the right, where these are pictures of the same size."""
    if source.targets.shape != shown.shape[1:3]:
        return shown
    if source.learned == "numbers":
        told = pictures(y.reshape(len(y), *source.answer_shape))
    elif y.dtype.kind == "f" and not usable(y).all():
        return shown
    else:
        told = coloured(array_targets.codes(y, source.classes, source.learned), len(source.classes))
    if told is None:
        return shown
    return np.concatenate([np.broadcast_to(each, (*each.shape[:3], 3)) for each in (shown, told)], 2)


def _labels(source: Arrays, y: Stored | None) -> Callable[[int], str]:
    if y is None or source.targets.shape:
        return lambda place: ""
    if source.learned != "numbers":
        numbers = [
            array_targets.codes(y[place : place + 1], source.classes, source.learned)[0]
            if usable(y[place : place + 1])[0]
            else -1
            for place in range(len(y))
        ]
        return lambda place: source.classes[numbers[place]] if numbers[place] >= 0 else "NaN"
    return lambda place: " ".join(f"{value:.6g}" for value in np.atleast_1d(y[place])[:4])


def _left_out(good: NDArray[np.bool_]) -> tuple[str, ...]:
    broken = np.flatnonzero(~good)
    if not len(broken):
        return ()
    return (
        f"{counted(len(broken), 'example')} left out for NaN, infinite or too large values, the first at "
        f"{int(broken[0]):,}.",
    )


def _extents(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "one number"
