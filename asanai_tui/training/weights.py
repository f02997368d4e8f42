"""The weights of a model while it trains."""

from typing import NamedTuple

import torch
from torch import nn

from asanai_tui.network.modules import Model, to_keras
from asanai_tui.training.updates import Part

_ALIGNMENT = 16  # numbers: 64 bytes, so that every weight begins where vector units like it


class Copy(NamedTuple):
    """All weights at one moment."""

    values: torch.Tensor
    buffers: list[torch.Tensor]

    def to(self, device: torch.device) -> "Copy":
        """The same on `device`."""
        return Copy(self.values.to(device), [buffer.to(device) for buffer in self.buffers])

    @property
    def finite(self) -> bool:
        return all(bool(tensor.isfinite().all()) for tensor in (self.values, *self.buffers))


class FlatWeights:
    """All trainable weights as views into one buffer, their gradients as views into another.

    Clearing, updating and copying are then one operation each, however many layers there are.
    """

    def __init__(self, model: Model, slots: int = 0) -> None:
        """The parameters of `model` become views; it must be on its device already.

        Args:
            slots: numbers that lie behind the gradients, to be summed with them.
        """
        self._model = model
        parameters = list(model.parameters())
        starts, size = [], 0
        for parameter in parameters:
            starts.append(size)
            size += -(-parameter.numel() // _ALIGNMENT) * _ALIGNMENT
        device = parameters[0].device if parameters else None
        self.values = torch.zeros(size, device=device)
        self.sums = torch.zeros(size + slots, device=device)
        self.gradients, self.slots = self.sums[:size], self.sums[size:]
        for parameter, start in zip(parameters, starts, strict=True):
            view = self.values.as_strided(parameter.shape, parameter.stride(), start)
            view.copy_(parameter.detach())
            parameter.data = view
            parameter.grad = self.gradients.as_strided(parameter.shape, parameter.stride(), start)
        self.parts = [
            Part(
                weight.detach(),
                weight.grad,
                len(module.specs[name].shape) == weight.ndim == 2 and not name.endswith("embeddings"),
            )
            for module in model.layers()
            for name, weight in module.weights().items()
            if isinstance(weight, nn.Parameter) and weight.grad is not None
        ]

    def copy(self) -> Copy:
        """The weights as they are now."""
        return Copy(self.values.clone(), [buffer.clone() for buffer in self._model.buffers()])

    def restore(self, saved: Copy) -> None:
        """Back to what `copy` gave."""
        self.values.copy_(saved.values)
        for buffer, value in zip(self._model.buffers(), saved.buffers, strict=True):
            buffer.copy_(value)

    def keras_weights(self, saved: Copy) -> dict[str, torch.Tensor]:
        """What `Model.keras_weights` would have given at the moment of `saved`, in main memory."""
        buffers = {id(buffer): value for buffer, value in zip(self._model.buffers(), saved.buffers, strict=True)}
        result = {}
        for position, module in enumerate(self._model.layers()):
            for name, weight in module.weights().items():
                value = buffers.get(id(weight))
                if value is None:
                    value = saved.values.as_strided(weight.shape, weight.stride(), weight.storage_offset())
                result[f"{position}.{name}"] = to_keras(value, module.specs[name]).to("cpu", copy=True)
        return result
