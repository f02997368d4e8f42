"""Arrays as numbers in text, as asanAI has them: slices that numpy.savetxt wrote, below a line with the shape."""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 2**31  # bytes of a text file that is read
SHAPE = re.compile(rb"#[^\n]*shape:?\s*\(([\d\s,]*)\)", re.IGNORECASE)
FIRST_BYTES = 2**12


def is_array(path: Path) -> bool:
    """Whether the first line of a file tells a shape: `# shape: (100, 3)`."""
    try:
        with path.open("rb") as file:
            return bool(SHAPE.match(file.read(FIRST_BYTES).lstrip()))
    except OSError:
        return False


def read_text(path: Path) -> NDArray[Any]:
    """The numbers, in the shape that the first line tells; without that line rows × columns.

    Raises:
        ValueError: it is too large, not all are numbers, or there are not as many as the shape says.
        OSError: it cannot be read.
    """
    if path.stat().st_size > LARGEST:
        raise ValueError("a text of this size takes too long to read for its shape; save it with numpy.save")
    with path.open("rb") as file:
        told = SHAPE.match(file.read(FIRST_BYTES).lstrip())
    values = _values(path)
    if told is None:
        return values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    shape = tuple(int(extent) for extent in told[1].replace(b",", b" ").split())
    if not shape or int(np.prod(shape, dtype=np.float64)) != values.size:
        raise ValueError(f"its first line says shape {shape}, but {values.size:,} numbers follow")
    return values.reshape(shape)


def _values(path: Path) -> NDArray[np.float64]:
    """All numbers as rows × columns, the lines that begin with # left out."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # an empty file, which its caller tells
        try:
            return np.loadtxt(path, comments="#", ndmin=2, delimiter=_separator(path))
        except UnicodeDecodeError as error:
            raise ValueError("no text") from error
        except ValueError as error:
            raise ValueError(_where(path) or str(error)) from error


def _separator(path: Path) -> str | None:
    with path.open("rb") as file:
        lines = [line for line in file.read(FIRST_BYTES).splitlines() if line.strip() and not line.startswith(b"#")]
    return "," if lines and b"," in lines[0] else None


def _where(path: Path) -> str:
    """The first line that is no row of numbers like the others."""
    separator, width = _separator(path), 0
    with path.open("r", encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            cells = line.split("#")[0].split(separator) if line.split("#")[0].strip() else []
            for cell in cells:
                try:
                    float(cell)
                except ValueError:
                    return f"row {number}: {cell.strip()[:40]!r} is no number"
            width = width or len(cells)
            if cells and len(cells) != width:
                return f"row {number}: {len(cells)} numbers, but {width} in the rows before"
    return ""
