"""One line of the table that `make bench` prints."""

import statistics
from collections.abc import Callable
from typing import NamedTuple

SIDE = 64  # of the pictures after reading


class Row(NamedTuple):
    """What was measured against its budget."""

    what: str
    measured: str  # the ratio or amount, and in brackets what it is made of
    budget: str
    holds: bool | None  # None: it could not be measured


def alternating(repeats: int, *measure: Callable[[], float]) -> tuple[float, ...]:
    """The median of each, measured in turn, so that whatever else the machine does meets them alike."""
    rounds = [[one() for one in measure] for _ in range(repeats)]
    return tuple(statistics.median(times) for times in zip(*rounds, strict=True))
