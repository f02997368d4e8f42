"""A CSV file: read by pandas, decided and explained here."""

from collections.abc import Iterator, Mapping, Sequence
from math import nan
from os.path import abspath
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from asanai_tui.data import columns, dialect, kinds
from asanai_tui.data.column import USELESS
from asanai_tui.data.columns import Decided
from asanai_tui.data.dialect import Dialect, is_missing, is_number
from asanai_tui.data.facts import MOST_CATEGORIES, UNREADABLE_SHARE, Facts, numbers
from asanai_tui.data.marks import group_sizes
from asanai_tui.data.parsing import parts
from asanai_tui.data.preview import ColumnNote, TablePreview
from asanai_tui.data.records import EncodingError
from asanai_tui.data.spec import Adjust, Column, Method, Table, TableSplit
from asanai_tui.data.widths import SetAside
from asanai_tui.errors import InputError, clean, counted
from asanai_tui.number_style import NumberStyle

if TYPE_CHECKING:
    import pandas as pd

SAMPLE_ROWS = 100
PARTED: dict[Method, str] = {  # why the column that divides the rows is no input
    "group": "rows with the same value stay in one part; left out, or each group would be learned by heart",
    "order": "the rows are put in its order; left out, for what is to come lies beyond what was learned",
}
SMALL_TABLE = 20  # rows; below, none are kept apart for validation


class Rows(NamedTuple):
    """Rows to predict, by the names of the columns."""

    frame: "pd.DataFrame"
    notes: tuple[str, ...]


def inspect(path: Path, spec: Table | None = None, decide: bool = False) -> TablePreview:
    """Read a CSV file and say what it holds; with `spec`, read it that way and say what does not fit any more.

    Args:
        decide: where columns of `spec` are no longer there, all are decided as those of a new file.

    Raises:
        InputError: the file cannot be read as a table.
    """
    if spec is not None and not spec.columns:
        spec = None
    found = dialect.guess(path, spec)
    if spec and decide:
        if len(found.names) != len(spec.columns):
            found, spec = dialect.guess(path, spec, divided=True), _undecided(spec)
        elif any(column.role != "ignore" and column.name not in found.names for column in spec.columns):
            spec = _undecided(spec)
    try:
        return _inspected(path, found, spec)
    except EncodingError:
        if spec is not None or found.encoding != "utf-8":
            raise
    latin = found._replace(encoding="latin-1", notes=(*found.notes, dialect.LATIN_1_NOTE))
    return _inspected(path, latin, None)


def _undecided(spec: Table) -> Table:
    """Without its columns, and without a division by one of them."""
    split = msgspec.structs.replace(spec.split, method="random", column="") if spec.split.by else spec.split
    return msgspec.structs.replace(spec, columns=(), split=split)


def read_rows(path: Path, spec: Table) -> Rows:
    """The input columns of a CSV file to predict, found by name in any order; other columns are left out.

    Raises:
        InputError: the file cannot be read, or an input column is missing; the sentence names it.
    """
    import pandas as pd

    wanted = spec.with_role("input")
    found = dialect.guess(path, alone=wanted[0].name if len(wanted) == 1 else "")
    found = _as_in_training(found, spec)
    if not found.header and len(found.names) in (len(wanted), len(spec.columns)):
        every = wanted if len(found.names) == len(wanted) else spec.columns
        found = found._replace(names=tuple(column.name for column in every))
    check_columns(path, found, wanted)
    names = [column.name for column in wanted]
    texts = [column.name for column in wanted if column.is_text]
    aside = SetAside(found.skip)
    found_rows = list(parts(path, found, names, texts, lambda part: part.astype(dict.fromkeys(texts, "object")), aside))
    if not found_rows:
        raise InputError(f"{clean(path)}: no rows to predict.")
    rows = _as_numbers(pd.concat(found_rows, ignore_index=True)[names], wanted, found.numbers)
    return Rows(rows, (*found.notes, *aside.notes()))


