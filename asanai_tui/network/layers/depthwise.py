"""Depthwise convolutions: every channel has kernels of its own, and the channels do not mix."""

from typing import TYPE_CHECKING

from asanai_tui.network import options as o
from asanai_tui.network.initializers import GlorotUniform, Zeros
from asanai_tui.network.layers.base import WeightSpec, show
from asanai_tui.network.layers.sliding import Sliding, convolve
from asanai_tui.network.options import Shape
from asanai_tui.network.windows import Windows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch


def channelwise(
    x: "torch.Tensor", kernel: "torch.Tensor", bias: "torch.Tensor | None", windows: Windows
) -> "torch.Tensor":
    """Slide the kernels of each channel over that channel alone.

    Args:
        kernel: channels × multiplier × window.

    Returns:
        Channel c, kernel m at channel c · multiplier + m, as Keras orders them.
    """
    return convolve(x, kernel.flatten(0, 1).unsqueeze(1), bias, windows, groups=len(kernel))


def channelwise_layout(dimensions: int) -> tuple[int, ...]:
    """`WeightSpec.layout` of kernels for `channelwise`; Keras has the window first."""
    return (dimensions, dimensions + 1, *range(dimensions))


class DepthwiseConvolution(Sliding, frozen=True):
    """Base of the depthwise convolutions: a subclass says how many numbers its sizes have."""

    kernel_size: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()
    padding: o.Padding = "valid"
    depth_multiplier: o.DepthMultiplier = 1
    dilation_rate: tuple[int, ...] = ()
    activation: o.Activation = "linear"
    use_bias: o.UseBias = True
    trainable: o.Trainable = True
    depthwise_initializer: o.DepthwiseInitializer = GlorotUniform()
    bias_initializer: o.BiasInitializer = Zeros()
    depthwise_regularizer: o.DepthwiseRegularizer = None
    bias_regularizer: o.BiasRegularizer = None
    activity_regularizer: o.ActivityRegularizer = None
    depthwise_constraint: o.DepthwiseConstraint = None
    bias_constraint: o.BiasConstraint = None

    def output_shape(self, shape: Shape) -> Shape:
        self.check_windows(shape[:-1])
        return (*self.windows.counts(shape[:-1]), shape[-1] * self.depth_multiplier)

    def weights(self, shape: Shape) -> dict[str, WeightSpec]:
        kernel = WeightSpec(
            (*self.kernel_size, shape[-1], self.depth_multiplier),
            self.depthwise_initializer,
            self.depthwise_regularizer,
            self.trainable,
            layout=channelwise_layout(len(self.kernel_size)),
            constraint=self.depthwise_constraint,
        )
        return {"kernel": kernel, **self.bias(shape[-1] * self.depth_multiplier)}

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        return self.activated(channelwise(x, weights["kernel"], weights.get("bias"), self.windows))

    def summary(self) -> str:
        return f"{self.depth_multiplier} @ {show(self.kernel_size)} {self.activation}"


class DepthwiseConv1D(DepthwiseConvolution, frozen=True, tag="depthwise_conv1d"):
    """Slides along a sequence with kernels of its own for each channel; the channels do not mix."""

    kernel_size: o.KernelSize1D = (3,)
    strides: o.Strides1D = (1,)
    dilation_rate: o.DilationRate1D = (1,)

    input_rank = 2


class DepthwiseConv2D(DepthwiseConvolution, frozen=True, tag="depthwise_conv2d"):
    """Slides over an image with kernels of its own for each channel; the channels do not mix.

    TF.js ignores dilation_rate.
    """

    kernel_size: o.KernelSize2D = (3, 3)
    strides: o.Strides2D = (1, 1)
    dilation_rate: o.DilationRate2D = (1, 1)

    input_rank = 3
