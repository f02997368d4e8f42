"""A CSV file that names pictures and says what each of them is."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from asanai_tui.data import picture_header
from asanai_tui.data.columns import TARGET_NAMES
from asanai_tui.data.dialect import is_missing
from asanai_tui.data.folders import File, Listing, everything
from asanai_tui.data.progress import Progress
from asanai_tui.data.spec import Column, Images, PictureTable, Table
from asanai_tui.errors import InputError, clean, counted

if TYPE_CHECKING:
    from asanai_tui.data.preview import TablePreview

SUFFIXES = (".csv", ".tsv")
TABLES = 5  # looked into, of those that lie in the folder
FILE_SHARE = 0.5  # of the first cells of a column that are names of pictures, from which on it is the column of files
NAMED = 100  # rows that are set aside one by one


def guess(root: Path) -> PictureTable:
    """The first table in the folder itself that names pictures in or below it, with its columns; none as it may be."""
    paths = sorted(path for path in root.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    if not paths:
        return PictureTable()
    names = _Names(everything(root).classes[""])
    for path in paths[:TABLES]:
        try:
            return _columns(path, PictureTable(path=path.name), names)
        except InputError:
            continue
    return PictureTable()


def completed(root: Path, table: PictureTable) -> PictureTable:
    """The table with the columns that are not named yet.

    Raises:
        InputError: no column holds names of pictures, or nothing is left to learn.
    """
    if table.file and table.label:
        return table
    return _columns(root / table.path, table, _Names(everything(root).classes[""]))


def listing(spec: Images, progress: Progress | None = None, *, stamps: bool = False) -> Listing:
    """The pictures that the table names, by their labels; rows without a picture or a label are set aside.

    Args:
        stamps: as for `folders.listing`.

    Raises:
        InputError: the table cannot be read, has no such columns, or names no picture.
    """
    root = Path(spec.path)
    found = everything(root, progress, stamps=stamps)
    rows = _Rows(spec.table, _Names(found.classes[""]))
    for name, label in _cells(root / spec.table.path, spec.table):
        rows.add(name, label)
    if not rows.labels:
        raise InputError(
            f"{clean(root / spec.table.path)}: no row has a picture and a label (columns {clean(spec.table.file)} and "
            f"{clean(spec.table.label)}); choose other columns."
        )
    rest = sum(file not in rows.labels for file in found.classes[""])
    notes = [
        f"{clean(spec.table.path)} says in {clean(spec.table.label)} what each picture of {clean(spec.table.file)} is."
    ]
    notes += [f"{counted(rest, 'picture')} left out: no row of the table names them."] * bool(rest)
    numbers = None
    if spec.table.kind == "numbers":
        numbers = {file.name: float(label) for file, label in rows.labels.items()}
        notes.append(f"The numbers go from {min(numbers.values()):g} to {max(numbers.values()):g}.")
    set_aside = (*rows.told(), *found.set_aside)
    return Listing(root, rows.classes(), set_aside, 0, (), numbers, tuple(notes))


def _cells(path: Path, table: PictureTable) -> Iterator[tuple[str, str]]:
    """Name and label of each row, as text."""
    from asanai_tui.data.table import read_rows

    columns = tuple(Column(name=name, type="category") for name in dict.fromkeys((table.file, table.label)))
    frame = read_rows(path, Table(path=str(path), columns=columns)).frame.fillna("")
    return zip(frame[table.file].astype(str), frame[table.label].astype(str), strict=True)


def _columns(path: Path, table: PictureTable, names: "_Names") -> PictureTable:
    """Raises: InputError: no column holds names of pictures, or nothing is left to learn."""
    from asanai_tui.data.table import inspect

    preview = inspect(path)
    file = table.file or _file_column(preview, names)
    if not file:
        raise InputError(f"{clean(path)}: no column holds the names of pictures in this folder; name one.")
    column = _label_column(preview, file, table.label)
    names_of_classes = column.has_categories or preview.spec.binary
    kind: Literal["classes", "numbers"] = "classes" if names_of_classes else "numbers"
    return PictureTable(path=table.path, file=file, label=column.name, kind=kind)


def _file_column(preview: "TablePreview", names: "_Names") -> str:
    """The column with the most names of pictures, those with their ending first: any number may be a name without."""
    for ending in (True, False):
        shares = {}
        for place, name in enumerate(preview.header):
            cells = [row[place] for row in preview.sample if place < len(row) and row[place]]
            named = sum(bool(names.all(cell)) for cell in cells if not ending or _has_ending(cell))
            shares[name] = named / max(1, len(cells))
        best = max(shares, key=lambda name: shares[name], default="")
        if shares.get(best, 0) >= FILE_SHARE:
            return best
    return ""


def _label_column(preview: "TablePreview", file: str, wanted: str) -> Column:
    """The wanted column; else one named like a target, the first category, or what a table would learn."""
    others = [column for column in preview.spec.columns if column.name != file]
    named = [column for column in others if column.name == wanted]
    if wanted and not named:
        there = clean(", ".join(column.name for column in others), 120)
        raise InputError(f"{clean(preview.spec.path)}: the column {clean(wanted)} is missing; there are {there}.")
    targets = [column for column in others if column.role == "target"]
    titled = [column for column in others if column.name.lower() in TARGET_NAMES]
    names = [column for column in others if column.is_category and column.role != "ignore"]
    if found := [*named, *titled, *names, *targets, *others]:
        return found[0]
    raise InputError(f"{clean(preview.spec.path)}: only names of pictures; a second column must say what they are.")


class _Names:
    """Finds a picture by what a table calls it: its place in the folder, its name, or its name without the ending."""

    def __init__(self, files: Sequence[File]) -> None:
        self._places = {file.name: file for file in files}
        self._shorter: dict[str, list[File]] = defaultdict(list)
        for file in files:
            name = file.name.rsplit("/", 1)[-1]
            for each in {name, os.path.splitext(file.name)[0], os.path.splitext(name)[0]}:
                self._shorter[each].append(file)

    def all(self, name: str) -> Sequence[File]:
        """Every picture that may be meant."""
        name = name.strip().replace("\\", "/").removeprefix("./")
        if name in self._places:
            return [self._places[name]]
        return self._shorter.get(name) or self._shorter.get(name.rsplit("/", 1)[-1], [])


class _Rows:
    """The labels of files, and why other rows have none."""

    def __init__(self, table: PictureTable, names: _Names) -> None:
        self.labels: dict[File, str] = {}
        self._table, self._names = table, names
        self._wrong: list[tuple[str, str]] = []
        self._more: Counter[str] = Counter()

    def add(self, name: str, label: str) -> None:
        """The next row."""
        found, label = self._names.all(name), clean(label.strip())
        if len(found) != 1:
            self._set_aside(name, "several pictures are called so" if found else "no such picture in the folder")
        elif is_missing(label):
            self._set_aside(name, f"no value in {clean(self._table.label)}")
        elif self._table.kind == "numbers" and not _is_number(label):
            self._set_aside(name, f"{label[:40]!r} is no number")
        elif self.labels.setdefault(found[0], label) != label:
            self._set_aside(name, "named again with another label, which is not used")

    def classes(self) -> dict[str, list[File]]:
        """The files of each label, sorted; of numbers all files, by the name of the column."""
        if self._table.kind == "numbers":
            return {self._table.label: sorted(self.labels)}
        classes: dict[str, list[File]] = defaultdict(list)
        for file in sorted(self.labels):
            classes[self.labels[file]].append(file)
        return {label: classes[label] for label in label_order(classes)}

    def told(self) -> Iterator[tuple[str, str]]:
        """Rows that were set aside, the first ones by name."""
        yield from self._wrong
        for why, count in self._more.items():
            yield counted(count, "more row"), why

    def _set_aside(self, name: str, why: str) -> None:
        if len(self._wrong) < NAMED:
            self._wrong.append((clean(name, 200) or "a row without a name", why))
        else:
            self._more[why] += 1


def _has_ending(name: str) -> bool:
    """Whether a name ends as pictures' do."""
    return os.path.splitext(name.strip())[1].lower() in picture_header.SUFFIXES


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def label_order(labels: Iterable[str]) -> list[str]:
    """Numbers in their order, else by alphabet."""
    labels = list(labels)
    if all(_is_number(label) for label in labels):
        return sorted(labels, key=lambda label: (float(label), label))
    return sorted(labels)