def _as_in_training(found: Dialect, spec: Table) -> Dialect:
    """Numbers are read as in training if those at the beginning of the file can be: 1,234 may be one or thousands."""
    read = {column.name for column in spec.with_role("input") if column.type == "number"}
    places = [place for place, name in enumerate(found.names) if name in read]
    cells = [row[place] for row in found.sample for place in places if not is_missing(row[place])]
    found = found._replace(gaps=spec.gap_marks)
    return found._replace(numbers=spec.numbers) if all(map(spec.numbers.reads, cells)) else found


def _as_numbers(rows: "pd.DataFrame", columns: Sequence[Column], style: NumberStyle) -> "pd.DataFrame":
    """Texts in columns of numbers as what they say in this style; those that say nothing stay texts."""
    import pandas as pd

    for column in columns:
        cells = rows[column.name]
        if column.type == "number" and not pd.api.types.is_numeric_dtype(cells.dtype):
            values = numbers(cells, style)
            rows[column.name] = cells.astype("object").where(np.isnan(values), values)
    return rows


def check_columns(path: Path, found: Dialect, wanted: Sequence[Column]) -> None:
    """Raises: InputError: a column of `wanted` is not in the file."""
    there = set(found.names)
    for column in wanted:
        if column.name not in there:
            raise InputError(
                f"{clean(path)}: the column {clean(column.name)} is missing; there are "
                f"{clean(', '.join(found.names), 120)}{dialect.doubt(path, found)}."
            )


def _inspected(path: Path, found: Dialect, spec: Table | None) -> TablePreview:
    fixed = {column.name: column for column in spec.columns} if spec else {}
    facts, notes = _counted(path, found, _texts(found, fixed))
    decided = columns.decide(facts)
    wrong = {
        choice.column.name: choice.column.is_text
        for choice, column in zip(decided, facts, strict=True)
        if column.name not in fixed and choice.column.is_text != column.text and choice.column.type not in USELESS
    }
    if wrong:
        again = {column.name: column for column in _counted(path, found, wrong)[0]}
        facts = [again.get(column.name, column) for column in facts]
        decided = columns.decide(facts)
    if fixed and spec:
        decided = [_as_given(choice, column, fixed, spec) for choice, column in zip(decided, facts, strict=True)]
        if gone := [name for name in fixed if name not in found.names]:
            doubt = dialect.doubt(path, found)
            notes += tuple(_gone(name, found, doubt) for name in gone)
    return _preview(path, found, facts, decided, notes, spec)


def _texts(found: Dialect, fixed: Mapping[str, Column]) -> dict[str, bool]:
    """For each column whether it is read as text: as the document says, else as its first cells speak for it."""
    rows = zip(*found.sample, strict=True)
    said = {name: column.is_text for name, column in fixed.items() if column.type not in USELESS}
    return {
        name: said[name] if name in said else _is_text(cells, found, name == found.names[-1])
        for name, cells in zip(found.names, rows, strict=True)
    }


def _is_text(cells: Sequence[str], found: Dialect, last: bool) -> bool:
    cells = [cell.strip() for cell in cells if not is_missing(cell) and cell.strip() not in found.gaps]
    readable = [cell for cell in cells if is_number(cell, found.numbers)]
    if len(cells) - len(readable) > UNREADABLE_SHARE * len(cells):
        return True
    different = set(readable)  # whole numbers in the last column are likely to be names of classes
    return (
        last
        and 2 <= len(different) <= kinds.FEW
        and all(cell.lstrip("-").isdigit() for cell in different)
        and not different <= {"0", "1"}
    )


def _counted(path: Path, found: Dialect, texts: Mapping[str, bool]) -> tuple[list[Facts], tuple[str, ...]]:
    """One pass over the file; `texts` says which columns and whether each is text."""
    facts = [Facts(name, texts[name], found.numbers) for name in found.names if name in texts]
    aside = SetAside(found.skip)
    for part in parts(path, found, list(texts), [name for name in texts if texts[name]], lambda frame: frame, aside):
        for column in facts:
            column.add(part[column.name])
    return facts, (*found.notes, *aside.notes())


