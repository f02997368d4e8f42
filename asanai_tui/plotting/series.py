"""Values recorded one after another, in bounded memory."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

CAPACITY = 2048

Points = tuple[NDArray[np.float64], NDArray[np.float64]]


class Series:
    """Up to `capacity` buckets; when they are full, neighbours are merged and each holds twice as many values.

    A bucket keeps its lowest and its highest value and where they were, so a spike never disappears. None and
    values that are not finite are gaps. Appending takes constant time, reading never walks the values.
    """

    def __init__(self, values: Iterable[float | None] = (), capacity: int = CAPACITY) -> None:
        if capacity < 2 or capacity % 2:
            raise ValueError(f"capacity is an even number of at least 2, not {capacity}")
        self.stride = 1  # values in a full bucket
        self.last: float | None = None  # as appended
        self.first_not_finite: tuple[int, float] | None = None  # position from 1, and NaN or infinity
        self._count = 0
        self._full = 0  # buckets that are full
        # rows: where the lowest value was, where the highest was, the lowest, the highest
        self._buckets = np.full((4, capacity), np.nan)
        self._start_bucket()
        self.extend(values)

    def __len__(self) -> int:
        """The position of the last value: how many there were, unless some were left out."""
        return self._count

    def append(self, value: float | None, at: int | None = None) -> None:
        """Add a value; its position is the next one, from 1, or `at`, where those between are left out."""
        self._count = self._count + 1 if at is None else at
        self._in_bucket += 1
        self.last = value
        if value is not None:
            self._note(self._count, value)
        if self._in_bucket == self.stride:
            self._close_bucket()

    def extend(self, values: Iterable[float | None]) -> None:
        """Add values in order."""
        for value in values:
            self.append(value)

    def points(self) -> Points:
        """Positions (from 1, rising) and values; a value is NaN where there is a gap."""
        used = self._full + (self._in_bucket > 0)
        if self._in_bucket:
            self._buckets[:, self._full] = self._bucket
        low_at, high_at, low, high = self._buckets[:, :used]
        if self.stride == 1:
            return low_at.copy(), low.copy()
        swapped = high_at < low_at
        positions, values = np.empty(2 * used), np.empty(2 * used)
        positions[0::2], positions[1::2] = np.where(swapped, (high_at, low_at), (low_at, high_at))
        values[0::2], values[1::2] = np.where(swapped, (high, low), (low, high))
        return positions, values

    def _start_bucket(self) -> None:
        self._in_bucket = 0
        self._bucket = [float(self._count + 1), float(self._count + 1), math.nan, math.nan]

    def _note(self, position: int, value: float) -> None:
        if not math.isfinite(value):
            if self.first_not_finite is None:
                self.first_not_finite = (position, value)
            return
        _, _, low, high = self._bucket
        if not value >= low:  # also when there is none yet
            self._bucket[0], self._bucket[2] = position, value
        if not value <= high:
            self._bucket[1], self._bucket[3] = position, value

    def _close_bucket(self) -> None:
        self._buckets[:, self._full] = self._bucket
        self._full += 1
        if self._full == self._buckets.shape[1]:
            self._halve()
        self._start_bucket()

    def _halve(self) -> None:
        left, right = self._buckets[:, 0::2], self._buckets[:, 1::2]
        lower = np.isnan(left[2]) | (right[2] < left[2])
        higher = np.isnan(left[3]) | (right[3] > left[3])
        from_right = np.stack((lower, higher, lower, higher))
        self._full //= 2
        self._buckets[:, : self._full] = np.where(from_right, right, left)
        self.stride *= 2
