"""Tables of every kind as CSV text: as it stands in the file, unpacked, or made of JSON lines or Parquet."""

from pathlib import Path
from typing import BinaryIO

from asanai_tui.data import compressed, json_lines, parquet

SUFFIXES = (*json_lines.SUFFIXES, *parquet.SUFFIXES, *compressed.SUFFIXES)


def open_csv(path: Path) -> BinaryIO:
    """The CSV text of a table. Only that of a plain file is `seekable`; reading may raise InputError, too.

    Raises:
        InputError: the file cannot be read or unpacked.
    """
    if parquet.is_parquet(path):
        return parquet.open_parquet(path)
    file = compressed.open_table(path)
    return json_lines.as_csv(file, path) if json_lines.is_json_lines(path) else file


def is_converted(path: Path) -> bool:
    """Whether the text is written here: in UTF-8, with a header, commas, decimal points and double quotes."""
    return json_lines.is_json_lines(path) or parquet.is_parquet(path)


def size(path: Path) -> int:
    """About how many bytes the text has.

    Raises:
        InputError: the file cannot be read.
    """
    return compressed.unpacked_size(path) * (compressed.EXPANSION if parquet.is_parquet(path) else 1)
