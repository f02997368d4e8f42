"""What is taken off numbers before they become float32, whose 7 digits would not tell two time stamps apart."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data.column import Column
from asanai_tui.data.large import Rows
from asanai_tui.data.preprocessing import is_log
from asanai_tui.data.split import Indices

NARROW = 64.0  # so many times as far from zero as from each other are the numbers of columns that need it
WHOLE = 2.0**24  # whole numbers up to here are exact in float32
ROWS_AT_ONCE = 4096


def origins_of(codes: Rows, train: Indices, slots: Sequence[Column]) -> NDArray[np.float64]:
    """A number to take off for each slot: 0 as a rule, else about the first one in the training part.

    Nothing of another row has a part in it. Columns have one whose numbers lie close together and far from zero.

    Args:
        codes: float32 N×S, with nothing taken off.
    """
    lowest, highest = np.full(len(slots), np.inf), np.full(len(slots), -np.inf)
    first = np.full(len(slots), np.nan)
    whole = np.ones(len(slots), bool)
    for start in range(0, len(train), ROWS_AT_ONCE):
        some = codes[train[start : start + ROWS_AT_ONCE]]
        lowest, highest = np.fmin(lowest, np.fmin.reduce(some)), np.fmax(highest, np.fmax.reduce(some))
        whole &= (np.isnan(some) | (some == np.floor(some))).all(axis=0)
        for place in np.flatnonzero(np.isnan(first)):
            first[place] = next(iter(some[~np.isnan(some[:, place]), place]), np.nan)
    far = np.fmax(np.abs(lowest), np.abs(highest))
    numbers = np.array([slot.type == "number" and not is_log(slot) for slot in slots], bool)  # a logarithm is small
    exact = whole & (far <= WHOLE)
    with np.errstate(invalid="ignore"):  # columns without any number
        narrow = numbers & np.isfinite(far) & (far > 0) & ((highest - lowest) * NARROW <= far) & ~exact
    return np.where(narrow, first, 0.0)
