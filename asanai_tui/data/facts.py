"""What the cells of one column are, counted chunk by chunk in bounded memory."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data.dialect import is_number
from asanai_tui.data.labels import label_of
from asanai_tui.number_style import PLAIN, NumberStyle

if TYPE_CHECKING:
    import pandas as pd

MOST_CATEGORIES = 10_000
MOST_NUMBERS = 1_000  # different numbers are counted up to here
EXAMPLES = 5
CHARACTERS = 2**21  # of texts that are kept in full
UNREADABLE_SHARE = 0.1  # of the cells may be no numbers in a column of numbers
GROUPED = re.compile(r"[+-]?\d{1,3}([,.' \u00a0\u202f]\d{3})+([.,]\d+)?")
LARGEST = 1e30  # larger numbers, and infinity, cannot be computed with in float32


@dataclass
class Facts:
    """Counts over one column. `text`: its cells are kept as text, else they are read as numbers."""

    name: str
    text: bool
    style: NumberStyle = PLAIN
    rows: int = 0
    gaps: int = 0  # empty cells
    unreadable: int = 0  # cells that are no numbers, where numbers were read
    infinite: int = 0  # infinite, or too large to compute with
    numbers: int = 0
    whole: bool = True
    minimum: float = np.inf
    maximum: float = -np.inf
    ones: int = 0  # where all numbers are 0 or 1
    counting: bool = True  # each number is one more than the number before
    counts: dict[str, int] = field(default_factory=dict)  # of texts, up to MOST_CATEGORIES of them
    texts: list[str] = field(default_factory=list)  # the first different ones, as long as they are
    many: bool = False  # there are more different values than are counted
    values: set[float] = field(default_factory=set)
    _last: float | None = None
    _numeric: tuple[int, int] = (-1, 0)  # rows, and how many of the texts in them are numbers
    _characters: int = 0  # of `texts`

    @property
    def filled(self) -> int:
        """Cells that are not empty."""
        return self.rows - self.gaps

    @property
    def missing(self) -> int:
        """Cells without a number, or without a text."""
        return self.gaps if self.text else self.gaps + self.unreadable + self.infinite

    @property
    def distinct(self) -> int:
        return len(self.counts) if self.text else len(self.values)

    @property
    def examples(self) -> tuple[str, ...]:
        if self.text:
            return tuple(self.counts)[:EXAMPLES]
        return tuple(f"{value:g}" for value in sorted(self.values)[:EXAMPLES])

    @property
    def texts_that_are_numbers(self) -> int:
        """How many of the cells that were kept as text could be read as numbers."""
        if self._numeric[0] != self.rows:  # asked for again and again, of many texts
            self._numeric = self.rows, sum(count for text, count in self.counts.items() if is_number(text, self.style))
        return self._numeric[1]

    @property
    def has_thousands(self) -> bool:
        """Whether texts would nearly all be numbers if their thousands were not separated: 1,000."""
        grouped = sum(count for text, count in self.counts.items() if _is_grouped(text, self.style))
        counted = sum(self.counts.values())
        return grouped > 0 and grouped + self.texts_that_are_numbers >= (1 - UNREADABLE_SHARE) * counted

    def add(self, cells: "pd.Series[Any]") -> None:
        """Count the next cells."""
        self.rows += len(cells)
        if self.text:
            self._add_texts(cells)
        else:
            self._add_numbers(cells)

    def _add_texts(self, cells: "pd.Series[Any]") -> None:
        codes = cells.cat.codes.to_numpy()
        self.gaps += int((codes < 0).sum())
        occurrences = np.bincount(codes[codes >= 0], minlength=len(cells.cat.categories))
        for label in cells.cat.categories:
            if self._characters > CHARACTERS:
                break
            self.texts.append(str(label))
            self._characters += len(self.texts[-1])
        for label, count in zip(cells.cat.categories, occurrences.tolist(), strict=True):
            text = label_of(label)
            if text in self.counts or len(self.counts) < MOST_CATEGORIES:
                self.counts[text] = self.counts.get(text, 0) + count
            else:
                self.many = True

    def _add_numbers(self, cells: "pd.Series[Any]") -> None:
        gaps = int(cells.isna().sum())
        values = numbers(cells, self.style)
        values = values[~np.isnan(values)]
        self.gaps += gaps
        self.unreadable += len(cells) - gaps - len(values)
        usable = values[np.abs(values) <= LARGEST]
        self.infinite += len(values) - len(usable)
        self.numbers += len(usable)
        if len(usable):
            self._add_usable(usable)

    def _add_usable(self, values: NDArray[np.float64]) -> None:
        self.minimum = min(self.minimum, float(values.min()))
        self.maximum = max(self.maximum, float(values.max()))
        if self.minimum >= 0 and self.maximum <= 1:
            self.ones += int(values.sum())
        self.whole = self.whole and bool((values == np.floor(values)).all())
        if self.counting:
            before = values[0] - 1 if self._last is None else self._last
            self.counting = bool((np.diff(values, prepend=before) == 1).all())
            self._last = float(values[-1])
        if not self.many:
            self.values.update(np.unique(values[:MOST_NUMBERS]).tolist())
            self.values.update(np.unique(values).tolist() if len(self.values) <= MOST_NUMBERS else ())
            self.many = len(self.values) > MOST_NUMBERS


def _is_grouped(text: str, style: NumberStyle) -> bool:
    return GROUPED.fullmatch(text) is not None and not is_number(text, style)


def numbers(cells: "pd.Series[Any]", style: NumberStyle = PLAIN) -> NDArray[np.float64]:
    """Cells as numbers; NaN where there is none to be read."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        return cells.to_numpy(np.float64, na_value=np.nan)
    texts = cells.astype("object").map(
        lambda cell: cell if isinstance(cell, float) else style.plain(str(cell)), na_action="ignore"
    )
    return pd.to_numeric(texts, errors="coerce").to_numpy(np.float64, na_value=np.nan)
