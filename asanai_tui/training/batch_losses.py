"""The losses of all batches of a training in bounded memory: the curve within an epoch."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

CAPACITY = 256  # means: no more than a curve can show, or its noise would fill the chart


class BatchLosses(msgspec.Struct):
    """Means of the losses of so many batches after one another; when there are too many, neighbours become one mean.

    They depend on the losses alone and not on the moments at which these were counted, so that a training that was
    stopped and goes on has the same curve as one that was not. Nothing of it grows with the number of batches.
    """

    trial: int = 0  # of a series, from 1
    before: int = 0  # batches before the first of these: of a checkpoint that did not hold them yet
    stride: int = 1  # batches of a mean
    means: list[float] = []
    total: float = 0.0  # of the losses since the last mean
    batches: int = 0  # that are in it

    def extend(self, losses: Iterable[float]) -> None:
        """The next batches."""
        total, batches, stride = self.total, self.batches, self.stride
        for loss in losses:
            total, batches = total + loss, batches + 1
            if batches == stride:
                self.means.append(total / stride)
                total, batches = 0.0, 0
                if len(self.means) == CAPACITY:
                    stride = self._halve()
        self.total, self.batches = total, batches

    @property
    def count(self) -> int:
        """How many batches there were."""
        return self.before + len(self.means) * self.stride + self.batches

    def _halve(self) -> int:
        pairs = zip(self.means[::2], self.means[1::2], strict=True)
        self.means = [(first + second) / 2 for first, second in pairs]
        self.stride *= 2
        return self.stride

    def since(self, known: "Means") -> "Means":
        """What is new to someone who knows the means before `known.since`."""
        same = (known.trial, known.before, known.stride) == (self.trial, self.before, self.stride)
        since = known.since if same and known.since <= len(self.means) else 0
        return Means(self.trial, self.before, self.stride, since, self.means[since:])

    def take(self, news: "Means") -> None:
        """What another one has."""
        self.trial, self.before, self.stride = news.trial, news.before, news.stride
        self.means[news.since :] = news.means


class Means(NamedTuple):
    """Means from index `since` on; it is 0 where those that were known no longer hold."""

    trial: int = 0
    before: int = 0
    stride: int = 1
    since: int = 0
    means: Sequence[float] = ()

    @property
    def known(self) -> "Means":
        """What to ask for the next ones with."""
        return self._replace(since=self.since + len(self.means), means=())
