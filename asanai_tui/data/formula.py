"""Data from a formula: its values over a range, as a table that any CSV reader takes."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from asanai_tui.data.expression import Expression, Floats, expression
from asanai_tui.data.formula_line import END, START, STEP, wish
from asanai_tui.errors import InputError, clean, counted
from asanai_tui.files import write_atomically

MOST_POINTS = 10_000_000
_AT_ONCE = 100_000  # points; bounds what a long formula holds in memory
_EDGE = 1e-9  # of a step: (1 - 0) / 0.1 may fall just short of 10


class Points(NamedTuple):
    """A table: one column for each variable, the last one for the result."""

    names: tuple[str, ...]
    columns: tuple[Floats, ...]
    left_out: int  # points where the formula has no finite value

    @property
    def about(self) -> str:
        """`11 rows, 10 points without a finite value left out`."""
        rows = counted(len(self.columns[0]), "row")
        gaps = f", {counted(self.left_out, 'point')} without a finite value left out" if self.left_out else ""
        return rows + gaps


def check(line: str) -> None:
    """Raises: InputError: the line's parts, its formula or its range are wrong; nothing is computed yet."""
    _read(*wish(line))


def points(formula: str, start: float = START, end: float = END, step: float = STEP) -> Points:
    """A formula's values from `start` to `end`, both included, a `step` apart; the sign of `step` does not matter.

    Columns are x and y, the result; of a formula that has y they are x, y and z over the grid of both.

    Raises:
        InputError: the formula or the range is wrong, gives more than 10 million points or no finite value.
    """
    read, axis = _read(formula, start, end, step)
    flat = "y" not in read.variables
    inputs = (axis,) if flat else (np.repeat(axis, len(axis)), np.tile(axis, len(axis)))
    result = _values(read, inputs)
    finite = np.isfinite(result)
    if not finite.any():
        raise InputError(f"Formula {clean(formula, 60)}: has no finite value from {start:g} to {end:g}; change either.")
    columns = tuple(column[finite] for column in (*inputs, result))
    return Points(("x", "y") if flat else ("x", "y", "z"), columns, int(len(finite) - finite.sum()))


def write(path: Path, table: Points) -> None:
    """Write points as a CSV file; every number reads back as exactly the same.

    Raises:
        InputError: the file cannot be written.
    """
    write_atomically(path, b"".join(_lines(table)))


def made(line: str, folder: Path) -> Path:
    """Compute what one line asks for and write it to a file of its own in `folder`.

    Raises:
        InputError: as `wish`, `points` and `write` do.
    """
    table = points(*wish(line))
    path = free_path(folder)
    write(path, table)
    return path


def free_path(folder: Path) -> Path:
    """`formula.csv` in `folder`, or the first of formula-2.csv, formula-3.csv … that is not taken."""
    path, number = folder / "formula.csv", 1
    while path.exists() or path.is_symlink():
        number += 1
        path = folder / f"formula-{number}.csv"
    return path


def _lines(table: Points) -> Iterator[bytes]:
    yield (",".join(table.names) + "\n").encode()
    for first in range(0, len(table.columns[0]), _AT_ONCE):
        rows = zip(*(column[first : first + _AT_ONCE].tolist() for column in table.columns), strict=True)
        yield "".join(",".join(map(repr, row)) + "\n" for row in rows).encode()


def _read(formula: str, start: float, end: float, step: float) -> tuple[Expression, Floats]:
    read = expression(formula)
    if not read.variables:
        raise InputError(f"Formula {clean(formula, 60)}: expected x or y in it, such as 2*(x + 1).")
    return read, _axis(start, end, step, dimensions=2 if "y" in read.variables else 1)


def _axis(start: float, end: float, step: float, dimensions: int) -> Floats:
    for name, value in (("start", start), ("end", end), ("step", step)):
        if not math.isfinite(value):
            raise InputError(f"Formula: expected a finite number as {name}, not {value:g}.")
    if step == 0:
        raise InputError("Formula: expected a step other than 0.")
    if start == end:
        raise InputError(f"Formula: expected an end other than the start, {start:g}.")
    low, high, step = min(start, end), max(start, end), abs(step)
    steps = high / step - low / step  # not (high - low) / step, which may overflow where this is a mere 2
    if not steps + 1 <= MOST_POINTS ** (1 / dimensions):  # also where it is not a number
        raise InputError(f"Formula: expected at most {MOST_POINTS:,} points; choose a larger step than {step:g}.")
    return low + step * np.arange(math.floor(steps + _EDGE) + 1, dtype=np.float64)


def _values(read: Expression, inputs: tuple[Floats, ...]) -> Floats:
    result = np.empty(len(inputs[0]))
    for first in range(0, len(result), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        result[part] = read.at(**{name: column[part] for name, column in zip("xy", inputs, strict=False)})
    return result
