"""From arrays in files to a data set: divided, scaled by the training part, memory maps where nothing is to be done."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data import array_targets, arrays, large
from asanai_tui.data.array_preprocessing import (
    ArrayScale,
    ArraysPreprocessing,
    Stored,
    channels_last,
    fitted,
    scaled,
    unchanged,
)
from asanai_tui.data.dataset import Dataset
from asanai_tui.data.large import Computed, Rows
from asanai_tui.data.progress import Progress
from asanai_tui.data.spec import Arrays
from asanai_tui.data.split import Parts, divided
from asanai_tui.errors import InputError, clean


def load(source: Arrays, progress: Progress) -> Dataset:
    """Examples and targets; those that hold NaN stay in the arrays, but in no part.

    Raises:
        InputError: the files have changed, or no example is left.
        Stopped: the user ended it.
    """
    found = arrays.read(source, progress)
    targets, labels = _targets(source, found)
    parts = divided(len(found.good), source.split, labels)
    parts = Parts(*(found.good[rows] for rows in parts))
    progress.check()
    x = channels_last(found.x, source.axes)
    scale = fitted(x, parts.train, source.scaling, source.divisor)
    progress.check()
    target_scale = ArrayScale()
    if source.learned == "numbers":
        if not source.binary:
            target_scale = fitted(targets, parts.train, source.target_scaling, source.divisor)
        targets = np.asarray(scaled(targets, target_scale), np.float32)
    preprocessing = ArraysPreprocessing(source.shape, source.axes, scale, target_scale, source.x)
    return Dataset(_inputs(x, scale), targets, *parts, preprocessing, found.notes)


def _inputs(x: Stored, scale: ArrayScale) -> Rows:
    """All examples scaled, or where that would be too large for memory, scaled when they are taken."""
    if x.size * 4 <= large.LIMIT or unchanged(x, scale):
        return scaled(x, scale)
    return Computed(x, x.shape, np.float32, lambda rows: scaled(rows, scale))


def _targets(source: Arrays, found: arrays.Examples) -> tuple[Stored, NDArray[np.int64] | None]:
    """The targets, and for each good example the class that the parts are to have equal shares of, if there is one."""
    y = found.y
    if source.learned == "numbers":
        y = channels_last(y, source.axes) if y.ndim == found.x.ndim else y
        y = y.reshape(len(y), *source.answer_shape)
        return y, y[found.good].reshape(-1).astype(np.int64) if source.binary and y[0].size == 1 else None
    codes: NDArray[Any]
    try:
        codes = np.zeros((len(y), *source.targets.shape), np.int64 if not source.targets.shape else np.uint8)
        codes[found.good] = array_targets.codes(y[found.good], source.classes, source.learned)
    except InputError as error:
        raise InputError(f"{clean(source.path)}: {error}") from error
    return codes, codes[found.good] if codes.ndim == 1 else None
