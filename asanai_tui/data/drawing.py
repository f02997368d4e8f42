"""Rows by the million, drawn class by class in a seeded order, with little more memory than their numbers take."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.signedinteger[Any]]
MOST_CLASSES = 2**16  # as numbers from 0 on
AT_ONCE = 2**20  # rows


class Ranked(NamedTuple):
    """Some rows."""

    rows: Indices
    classes: NDArray[Any]
    ranks: Indices  # the place of each among those of its class, from 0


class Drawing:
    """Rows in a random order, which are given to parts one after the other; part 0 is what is left."""

    def __init__(self, count: int, seed: int, classes: NDArray[Any] | None) -> None:
        """`classes`: one for each row, where they are drawn class by class. The same seed gives the same order."""
        self._order: Indices = np.arange(count, dtype=row_type(count))
        np.random.default_rng(seed).shuffle(self._order)
        self._members = np.zeros(count, np.uint8) if classes is None else _members(classes)
        self._kinds = int(self._members.max()) + 1
        self.part = np.zeros(count, np.int8)

    def sizes(self) -> NDArray[np.int64]:
        """How many rows of each class are left."""
        sizes = np.zeros(self._kinds, np.int64)
        for rows in self._left():
            sizes += np.bincount(self._members[rows], minlength=self._kinds)
        return sizes

    def ranked(self) -> Iterator[Ranked]:
        """The rows that are left, some at a time; those that were handed over may be given away meanwhile."""
        seen = np.zeros(self._kinds, np.int64)
        for rows in self._left():
            classes = self._members[rows]
            by_class = np.argsort(classes, kind="stable")
            sizes = np.bincount(classes, minlength=self._kinds)
            ranks = np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes - seen, sizes)
            yield Ranked(rows[by_class], classes[by_class], ranks)
            seen += sizes

    def _left(self) -> Iterator[Indices]:
        for start in range(0, len(self._order), AT_ONCE):
            rows = self._order[start : start + AT_ONCE]
            yield rows[self.part[rows] == 0]


def row_type(count: int) -> type[np.signedinteger[Any]]:
    """What holds the numbers of so many rows: half the memory counts where there are millions."""
    return np.int32 if count < 2**31 else np.int64


def where(chosen: NDArray[np.bool_]) -> Indices:
    """The numbers of the rows that are chosen."""
    found = np.empty(np.count_nonzero(chosen), row_type(len(chosen)))
    end = 0
    for start in range(0, len(chosen), AT_ONCE):
        some = np.flatnonzero(chosen[start : start + AT_ONCE])
        found[end : end + len(some)] = some + start
        end += len(some)
    return found


def _members(classes: NDArray[Any]) -> NDArray[Any]:
    """Classes as narrow numbers from 0 on, which numpy sorts much faster."""
    lowest, highest = int(classes.min()), int(classes.max())
    if highest - lowest > MOST_CLASSES:
        classes, lowest, highest = np.unique(classes, return_inverse=True)[1], 0, len(classes)
    members = np.empty(len(classes), np.min_scalar_type(highest - lowest))
    np.subtract(classes, lowest, out=members, dtype=np.int64, casting="unsafe")
    return members
