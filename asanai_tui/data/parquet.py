"""Parquet files as the CSV text that says the same, written batch by batch while it is read."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from asanai_tui.data.pieces import Pieces
from asanai_tui.errors import InputError, clean
from asanai_tui.files import reason

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIXES = (".parquet", ".pq")
CELLS = 2**18  # that become CSV at a time
MOST_ROWS = 2**16


def is_parquet(path: Path) -> bool:
    """Whether a file is called one."""
    return path.suffix.lower() in SUFFIXES


def open_parquet(path: Path) -> BinaryIO:
    """CSV text in UTF-8 with a header: text, numbers, true and false, times as in ISO 8601; null is a gap.

    Lists and structs stand in their fields as JSON text. Reading may raise InputError, too.

    Raises:
        InputError: the file cannot be read or is no Parquet file, or pyarrow is not installed.
    """
    try:
        import pyarrow.parquet as pq
    except ImportError as error:
        raise InputError(
            f"{clean(path)}: Parquet files are read with pyarrow, which is not installed; pip install pyarrow."
        ) from error
    try:
        file = pq.ParquetFile(path)
    except OSError as error:
        raise InputError(f"{clean(path)}: {reason(error)}.") from error
    except _errors() as error:
        raise _damaged(path, error) from error
    return io.BufferedReader(_CsvOfParquet(file, path), 2**18)


class _CsvOfParquet(Pieces):
    def __init__(self, file: Any, path: Path) -> None:
        super().__init__(file.close)
        self._file, self._path = file, path
        rows = max(1, min(MOST_ROWS, CELLS // max(1, len(file.schema_arrow))))
        self._batches: Iterator[pa.RecordBatch] = file.iter_batches(batch_size=rows)
        self._header = True

    def more(self) -> bool:
        """Make a batch ready, the first with the header; False at the end."""
        from pyarrow import csv

        try:
            batch = next(self._batches, None)
            if batch is None and not self._header:
                return False
            sink = io.BytesIO()
            rows = _plain(batch) if batch is not None else self._file.schema_arrow.empty_table()
            csv.write_csv(rows, sink, csv.WriteOptions(include_header=self._header))
        except _errors() as error:
            raise _damaged(self._path, error) from error
        self._header = False
        self.ready = memoryview(sink.getvalue())
        return True


def _plain(rows: "pa.RecordBatch") -> "pa.Table":
    """The same rows in types that CSV text can hold."""
    import pyarrow as pa

    return pa.table([_column(column) for column in rows.columns], names=rows.schema.names)


def _column(column: "pa.Array") -> "pa.Array":
    from pyarrow import types as of

    kind = column.type
    binary = of.is_binary(kind) or of.is_large_binary(kind) or of.is_fixed_size_binary(kind)
    if of.is_dictionary(kind):
        return _column(column.dictionary_decode())
    if of.is_decimal(kind) or of.is_float16(kind):
        return column.cast("float64")
    if of.is_nested(kind) or binary:
        return _texts(column)
    if of.is_time(kind) or of.is_duration(kind):
        return column.cast("string" if of.is_time(kind) else "int64")
    return column


def _texts(column: "pa.Array") -> "pa.Array":
    import pyarrow as pa

    cells = (None if cell is None else msgspec.json.encode(cell).decode() for cell in column.to_pylist())
    return pa.array(list(cells), "string")


def _errors() -> tuple[type[Exception], ...]:
    """What pyarrow raises for files that are none of its own; OSError and ValueError are among its bases."""
    import pyarrow as pa

    return (pa.ArrowException, OSError, ValueError, NotImplementedError)


def _damaged(path: Path, error: Exception) -> InputError:
    if isinstance(error, OSError) and error.errno:
        return InputError(f"{clean(path)}: {reason(error)}.")
    return InputError(
        f"{clean(path)}: no whole Parquet file ({clean(error, 100).rstrip('.')}); it must be fetched or written again."
    )
