"""A layer that holds layers."""

import math
from typing import TYPE_CHECKING, Annotated

import msgspec

from asanai_tui.errors import ShapeError, counted
from asanai_tui.network import options as o
from asanai_tui.network.layers.activation import Activation
from asanai_tui.network.layers.base import Layer, WeightSpec, show
from asanai_tui.network.layers.normalization import BatchNormalization
from asanai_tui.network.network import Network
from asanai_tui.network.options import Shape
from asanai_tui.options import option

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

InnerLayers = Annotated[Network, option("The layers whose output is added to what arrives.")]


class Residual(Layer, frozen=True, tag="residual"):
    """Passes what arrives through its own layers and adds the result to it, so that even very deep networks learn.

    He and others 2015. Its layers must give the shape that arrives. Their weights are called `<position>.<name>`.
    """

    layers: InnerLayers = Network([BatchNormalization(), Activation()])
    trainable: o.Trainable = True

    group = "residual"

    @property
    def stack(self) -> Network:
        """The inner layers as they are computed: frozen where the residual is."""
        if self.trainable:
            return self.layers
        return Network([
            msgspec.structs.replace(layer, trainable=False) if hasattr(layer, "trainable") else layer
            for layer in self.layers
        ])  # fmt: skip

    def output_shape(self, shape: Shape) -> Shape:
        if not len(self.layers):
            raise ShapeError("holds no layers; give it at least one.")
        leaves = shape
        for number, stage in enumerate(self.layers.stages(shape), 1):
            if stage.problem:
                raise ShapeError(f"its layer {number} ({stage.layer.name}): {stage.problem}")
            leaves = stage.leaves or ()
        if leaves != shape:
            raise ShapeError(
                f"{show(shape)} arrives, but its layers give {show(leaves)}, which cannot be added to it; "
                f"make them give {show(shape)}."
            )
        return shape

    def weights(self, shape: Shape) -> dict[str, WeightSpec]:
        return {
            f"{position}.{name}": spec
            for position, stage in enumerate(self.stack.stages(shape))
            for name, spec in stage.layer.weights(stage.arrives or ()).items()
        }

    def multiply_adds(self, shape: Shape) -> int:
        return sum(stage.multiply_adds for stage in self.stack.stages(shape))

    def kept_values(self, shape: Shape) -> int:
        return sum(stage.kept for stage in self.stack.stages(shape)) + math.prod(shape)

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        y = x
        for position, layer in enumerate(self.stack):
            start = f"{position}."
            own = {name.removeprefix(start): value for name, value in weights.items() if name.startswith(start)}
            y = layer.forward(y, own, training)
        return x + y

    def module(self, shape: Shape) -> "torch.nn.Module":
        from asanai_tui.network.stateful import ResidualModule

        return ResidualModule(self, shape)

    def summary(self) -> str:
        return counted(len(self.layers), "layer")
