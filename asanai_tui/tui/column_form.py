"""A column of a table as a form: its options as far as they count for it, and what is known of it."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from asanai_tui.data.column import CONSTANTS, GAPS, Column
from asanai_tui.data.date_times import parts_of
from asanai_tui.data.spec import Table
from asanai_tui.errors import clean
from asanai_tui.tui.widgets.data_pane import treatment
from asanai_tui.tui.widgets.options_pane import Subject
from asanai_tui.tui.widgets.rows import Part

if TYPE_CHECKING:
    from asanai_tui.data.preview import ColumnNote, Preview

MOST_CATEGORIES = 12  # that are named


def column_subject(table: Table, index: int, preview: "Preview | None") -> Subject:
    """All options of the column at `index`."""
    column = table.columns[index]
    facts = [*([Part(f"✕ {table.problem}", "problem")] if table.problem else []), *column_facts(column, preview)]
    return Subject("column", clean(column.name, 40), column, tuple(facts), choices=_choices(column))


def column_facts(column: Column, preview: "Preview | None") -> Iterator[Part]:
    """What a column is, why, and which values it has."""
    note = note_of(column, preview)
    yield Part(f"{column.role}, {column.type}, {treatment(column, note)}")
    if note is not None:
        yield Part(clean(note.reason), "muted")
    if column.type == "date_time":
        yield Part(f"becomes {', '.join(parts_of(column.format))}", "muted")
    if column.categories:
        names = ", ".join(clean(name, 24) for name in column.categories[:MOST_CATEGORIES])
        yield Part(f"{names}{', …' if len(column.categories) > MOST_CATEGORIES else ''}", "muted")


def note_of(column: Column, preview: "Preview | None") -> "ColumnNote | None":
    """What the file told of a column, as far as it has been read."""
    return next((note for note in getattr(preview, "columns", ()) if note.name == column.name), None)


def _choices(column: Column) -> Mapping[str, tuple[str, ...]]:
    """The treatments of gaps that a column may have, and nothing of options that change nothing for it."""
    learned = column.role == "target"
    says_nothing = {
        "missing": learned,
        "constant": learned or column.missing not in CONSTANTS or column.type == "date_time",
        "scaling": not column.is_scaled,
        "divisor": not column.is_scaled or column.scaling != "divide_by",
        "format": column.type != "date_time",
        "length": column.type != "text",
        "words": column.type != "text",
    }
    return {"missing": GAPS[column.type], **{name: () for name, nothing in says_nothing.items() if nothing}}
