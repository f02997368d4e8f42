"""What the targets in an array mean: classes by number or name, classes as one-hot, or numbers."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data.array_preprocessing import Stored, usable
from asanai_tui.data.room import blocks
from asanai_tui.data.spec import Answers
from asanai_tui.errors import InputError, clean

Learned = Literal["classes", "one_hot", "numbers"]
MOST_CLASSES = 10_000
FEW = 20  # different whole numbers that are classes also where the file has them as 0.0, 1.0, …
MOST_IN_PICTURES = 256  # classes that the places of a picture can have
EXAMPLES_PER_CLASS = 2


class Meaning(NamedTuple):
    """What y holds, and why that is thought."""

    learned: Learned
    classes: tuple[str, ...]
    binary: bool
    reason: str


def meaning(y: Stored, wish: Answers = "auto") -> Meaning:
    """What `y`, N × …, holds; what is wished, where it can be that.

    Raises:
        InputError: it cannot be what is wished, or holds texts that are no classes.
    """
    values = _whole_values(y)
    one_hot = _is_one_hot(y)
    match wish:
        case "one_hot" if one_hot:
            return Meaning("one_hot", _numbered(y.shape[-1]), False, "one-hot, as you said")
        case "classes" if values is not None:
            return Meaning("classes", _names(values), False, "classes, as you said")
        case "numbers" if y.dtype.kind not in "US":
            return Meaning("numbers", (), _is_binary(values), "numbers, as you said")
        case "one_hot":
            raise InputError("y is not one-hot: each last row would have to hold a single 1 and else 0; choose auto.")
        case "classes" | "numbers":
            why = f"more than {MOST_CLASSES:,} different values, or such that are" if wish == "classes" else "texts,"
            raise InputError(f"y holds {why} no {'classes' if wish == 'classes' else 'numbers'}; choose auto.")
    return _decided(y, values, one_hot)


def codes(y: Stored, classes: Sequence[str], learned: Learned) -> NDArray[Any]:
    """The number of the class for each example, int64 N; for the places of pictures uint8, N × ….

    Raises:
        InputError: a value is none of the classes.
    """
    if learned == "one_hot":
        numbers = np.empty(y.shape[:-1], np.int64)
        for rows in blocks(len(y), y[:1].nbytes):
            numbers[rows] = y[rows].argmax(-1)
        return numbers if numbers.ndim == 1 else numbers.astype(np.uint8)
    y = y[..., 0] if y.ndim > 1 and y.shape[-1] == 1 else y
    values, place = _known(y, classes)
    numbers = np.empty(y.shape, np.int64 if y.ndim == 1 else np.uint8)
    for rows in blocks(len(y), 8 * y[:1].size):
        found = np.minimum(np.searchsorted(values, y[rows]), len(values) - 1)
        if len(strange := y[rows][values[found] != y[rows]]):
            raise InputError(f"y holds {_name(strange.flat[0])!r}, which is none of the classes; open the data again.")
        numbers[rows] = place[found]
    return numbers


def _decided(y: Stored, values: NDArray[Any] | None, one_hot: bool) -> Meaning:
    if one_hot:
        return Meaning("one_hot", _numbered(y.shape[-1]), False, f"one-hot: one of {y.shape[-1]} classes")
    if values is not None and _are_classes(y, values):
        what = "texts" if y.dtype.kind in "US" else "whole numbers"
        return Meaning("classes", _names(values), False, f"{what} with {len(values):,} different values: classes")
    if y.dtype.kind in "US":
        raise InputError(f"y holds more than {MOST_CLASSES:,} different texts, too many for classes.")
    return Meaning("numbers", (), _is_binary(values), "0 and 1" if _is_binary(values) else "numbers")


def _are_classes(y: Stored, values: NDArray[Any]) -> bool:
    """Whole numbers with few different values; kept as 0.0, 1.0, 2.0 they have to be counted from 0."""
    if y.dtype.kind in "US":
        return True
    rank = y.ndim - 1 - (y.shape[-1] == 1)
    if rank == 1 or len(values) < 2:
        return False  # several numbers a row
    if rank > 1:
        return y.dtype.kind in "biu" and len(values) <= MOST_IN_PICTURES and not _looks_like_picture(y, values)
    few = len(values) * EXAMPLES_PER_CLASS <= len(y) or len(values) == 2
    if y.dtype.kind != "f":
        return few
    return few and 2 < len(values) <= FEW and bool((values == np.arange(len(values))).all())


def _looks_like_picture(y: Stored, values: NDArray[Any]) -> bool:
    """Shades rather than classes: with channels, or nearly as many values as bytes have."""
    return len(values) > MOST_IN_PICTURES // 4 or (y.ndim > 3 and y.shape[-1] in (3, 4))


def _whole_values(y: Stored) -> NDArray[Any] | None:
    """The different values, sorted, where they are whole or texts and not too many; examples with NaN do not count."""
    found: NDArray[Any] = np.empty(0, y.dtype)
    for rows in blocks(len(y), y[:1].nbytes):
        some = y[rows]
        if y.dtype.kind == "f":
            some = some[usable(some)]
            if (some != np.floor(some)).any():
                return None
        found = np.union1d(found, some)
        if len(found) > MOST_CLASSES:
            return None
    return found


def _is_one_hot(y: Stored) -> bool:
    if y.ndim < 2 or y.shape[-1] < 2 or y.dtype.kind in "US":
        return False
    for rows in blocks(len(y), y[:1].nbytes):
        some = y[rows]
        some = some[usable(some)]
        if not ((some == 0) | (some == 1)).all() or not (some.sum(-1) == 1).all():
            return False
    return True


def _is_binary(values: NDArray[Any] | None) -> bool:
    return values is not None and values.dtype.kind not in "US" and set(values.tolist()) <= {0, 1}


def _known(y: Stored, classes: Sequence[str]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The values that the classes are called after, sorted as `y` sorts, and which class each is."""
    if y.dtype.kind in "US":
        by_name = {_name(value): value for value in np.unique(y)}
        pairs = [(by_name[name], place) for place, name in enumerate(classes) if name in by_name]
    else:
        pairs = [(float(name), place) for place, name in enumerate(classes)]
    if not pairs:
        raise InputError("y holds none of the classes; open the data again.")
    values = np.array([value for value, _ in pairs])
    order = np.argsort(values)
    return values[order], np.array([place for _, place in pairs])[order]


def _names(values: NDArray[Any]) -> tuple[str, ...]:
    return tuple(_name(value) for value in values)


def _name(value: Any) -> str:
    if isinstance(value, bytes):
        return clean(value.decode("latin-1"))
    return clean(value) if isinstance(value, str) else str(int(value))


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(count))
