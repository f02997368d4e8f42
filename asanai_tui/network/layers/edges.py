"""Layers that put zeros around an image or cut its edges off."""

import math
from typing import TYPE_CHECKING

from asanai_tui.errors import ShapeError
from asanai_tui.network import options as o
from asanai_tui.network.layers.base import Layer, show
from asanai_tui.network.options import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

Sides = tuple[tuple[int, int], ...]  # (before, after) of each dimension


class ZeroPadding(Layer, frozen=True):
    """Base of the layers that put zeros around."""

    group = "convolution"

    @property
    def sides(self) -> Sides:
        """How many zeros come before and after each dimension."""
        raise TypeError(f"{type(self).__name__} does not say what it adds")

    def output_shape(self, shape: Shape) -> Shape:
        return (*(n + sum(side) for n, side in zip(shape[:-1], self.sides, strict=True)), shape[-1])

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        from torch.nn.functional import pad

        return pad(x, [n for side in reversed(self.sides) for n in side])

    def summary(self) -> str:
        return _shown(self.sides)


class ZeroPadding1D(ZeroPadding, frozen=True, tag="zero_padding1d"):
    """Puts steps of zeros before and after a sequence."""

    padding: o.Added1D = (1, 1)

    input_rank = 2

    @property
    def sides(self) -> Sides:
        return (self.padding,)


class ZeroPadding2D(ZeroPadding, frozen=True, tag="zero_padding2d"):
    """Puts rows and columns of zeros around an image, as many on each side as you like."""

    padding: o.Added2D = ((1, 1), (1, 1))

    input_rank = 3

    @property
    def sides(self) -> Sides:
        return self.padding


class ZeroPadding3D(ZeroPadding, frozen=True, tag="zero_padding3d"):
    """Puts zeros around a volume, as many on each side as you like."""

    padding: o.Added3D = ((1, 1), (1, 1), (1, 1))

    input_rank = 4

    @property
    def sides(self) -> Sides:
        return self.padding


class Cropping(Layer, frozen=True):
    """Base of the layers that cut edges off."""

    group = "convolution"

    @property
    def sides(self) -> Sides:
        """How many points are cut off before and after each dimension."""
        raise TypeError(f"{type(self).__name__} does not say what it cuts off")

    def output_shape(self, shape: Shape) -> Shape:
        left = tuple(n - sum(side) for n, side in zip(shape[:-1], self.sides, strict=True))
        if min(left) < 1:
            raise ShapeError(f"cropping {_shown(self.sides)} leaves nothing of {show(shape[:-1])}; cut less off.")
        return (*left, shape[-1])

    def kept_values(self, shape: Shape) -> int:
        left = self.output_shape(shape)
        return 0 if left == shape else math.prod(left)

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        for dimension, (before, after) in enumerate(self.sides, 2):
            x = x.narrow(dimension, before, x.shape[dimension] - before - after)
        return x

    def summary(self) -> str:
        return _shown(self.sides)


class Cropping1D(Cropping, frozen=True, tag="cropping1d"):
    """Cuts steps off both ends of a sequence."""

    cropping: o.Cropped1D = (1, 1)

    input_rank = 2

    @property
    def sides(self) -> Sides:
        return (self.cropping,)


class Cropping2D(Cropping, frozen=True, tag="cropping2d"):
    """Cuts rows and columns off the edges of an image."""

    cropping: o.Cropped2D = ((0, 0), (0, 0))

    input_rank = 3

    @property
    def sides(self) -> Sides:
        return self.cropping


class Cropping3D(Cropping, frozen=True, tag="cropping3d"):
    """Cuts the edges off a volume."""

    cropping: o.Cropped3D = ((1, 1), (1, 1), (1, 1))

    input_rank = 4

    @property
    def sides(self) -> Sides:
        return self.cropping


def _shown(sides: Sides) -> str:
    """`1+1 × 0+2`."""
    return " × ".join(f"{before}+{after}" for before, after in sides)