def _as_given(choice: Decided, facts: Facts, fixed: Mapping[str, Column], spec: Table) -> Decided:
    """What the document says of a column, with the categories that are in the file now."""
    if facts.name not in fixed:
        return Decided(msgspec.structs.replace(choice.column, role="ignore"), "not in the project; ignored")
    column = fixed[facts.name]
    if column.role == "ignore" and spec.split.by == column.name:
        return Decided(column, PARTED[spec.split.method])
    if column.role == "ignore":
        return Decided(column, f"left out by you; {choice.reason}" if choice.column.role != "ignore" else choice.reason)
    if column.type in USELESS:
        fitting = kinds.fitting(facts)
        if not fitting:
            return Decided(msgspec.structs.replace(column, role="ignore"), choice.reason)
        column = column.retyped(fitting[0])
    if column.is_category and facts.many:
        too_many = f"more than {MOST_CATEGORIES:,} different texts: too many for categories"
        return Decided(msgspec.structs.replace(column, role="ignore", categories=()), too_many)
    column = columns.read(column, facts)
    return Decided(column, columns.explained(facts, column))


def _gone(name: str, found: Dialect, doubt: str) -> str:
    there = clean(", ".join(found.names), 120)
    return f"The column {clean(name)} is not in the file any more; there are {there}{doubt}."


def _preview(
    path: Path,
    found: Dialect,
    facts: Sequence[Facts],
    decided: Sequence[Decided],
    notes: tuple[str, ...],
    spec: Table | None,
) -> TablePreview:
    rows = facts[0].rows
    if not rows:
        raise InputError(f"{clean(path)}: no row could be read. {' '.join(notes)}")
    targets = [column for column, choice in zip(facts, decided, strict=True) if choice.column.role == "target"]
    split = spec.split if spec else TableSplit(validation_split=0.0) if rows < SMALL_TABLE else TableSplit()
    if not spec and rows < SMALL_TABLE:
        notes = (*notes, f"Only {counted(rows, 'row')}: all are used for training, none kept apart to check.")
    notes = (*notes, *_pictures(path, [choice.column for choice in decided]))
    table = Table(
        gaps=spec.gaps if spec else "",
        path=spec.path if spec else str(path),
        separator=found.separator,
        encoding=found.encoding,
        decimal=found.numbers.decimal,
        thousands=found.numbers.named,
        header=found.header,
        quote=found.quote,
        columns=tuple(choice.column for choice in decided),
        binary=bool(targets) and not any(column.text for column in targets) and all(map(kinds.is_binary, targets)),
        fraction=bool(targets) and all(not each.text and each.minimum >= 0 and each.maximum <= 1 for each in targets),
        split=split,
        adjust=spec.adjust if spec else Adjust(),
    )
    return TablePreview(
        spec=table,
        rows=rows,
        columns=tuple(_note(column, choice) for column, choice in zip(facts, decided, strict=True)),
        header=found.names,
        sample=tuple(tuple(clean(cell) for cell in row) for row in found.sample[:SAMPLE_ROWS]),
        class_counts=tuple(
            (label, kinds.labels(column, choice.column).get(label, 0))
            for column, choice in zip(facts, decided, strict=True)
            if choice.column.role == "target"
            for label in choice.column.categories
        ),
        notes=notes,
        group_sizes=group_sizes(path, table, found),
    )


def _pictures(path: Path, found: Sequence[Column]) -> Iterator[str]:
    """Where the pictures are learned from that a column names."""
    for column in found:
        if column.type == "picture_path":
            yield (
                f"{clean(column.name)} names pictures: to learn from them, open the folder "
                f"{clean(abspath(path.parent))} in place of this table."
            )


def _note(facts: Facts, choice: Decided) -> ColumnNote:
    missing = facts.missing + (kinds.unreadable(facts, choice.column) if facts.text else 0)
    return ColumnNote(
        facts.name, missing, choice.reason, facts.examples, facts.distinct, kinds.fitting(facts), *_range(facts)
    )._replace(zeros_and_ones=kinds.zeros_and_ones(facts))


def _range(facts: Facts) -> tuple[float, float]:
    return (facts.minimum, facts.maximum) if facts.numbers else (nan, nan)
