"""JSON lines (one object a line) as the CSV file that says the same, written while it is read."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from asanai_tui.data.compressed import SUFFIXES as PACKED_SUFFIXES
from asanai_tui.data.pieces import Pieces
from asanai_tui.errors import InputError, clean

if TYPE_CHECKING:
    pass

SUFFIXES = (".jsonl", ".ndjson")
PIECE = 2**18  # bytes that become CSV at a time; the fields of the first ones are the columns
AS_CSV = {str, int, float, type(None)}  # what csv writes as it should: None as nothing, numbers with all digits
LONGEST_LINE = 2**24  # bytes


def as_csv(file: BinaryIO, path: Path) -> BinaryIO:
    """The CSV text of JSON lines. Reading may raise InputError."""
    return io.BufferedReader(_CsvOfJson(file, path), PIECE)


def is_json_lines(path: Path) -> bool:
    """Whether a file is called one, perhaps a compressed one."""
    name = path.with_suffix("") if path.suffix.lower() in PACKED_SUFFIXES else path
    return name.suffix.lower() in SUFFIXES


class _CsvOfJson(Pieces):
    """CSV text in UTF-8 with a header: text, numbers, true and false; null and fields that are not there are gaps.

    Objects and lists inside a field stand there as JSON text.
    """

    def __init__(self, file: BinaryIO, path: Path) -> None:
        super().__init__(file.close)
        self._file, self._path = file, path
        self._decoder = msgspec.json.Decoder(dict[str, Any])
        self._columns: dict[str, str] = {}  # each with what stands there where a line has no such field
        self._lines = 0

    def more(self) -> bool:
        """Make some lines ready, or none where all were blank; False at the end."""
        data = self._file.read(PIECE)
        if not data:
            return False
        if not data.endswith(b"\n"):
            data += self._file.readline(LONGEST_LINE)
        objects = self._objects(data if self._lines else data.removeprefix(b"\xef\xbb\xbf"))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if objects and not self._columns:
            self._columns = dict.fromkeys((name for each in objects.values() for name in each), "")
            writer.writerow(self._columns)
        writer.writerows(self._row(each, line) for line, each in objects.items())
        self.ready = memoryview(text.getvalue().encode())
        return True

    def _objects(self, data: bytes) -> dict[int, dict[str, Any]]:
        """The objects by the numbers of their lines."""
        objects = {}
        for line in data.removesuffix(b"\n").split(b"\n"):
            self._lines += 1
            if line.strip():
                objects[self._lines] = self._object(line)
        return objects

    def _object(self, line: bytes) -> dict[str, Any]:
        if len(line) >= LONGEST_LINE:
            raise self._wrong(self._lines, f"is longer than {LONGEST_LINE >> 20} MiB")
        try:
            return self._decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._wrong(self._lines, f"is no JSON object ({clean(error, 100).rstrip('.')})") from error

    def _row(self, values: dict[str, Any], line: int) -> list[Any]:
        row = self._columns | values
        if len(row) > len(self._columns):
            new = next(name for name in values if name not in self._columns)
            raise self._wrong(line, f"has the field {clean(new, 60)}, which none of the first lines has")
        return [value if type(value) in AS_CSV else msgspec.json.encode(value).decode() for value in row.values()]

    def _wrong(self, line: int, why: str) -> InputError:
        return InputError(f"{clean(self._path)}: line {line:,} {why}; correct it or leave it out.")
