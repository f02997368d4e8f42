"""Pooling: a window of pixels becomes one pixel, channel by channel."""

import math
from typing import TYPE_CHECKING

from asanai_tui.errors import ShapeError
from asanai_tui.network import options as o
from asanai_tui.network.layers.base import Layer, show
from asanai_tui.network.options import Shape
from asanai_tui.network.windows import PoolingPadding, Windows, pooling_padding

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch


class Pooling(Layer, frozen=True):
    """Base of the poolings: a subclass says how many numbers its sizes have, and how a window becomes one pixel."""

    pool_size: tuple[int, ...] = ()
    strides: tuple[int, ...] | None = None
    padding: o.PoolPadding = "valid"

    group = "pooling"

    @property
    def windows(self) -> Windows:
        """How the window slides."""
        return Windows(self.pool_size, self.strides or self.pool_size, self.padding)

    def output_shape(self, shape: Shape) -> Shape:
        if not self.windows.fit(shape[:-1]):
            raise ShapeError(
                f"the {show(self.pool_size)} window does not fit into {show(shape[:-1])}; "
                "make pool_size smaller or set padding to same."
            )
        return (*self.windows.counts(shape[:-1]), shape[-1])

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        padding = pooling_padding(self.windows, tuple(x.shape[2:]))
        y = self.pooled(x, padding)
        for dimension, skip in enumerate(padding.skip, 2):
            y = y.narrow(dimension, skip, y.shape[dimension] - skip) if skip else y
        return y

    def pooled(self, x: "torch.Tensor", padding: PoolingPadding) -> "torch.Tensor":
        """The pooled image, with the results that `padding` says to skip still in it."""
        raise TypeError(f"{type(self).__name__} does not say how it pools")

    def summary(self) -> str:
        return show(self.pool_size)


class MaxPooling(Pooling, frozen=True):
    """Base of those that keep the largest value."""

    def kept_values(self, shape: Shape) -> int:
        return 3 * math.prod(self.output_shape(shape))  # with the places of the largest, 8 bytes each

    def pooled(self, x: "torch.Tensor", padding: PoolingPadding) -> "torch.Tensor":
        from torch.nn import functional

        windows = self.windows
        pool = {1: functional.max_pool1d, 2: functional.max_pool2d, 3: functional.max_pool3d}[len(windows.size)]
        ceil = windows.padding == "same"
        y: torch.Tensor = pool(x, windows.size, windows.strides, padding.own, ceil_mode=ceil)
        return y


class AveragePooling(Pooling, frozen=True):
    """Base of those that take the mean of the points that lie in the image, as TensorFlow does.

    Keras on torch counts points beyond the edge, too, where the padding is lopsided.
    """

    def pooled(self, x: "torch.Tensor", padding: PoolingPadding) -> "torch.Tensor":
        from torch.nn import functional

        windows = self.windows
        if len(windows.size) == 3 and any(size > n for size, n in zip(windows.size, x.shape[2:], strict=True)):
            return _mean_of_planes(x, windows, padding)
        pool = {1: functional.avg_pool1d, 2: functional.avg_pool2d, 3: functional.avg_pool3d}[len(windows.size)]
        ceil = windows.padding == "same"
        return pool(x, windows.size, windows.strides, padding.own, ceil_mode=ceil, count_include_pad=False)


class MaxPooling1D(MaxPooling, frozen=True, tag="max_pooling1d"):
    """Keeps the largest value of each stretch of steps; the sequence shortens, what was found stays."""

    pool_size: o.PoolSize1D = (2,)
    strides: o.PoolStrides1D = None

    input_rank = 2


class MaxPooling2D(MaxPooling, frozen=True, tag="max_pooling2d"):
    """Keeps the largest value of each window; the image shrinks, what was found stays."""

    pool_size: o.PoolSize2D = (2, 2)
    strides: o.PoolStrides2D = None

    input_rank = 3


class MaxPooling3D(MaxPooling, frozen=True, tag="max_pooling3d"):
    """Keeps the largest value of each window; the volume shrinks, what was found stays."""

    pool_size: o.PoolSize3D = (2, 2, 2)
    strides: o.PoolStrides3D = None

    input_rank = 4


class AveragePooling1D(AveragePooling, frozen=True, tag="average_pooling1d"):
    """Takes the mean of each stretch of steps; steps beyond the ends do not count."""

    pool_size: o.PoolSize1D = (2,)
    strides: o.PoolStrides1D = None

    input_rank = 2


class AveragePooling2D(AveragePooling, frozen=True, tag="average_pooling2d"):
    """Takes the mean of each window; points beyond the edge do not count."""

    pool_size: o.PoolSize2D = (2, 2)
    strides: o.PoolStrides2D = None

    input_rank = 3


class AveragePooling3D(AveragePooling, frozen=True, tag="average_pooling3d"):
    """Takes the mean of each window of the volume; points beyond the edge do not count."""

    pool_size: o.PoolSize3D = (2, 2, 2)
    strides: o.PoolStrides3D = None

    input_rank = 4


def _mean_of_planes(x: "torch.Tensor", windows: Windows, padding: PoolingPadding) -> "torch.Tensor":
    """The average over a window larger than the volume, which torch's avg_pool3d refuses whatever the padding.

    All planes of a window have equally many points, so its mean is the mean over depth of the means of its planes.
    """
    from torch.nn.functional import avg_pool2d

    (depth, *size), (down, *strides), (above, *own) = windows.size, windows.strides, padding.own
    planes = avg_pool2d(x.flatten(1, 2), size, strides, own, ceil_mode=True, count_include_pad=False)
    rows = planes.reshape(*x.shape[:3], -1)
    y: torch.Tensor = avg_pool2d(rows, (depth, 1), (down, 1), (above, 0), ceil_mode=True, count_include_pad=False)
    return y.reshape(*y.shape[:3], *planes.shape[2:])
