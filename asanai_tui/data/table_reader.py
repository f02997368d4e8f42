"""A CSV file to numbers in one pass: what is a number or a category in the document becomes one float for each cell."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data import dialect
from asanai_tui.data.column import Column, slots_of
from asanai_tui.data.facts import LARGEST
from asanai_tui.data.growing import Growing
from asanai_tui.data.large import TARGETS_SHARE, Rows
from asanai_tui.data.marks import marks_of
from asanai_tui.data.parsing import parts
from asanai_tui.data.preprocessing import UNKNOWN, Array, coded, has_gaps
from asanai_tui.data.progress import Progress
from asanai_tui.data.records import blocks
from asanai_tui.data.spec import Table
from asanai_tui.data.table import check_columns
from asanai_tui.data.widths import SetAside
from asanai_tui.data.words import Numbered
from asanai_tui.errors import clean, counted

if TYPE_CHECKING:
    import pandas as pd

_Gaps = tuple[Column, NDArray[np.bool_]]  # a column and where nothing can be computed with
KINDS = {"boolean": "yes or no", "date_time": "a date"}  # what cells of other columns are not read as


class _Part(NamedTuple):
    """Some rows of a table."""

    codes: Array  # N×C, at a distance from the raw units
    answers: NDArray[np.float64]  # N×T
    marks: NDArray[Any] | None  # N
    rows: int  # read, with those left out
    unreadable: dict[str, int]  # cells of a column that are no numbers
    left_out: dict[str, int]  # rows, by the reason


class Cells(NamedTuple):
    """All rows of a table that can be used."""

    codes: Rows  # float32 N×C, at a distance from the raw units
    answers: Rows  # float64 N×T
    marks: NDArray[Any] | None  # N, what the rows are divided by


class TableReader:
    """One pass over a CSV file."""

    def __init__(self, source: Table, origins: NDArray[np.float64] | None = None) -> None:
        """`origins`: a number for each slot of the inputs that is taken off before float32, see `data.origins`.

        Raises:
            InputError: the file cannot be read as `source` says.
        """
        self.inputs, self.targets = source.with_role("input"), source.with_role("target")
        self.slots, self.target_slots = slots_of(self.inputs), slots_of(self.targets)
        self._text, self.words = source.text, Numbered()  # all words of the file, where texts are read
        self._path, self._style = Path(source.path), source.numbers
        self._found = dialect.guess(self._path, source)
        divides_by = [column for column in source.columns if column.name == source.split.by]
        check_columns(self._path, self._found, (*self.inputs, *self.targets, *divides_by))
        self._marks = marks_of(source, self._found)
        self._aside = SetAside(self._found.skip)
        self._unreadable: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self.taken_off = np.zeros(len(self.slots)) if origins is None else origins  # codes lie so far below raw units

    def read(self, progress: Progress) -> "Cells":
        """All rows that can be used.

        Raises:
            InputError: the file cannot be read, or its numbers are too many for memory and for the disk.
            Stopped: the user ended it.
        """
        columns = (*self.inputs, *self.targets)
        texts = [column.name for column in columns if column.is_text]
        names = [column.name for column in columns]
        if self._marks and self._marks.name not in names:
            names.append(self._marks.name)
            texts += [self._marks.name] * self._marks.text
        expected = blocks(self._path)
        codes = Growing(np.empty((0, len(self.slots)), np.float32), expected)
        answers = Growing(np.empty((0, len(self.targets))), expected, TARGETS_SHARE)
        marks: list[NDArray[Any]] = []
        rows = 0
        for part in parts(self._path, self._found, names, texts, self._part, self._aside):
            codes.add(part.codes)
            answers.add(part.answers)
            marks += [part.marks] if part.marks is not None else []
            self._unreadable.update(part.unreadable)
            self._left_out.update(part.left_out)
            rows += part.rows
            progress.step(f"read {rows:,} rows")
        return Cells(codes.whole(), answers.whole(), np.concatenate(marks) if marks else None)

    def notes(self) -> tuple[str, ...]:
        """What was left out, in sentences."""
        kinds = {
            column.name: KINDS.get(column.type, f"a number up to {LARGEST:.0e}")
            for column in (*self.inputs, *self.targets)
        }
        unreadable = (
            f"{clean(name)}: {counted(count, 'cell')} cannot be read as {kinds[name]} and "
            f"{'counts' if count == 1 else 'count'} as missing."
            for name, count in self._unreadable.items()
            if count
        )
        left_out = (f"{counted(count, 'row')} left out: {why}." for why, count in self._left_out.items())
        return (*self._found.notes, *self._aside.notes(), *unreadable, *left_out)

    def _part(self, frame: "pd.DataFrame") -> _Part:
        codes, answers = self._codes(frame), coded(frame, self.targets, self._style)
        gaps = [*_gaps(codes, self.inputs), *_gaps(answers, self.targets)]
        unreadable = {column.name: int(where.sum() - frame[column.name].isna().sum()) for column, where in gaps}
        kept = np.ones(len(frame), bool)
        left_out: dict[str, int] = {}
        marks = self._marks.of(frame) if self._marks else None
        for why, wrong in self._wrong_rows(gaps, answers, marks):
            left_out[why] = int((kept & wrong).sum())
            kept &= ~wrong
        if left_out:
            codes, answers, marks = codes[kept], answers[kept], marks[kept] if marks is not None else None
        if self.taken_off.any():
            codes -= self.taken_off
        return _Part(codes.astype(np.float32, order="C"), answers, marks, len(frame), unreadable, left_out)

    def _codes(self, frame: "pd.DataFrame") -> NDArray[np.float64]:
        if self._text is not None:
            return self.words.codes(frame[self._text.name], self._text.length)
        return coded(frame, self.inputs, self._style)

    def _wrong_rows(
        self, gaps: list[_Gaps], answers: NDArray[np.float64], marks: NDArray[Any] | None
    ) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Why rows cannot be used, and which."""
        if self._marks and marks is not None and self._marks.kind != "groups" and has_gaps(marks).any():
            yield f"nothing in {clean(self._marks.name)} to put it in order by", np.isnan(marks)
        for column, where in gaps:
            if column.role == "target" or column.missing == "drop_row":
                yield f"no value in {clean(column.name)}", where
        for index, column in enumerate(self.targets):
            if column.is_category and (strange := answers[:, index] == UNKNOWN).any():
                yield f"a text in {clean(column.name)} that is none of its categories", strange


def _gaps(codes: NDArray[np.float64], columns: Sequence[Column]) -> list[_Gaps]:
    """The columns that have gaps, and where: all slots of a column have the same."""
    found = set(np.flatnonzero(has_gaps(codes)).tolist())
    return [(column, np.isnan(codes[:, index])) for index, column in _first_slots(columns) if index in found]


def _first_slots(columns: Sequence[Column]) -> Iterator[tuple[int, Column]]:
    """For each column the place of its first slot among those of all."""
    start = 0
    for column in columns:
        yield start, column
        start += len(column.slots)
