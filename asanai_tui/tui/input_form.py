"""The inputs of a trained network as a form: one option for each column it reads."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from asanai_tui.data.booleans import meaning
from asanai_tui.data.column import Column
from asanai_tui.data.date_times import example_of
from asanai_tui.data.labels import whole_label
from asanai_tui.errors import clean
from asanai_tui.number_style import PLAIN, NumberStyle
from asanai_tui.options import option


def form_of(columns: Sequence[Column], example: Mapping[str, str], style: NumberStyle = PLAIN) -> msgspec.Struct:
    """A struct with a field for each input column, filled from a row of text with its numbers in this `style`."""
    inputs = [column for column in columns if column.role == "input"]
    fields = [_field(place, column, example.get(column.name, ""), style) for place, column in enumerate(inputs)]
    form: msgspec.Struct = msgspec.defstruct("Inputs", fields, frozen=True)()
    return form


def row_of(form: msgspec.Struct, columns: Sequence[Column], style: NumberStyle = PLAIN) -> dict[str, str]:
    """The row that a form says: text by column name as the table has it; empty where a value is none."""
    inputs = [column for column in columns if column.role == "input"]
    values = [getattr(form, field.name) for field in msgspec.structs.fields(form)]
    return {column.name: _text(value, style) for column, value in zip(inputs, values, strict=True)}


def _text(value: Any, style: NumberStyle) -> str:
    if isinstance(value, float):
        return str(value).replace(".", style.decimal)
    return "" if value is None else str(value)


def _field(place: int, column: Column, text: str, style: NumberStyle) -> tuple[str, Any, Any]:
    if column.type == "number":
        kind: Any = float
        value: Any = _number(style.plain(text))
    elif column.categories:
        kind = Literal[tuple(column.categories)]
        value = _chosen(text, column)
    else:
        kind, value = str, text or None
    help_line = f"{clean(column.name)}: {_kind(column)}; none counts as an empty cell."
    return f"c{place}", Annotated[kind | None, option(help_line, label=clean(column.name, 40), style=style)], value


def _kind(column: Column) -> str:
    match column.type:
        case "number":
            return "a number"
        case "boolean":
            return "one of two words"
        case "text":
            return "a text"
        case "date_time":
            return f"a date such as {example_of(column.format)}"
        case _:
            return "a category"


def _chosen(text: str, column: Column) -> str | None:
    """The category that a cell stands for."""
    if column.type == "boolean":
        truth = meaning(text)
        return column.categories[int(truth)] if truth in (0, 1) else None
    text = whole_label(text) if column.type == "integer_category" else text
    return text if text in column.categories else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
