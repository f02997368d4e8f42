"""Rows from all over a table, to try a network on: the first ones are often all of one class."""

import csv
from io import SEEK_END, BytesIO
from pathlib import Path

from asanai_tui.data.as_csv import open_csv
from asanai_tui.data.records import quoting
from asanai_tui.data.spec import Table
from asanai_tui.errors import InputError

MOST = 60
LONGEST = 2**16  # bytes of a line
UNPACKED = 2**20  # bytes of a compressed file that are looked at


def rows(source: Table) -> tuple[dict[str, str], ...]:
    """Rows as text by column name, from places evenly spread over the file.

    Lines are taken as they stand: those that do not split into as many fields as there are columns are left out, so
    that a record of several lines is no example. Of a compressed file, only the beginning is unpacked. Empty for a
    file that cannot be read, or not by the byte (UTF-16).
    """
    path, names = Path(source.path), [column.name for column in source.columns]
    if source.encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32")):
        return ()
    try:
        lines = _lines(path)
    except (OSError, InputError):
        return ()
    found = []
    for line in lines:
        cells = next(
            csv.reader([line.decode(source.encoding, "replace")], delimiter=source.separator, **quoting(source.quote)),
            [],
        )
        if len(cells) == len(names):
            found.append({name: cell.strip() for name, cell in zip(names, cells, strict=True)})
    return tuple(found)


def _lines(path: Path) -> list[bytes]:
    """Whole lines, each once, the header left out."""
    lines: dict[bytes, None] = {}
    with open_csv(path) as table:
        file = table if table.seekable() else BytesIO(table.read(UNPACKED))
        size = file.seek(0, SEEK_END)
        file.seek(0)
        file.readline(LONGEST)
        start = file.tell()
        for place in range(MOST):
            file.seek(start + (size - start) * place // MOST)
            if place:
                file.readline(LONGEST)  # the rest of a line
            line = file.readline(LONGEST)
            if line.strip():
                lines[line.rstrip(b"\r\n")] = None
    return list(lines)
