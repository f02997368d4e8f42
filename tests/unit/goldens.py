"""Reading what tests/golden/make_keras_*.py wrote: arrays that lie one behind the other in one row."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


class Row:
    """Numbers of which array after array is taken."""

    def __init__(self, values: NDArray[np.float32]) -> None:
        self._values, self._taken = values, 0

    def take(self, shape: Iterable[int]) -> NDArray[np.float32]:
        """The next array."""
        extents = tuple(shape)
        start, self._taken = self._taken, self._taken + math.prod(extents)
        return self._values[start : self._taken].reshape(extents)

    @property
    def left(self) -> int:
        """How many numbers nobody took."""
        return self._values.size - self._taken
