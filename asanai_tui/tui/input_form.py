"""The inputs of a trained network as a form: one option for each column it reads."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from asanai_tui.data.spec import Column
from asanai_tui.errors import clean
from asanai_tui.options import option


def form_of(columns: Sequence[Column], example: Mapping[str, str], decimal: str = ".") -> msgspec.Struct:
    """A struct with a field for each input column, filled from a row of text whose numbers have this `decimal` mark."""
    inputs = [column for column in columns if column.role == "input"]
    fields = [_field(place, column, example.get(column.name, ""), decimal) for place, column in enumerate(inputs)]
    form: msgspec.Struct = msgspec.defstruct("Inputs", fields, frozen=True)()
    return form


def row_of(form: msgspec.Struct, columns: Sequence[Column], decimal: str = ".") -> dict[str, str]:
    """The row that a form says: text by column name as the table has it; empty where a value is none."""
    inputs = [column for column in columns if column.role == "input"]
    values = [getattr(form, field.name) for field in msgspec.structs.fields(form)]
    return {column.name: _text(value, decimal) for column, value in zip(inputs, values, strict=True)}


def _text(value: Any, decimal: str) -> str:
    if isinstance(value, float):
        return str(value).replace(".", decimal)
    return "" if value is None else str(value)


def _field(place: int, column: Column, text: str, decimal: str) -> tuple[str, Any, Any]:
    if column.type == "number":
        kind: Any = float
        value: Any = _number(text.strip().replace(decimal, "."))
    else:
        kind = Literal[tuple(column.categories)] if column.categories else str
        value = text if text in column.categories else None
    help_line = f"{clean(column.name)}: a {column.type}; none counts as an empty cell."
    return f"c{place}", Annotated[kind | None, option(help_line, label=clean(column.name, 40))], value


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
