"""From a source to arrays: everything that training needs, and nothing else."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data import dialect
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
)
from asanai_tui.data.progress import Progress
from asanai_tui.data.spec import Column, Images, Source, Split, Table
from asanai_tui.data.split import Indices, divided
from asanai_tui.data.table import check_columns, frames
from asanai_tui.errors import InputError, clean, counted

if TYPE_CHECKING:
    import pandas as pd

EXACT = 4096.0  # columns whose mean is beyond are kept as a distance from it: float32 has 7 digits


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
    inputs, targets = source.with_role("input"), source.with_role("target")
    reader = _TableReader(source, inputs, targets)
    codes, answers = reader.read(progress)
    labels = answers[:, 0].astype(np.int64)
    has_classes = source.targets.kind == "classes" or source.binary
    train, validation = _divided(source.path, source.split, labels if has_classes else None, len(answers))
    progress.check()
    numbers = tuple(
        fitted(column, codes[train, index], float(reader.taken_off[index])) for index, column in enumerate(inputs)
    )
    progress.check()
    arrived = finished(codes, inputs, numbers, reader.taken_off)
    scales: tuple[Fitted, ...] = ()
    if source.targets.kind == "numbers":
        scales = tuple(fitted(column, answers[train, index]) for index, column in enumerate(targets))
    preprocessing = TablePreprocessing(source, numbers, scales)
    wanted: NDArray[Any] = _scaled(answers, scales) if scales else labels
    return Dataset(arrived, wanted, train, validation, preprocessing, reader.notes())


def _divided(path: str, split: Split, labels: NDArray[np.int64] | None, count: int) -> tuple[Indices, Indices]:
    if not count:
        raise InputError(f"{clean(path)}: no example is left to learn from.")
    parts = divided(count, split, labels)
    return parts.train, parts.validation


def _scaled(answers: NDArray[np.float64], scales: Sequence[Fitted]) -> Array:
    centers, factors = np.array([fit.center for fit in scales]), np.array([fit.scale for fit in scales])
    scaled: NDArray[np.float64] = (answers - centers) / factors
    return scaled.astype(np.float32)


class _TableReader:
    """One pass over a CSV file: codes in float32, each column at a distance from its raw units."""

    def __init__(self, source: Table, inputs: Sequence[Column], targets: Sequence[Column]) -> None:
        self.source, self.inputs, self.targets = source, inputs, targets
        self.taken_off = np.zeros(len(inputs))
        self._path = Path(source.path)
        self._found = dialect.guess(self._path, source)
        check_columns(self._path, self._found, (*inputs, *targets))
        self._notes: tuple[str, ...] = self._found.notes
        self._unreadable: dict[str, int] = {}
        self._left_out: dict[str, int] = {}

    def read(self, progress: Progress) -> tuple[Array, NDArray[np.float64]]:
        """Input codes N×C in float32, targets N×T."""
        columns = (*self.inputs, *self.targets)
        texts = [column.name for column in columns if column.type == "category"]
        codes: deque[Array] = deque()
        answers: deque[NDArray[np.float64]] = deque()
        rows = 0
        for frame, records in frames(self._path, self._found, [column.name for column in columns], texts):
            chunk, wanted = self._chunk(frame)
            codes.append(chunk)
            answers.append(wanted)
            rows += len(frame)
            self._notes = (*self._found.notes, *records.notes())
            progress.step(f"read {rows:,} rows")
        if not codes:
            raise InputError(f"{clean(self._path)}: no rows of data.")
        return _joined(codes), _joined(answers)

    def notes(self) -> tuple[str, ...]:
        """What was left out, in sentences."""
        unreadable = (
            f"{clean(name)}: {counted(count, 'cell')} cannot be read as a number and counts as missing."
            for name, count in self._unreadable.items()
        )
        left_out = (f"{counted(count, 'row')} left out: {why}." for why, count in self._left_out.items())
        return (*self._notes, *unreadable, *left_out)

    def _chunk(self, frame: "pd.DataFrame") -> tuple[Array, NDArray[np.float64]]:
        codes = coded(frame, self.inputs, self.source.decimal)
        answers = coded(frame, self.targets, self.source.decimal)
        self._count_unreadable(frame, (*self.inputs, *self.targets), np.isnan(np.hstack([codes, answers])).sum(0))
        keep = self._kept(codes, answers)
        if not keep.all():
            codes, answers = codes[keep], answers[keep]
        if not self.taken_off.any() and len(codes):
            self.taken_off = _distances(codes, self.inputs)
        return (codes - self.taken_off).astype(np.float32), answers

    def _kept(self, codes: NDArray[np.float64], answers: NDArray[np.float64]) -> NDArray[np.bool_]:
        keep = np.ones(len(codes), bool)
        for index, column in enumerate(self.targets):
            self._leave_out(keep, np.isnan(answers[:, index]), f"no value in {column.name}")
            if column.type == "category":
                self._leave_out(keep, answers[:, index] == UNKNOWN, f"unknown category in {column.name}")
        for index, column in enumerate(self.inputs):
            if column.missing == "drop_row":
                self._leave_out(keep, np.isnan(codes[:, index]), f"no value in {column.name}")
        return keep

    def _leave_out(self, keep: NDArray[np.bool_], wrong: NDArray[np.bool_], why: str) -> None:
        if count := int((keep & wrong).sum()):
            self._left_out[clean(why)] = self._left_out.get(clean(why), 0) + count
            keep &= ~wrong

    def _count_unreadable(self, frame: "pd.DataFrame", columns: Sequence[Column], missing: NDArray[Any]) -> None:
        for column, count in zip(columns, missing.tolist(), strict=True):
            if column.type == "number" and count and (wrong := count - int(frame[column.name].isna().sum())):
                self._unreadable[column.name] = self._unreadable.get(column.name, 0) + wrong


def _distances(codes: NDArray[np.float64], columns: Sequence[Column]) -> NDArray[np.float64]:
    """What to take off each column before float32: years and time stamps would lose their last digits."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a column whose first cells are all gaps
        means = np.nan_to_num(np.nanmean(codes, axis=0))
    return np.array(
        [
            round(mean) if column.type == "number" and abs(mean) > EXACT else 0.0
            for column, mean in zip(columns, means.tolist(), strict=True)
        ]
    )


def _joined(chunks: deque[NDArray[Any]]) -> NDArray[Any]:
    """One array; each chunk is let go as soon as it is copied."""
    joined = np.empty((sum(len(chunk) for chunk in chunks), *chunks[0].shape[1:]), chunks[0].dtype)
    row = 0
    while chunks:
        chunk = chunks.popleft()
        joined[row : row + len(chunk)] = chunk
        row += len(chunk)
    return joined
