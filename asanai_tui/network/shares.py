"""The part of a batch that this thread computes, where several processes share each batch.

Layers look here in the two places where examples of a batch meet: statistics of the whole batch, and random numbers,
which are drawn as for the whole batch so that they do not depend on how many processes there are.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import torch


class Part(NamedTuple):
    """Examples `start` to `end` of a batch of `whole`."""

    start: int
    end: int
    whole: int

    def of(self, tensor: "torch.Tensor") -> "torch.Tensor":
        """These examples of what holds one row for each of the batch."""
        return tensor[self.start : self.end]


class Share(NamedTuple):
    """How this thread's part meets the others."""

    part: Part | None  # None: random numbers are drawn for what is at hand alone
    sum_over_all: "Callable[[torch.Tensor], None]"  # in place, over all processes; each of them must call it


class _Local(threading.local):
    share: Share | None = None


_local = _Local()


def current() -> Share | None:
    """The share of this thread; None where it computes whole batches."""
    return _local.share


@contextmanager
def holding(share: Share) -> Iterator[None]:
    """Within, this thread computes `share` of each batch."""
    before, _local.share = _local.share, share
    try:
        yield
    finally:
        _local.share = before


def drawn(like: "torch.Tensor", fill: "Callable[[torch.Tensor], torch.Tensor]", examples_at: int = 0) -> "torch.Tensor":
    """What `fill` makes of an empty tensor as `like`: the numbers of this thread's part of the batch.

    Args:
        examples_at: which dimension counts the examples.
    """
    import torch

    share = _local.share
    if share is None or share.part is None:
        return fill(torch.empty_like(like))
    whole = fill(_as_whole(like, examples_at, share.part.whole))
    return whole.narrow(examples_at, share.part.start, share.part.end - share.part.start)


def _as_whole(like: "torch.Tensor", examples_at: int, examples: int) -> "torch.Tensor":
    """An empty tensor of so many examples that lies in memory in the order of `like`."""
    order = sorted(range(like.ndim), key=like.stride, reverse=True)
    extents = list(like.shape)
    extents[examples_at] = examples
    laid = like.new_empty([extents[dimension] for dimension in order])
    return laid.permute([order.index(dimension) for dimension in range(like.ndim)])
