"""How numbers are written in a file: the decimal mark, and what stands between thousands."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal, NamedTuple

Decimal = Literal[".", ","]
Thousands = Literal["none", "comma", "point", "blank", "apostrophe"]
MARKS: dict[Thousands, str] = {"none": "", "comma": ",", "point": ".", "blank": " ", "apostrophe": "'"}
STYLES: tuple[tuple[str, Decimal], ...] = ((",", "."), (".", ","), (" ", "."), (" ", ","), ("'", "."), ("'", ","))
BLANKS = " \u00a0\u202f"  # a blank, and those that keep a number on one line
READABLE_SHARE = 0.9  # of the cells of a column of numbers
ENOUGH = 200  # rows to tell by


class NumberStyle(NamedTuple):
    """How numbers are written."""

    decimal: Decimal = "."
    thousands: str = ""

    @property
    def named(self) -> Thousands:
        """What stands between thousands, by its name."""
        return next(name for name, mark in MARKS.items() if mark == self.thousands)

    def plain(self, text: str) -> str:
        """The text as `float` reads it; empty where thousands are parted in a way that no number is.

        Separators stand before each three digits or nowhere: 1,234,567 and 1234567 are numbers, 1,23,4 is none.
        """
        text = text.strip()
        if self.thousands and any(mark in text for mark in _marks(self.thousands)):
            if not _grouped(self.thousands, self.decimal).fullmatch(text):
                return ""
            for mark in _marks(self.thousands):
                text = text.replace(mark, "")
        return text.replace(self.decimal, ".") if self.decimal != "." else text

    def reads(self, text: str) -> bool:
        """Whether a text is a number."""
        try:
            float(self.plain(text))
        except ValueError:
            return False
        return "_" not in text


PLAIN = NumberStyle()
WITH_COMMAS = NumberStyle(".", ",")


def guess(rows: Sequence[Sequence[str]], separator: str) -> NumberStyle:
    """How the numbers in these rows are written; `separator` stands between the cells of the file."""
    columns = [[cell.strip() for cell in column if cell.strip()] for column in zip(*rows[:ENOUGH], strict=False)]
    certain = [style for column in columns for style in _certain(column)]
    if certain:
        return max(certain, key=certain.count)
    parted = [column for column in columns if _has_thousands(column, WITH_COMMAS)]  # or decimal commas
    decimal = _decimal([column for column in columns if separator != "," or column not in parted])
    return WITH_COMMAS if parted and decimal == "." else NumberStyle(decimal)


def _certain(column: Sequence[str]) -> Iterator[NumberStyle]:
    """The styles of which a column of numbers shows a cell that can be nothing else: 1.234.567, 1,234.5 or 1 234."""
    for thousands, decimal in STYLES:
        shown = (cell for cell in column if _grouped(thousands, decimal).fullmatch(cell))
        clear = any(thousands not in ",." or decimal in cell or cell.count(thousands) > 1 for cell in shown)
        usual = thousands in ",." or decimal == "." or any(decimal in cell for cell in column)
        if clear and usual and _has_thousands(column, NumberStyle(decimal, thousands)):
            yield NumberStyle(decimal, thousands)


def _has_thousands(column: Sequence[str], style: NumberStyle) -> bool:
    """Whether these are numbers, some of them with separators."""
    shown = any(_grouped(style.thousands, style.decimal).fullmatch(cell) for cell in column)
    return shown and sum(style.reads(cell) for cell in column) >= READABLE_SHARE * len(column)


def _decimal(columns: Sequence[Sequence[str]]) -> Decimal:
    commas, points = (
        sum(bool(re.fullmatch(rf"[+-]?\d*[{mark}]\d+", cell)) for column in columns for cell in column) for mark in ",."
    )
    return "," if commas > points else "."


def _marks(thousands: str) -> str:
    return BLANKS if thousands == " " else thousands


@cache
def _grouped(thousands: str, decimal: str) -> re.Pattern[str]:
    """Numbers in which thousands are parted; 030 123 456 is a telephone number."""
    marks = f"[{_marks(thousands)}]"
    return re.compile(rf"[+-]?[1-9]\d{{0,2}}({marks}\d{{3}})+({re.escape(decimal)}\d+)?")
