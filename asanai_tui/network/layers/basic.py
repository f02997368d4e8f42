"""Dense, and the layers that only lay values out anew or leave some out."""

import math
from typing import TYPE_CHECKING

from asanai_tui.errors import ShapeError
from asanai_tui.network import activations
from asanai_tui.network import options as o
from asanai_tui.network.initializers import GlorotUniform, Zeros
from asanai_tui.network.layers.base import Layer, WeightSpec, show
from asanai_tui.network.options import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch


class Dense(Layer, frozen=True, tag="dense"):
    """Every output is a weighted sum of all inputs plus a bias, passed through the activation.

    On more than one dimension it works along the last.
    """

    units: o.Units = 2
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

    group = "basic"

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.units)

    def weights(self, shape: Shape) -> dict[str, WeightSpec]:
        kernel = WeightSpec(
            (shape[-1], self.units),
            self.kernel_initializer,
            self.kernel_regularizer,
            self.trainable,
            layout=(1, 0),
            constraint=self.kernel_constraint,
        )
        bias = WeightSpec(
            (self.units,),
            self.bias_initializer,
            self.bias_regularizer,
            self.trainable,
            constraint=self.bias_constraint,
        )
        return {"kernel": kernel, "bias": bias} if self.use_bias else {"kernel": kernel}

    def kept_values(self, shape: Shape) -> int:
        return math.prod(self.output_shape(shape)) * activations.kept(self.activation)

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        from torch.nn.functional import linear

        if x.ndim == 2:
            y = linear(x, weights["kernel"], weights.get("bias"))
        else:
            y = linear(x.movedim(1, -1), weights["kernel"], weights.get("bias")).movedim(-1, 1)
        return activations.function(self.activation)(y)

    def summary(self) -> str:
        return f"{self.units} {self.activation}"


class Flatten(Layer, frozen=True, tag="flatten"):
    """Lays all values in one row, so that dense layers can follow an image."""

    group = "basic"

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)

    def kept_values(self, shape: Shape) -> int:
        return 0  # the same values, seen in another order

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        return x.movedim(1, -1).flatten(1)


class Reshape(Layer, frozen=True, tag="reshape"):
    """Gives the same values another shape."""

    target_shape: o.TargetShape = (-1,)

    group = "basic"

    def output_shape(self, shape: Shape) -> Shape:
        target, values = self.target_shape, math.prod(shape)
        open_places = target.count(-1)
        known = math.prod(extent for extent in target if extent != -1)
        if open_places > 1:
            raise ShapeError(f"target_shape {show(target)} may hold -1 only once; write out the others.")
        if known == 0 or (values % known if open_places else values != known):
            raise ShapeError(
                f"target_shape {show(target)} does not hold the {values:,} values of {show(shape)}; "
                f"choose numbers whose product is {values:,}."
            )
        return tuple(values // known if extent == -1 else extent for extent in target)

    def kept_values(self, shape: Shape) -> int:
        return 0  # the same values, seen in another order

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        shape = self.output_shape(tuple(x.movedim(1, -1).shape[1:]))
        return x.movedim(1, -1).reshape(len(x), *shape).movedim(-1, 1)

    def summary(self) -> str:
        return show(self.target_shape)


class Permute(Layer, frozen=True, tag="permute"):
    """Puts the dimensions into another order: 2 1 makes the features the steps and the steps the features."""

    dims: o.Dims = (2, 1)

    group = "basic"

    def output_shape(self, shape: Shape) -> Shape:
        numbers = range(1, len(shape) + 1)
        if sorted(self.dims) != list(numbers):
            order = " ".join(map(str, numbers)) + (" in another order" if len(shape) > 1 else "")
            raise ShapeError(
                f"dims {self.summary()} does not name each dimension of {show(shape)} once; write {order}."
            )
        return tuple(shape[number - 1] for number in self.dims)

    def kept_values(self, shape: Shape) -> int:
        return 0  # the same values, seen in another order

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        return x.movedim(1, -1).permute(0, *self.dims).movedim(-1, 1)

    def summary(self) -> str:
        return " ".join(str(number) for number in self.dims)


class RepeatVector(Layer, frozen=True, tag="repeat_vector"):
    """Repeats a vector, so that it becomes a sequence of equal steps."""

    n: o.Repeats = 2

    group = "basic"
    input_rank = 1

    def output_shape(self, shape: Shape) -> Shape:
        return (self.n, *shape)

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        return x.unsqueeze(2).expand(-1, -1, self.n)

    def summary(self) -> str:
        return f"{self.n} times"
