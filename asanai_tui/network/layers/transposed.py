"""Transposed convolutions: each input point lays a kernel into the output, so that the image grows."""

import math
from typing import TYPE_CHECKING

from asanai_tui.errors import ShapeError
from asanai_tui.network import options as o
from asanai_tui.network.initializers import GlorotUniform, Zeros
from asanai_tui.network.layers.base import WeightSpec, show
from asanai_tui.network.layers.sliding import Sliding, kernel_layout
from asanai_tui.network.options import Shape
from asanai_tui.network.windows import TransposedPadding, transposed_padding

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch


class TransposedConvolution(Sliding, frozen=True):
    """Base of the transposed convolutions: a subclass says how many numbers its sizes have."""

    filters: o.Filters = 4
    kernel_size: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()
    padding: o.SpreadPadding = "valid"
    output_padding: tuple[int, ...] | None = None
    dilation_rate: tuple[int, ...] = ()
    activation: o.Activation = "linear"
    use_bias: o.UseBias = True
    trainable: o.Trainable = True
    kernel_initializer: o.KernelInitializer = GlorotUniform()
    bias_initializer: o.BiasInitializer = Zeros()
    kernel_regularizer: o.KernelRegularizer = None
    bias_regularizer: o.BiasRegularizer = None
    activity_regularizer: o.ActivityRegularizer = None
    kernel_constraint: o.KernelConstraint = None
    bias_constraint: o.BiasConstraint = None

    def fitting(self, extents: Shape) -> TransposedPadding:
        """What is dropped and added around for inputs of `extents`."""
        return transposed_padding(self.windows, extents, self.output_padding)

    def output_shape(self, shape: Shape) -> Shape:
        self.check_steps()
        added = self.output_padding or (0,) * len(self.strides)
        if any(more >= step for more, step in zip(added, self.strides, strict=True) if more):
            raise ShapeError(
                f"output_padding {show(added)} must be smaller than the strides {show(self.strides)}; "
                "set output_padding to none."
            )
        return (*self.fitting(shape[:-1]).counts, self.filters)

    def weights(self, shape: Shape) -> dict[str, WeightSpec]:
        kernel = WeightSpec(
            (*self.kernel_size, self.filters, shape[-1]),
            self.kernel_initializer,
            self.kernel_regularizer,
            self.trainable,
            layout=kernel_layout(len(self.kernel_size)),
            constraint=self.kernel_constraint,
        )
        return {"kernel": kernel, **self.bias(self.filters)}

    def positions(self, shape: Shape) -> int:
        return math.prod(shape[:-1])  # every point that arrives lays a kernel

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        from torch.nn import functional

        lay = {1: functional.conv_transpose1d, 2: functional.conv_transpose2d, 3: functional.conv_transpose3d}
        own, extra, counts = self.fitting(tuple(x.shape[2:]))
        kernel, bias = weights["kernel"], weights.get("bias")
        y = lay[len(self.kernel_size)](x, kernel, bias, self.strides, own, extra, dilation=self.dilation_rate)
        for dimension, count in enumerate(counts, 2):
            y = y.narrow(dimension, 0, count) if y.shape[dimension] > count else y
        return self.activated(y)

    def summary(self) -> str:
        return f"{self.filters} @ {show(self.kernel_size)} {self.activation}"


class Conv1DTranspose(TransposedConvolution, frozen=True, tag="conv1d_transpose"):
    """Lengthens a sequence: each step lays a learned kernel into the output, and what overlaps is added up."""

    kernel_size: o.KernelSize1D = (3,)
    strides: o.Spread1D = (1,)
    output_padding: o.OutputPadding1D = None
    dilation_rate: o.DilationRate1D = (1,)

    input_rank = 2


class Conv2DTranspose(TransposedConvolution, frozen=True, tag="conv2d_transpose"):
    """Enlarges an image: each pixel lays a learned kernel into the output, and what overlaps is added up.

    It gives back the shape that a convolution took, not its values. TF.js ignores dilation_rate and output_padding.
    """

    kernel_size: o.KernelSize2D = (3, 3)
    strides: o.Spread2D = (1, 1)
    output_padding: o.OutputPadding2D = None
    dilation_rate: o.DilationRate2D = (1, 1)

    input_rank = 3


class Conv3DTranspose(TransposedConvolution, frozen=True, tag="conv3d_transpose"):
    """Enlarges a volume: each point lays a learned kernel into the output, and what overlaps is added up."""

    kernel_size: o.KernelSize3D = (3, 3, 3)
    strides: o.Spread3D = (1, 1, 1)
    output_padding: o.OutputPadding3D = None
    dilation_rate: o.DilationRate3D = (1, 1, 1)

    input_rank = 4
