"""Activation functions as layers of their own. Formulas: keras.io/api/layers/activation_layers."""

import math
from typing import TYPE_CHECKING

from asanai_tui.network import activations
from asanai_tui.network import options as o
from asanai_tui.network.initializers import Constant, Zeros
from asanai_tui.network.layers.base import Layer, WeightSpec, dimension, tensor_dimension
from asanai_tui.network.options import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch


class Activation(Layer, frozen=True, tag="activation"):
    """Passes every value through the function you choose."""

    activation: o.Activation = "relu"
    activity_regularizer: o.ActivityRegularizer = None

    group = "activation"

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        return activations.function(self.activation)(x)

    def summary(self) -> str:
        return self.activation


class ReLU(Layer, frozen=True, tag="relu"):
    """Keeps what is above the threshold, up to a largest value; the rest becomes 0 or keeps a small slope."""

    max_value: o.MaxValue = None
    negative_slope: o.NegativeSlope = 0.0
    threshold: o.Threshold = 0.0

    group = "activation"

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        import torch

        if self.threshold == 0:
            y = torch.nn.functional.leaky_relu(x, self.negative_slope) if self.negative_slope else torch.relu(x)
        else:
            y = torch.where(x > self.threshold, x, self.negative_slope * (x - self.threshold))
        return y if self.max_value is None else y.clamp(max=self.max_value)

    def summary(self) -> str:
        return "" if self.max_value is None else f"up to {self.max_value:g}"


class LeakyReLU(Layer, frozen=True, tag="leaky_relu"):
    """Keeps positive values and shrinks negative ones instead of removing them, so that no neuron dies."""

    negative_slope: o.NegativeSlope = 0.3

    group = "activation"

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        from torch.nn.functional import leaky_relu

        return leaky_relu(x, self.negative_slope)

    def summary(self) -> str:
        return f"slope {self.negative_slope:g}"


class PReLU(Layer, frozen=True, tag="prelu"):
    """Keeps positive values and multiplies negative ones by slopes that it learns (He and others 2015)."""

    shared_axes: o.SharedAxes = None
    trainable: o.Trainable = True
    alpha_initializer: o.AlphaInitializer = Zeros()
    alpha_regularizer: o.AlphaRegularizer = None
    alpha_constraint: o.AlphaConstraint = None

    group = "activation"

    def output_shape(self, shape: Shape) -> Shape:
        for axis in self.shared_axes or ():
            dimension(axis, shape)
        return shape

    def weights(self, shape: Shape) -> dict[str, WeightSpec]:
        shared = {dimension(axis, shape) for axis in self.shared_axes or ()}
        slopes = tuple(1 if where in shared else extent for where, extent in enumerate(shape))
        alpha = WeightSpec(
            slopes,
            self.alpha_initializer,
            self.alpha_regularizer,
            self.trainable,
            layout=(len(shape) - 1, *range(len(shape) - 1)),
            constraint=self.alpha_constraint,
        )
        return {"alpha": alpha}

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        import torch

        return torch.where(x > 0, x, weights["alpha"] * x)

    def summary(self) -> str:
        return f"shared {' '.join(str(axis) for axis in self.shared_axes)}" if self.shared_axes else ""


class ThresholdedReLU(Layer, frozen=True, tag="thresholded_relu"):
    """Keeps what is above theta; everything else becomes 0."""

    theta: o.Theta = 1.0

    group = "activation"

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        return x.masked_fill(x <= self.theta, 0.0)  # a product would make NaN of -∞

    def summary(self) -> str:
        return f"above {self.theta:g}"


class Snake(Layer, frozen=True, tag="snake"):
    """Adds a ripple, x + sin²(x) / alpha, so that a network can learn what repeats itself; alpha is learned.

    This is asanAI's formula. Ziyin and others 2020 have x + sin²(alpha x) / alpha, which is the same for alpha 1.
    """

    alpha: o.SnakeAlpha = 1.0
    trainable: o.Trainable = True

    group = "activation"

    def weights(self, shape: Shape) -> dict[str, WeightSpec]:
        return {"alpha": WeightSpec((), Constant(self.alpha), trainable=self.trainable)}

    def kept_values(self, shape: Shape) -> int:
        return 3 * math.prod(shape)  # what leaves, the sine and its square

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        return x + x.sin().square() / weights["alpha"]

    def summary(self) -> str:
        return f"alpha {self.alpha:g}"


class ELU(Layer, frozen=True, tag="elu"):
    """Keeps positive values and bends negative ones smoothly towards -alpha."""

    alpha: o.Alpha = 1.0

    group = "activation"

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        from torch.nn.functional import elu

        return elu(x, self.alpha)

    def summary(self) -> str:
        return f"alpha {self.alpha:g}"


class SELU(Layer, frozen=True, tag="selu"):
    """An elu scaled so that mean and variance stay near 0 and 1 through many layers; begin with lecun_normal."""

    group = "activation"

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        return activations.function("selu")(x)


class GELU(Layer, frozen=True, tag="gelu"):
    """Weighs each value by the chance that a normal number is smaller: a smooth relu, as in transformers."""

    approximate: o.Approximate = False

    group = "activation"

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        from torch.nn.functional import gelu

        return gelu(x, approximate="tanh" if self.approximate else "none")


class Softmax(Layer, frozen=True, tag="softmax"):
    """Turns values into probabilities: all between 0 and 1, together 1."""

    axis: o.Axis = -1

    group = "activation"

    def output_shape(self, shape: Shape) -> Shape:
        dimension(self.axis, shape)
        return shape

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        return x.softmax(tensor_dimension(self.axis, x.ndim))
