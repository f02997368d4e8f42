"""From layers to torch modules."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import torch
from torch import nn

from asanai_tui.errors import InputError
from asanai_tui.network.layers.base import Layer, WeightSpec
from asanai_tui.network.network import Network
from asanai_tui.network.options import Shape

_MEMORY = {4: torch.channels_last, 5: torch.channels_last_3d}


class LayerModule(nn.Module):
    """One layer with its weights. Trainable weights are parameters, the others buffers, all in torch's layout."""

    def __init__(self, layer: Layer, shape: Shape) -> None:
        super().__init__()
        self.layer = layer
        self.specs = layer.weights(shape)
        self.make_weights(shape)
        self.place: tuple[int, ...] = ()  # in the network, as `build` numbers it
        self.activity = getattr(layer, "activity_regularizer", None)
        self.activity_penalty: torch.Tensor | None = None

    def make_weights(self, shape: Shape) -> None:
        """Fresh weights for inputs of `shape`, as `specs` say."""
        for name, spec in self.specs.items():
            value = to_torch(spec.initializer(spec.shape), spec)
            if spec.trainable:
                self.register_parameter(name, nn.Parameter(value))
            else:
                self.register_buffer(name, value)

    def weights(self) -> Mapping[str, Any]:
        """Parameters and buffers by their Keras names."""
        return {**self._parameters, **self._buffers} if self._buffers else self._parameters

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.layer.forward(x, self.weights(), self.training)
        if self.activity is not None:
            self.activity_penalty = self.activity(y) / len(y)
        return y

    def penalties(self) -> Iterator[torch.Tensor]:
        """The terms of what is trainable, as in Keras; the activity's is that of the last forward pass."""
        for name, spec in self.specs.items():
            if spec.regularizer is not None and spec.trainable:
                yield spec.regularizer(self.weights()[name])
        if self.activity_penalty is not None:
            yield self.activity_penalty

    @torch.no_grad()
    def apply_constraints(self) -> None:
        """Hold the trainable weights to their constraints, as Keras does after every step."""
        for name, spec in self.specs.items():
            if spec.constraint is not None and spec.trainable:
                weight = self.weights()[name]
                weight.copy_(to_torch(spec.constraint(to_keras(weight, spec)), spec))

    @property
    def constrained(self) -> bool:
        """Whether `apply_constraints` does anything."""
        return any(spec.constraint is not None and spec.trainable for spec in self.specs.values())

    @property
    def regularized(self) -> bool:
        """Whether `penalties` gives anything."""
        penalized = any(spec.regularizer is not None and spec.trainable for spec in self.specs.values())
        return self.activity is not None or penalized


def to_torch(value: torch.Tensor, spec: WeightSpec) -> torch.Tensor:
    """From Keras' layout to torch's, contiguous (kernels of images and volumes with their channels last).

    A copy: `contiguous` leaves odd strides where an extent is 1, and with them torch cannot differentiate convolutions.
    """
    value = value.permute(spec.layout) if spec.layout else value
    return value.clone(memory_format=_MEMORY.get(value.ndim, torch.contiguous_format))


def to_keras(value: torch.Tensor, spec: WeightSpec) -> torch.Tensor:
    """From torch's layout to Keras', contiguous."""
    if spec.layout:
        value = value.permute([spec.layout.index(i) for i in range(len(spec.layout))])
    return value.contiguous()


class Model(nn.Sequential):
    """The layers of a network as one module. Inputs: batch × channels × …; outputs likewise."""

    def settle(self, parents: tuple[int, ...] = ()) -> "Model":
        """Tell all layers where they stand, in the layer at `parents`."""
        for index, module in enumerate(self.layers()):
            module.place = (*parents, index)
            if isinstance(inner := getattr(module, "inner", None), Model):
                inner.settle(module.place)
        return self

    def layers(self) -> list[LayerModule]:
        return [module for module in self if isinstance(module, LayerModule)]

    def keras_weights(self) -> dict[str, torch.Tensor]:
        """Every weight in Keras' layout, as `<position>.<name>`: `0.kernel`."""
        return {
            f"{position}.{name}": to_keras(value.detach(), module.specs[name])
            for position, module in enumerate(self.layers())
            for name, value in module.weights().items()
        }

    def load_keras_weights(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Set every weight from what `keras_weights` gave.

        Raises:
            InputError: a weight is missing, unknown or has another shape.
        """
        expected = self.keras_weights()
        if unknown := sorted(set(weights) ^ set(expected)):
            raise InputError(f"weight {unknown[0]!r} does not belong to both the network and the file.")
        for name, value in weights.items():
            if value.shape != expected[name].shape:
                raise InputError(f"weight {name!r} is {list(value.shape)}, expected {list(expected[name].shape)}.")
        for position, module in enumerate(self.layers()):
            for name, target in module.weights().items():
                with torch.no_grad():
                    target.copy_(to_torch(weights[f"{position}.{name}"].to(target), module.specs[name]))

    def penalty(self) -> torch.Tensor | None:
        """The sum of all regularizers' terms, or None when there are none."""
        terms = [term for module in self.layers() if module.regularized for term in module.penalties()]
        return torch.stack(terms).sum() if terms else None

    def apply_constraints(self) -> None:
        """Hold all weights to their constraints; to be called after every step, and cheap where there are none."""
        for module in self._constrained:
            module.apply_constraints()

    @cached_property
    def _constrained(self) -> tuple[LayerModule, ...]:
        return tuple(module for module in self.layers() if module.constrained)


def build(network: Network, input_shape: Shape) -> Model:
    """A model with fresh weights.

    Args:
        input_shape: channels last, without the batch.

    Raises:
        InputError: a layer has a problem; the sentence names it.
    """
    stages = network.stages(input_shape)
    for number, stage in enumerate(stages, 1):
        if stage.problem:
            raise InputError(f"layer {number} ({stage.layer.name}): {stage.problem}")
    return Model(*(stage.layer.module(stage.arrives or ()) for stage in stages)).settle()
