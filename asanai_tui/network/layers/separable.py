"""Separable convolutions: a depthwise one, then weights that mix the channels; nothing stands between the two."""

from typing import TYPE_CHECKING

from asanai_tui.network import options as o
from asanai_tui.network.initializers import GlorotUniform, Zeros
from asanai_tui.network.layers.base import WeightSpec, show
from asanai_tui.network.layers.depthwise import channelwise, channelwise_layout
from asanai_tui.network.layers.sliding import Sliding, convolve, kernel_layout
from asanai_tui.network.options import Shape
from asanai_tui.network.windows import Windows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch


class SeparableConvolution(Sliding, frozen=True):
    """Base of the separable convolutions; strides, padding and gaps belong to the depthwise half."""

    filters: o.Filters = 4
    kernel_size: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()
    padding: o.Padding = "valid"
    depth_multiplier: o.DepthMultiplier = 1
    dilation_rate: tuple[int, ...] = ()
    activation: o.Activation = "linear"
    use_bias: o.UseBias = True
    trainable: o.Trainable = True
    depthwise_initializer: o.DepthwiseInitializer = GlorotUniform()
    pointwise_initializer: o.PointwiseInitializer = GlorotUniform()
    bias_initializer: o.BiasInitializer = Zeros()
    depthwise_regularizer: o.DepthwiseRegularizer = None
    pointwise_regularizer: o.PointwiseRegularizer = None
    bias_regularizer: o.BiasRegularizer = None
    activity_regularizer: o.ActivityRegularizer = None
    depthwise_constraint: o.DepthwiseConstraint = None
    pointwise_constraint: o.PointwiseConstraint = None
    bias_constraint: o.BiasConstraint = None

    def output_shape(self, shape: Shape) -> Shape:
        self.check_windows(shape[:-1])
        return (*self.windows.counts(shape[:-1]), self.filters)

    def weights(self, shape: Shape) -> dict[str, WeightSpec]:
        dimensions = len(self.kernel_size)
        depthwise = WeightSpec(
            (*self.kernel_size, shape[-1], self.depth_multiplier),
            self.depthwise_initializer,
            self.depthwise_regularizer,
            self.trainable,
            layout=channelwise_layout(dimensions),
            constraint=self.depthwise_constraint,
        )
        pointwise = WeightSpec(
            (*(1,) * dimensions, shape[-1] * self.depth_multiplier, self.filters),
            self.pointwise_initializer,
            self.pointwise_regularizer,
            self.trainable,
            layout=kernel_layout(dimensions),
            constraint=self.pointwise_constraint,
        )
        return {"depthwise_kernel": depthwise, "pointwise_kernel": pointwise, **self.bias(self.filters)}

    def kept_values(self, shape: Shape) -> int:
        between = self.positions(shape) * shape[-1] * self.depth_multiplier
        return between + super().kept_values(shape)

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        between = channelwise(x, weights["depthwise_kernel"], None, self.windows)
        points = (1,) * len(self.kernel_size)
        mixed = convolve(between, weights["pointwise_kernel"], weights.get("bias"), Windows(points, points))
        return self.activated(mixed)

    def summary(self) -> str:
        return f"{self.filters} @ {show(self.kernel_size)} {self.activation}"


class SeparableConv1D(SeparableConvolution, frozen=True, tag="separable_conv1d"):
    """A convolution of two cheaper halves: one kernel slides along each channel, then the channels are mixed."""

    kernel_size: o.KernelSize1D = (3,)
    strides: o.Strides1D = (1,)
    dilation_rate: o.DilationRate1D = (1,)

    input_rank = 2


class SeparableConv2D(SeparableConvolution, frozen=True, tag="separable_conv2d"):
    """A convolution of two cheaper halves: one kernel slides over each channel, then the channels are mixed."""

    kernel_size: o.KernelSize2D = (3, 3)
    strides: o.Strides2D = (1, 1)
    dilation_rate: o.DilationRate2D = (1, 1)

    input_rank = 3
