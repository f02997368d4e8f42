"""Convolutions, one class for each number of dimensions."""

from typing import TYPE_CHECKING

from asanai_tui.errors import ShapeError
from asanai_tui.network import options as o
from asanai_tui.network.initializers import GlorotUniform, Zeros
from asanai_tui.network.layers.base import WeightSpec, show
from asanai_tui.network.layers.sliding import Sliding, convolve, kernel_layout
from asanai_tui.network.options import Shape
from asanai_tui.network.windows import PaddingName

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch


class Convolution(Sliding, frozen=True):
    """Base of the convolutions: a subclass says how many numbers its sizes have."""

    filters: o.Filters = 4
    kernel_size: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()
    padding: PaddingName = "valid"
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
    kernel_constraint: o.KernelConstraint = None
    bias_constraint: o.BiasConstraint = None

    def output_shape(self, shape: Shape) -> Shape:
        self.check_windows(shape[:-1])
        if shape[-1] % self.groups or self.filters % self.groups:
            raise ShapeError(
                f"{self.groups} groups must divide both the {shape[-1]} channels that arrive "
                f"and the {self.filters} filters; set groups to 1."
            )
        return (*self.windows.counts(shape[:-1]), self.filters)

    def weights(self, shape: Shape) -> dict[str, WeightSpec]:
        kernel = WeightSpec(
            (*self.kernel_size, shape[-1] // self.groups, self.filters),
            self.kernel_initializer,
            self.kernel_regularizer,
            self.trainable,
            layout=kernel_layout(len(self.kernel_size)),
            constraint=self.kernel_constraint,
        )
        return {"kernel": kernel, **self.bias(self.filters)}

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        return self.activated(convolve(x, weights["kernel"], weights.get("bias"), self.windows, self.groups))

    def summary(self) -> str:
        return f"{self.filters} @ {show(self.kernel_size)} {self.activation}"


class Conv1D(Convolution, frozen=True, tag="conv1d"):
    """Slides learned kernels along a sequence; each output step is the weighted sum of the steps under the kernel."""

    kernel_size: o.KernelSize1D = (3,)
    strides: o.Strides1D = (1,)
    padding: o.CausalPadding = "valid"
    dilation_rate: o.DilationRate1D = (1,)

    input_rank = 2


class Conv2D(Convolution, frozen=True, tag="conv2d"):
    """Slides learned kernels over an image; each output pixel is the weighted sum of what lies under the kernel."""

    kernel_size: o.KernelSize2D = (3, 3)
    strides: o.Strides2D = (1, 1)
    padding: o.Padding = "valid"
    dilation_rate: o.DilationRate2D = (1, 1)

    input_rank = 3


class Conv3D(Convolution, frozen=True, tag="conv3d"):
    """Slides learned kernels through a volume, such as a scan or a short film; an output point sees what lies under it.

    With padding same and strides larger than the kernel TF.js shifts the window; Keras and this program do not.
    """

    kernel_size: o.KernelSize3D = (3, 3, 3)
    strides: o.Strides3D = (1, 1, 1)
    padding: o.Padding = "valid"
    dilation_rate: o.DilationRate3D = (1, 1, 1)

    input_rank = 4
