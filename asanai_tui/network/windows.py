"""Arithmetic of windows that slide over images, for any number of dimensions, with Keras' and TensorFlow's meaning."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

Extents = tuple[int, ...]
PaddingName = Literal["valid", "same"]


class Windows(NamedTuple):
    """How a window slides; every tuple has one number for each dimension of the image."""

    size: Extents
    strides: Extents
    padding: PaddingName = "valid"
    dilation: Extents = ()  # empty: no gaps

    @property
    def spans(self) -> Extents:
        """Extents that one window covers, gaps included: (size - 1) · dilation + 1."""
        if not self.dilation:
            return self.size
        return tuple((size - 1) * gap + 1 for size, gap in zip(self.size, self.dilation, strict=True))

    def fit(self, extents: Sequence[int]) -> bool:
        """Whether at least one whole window fits; with `same` padding one always does."""
        return self.padding == "same" or all(n >= span for n, span in zip(extents, self.spans, strict=True))

    def counts(self, extents: Sequence[int]) -> Extents:
        """How many windows fit each way: `same` ⌈n / stride⌉, `valid` ⌈(n - span + 1) / stride⌉."""
        lost = [0] * len(self.size) if self.padding == "same" else [span - 1 for span in self.spans]
        return tuple(-(-(n - less) // step) for n, less, step in zip(extents, lost, self.strides, strict=True))


@lru_cache(maxsize=1024)
def around(windows: Windows, extents: Extents) -> tuple[tuple[int, int], ...]:
    """Points to add (before, after) each dimension; the odd one goes after, to the bottom and right."""
    if windows.padding == "valid":
        return ((0, 0),) * len(extents)
    totals = (
        max(0, (count - 1) * step + span - n)
        for n, count, step, span in zip(extents, windows.counts(extents), windows.strides, windows.spans, strict=True)
    )
    return tuple((total // 2, total - total // 2) for total in totals)


class ConvolutionPadding(NamedTuple):
    """`Padding` for a torch convolution: what its own `padding` can do, and what must be added to the image before."""

    own: Extents  # the same on both sides
    before: Extents  # for torch.nn.functional.pad: last dimension first; empty when `own` suffices


@lru_cache(maxsize=1024)
def convolution_padding(windows: Windows, extents: Extents) -> ConvolutionPadding:
    """The cheapest way to pad an image of `extents`."""
    sides = around(windows, extents)
    if all(before == after for before, after in sides):
        return ConvolutionPadding(tuple(before for before, _ in sides), ())
    return ConvolutionPadding((0,) * len(extents), tuple(n for side in reversed(sides) for n in side))


class PoolingPadding(NamedTuple):
    """Padding for a torch pooling with `ceil_mode`, which needs no copy of the image."""

    own: Extents  # the same on both sides
    skip: Extents  # how many leading results each way do not belong to the output


@lru_cache(maxsize=1024)
def pooling_padding(windows: Windows, extents: Extents) -> PoolingPadding:
    """Lopsided padding without copying.

    From stride 2 on, `ceil_mode` already lets the last window hang over the far edge. At stride 1 the larger side is
    given to both, and the one window too many at the front is skipped.
    """
    sides = around(windows, extents)
    extra = tuple(
        after - before if step == 1 else 0 for (before, after), step in zip(sides, windows.strides, strict=True)
    )
    return PoolingPadding(tuple(before + more for (before, _), more in zip(sides, extra, strict=True)), extra)
