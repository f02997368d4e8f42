"""What rows are divided by: a number for each row, from the column that the split names."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data import date_times
from asanai_tui.data.dialect import Dialect, is_missing, is_number
from asanai_tui.data.facts import numbers
from asanai_tui.data.labels import label_of
from asanai_tui.data.parsing import parts
from asanai_tui.data.spec import Table
from asanai_tui.data.split import grouped
from asanai_tui.data.widths import SetAside
from asanai_tui.errors import InputError, clean
from asanai_tui.number_style import NumberStyle

if TYPE_CHECKING:
    import pandas as pd


class Marks(NamedTuple):
    """How a column becomes marks. Of texts only 64 bits each are kept, so that any number of groups has room."""

    name: str
    kind: Literal["groups", "numbers", "dates"]  # groups: equal values belong together; else rows are sorted
    text: bool  # its cells are read as text
    style: NumberStyle
    written: str = ""  # how dates are written, where the document says so

    def of(self, rows: "pd.DataFrame") -> NDArray[Any]:
        """For groups one uint64 a row, the same for the same value, a gap being a value; else a float64 or NaN."""
        cells = rows[self.name]
        if not self.text:
            values = numbers(cells, self.style) + 0.0  # -0 becomes 0
            return values.view(np.uint64) if self.kind == "groups" else values
        codes = cells.cat.codes.to_numpy()  # -1 for a gap takes the last of the labels
        labels = [label_of(label) for label in cells.cat.categories]
        if self.kind == "groups":
            return _hashed([*labels, ""])[codes]
        return np.append(self.placed(labels), np.nan)[codes]

    def placed(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Texts as numbers to sort by: days since 1970 of dates, which are in ISO 8601 where nothing is said."""
        import pandas as pd

        cells = pd.Series(texts, dtype=object)
        if self.kind == "numbers":
            return numbers(cells, self.style)
        if self.written:
            cells = cells.map(date_times.plain)
        dates: Any = pd.to_datetime(cells, format=self.written or "ISO8601", errors="coerce", utc=True)
        days: NDArray[np.float64] = ((dates - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)).to_numpy(np.float64)
        return days


def marks_of(source: Table, found: Dialect) -> Marks | None:
    """How the rows of `source` are marked; None where no column says how they are divided.

    Raises:
        InputError: rows are to be sorted by a column that holds neither numbers nor dates.
    """
    if not source.split.by:
        return None
    column = next(column for column in source.columns if column.name == source.split.by)
    used_as_text = column.is_text if column.role != "ignore" else None  # as it is read for the network
    if source.split.method == "group":
        return Marks(column.name, "groups", used_as_text is not False, found.numbers)
    cells = [row[found.names.index(column.name)].strip() for row in found.sample]
    cells = [cell for cell in cells if not is_missing(cell)]
    plain = column.type != "date_time" and all(is_number(cell, found.numbers) for cell in cells)
    text = not plain if used_as_text is None else used_as_text
    marks = Marks(column.name, "numbers" if plain else "dates", text, found.numbers, column.format)
    if cells and np.isnan(marks.placed(cells)).all():
        raise InputError(
            f"{clean(source.path)}: {clean(column.name)} cannot put the rows in order, for {clean(cells[0], 40)!r} is "
            "neither a number nor a date such as 2026-11-23; choose another column in split."
        )
    return marks


def group_sizes(path: Path, table: Table, found: Dialect) -> NDArray[np.int64] | None:
    """How many rows each group has, in the order of their first rows; None where the rows are not grouped.

    Raises:
        InputError: the file cannot be read.
    """
    if table.split.method != "group" or table.problem or table.split.by not in found.names:
        return None
    marks = marks_of(table, found)
    if marks is None:
        return None
    texts = [marks.name] if marks.text else []
    return grouped(np.concatenate(list(parts(path, found, [marks.name], texts, marks.of, SetAside(found.skip))))).sizes


def _hashed(labels: Sequence[str]) -> NDArray[np.uint64]:
    import pandas as pd

    return pd.util.hash_array(np.array(labels, object), categorize=False)
