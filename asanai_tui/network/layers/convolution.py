"""Convolutions: what they share, and one class for each number of dimensions."""

import math
from typing import TYPE_CHECKING

from asanai_tui.errors import ShapeError
from asanai_tui.network import activations
from asanai_tui.network import options as o
from asanai_tui.network.initializers import GlorotUniform, Zeros
from asanai_tui.network.layers.base import MAXIMUM_VALUES, Layer, WeightSpec, show
from asanai_tui.network.options import Shape
from asanai_tui.network.windows import Windows, around, convolution_padding

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch


class Convolution(Layer, frozen=True):
    """Base of the convolutions: a subclass says how many numbers its sizes have."""

    filters: o.Filters = 4
    kernel_size: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()
    padding: o.Padding = "valid"
    dilation_rate: tuple[int, ...] = ()
    groups: o.Groups = 1
    activation: o.Activation = "linear"
    use_bias: o.UseBias = True
    trainable: o.Trainable = True
    kernel_initializer: o.KernelInitializer = GlorotUniform()
    bias_initializer: o.BiasInitializer = Zeros()
    kernel_regularizer: o.KernelRegularizer = None
    bias_regularizer: o.BiasRegularizer = None
    activity_regularizer: o.ActivityRegularizer = None

    group = "convolution"

    @property
    def windows(self) -> Windows:
        """How the kernel slides."""
        return Windows(self.kernel_size, self.strides, self.padding, self.dilation_rate)

    def output_shape(self, shape: Shape) -> Shape:
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ShapeError("strides and dilation_rate cannot both be above 1; set one of them to 1.")
        if shape[-1] % self.groups or self.filters % self.groups:
            raise ShapeError(
                f"{self.groups} groups must divide both the {shape[-1]} channels that arrive "
                f"and the {self.filters} filters; set groups to 1."
            )
        self._check_extents(shape[:-1])
        return (*self.windows.counts(shape[:-1]), self.filters)

    def _check_extents(self, extents: Shape) -> None:
        windows = self.windows
        if not windows.fit(extents):
            size, span = show(self.kernel_size), show(windows.spans)
            wide = f" spans {span} with dilation_rate {show(self.dilation_rate)} and" if span != size else ""
            raise ShapeError(
                f"the {size} kernel{wide} does not fit into {show(extents)}; "
                "make the kernel smaller or set padding to same."
            )
        padded = tuple(n + sum(side) for n, side in zip(extents, around(windows, extents), strict=True))
        if math.prod(padded) > MAXIMUM_VALUES:
            raise ShapeError(
                f"padding would make {show(padded)} of {show(extents)}; make kernel_size or dilation_rate smaller."
            )

    def weights(self, shape: Shape) -> dict[str, WeightSpec]:
        dimensions = len(self.kernel_size)
        kernel = WeightSpec(
            (*self.kernel_size, shape[-1] // self.groups, self.filters),
            self.kernel_initializer,
            self.kernel_regularizer,
            self.trainable,
            (dimensions + 1, dimensions, *range(dimensions)),
        )
        bias = WeightSpec((self.filters,), self.bias_initializer, self.bias_regularizer, self.trainable)
        return {"kernel": kernel, "bias": bias} if self.use_bias else {"kernel": kernel}

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        from torch.nn import functional

        convolve = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}[len(self.kernel_size)]
        own, before = convolution_padding(self.windows, tuple(x.shape[2:]))
        if before:
            x = functional.pad(x, before)
        y = convolve(
            x, weights["kernel"], weights.get("bias"), self.strides, own, self.dilation_rate, groups=self.groups
        )
        return activations.function(self.activation)(y)

    def summary(self) -> str:
        return f"{self.filters} @ {show(self.kernel_size)} {self.activation}"


class Conv2D(Convolution, frozen=True, tag="conv2d"):
    """Slides learned kernels over an image; each output pixel is the weighted sum of what lies under the kernel."""

    kernel_size: o.KernelSize2D = (3, 3)
    strides: o.Strides2D = (1, 1)
    dilation_rate: o.DilationRate2D = (1, 1)

    input_rank = 3
