"""From a source to arrays: everything that training needs, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data import large, words
from asanai_tui.data.large import Computed, Large, Rows
from asanai_tui.data.origins import origins_of
from asanai_tui.data.parallel import cores, in_order
from asanai_tui.data.preprocessing import (
    Array,
    Fitted,
    ImagesPreprocessing,
    Preprocessing,
    TablePreprocessing,
    finished,
    fitted,
)
from asanai_tui.data.progress import Progress
from asanai_tui.data.spec import Arrays, Column, Images, Segmentation, Source, Split, Table
from asanai_tui.data.split import Indices, Parts, divided
from asanai_tui.data.table_reader import TableReader
from asanai_tui.errors import InputError, clean

COLUMNS_AT_ONCE, CELLS_AT_ONCE, ROWS_AT_ONCE = 8, 2**21, 4096
FITTED_BYTES = 2**28  # of the columns that numbers are taken from together


@dataclass(frozen=True)
class Dataset:
    """Examples ready for training, and how they were made."""

    inputs: Rows  # float32 N×W of a table; uint8 N×H×W×C of pictures (a read-only memory map, as a rule)
    targets: Rows  # whole numbers N, the class; or float32 N×T, scaled
    train: Indices  # rows of inputs and targets; the parts are sorted and disjoint
    validation: Indices
    test: Indices
    preprocessing: Preprocessing
    notes: tuple[str, ...]  # what was left out and why


def load(
    source: Source,
    progress: Callable[[str], None] = lambda text: None,
    stopped: Callable[[], bool] = lambda: False,
    enough: Callable[[], bool] = lambda: False,
) -> Dataset:
    """Read a source whole. `progress` is told a line of text a few times a second, `stopped` is asked often.

    Args:
        enough: asked while pictures are decoded; when it says so, those that have arrived are the data set.

    Raises:
        InputError: nothing can be learned from this source.
        Stopped: `stopped` said so.
    """
    if source.problem:
        raise InputError(source.problem)
    steps = Progress(progress, stopped, enough)
    match source:
        case Table():
            return _table(source, steps)
        case Images():
            return _images(source, steps)
        case Arrays():
            from asanai_tui.data.array_dataset import load as load_arrays

            return load_arrays(source, steps)
        case Segmentation():
            return _segmentation(source, steps)


def _images(source: Images, progress: Progress) -> Dataset:
    from asanai_tui.data.images import read

    pictures = read(source, progress)
    rows = np.argsort(pictures.order)  # as the files lie: what is divided does not depend on how it was read
    marks = pictures.marks[rows] if pictures.marks is not None else None
    labels = pictures.classes[rows] if pictures.numbers is None else None
    places = _divided(source.path, source.split, labels, len(rows), marks)
    parts = Parts(*(np.sort(rows[part]) for part in places))
    scales: tuple[Fitted, ...] = ()
    wanted: Rows = pictures.classes
    if pictures.numbers is not None:
        column = Column(name=source.table.label, role="target")
        scales = (fitted(column, pictures.numbers[parts.train].astype(np.float32)),)
        wanted = _scaled(pictures.numbers[:, np.newaxis], scales)
    preprocessing = ImagesPreprocessing(
        source.height, source.width, source.colour, source.classes, source.resize, source.resampling, scales
    )
    notes = (*pictures.notes, *_arrived(pictures.classes, pictures.missing, parts))
    return Dataset(pictures.inputs, wanted, *parts, preprocessing, notes)


def _segmentation(source: Segmentation, progress: Progress) -> Dataset:
    from asanai_tui.data.segmentation import read

    found = read(source, progress)
    parts = _divided(source.path, source.split, None, len(found.inputs))
    preprocessing = ImagesPreprocessing(
        source.height, source.width, source.colour, source.classes, source.resize, source.resampling
    )
    return Dataset(found.inputs, np.array(found.codes), *parts, preprocessing, found.notes)


def _arrived(classes: Indices, missing: int, parts: Parts) -> tuple[str, ...]:
    """Which pictures are used where not all had arrived."""
    if not missing:
        return ()
    each = np.bincount(classes)
    named = " · ".join(f"{len(rows):,} {name}" for name, rows in parts._asdict().items() if len(rows))
    arrived = f"Of {len(classes) + missing:,} pictures the {len(classes):,} that had arrived are used: {named}"
    return (f"{arrived}; {each.min():,} to {each.max():,} of each class." if len(each) > 1 else f"{arrived}.",)


def _table(source: Table, progress: Progress) -> Dataset:
    reader = TableReader(source)
    codes, answers, marks = reader.read(progress)
    has_classes = source.targets.kind == "classes" or source.targets.binary
    labels = _labels(answers, source.targets.count) if has_classes else None
    parts = _divided(source.path, source.split, labels, len(answers), marks)
    progress.check()
    if (origins := origins_of(codes, parts.train, reader.slots)).any():
        reader, count = TableReader(source, origins), len(codes)
        del codes  # one at a time has room
        codes, answers, marks = reader.read(progress)
        if len(codes) != count:
            raise InputError(f"{clean(source.path)}: the file changed while it was read; open it again.")

    numbers: tuple[Fitted, ...] = ()
    known: tuple[str, ...] = ()
    if source.text is not None:
        known = words.most_frequent(codes, parts.train, reader.words, source.text.words)
        arrived = words.renumbered(codes, reader.words, known)
    else:
        numbers = _fitted(codes, parts.train, reader.slots, reader.taken_off, progress)
        arrived = _ready(codes, reader.slots, numbers, reader.taken_off)
    scales: tuple[Fitted, ...] = ()
    if source.targets.kind == "numbers":
        slots = reader.target_slots
        scales = _fitted(answers, parts.train, slots, np.zeros(len(slots)), progress)
    preprocessing = TablePreprocessing(source, numbers, scales, known)
    wanted = _scaled(answers, scales) if labels is None or scales else labels
    return Dataset(arrived, wanted, *parts, preprocessing, reader.notes())


def _labels(answers: Rows, classes: int) -> NDArray[np.signedinteger[Any]]:
    """The class of each row, in as few bytes as hold it."""
    labels = np.empty(len(answers), np.min_scalar_type(-max(2, classes)))
    for start in range(0, len(labels), CELLS_AT_ONCE):
        some = answers[start : start + CELLS_AT_ONCE][:, 0]
        labels[start : start + len(some)] = np.ceil(some).clip(0, max(1, classes - 1))  # of a logarithm, 0 and ln 2
    return labels


def _fitted(
    codes: Rows, train: Indices, columns: Sequence[Column], taken_off: NDArray[np.float64], progress: Progress
) -> tuple[Fitted, ...]:
    """What is taken from the training rows for each column. Columns are gathered some at a time: rows lie together."""
    threads = max(1, min(cores(), FITTED_BYTES // (len(train) * codes.dtype.itemsize)))
    most = max(1, FITTED_BYTES // (threads * len(train) * codes.dtype.itemsize))
    group = min(len(columns), most, max(COLUMNS_AT_ONCE, CELLS_AT_ONCE // len(train)))

    def fit(first: int) -> list[Fitted]:
        gathered = np.empty((min(group, len(columns) - first), len(train)), codes.dtype)
        for start in range(0, len(train), ROWS_AT_ONCE):
            progress.check()
            rows = train[start : start + ROWS_AT_ONCE]
            gathered[:, start : start + len(rows)] = codes[rows][:, first : first + group].T  # whole rows: faster
        return [
            fitted(columns[first + index], cells, float(taken_off[first + index]))
            for index, cells in enumerate(gathered)
        ]

    groups = in_order(fit, range(0, len(columns), group), threads, waiting=0)
    return tuple(chain.from_iterable(groups))


def _ready(codes: Rows, columns: Sequence[Column], numbers: Sequence[Fitted], taken_off: NDArray[np.float64]) -> Rows:
    """What the network takes, N×W. Where that is too large for memory it is made batch by batch from the codes."""
    width = sum(column.width for column in columns)
    both = len(codes) * (codes.shape[1] + width) * codes.dtype.itemsize
    if not isinstance(codes, Large) and (width == codes.shape[1] or both <= large.LIMIT):
        return finished(codes, columns, numbers, taken_off)
    return Computed(codes, (len(codes), width), np.float32, lambda some: finished(some, columns, numbers, taken_off))


def _divided(
    path: str, split: Split, labels: NDArray[Any] | None, count: int, marks: NDArray[Any] | None = None
) -> Parts:
    if not count:
        raise InputError(f"{clean(path)}: no example is left to learn from.")
    try:
        return divided(count, split, labels, marks)
    except InputError as error:
        raise InputError(f"{clean(path)}: {error}") from error


def _scaled(answers: Rows, scales: Sequence[Fitted]) -> Rows:
    centers, factors = np.array([fit.center for fit in scales]), np.array([fit.scale for fit in scales])

    def scaled(some: NDArray[np.float64]) -> Array:
        near: NDArray[np.float64] = (some - centers) / factors
        return near.astype(np.float32)

    return Computed(answers, answers.shape, np.float32, scaled) if isinstance(answers, Large) else scaled(answers)
