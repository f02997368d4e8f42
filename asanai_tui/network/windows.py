"""Arithmetic of windows that slide over images, for any number of dimensions, with Keras' and TensorFlow's meaning."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

Extents = tuple[int, ...]
PaddingName = Literal["valid", "same", "causal"]


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
        """Whether at least one whole window fits; with padding one always does."""
        return self.padding != "valid" or all(n >= span for n, span in zip(extents, self.spans, strict=True))

    def counts(self, extents: Sequence[int]) -> Extents:
        """How many windows fit each way: `valid` ⌈(n - span + 1) / stride⌉, else ⌈n / stride⌉."""
        lost = [span - 1 for span in self.spans] if self.padding == "valid" else [0] * len(self.size)
        return tuple(-(-(n - less) // step) for n, less, step in zip(extents, lost, self.strides, strict=True))


@lru_cache(maxsize=1024)
def around(windows: Windows, extents: Extents) -> tuple[tuple[int, int], ...]:
    """Points to add (before, after) each dimension.

    With `same` the odd one goes after, to the bottom and right; with `causal` all go before, so that a window ends at
    its own step.
    """
    if windows.padding == "valid":
        return ((0, 0),) * len(extents)
    if windows.padding == "causal":
        return tuple((span - 1, 0) for span in windows.spans)
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


class TransposedPadding(NamedTuple):
    """What a torch transposed convolution needs for Keras' output."""

    own: Extents  # torch's `padding`: points dropped on both sides
    extra: Extents  # torch's `output_padding`: points added at the end
    counts: Extents  # what the output is cut to; at most one point each way


@lru_cache(maxsize=1024)
def transposed_padding(windows: Windows, extents: Extents, output_padding: Extents | None) -> TransposedPadding:
    """A transposed convolution reaches (n - 1) · stride + span points, of which Keras keeps some.

    `valid` keeps all and fills up to n · stride; `same` keeps n · stride, of which the odd one is cut at the end;
    `output_padding` replaces what is added (keras/src/backend/common/backend_utils.py).
    """
    own, extra, counts = [], [], []
    for i, (n, step, span) in enumerate(zip(extents, windows.strides, windows.spans, strict=True)):
        if windows.padding == "valid":
            begin, more = 0, max(step - span, 0) if output_padding is None else output_padding[i]
            count = (n - 1) * step + span + more
        elif output_padding is None:
            begin, count = max(span - step, 0) // 2, n * step
        else:
            begin = max((span - span % 2 - output_padding[i]) // 2, 0)
            count = (n - 1) * step + span % 2 + output_padding[i]
        own.append(begin)
        extra.append(max(0, count - ((n - 1) * step + span - 2 * begin)))
        counts.append(count)
    return TransposedPadding(tuple(own), tuple(extra), tuple(counts))
