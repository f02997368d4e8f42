""".npy files as inputs of a network: the first dimension is the batch."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data.preprocessing import ImagesPreprocessing, TablePreprocessing
from asanai_tui.errors import InputError, clean, counted
from asanai_tui.network.layers.base import show

if TYPE_CHECKING:
    import pandas as pd


def as_rows(array: NDArray[Any], preprocessing: TablePreprocessing) -> "pd.DataFrame":
    """N × columns, in the units of the CSV file and the order of its input columns, as rows of a table.

    Raises:
        InputError: another number of columns, or one of them is a date or a text.
    """
    import pandas as pd

    columns = preprocessing.spec.with_role("input")
    names = [column.name for column in columns]
    if preprocessing.spec.text is not None:
        raise InputError(f"an array holds no texts, which the column {clean(names[0])} needs; give a CSV file.")
    if dates := [column.name for column in columns if column.type == "date_time"]:
        raise InputError(f"an array holds no dates, which the column {clean(dates[0])} needs; give a CSV file.")
    array = array[:, np.newaxis] if array.ndim == 1 else array
    if array.ndim != 2 or array.shape[1] != len(names):
        raise InputError(
            f"an array of {show(array.shape)}; expected N×{len(names)}, one column for each of "
            f"{clean(', '.join(names))}."
        )
    return pd.DataFrame({name: array[:, index] for index, name in enumerate(names)})


def as_pictures(array: NDArray[Any], preprocessing: ImagesPreprocessing) -> NDArray[Any]:
    """N × height × width × channels: whole numbers as bytes from 0 to 255, others as float32 from 0 to 1.

    Raises:
        InputError: another shape, or values outside the range.
    """
    wanted = preprocessing.form.shape
    if wanted[2] == 1 and array.shape[1:] == wanted[:2]:
        array = array[..., np.newaxis]
    if array.shape[1:] != wanted:
        raise InputError(f"an array of N×{show(array.shape[1:])}; expected N×{show(wanted)}.")
    whole = np.issubdtype(array.dtype, np.integer) or array.dtype == np.bool_
    if not whole and not np.issubdtype(array.dtype, np.floating):
        raise InputError(f"an array of {array.dtype}; expected numbers.")
    highest = 255 if whole and array.dtype != np.bool_ else 1
    if not (array.min() >= 0 and array.max() <= highest):
        raise InputError(
            f"values from {array.min():g} to {array.max():g} in {counted(len(array), 'picture')}; expected whole "
            "numbers from 0 to 255, or fractions from 0 to 1."
        )
    return np.array(array, np.uint8 if highest == 255 else np.float32)
