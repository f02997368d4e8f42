"""From a source to arrays: everything that training needs, and nothing else."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data import dialect
from asanai_tui.data.dialect import is_missing, is_number
from asanai_tui.data.facts import LARGEST
from asanai_tui.data.parallel import cores, in_order
from asanai_tui.data.parsing import parts
from asanai_tui.data.preprocessing import (
    UNKNOWN,
    Array,
    Fitted,
    ImagesPreprocessing,
    Preprocessing,
    TablePreprocessing,
    coded,
    finished,
    fitted,
    has_gaps,
)
from asanai_tui.data.progress import Progress
from asanai_tui.data.records import SetAside
from asanai_tui.data.spec import Column, Images, Source, Split, Table
from asanai_tui.data.split import Indices, divided
from asanai_tui.data.table import check_columns
from asanai_tui.errors import InputError, clean, counted

if TYPE_CHECKING:
    import pandas as pd

_Gaps = tuple[Column, NDArray[np.bool_]]  # a column and where nothing can be computed with
COLUMNS_AT_ONCE, ROWS_AT_ONCE = 8, 4096
EXACT = 16.0  # numbers beyond are kept as their distance from the first


@dataclass(frozen=True)
class Dataset:
    """Examples ready for training, and how they were made."""

    inputs: NDArray[Any]  # float32 N×W of a table; uint8 N×H×W×C of pictures (a read-only memory map, as a rule)
    targets: NDArray[Any]  # int64 N, the class; or float32 N×T, scaled
    train: Indices  # rows of inputs and targets; sorted, disjoint from validation
    validation: Indices
    preprocessing: Preprocessing
    notes: tuple[str, ...]  # what was left out and why


def load(
    source: Source, progress: Callable[[str], None] = lambda text: None, stopped: Callable[[], bool] = lambda: False
) -> Dataset:
    """Read a source whole. `progress` is told a line of text a few times a second, `stopped` is asked often.

    Raises:
        InputError: nothing can be learned from this source.
        Stopped: `stopped` said so.
    """
    if source.problem:
        raise InputError(source.problem)
    steps = Progress(progress, stopped)
    return _table(source, steps) if isinstance(source, Table) else _images(source, steps)


def _images(source: Images, progress: Progress) -> Dataset:
    from asanai_tui.data.images import read

    pictures = read(source, progress)
    parts = _divided(source.path, source.split, pictures.classes, len(pictures.classes))
    preprocessing = ImagesPreprocessing(source.height, source.width, source.colour, source.classes)
    return Dataset(pictures.inputs, pictures.classes, *parts, preprocessing, pictures.notes)


def _table(source: Table, progress: Progress) -> Dataset:
    reader = _TableReader(source)
    codes, answers = reader.read(progress)
    labels = answers[:, 0].astype(np.int64)
    has_classes = source.targets.kind == "classes" or source.binary
    train, validation = _divided(source.path, source.split, labels if has_classes else None, len(answers))
    progress.check()

    numbers = _fitted(codes, train, reader.inputs, reader.taken_off)
    progress.check()
    arrived = finished(codes, reader.inputs, numbers, reader.taken_off)
    scales: tuple[Fitted, ...] = ()
    if source.targets.kind == "numbers":
        scales = tuple(fitted(column, answers[train, index]) for index, column in enumerate(reader.targets))
    preprocessing = TablePreprocessing(source, numbers, scales)
    wanted: NDArray[Any] = _scaled(answers, scales) if scales else labels
    return Dataset(arrived, wanted, train, validation, preprocessing, reader.notes())


def _fitted(
    codes: Array, train: Indices, columns: Sequence[Column], taken_off: NDArray[np.float64]
) -> tuple[Fitted, ...]:
    """What is taken from the training rows for each column. Columns are gathered some at a time: rows lie together."""

    def fit(first: int) -> list[Fitted]:
        some = codes[:, first : first + COLUMNS_AT_ONCE]
        gathered = np.empty((some.shape[1], len(train)), np.float32)
        for start in range(0, len(train), ROWS_AT_ONCE):
            rows = train[start : start + ROWS_AT_ONCE]
            gathered[:, start : start + len(rows)] = some[rows].T
        return [
            fitted(columns[first + index], cells, float(taken_off[first + index]))
            for index, cells in enumerate(gathered)
        ]

    groups = in_order(fit, range(0, len(columns), COLUMNS_AT_ONCE), cores(), waiting=0)
    return tuple(chain.from_iterable(groups))


def _divided(path: str, split: Split, labels: NDArray[np.int64] | None, count: int) -> tuple[Indices, Indices]:
    if not count:
        raise InputError(f"{clean(path)}: no example is left to learn from.")
    parts = divided(count, split, labels)
    return parts.train, parts.validation


def _scaled(answers: NDArray[np.float64], scales: Sequence[Fitted]) -> Array:
    centers, factors = np.array([fit.center for fit in scales]), np.array([fit.scale for fit in scales])
    scaled: NDArray[np.float64] = (answers - centers) / factors
    return scaled.astype(np.float32)


class _Part(NamedTuple):
    """Some rows of a table."""

    codes: Array  # N×C, at a distance from the raw units
    answers: NDArray[np.float64]  # N×T
    rows: int  # read, with those left out
    unreadable: dict[str, int]  # cells of a column that are no numbers
    left_out: dict[str, int]  # rows, by the reason


class _TableReader:
    """One pass over a CSV file."""

    def __init__(self, source: Table) -> None:
        self.inputs, self.targets = source.with_role("input"), source.with_role("target")
        self._path, self._decimal = Path(source.path), source.decimal
        self._found = dialect.guess(self._path, source)
        check_columns(self._path, self._found, (*self.inputs, *self.targets))
        self._aside = SetAside(self._found.skip)
        self._unreadable: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self.taken_off = self._distances()  # what the codes of each column lie below the raw units

    def read(self, progress: Progress) -> tuple[Array, NDArray[np.float64]]:
        """Input codes N×C in float32, targets N×T."""
        columns = (*self.inputs, *self.targets)
        texts = [column.name for column in columns if column.type == "category"]
        codes = Growing(np.empty((0, len(self.inputs)), np.float32))
        answers = Growing(np.empty((0, len(self.targets))))
        rows = 0
        names = [column.name for column in columns]
        for part in parts(self._path, self._found, names, texts, self._part, self._aside):
            codes.add(part.codes)
            answers.add(part.answers)
            self._unreadable.update(part.unreadable)
            self._left_out.update(part.left_out)
            rows += part.rows
            progress.step(f"read {rows:,} rows")
        return codes.whole(), answers.whole()

    def notes(self) -> tuple[str, ...]:
        """What was left out, in sentences."""
        unreadable = (
            f"{clean(name)}: {counted(count, 'cell')} cannot be read as a number and "
            f"{'counts' if count == 1 else 'count'} as missing."
            for name, count in self._unreadable.items()
            if count
        )
        left_out = (f"{counted(count, 'row')} left out: {why}." for why, count in self._left_out.items())
        return (*self._found.notes, *self._aside.notes(), *unreadable, *left_out)

    def _part(self, frame: "pd.DataFrame") -> _Part:
        codes, answers = coded(frame, self.inputs, self._decimal), coded(frame, self.targets, self._decimal)
        gaps = [*_gaps(codes, self.inputs), *_gaps(answers, self.targets)]
        unreadable = {column.name: int(where.sum() - frame[column.name].isna().sum()) for column, where in gaps}
        kept = np.ones(len(frame), bool)
        left_out: dict[str, int] = {}
        for why, wrong in self._wrong_rows(gaps, answers):
            left_out[why] = int((kept & wrong).sum())
            kept &= ~wrong
        if left_out:
            codes, answers = codes[kept], answers[kept]
        codes -= self.taken_off
        return _Part(codes.astype(np.float32, order="C"), answers, len(frame), unreadable, left_out)

    def _wrong_rows(self, gaps: list[_Gaps], answers: NDArray[np.float64]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Why rows cannot be used, and which."""
        for column, where in gaps:
            if column.role == "target" or column.missing == "drop_row":
                yield f"no value in {clean(column.name)}", where
        for index, column in enumerate(self.targets):
            if column.type == "category" and (strange := answers[:, index] == UNKNOWN).any():
                yield f"a text in {clean(column.name)} that is none of its categories", strange

    def _distances(self) -> NDArray[np.float64]:
        """What to take off before float32, whose 7 digits would not hold a time stamp: the first number there is."""
        distances = np.zeros(len(self.inputs))
        for index, column in enumerate(self.inputs):
            if column.type == "number":
                place = self._found.names.index(column.name)
                cells = (row[place].strip().replace(self._decimal, ".") for row in self._found.sample)
                first = next((float(cell) for cell in cells if is_number(cell) and not is_missing(cell)), 0.0)
                distances[index] = round(first) if EXACT < abs(first) <= LARGEST else 0.0
        return distances


def _gaps(codes: NDArray[np.float64], columns: Sequence[Column]) -> list[_Gaps]:
    """The columns that have gaps, and where."""
    found = np.flatnonzero(has_gaps(codes)).tolist()
    return [(columns[index], np.isnan(codes[:, index])) for index in found]


class Growing:
    """An array to which rows are added; it grows in place, so that it is never in memory twice."""

    def __init__(self, empty: NDArray[Any]) -> None:
        """`empty`: no rows yet, with the shape and type of those to come."""
        self._array = empty
        self._rows = 0

    def add(self, rows: NDArray[Any]) -> None:
        """Put `rows` at the end."""
        end = self._rows + len(rows)
        if end > len(self._array):
            self._resize(end + end // 8)
        self._array[self._rows : end] = rows
        self._rows = end

    def whole(self) -> NDArray[Any]:
        """All rows. Nothing may be added any more."""
        self._resize(self._rows)
        return self._array

    def _resize(self, rows: int) -> None:
        self._array.resize((rows, *self._array.shape[1:]), refcheck=False)  # realloc: large blocks are moved by page
