"""Which rows of a table cannot be predicted, and why."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data import booleans, date_times
from asanai_tui.data.column import Column
from asanai_tui.data.facts import numbers
from asanai_tui.data.preprocessing import TablePreprocessing
from asanai_tui.errors import clean
from asanai_tui.number_style import NumberStyle

if TYPE_CHECKING:
    import pandas as pd

EXPECTED = {"number": "a number", "boolean": "yes or no", "date_time": "a date such as {example}"}


def broken_rows(frame: "pd.DataFrame", preprocessing: TablePreprocessing) -> dict[int, str]:
    """Row numbers from 0 with the reason: text in a number's place, or a gap where training left the row out.

    Other gaps are no obstacle: they are filled as they were in training.
    """
    broken: dict[int, str] = {}
    for column in preprocessing.spec.with_role("input"):
        if column.name in frame.columns:
            for row, why in _broken_cells(frame[column.name], column, preprocessing.spec.numbers):
                broken.setdefault(row, f"column {clean(column.name)}: {why}")
    return dict(sorted(broken.items()))


def _broken_cells(cells: "pd.Series[Any]", column: Column, style: NumberStyle) -> list[tuple[int, str]]:
    from asanai_tui.data.dialect import is_missing

    gaps = cells.isna().to_numpy()
    if not np.issubdtype(cells.to_numpy().dtype, np.number):
        gaps = gaps | np.array([isinstance(cell, str) and is_missing(cell) for cell in cells], bool)
    found = []
    if column.missing == "drop_row":
        why = "no value, and rows without one were left out of training."
        found += [(int(row), why) for row in np.flatnonzero(gaps)]
    if column.type in EXPECTED:
        expected = EXPECTED[column.type].format(example=date_times.example_of(column.format))
        unreadable = np.flatnonzero(np.isnan(_values(cells, column, style)) & ~gaps)
        found += [(int(row), f"{clean(cells.iloc[int(row)])!r} is not {expected}.") for row in unreadable]
    return found


def _values(cells: "pd.Series[Any]", column: Column, style: NumberStyle) -> NDArray[np.float64]:
    """A number for each cell; NaN where there is none to be read."""
    match column.type:
        case "boolean":
            return booleans.codes(cells)
        case "date_time":
            return date_times.codes(cells, column.format)[:, 0]
        case _:
            return numbers(cells, style)
