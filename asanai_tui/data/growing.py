"""Arrays to which rows are added: in memory, or in a file once they are too large for that."""

import tempfile
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data import large
from asanai_tui.data.large import Mapped, Rows
from asanai_tui.errors import InputError, clean
from asanai_tui.files import cache_folder, reason


class Growing:
    """An array to which rows are added; it grows in place, so that it is never in memory twice."""

    def __init__(self, empty: NDArray[Any], additions: int = 1, share: float = 1.0) -> None:
        """
        Args:
            empty: no rows yet, with the shape and type of those to come in about so many `additions`.
            share: of what an array may take in memory at most.
        """
        self._array = empty
        self._additions = additions
        self._limit = int(share * large.LIMIT)
        self._rows = 0
        self._row_bytes = int(np.prod(empty.shape[1:], dtype=np.int64)) * empty.itemsize
        self._file: BinaryIO | None = None

    def add(self, rows: NDArray[Any]) -> None:
        """Put `rows` at the end.

        Raises:
            InputError: too large for memory, and there is no room on disk.
        """
        end = self._rows + len(rows)
        if self._file is None and end * self._row_bytes > self._limit:
            self._move()
        if self._file:
            self._write(self._file, rows)
        else:
            self._put(rows, end)
        self._rows = end

    def whole(self) -> Rows:
        """All rows. Nothing may be added any more."""
        if self._file:
            with self._file as file:
                return Mapped(file, (self._rows, *self._array.shape[1:]), self._array.dtype)
        self._resize(self._rows)
        return self._array

    def _put(self, rows: NDArray[Any], end: int) -> None:
        if not self._rows:  # memory that is never written to costs nothing; in one piece it comes in large pages
            expected = max(end, min(end * (self._additions + 1), self._limit // max(1, self._row_bytes)))
            self._array = np.empty((expected, *self._array.shape[1:]), self._array.dtype)
        if end > len(self._array):
            self._resize(end + end // 8)
        self._array[self._rows : end] = rows

    def _resize(self, rows: int) -> None:
        self._array.resize((rows, *self._array.shape[1:]), refcheck=False)  # realloc: large blocks are moved by page

    def _move(self) -> None:
        """Into a file without a name: it is gone with the program, however that ends."""
        try:
            cache_folder().mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(buffering=0, dir=cache_folder())  # noqa: SIM115 - closed by `whole`
        except OSError as error:
            raise _no_room(error) from error
        self._write(self._file, self._array[: self._rows])
        self._array = self._array[:0].copy()

    def _write(self, file: BinaryIO, rows: NDArray[Any]) -> None:
        if not rows.size:
            return
        rest = np.ascontiguousarray(rows).data.cast("B")
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except OSError as error:
            file.close()
            raise _no_room(error) from error


def _no_room(error: OSError) -> InputError:
    return InputError(
        f"{clean(cache_folder())}: the numbers of this table are too many for memory and cannot be kept on disk "
        f"({reason(error)}); free space there, or give columns the role ignore."
    )
