"""Arrays that are too large for memory: their rows lie in a file or are computed, and few are there at any time."""

import mmap
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import DTypeLike, NDArray

LIMIT = 2**29  # bytes; arrays up to here lie in memory
TARGETS_SHARE = 0.25  # of it that what is to be learned may take; the inputs need more
RESIDENT = 2**24  # bytes of a file that are looked at together, then let go of


class Large(ABC):
    """N rows. What is taken of them, by row numbers or as a slice, is an array of its own in memory."""

    def __init__(self, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        """`shape`: N × …"""
        self.shape = shape
        self.dtype = np.dtype(dtype)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | NDArray[Any]) -> NDArray[Any]:
        return self._taken(np.arange(*rows.indices(len(self))) if isinstance(rows, slice) else np.asarray(rows))

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """How many bytes all rows would take in memory."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    @abstractmethod
    def _taken(self, rows: NDArray[Any]) -> NDArray[Any]: ...


Rows = NDArray[Any] | Large


class Mapped(Large):
    """Rows in a file. Those taken together are looked up in the order of the file, and its pages let go of behind."""

    def __init__(self, file: BinaryIO, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        """The file may be closed and deleted afterwards.

        Raises:
            OSError: it cannot be mapped.
            ValueError: it is shorter than that.
        """
        super().__init__(shape, dtype)
        self._map = mmap.mmap(file.fileno(), self.nbytes, access=mmap.ACCESS_READ)
        self._rows: NDArray[Any] = np.frombuffer(self._map, self.dtype).reshape(shape)
        self._row_bytes = self.nbytes // len(self)

    def _taken(self, rows: NDArray[Any]) -> NDArray[Any]:
        taken = np.empty((len(rows), *self.shape[1:]), self.dtype)
        if (rows[1:] >= rows[:-1]).all():
            for begin, end in self._together(rows):
                np.take(self._rows, rows[begin:end], 0, taken[begin:end], "clip")  # any other mode needs a copy
            return taken
        order = np.argsort(rows)
        rows = rows[order]
        for begin, end in self._together(rows):
            taken[order[begin:end]] = self._rows[rows[begin:end]]
        return taken

    def _together(self, rows: NDArray[Any]) -> Iterator[tuple[int, int]]:
        """Parts of sorted `rows` that lie close to each other. What was read for one is let go of before the next."""
        begin = page = 0
        while begin < len(rows):
            last = int(rows[begin]) + RESIDENT // self._row_bytes
            end = int(np.searchsorted(rows, last, "right"))
            yield begin, end
            until = min(self.nbytes, (int(rows[end - 1]) + 1) * self._row_bytes)
            self._map.madvise(mmap.MADV_DONTNEED, page, until - page)
            begin, page = end, until - until % mmap.PAGESIZE
        self._map.madvise(mmap.MADV_DONTNEED)  # the system maps some pages around those that are wanted


class Computed(Large):
    """Rows made of other rows when they are taken."""

    def __init__(
        self, rows: Rows, shape: tuple[int, ...], dtype: DTypeLike, made: Callable[[NDArray[Any]], NDArray[Any]]
    ) -> None:
        """`made`: from rows, in an array that it may change, to those of this shape and type."""
        super().__init__(shape, dtype)
        self._rows, self._made = rows, made

    def _taken(self, rows: NDArray[Any]) -> NDArray[Any]:
        return self._made(self._rows[rows])


class Chosen(Large):
    """Some of other rows."""

    def __init__(self, rows: Rows, places: NDArray[np.int64]) -> None:
        """`places`: which of them, in order."""
        super().__init__((len(places), *rows.shape[1:]), rows.dtype)
        self._rows, self._places = rows, places

    def _taken(self, rows: NDArray[Any]) -> NDArray[Any]:
        return self._rows[self._places[rows]]
