"""What all layers that slide a kernel have in common: windows, checks, bias, and the convolution itself."""

import math
from typing import TYPE_CHECKING

from asanai_tui.errors import ShapeError
from asanai_tui.network import activations
from asanai_tui.network.layers.base import MAXIMUM_VALUES, Layer, WeightSpec, show
from asanai_tui.network.options import Shape
from asanai_tui.network.windows import Windows, around, convolution_padding

if TYPE_CHECKING:
    import torch

    from asanai_tui.network import options as o
    from asanai_tui.network.windows import PaddingName


class Sliding(Layer, frozen=True):
    """Base of the layers that slide a kernel."""

    if TYPE_CHECKING:  # options that every family has; each lists them itself, in its own order, which is Keras'
        kernel_size: tuple[int, ...]
        strides: tuple[int, ...]
        padding: PaddingName
        dilation_rate: tuple[int, ...]
        activation: o.Activation
        use_bias: o.UseBias
        trainable: o.Trainable
        bias_initializer: o.BiasInitializer
        bias_regularizer: o.BiasRegularizer
        bias_constraint: o.BiasConstraint

    group = "convolution"

    @property
    def windows(self) -> Windows:
        """How the kernel slides."""
        return Windows(self.kernel_size, self.strides, self.padding, self.dilation_rate)

    def bias(self, channels: int) -> dict[str, WeightSpec]:
        """The bias by its name, or nothing where there is none."""
        if not self.use_bias:
            return {}
        initializer, regularizer = self.bias_initializer, self.bias_regularizer
        spec = WeightSpec((channels,), initializer, regularizer, self.trainable, constraint=self.bias_constraint)
        return {"bias": spec}

    def activated(self, y: "torch.Tensor") -> "torch.Tensor":
        """`y` passed through the activation."""
        return activations.function(self.activation)(y)

    def kept_values(self, shape: Shape) -> int:
        return math.prod(self.output_shape(shape)) * activations.kept(self.activation)

    def check_steps(self) -> None:
        """That the kernel does not both jump and gape, which Keras does not allow.

        Raises:
            ShapeError: it does.
        """
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ShapeError("strides and dilation_rate cannot both be above 1; set one of them to 1.")

    def check_windows(self, extents: Shape) -> None:
        """That the kernel can slide over an image of `extents`.

        Raises:
            ShapeError: strides and gaps at once, a kernel that does not fit, or padding beyond any memory.
        """
        self.check_steps()
        windows = self.windows
        if not windows.fit(extents):
            size, span = show(windows.size), show(windows.spans)
            wide = f" spans {span} with dilation_rate {show(windows.dilation)} and" if span != size else ""
            raise ShapeError(
                f"the {size} kernel{wide} does not fit into {show(extents)}; "
                "make the kernel smaller or set padding to same."
            )
        padded = tuple(n + sum(side) for n, side in zip(extents, around(windows, extents), strict=True))
        if math.prod(padded) > MAXIMUM_VALUES:
            raise ShapeError(
                f"padding would make {show(padded)} of {show(extents)}; make kernel_size or dilation_rate smaller."
            )


def kernel_layout(dimensions: int) -> tuple[int, ...]:
    """`WeightSpec.layout` of kernels: Keras has the window first and the channels last, torch the reverse."""
    return (dimensions + 1, dimensions, *range(dimensions))


def convolve(
    x: "torch.Tensor", kernel: "torch.Tensor", bias: "torch.Tensor | None", windows: Windows, groups: int = 1
) -> "torch.Tensor":
    """Slide `kernel` (torch's layout) over `x` of any number of dimensions."""
    from torch.nn import functional

    slide = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}[len(windows.size)]
    own, before = convolution_padding(windows, tuple(x.shape[2:]))
    if before:
        x = functional.pad(x, before)
    return slide(x, kernel, bias, windows.strides, own, windows.dilation or 1, groups=groups)
