"""Pooling: a window of pixels becomes one pixel, channel by channel."""

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


class MaxPooling2D(Pooling, frozen=True, tag="max_pooling2d"):
    """Keeps the largest value of each window; the image shrinks, what was found stays."""

    pool_size: o.PoolSize2D = (2, 2)
    strides: o.PoolStrides2D = None

    input_rank = 3

    def pooled(self, x: "torch.Tensor", padding: PoolingPadding) -> "torch.Tensor":
        from torch.nn.functional import max_pool2d

        return max_pool2d(x, self.pool_size, self.strides, padding.own, ceil_mode=self.padding == "same")


class AveragePooling2D(Pooling, frozen=True, tag="average_pooling2d"):
    """Takes the mean of each window; points beyond the edge do not count."""

    pool_size: o.PoolSize2D = (2, 2)
    strides: o.PoolStrides2D = None

    input_rank = 3

    def pooled(self, x: "torch.Tensor", padding: PoolingPadding) -> "torch.Tensor":
        from torch.nn.functional import avg_pool2d

        ceil = self.padding == "same"
        return avg_pool2d(x, self.pool_size, self.strides, padding.own, ceil_mode=ceil, count_include_pad=False)
