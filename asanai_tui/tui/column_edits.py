"""What a key, or a form, does to a column of a table: another role, type, treatment of gaps, scaling."""

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING, TypeVar

import msgspec

from asanai_tui.data.column import GAPS, UNLEARNED, Column, ColumnType, Scaling
from asanai_tui.data.spec import Method, Table

if TYPE_CHECKING:
    from asanai_tui.data.preview import ColumnNote

Value = TypeVar("Value")
SCALINGS: tuple[Scaling, ...] = ("standardise", "min_max", "divide_by", "log", "none")
TYPES: tuple[ColumnType, ...] = ("number", "category")  # where the file has not told what fits
METHODS: tuple[Method, ...] = ("group", "order", "random")


def edited(table: Table, index: int, wish: str, fits: Sequence[ColumnType] = ()) -> Table:
    """`table` with the column at `index` changed: used or not (`role`), the `target` or not, or the next `type`,
    treatment of `missing` cells or `scaling`; or the next way to divide the rows by it (`split`).

    Args:
        fits: the types that its cells can be read as.
    """
    if wish == "split":
        return _split(table, table.columns[index].name)
    column = table.columns[index]
    return placed(table, index, _type(column, fits) if wish == "type" else _NEXT[wish](column))


def placed(table: Table, index: int, changed: Column) -> Table:
    """`table` with another column at `index`, and what follows from it for its gaps and for the other targets."""
    if changed.type != table.columns[index].type:
        changed = changed.retyped(changed.type)
    columns = [*table.columns[:index], changed, *table.columns[index + 1 :]]
    if changed.role == "target":
        columns = [_beside(changed, column) for column in columns]
    elif changed.role == "input":
        columns = [_with(changed, column) for column in columns]
    return msgspec.structs.replace(table, columns=tuple(columns))


def unread(table: Table) -> bool:
    """Whether a column is in use of which the file has not yet told what is needed."""
    return any(column.is_unread for column in table.columns)


def with_ranges(table: Table, notes: "Sequence[ColumnNote]") -> Table:
    """What the file has told of the numbers in the columns that are targets now."""
    known = {note.name: note for note in notes}
    targets = [known[column.name] for column in table.with_role("target") if column.name in known]
    if not targets or any(isnan(note.lowest) for note in targets):
        return table
    fraction = all(note.lowest >= 0 and note.highest <= 1 for note in targets)
    binary = fraction and all(set(note.examples) <= {"0", "1"} for note in targets)
    return msgspec.structs.replace(table, fraction=fraction, binary=binary)


def _beside(target: Column, column: Column) -> Column:
    """A category is learned alone: beside it, or where it was, the other targets become inputs."""
    if column is target or column.role != "target" or not (column.is_category or target.is_category):
        return column
    return msgspec.structs.replace(column, role="input")


def _with(added: Column, column: Column) -> Column:
    """A text is read alone: beside it, or where it was, the other inputs are left out."""
    if column is added or column.role != "input" or "text" not in (added.type, column.type):
        return column
    return msgspec.structs.replace(column, role="ignore")


def without_divider(table: Table, before: Table) -> Table:
    """The column that has come to divide the rows is left out of the inputs."""
    name = table.split.by
    if (name, table.split.method) == (before.split.by, before.split.method):
        return table
    columns = [
        msgspec.structs.replace(column, role="ignore") if column.name == name and column.role == "input" else column
        for column in table.columns
    ]
    return msgspec.structs.replace(table, columns=tuple(columns))


def _split(table: Table, name: str) -> Table:
    """By groups of the column, then in its order, then at random."""
    method = _after(METHODS, table.split.method) if table.split.by == name else METHODS[0]
    column = "" if method == METHODS[-1] else name
    split = msgspec.structs.replace(table.split, method=method, column=column)
    return without_divider(msgspec.structs.replace(table, split=split), table)


def _role(column: Column) -> Column:
    return msgspec.structs.replace(column, role="input" if column.role == "ignore" else "ignore")


def _target(column: Column) -> Column:
    return msgspec.structs.replace(column, role="input" if column.role == "target" else "target")


def _type(column: Column, fits: Sequence[ColumnType]) -> Column:
    kinds = tuple(kind for kind in fits if column.role != "target" or kind not in UNLEARNED)
    return msgspec.structs.replace(column, type=_after(kinds or TYPES, column.type))


def _missing(column: Column) -> Column:
    gaps = GAPS[column.type]
    return msgspec.structs.replace(column, missing=_after(gaps, column.missing)) if gaps else column


def _scaling(column: Column) -> Column:
    if not column.is_scaled:
        return column
    return msgspec.structs.replace(column, scaling=_after(SCALINGS, column.scaling))


WISHES = ("role", "target", "type", "missing", "scaling", "split")
_NEXT = {"role": _role, "target": _target, "missing": _missing, "scaling": _scaling}


def _after(values: tuple[Value, ...], value: Value) -> Value:
    return values[(values.index(value) + 1) % len(values)] if value in values else values[0]
