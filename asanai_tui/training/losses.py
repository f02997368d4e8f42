"""Losses with Keras' values (keras.io/api/losses): the mean over the outputs, then over the batch.

A last softmax or sigmoid under the matching cross-entropy is left out while training and its logarithm taken inside
the loss: the same value, but a gradient that does not die where probabilities reach 0 or 1.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import torch
from numpy.typing import NDArray
from torch.nn import functional

from asanai_tui.data.spec import Targets
from asanai_tui.errors import InputError, counted
from asanai_tui.network.modules import Model
from asanai_tui.training import execution
from asanai_tui.training.settings import LossName


class Loss(Protocol):
    """Outputs batch × width and encoded targets → a scalar, the mean over the batch.

    With `reduction="none"` the values it is the mean of: batch, or batch × width. Where pictures are given, outputs and
    values have the extents of the picture behind these dimensions.
    """

    def __call__(self, outputs: torch.Tensor, targets: torch.Tensor, /, *, reduction: str = "mean") -> torch.Tensor: ...


CLIP = 1e-7  # Keras' backend.epsilon(): probabilities are held this far from 0 and 1
_MATCHING: dict[LossName, str] = {"categorical_crossentropy": "softmax", "binary_crossentropy": "sigmoid"}


class Objective(NamedTuple):
    """What training makes small, and the part of the model it is computed from."""

    model: Model  # shares every weight with the model it was made from
    loss: Loss  # of the outputs of `model`
    probabilities: Callable[[torch.Tensor], torch.Tensor]  # outputs of `model` → outputs of the whole model
    fused: bool  # `model` gives logits


def objective(name: LossName, model: Model) -> Objective:
    """The loss `name` for `model`, on logits where the last activation matches it."""
    activation = _MATCHING.get(name, "")
    modules = execution.logits(model, activation)
    if modules is None:
        return Objective(execution.lean(model), _ON_OUTPUTS[name], lambda outputs: outputs, False)
    if activation == "softmax":
        return Objective(execution.lean(modules), functional.cross_entropy, lambda outputs: outputs.softmax(1), True)
    return Objective(execution.lean(modules), functional.binary_cross_entropy_with_logits, torch.sigmoid, True)


def encoded_targets(values: NDArray[Any], targets: Targets, loss: LossName, width: int) -> torch.Tensor:
    """The targets as the loss wants them.

    Args:
        values: whole numbers N (of classes) or float32 N × T; of pictures uint8 N × … or float32 N × … × T.
        width: how many numbers the network gives, or gives for each place.

    Returns:
        Class numbers as they came for categorical cross-entropy, N × …, which `Examples` widens batch by batch; else
        float32 N × width × …: one-hot, or the number of the class where a single output tells two classes apart.

    Raises:
        InputError: the network does not give as many numbers as the targets need.
    """
    tensor = torch.from_numpy(values)
    if targets.kind == "numbers":
        if width != targets.count:
            raise InputError(
                f"the last layer gives {counted(width, 'number')}, but there are {counted(targets.count, 'target')}; "
                "change its units."
            )
        return channels_second(tensor.to(torch.float32))
    if width == 1 and targets.count == 2 and loss != "categorical_crossentropy":
        return tensor.to(torch.float32).unsqueeze(1)
    if width != targets.count:
        raise InputError(
            f"the last layer gives {counted(width, 'number')}, but there are {targets.count} classes; change its units."
        )
    if loss == "categorical_crossentropy":
        return tensor
    return channels_second(functional.one_hot(tensor.to(torch.int64), width).to(torch.float32))


def channels_second(values: torch.Tensor) -> torch.Tensor:
    """N × … × channels as N × channels × …, as models give it."""
    return values.movedim(-1, 1) if values.ndim > 2 else values


def _categorical_crossentropy(
    outputs: torch.Tensor, targets: torch.Tensor, /, *, reduction: str = "mean"
) -> torch.Tensor:
    outputs = (outputs / outputs.sum(1, keepdim=True)).clamp(CLIP, 1 - CLIP)
    if targets.ndim < outputs.ndim:
        return functional.nll_loss(outputs.log(), targets, reduction=reduction)
    return _reduced(-(targets * outputs.log()).sum(1), reduction)


def _binary_crossentropy(outputs: torch.Tensor, targets: torch.Tensor, /, *, reduction: str = "mean") -> torch.Tensor:
    outputs = outputs.clamp(CLIP, 1 - CLIP)
    return _reduced(-(targets * outputs.log() + (1 - targets) * (1 - outputs).log()), reduction)


def _reduced(values: torch.Tensor, reduction: str) -> torch.Tensor:
    return values.mean() if reduction == "mean" else values


_ON_OUTPUTS: dict[LossName, Loss] = {
    "mean_squared_error": functional.mse_loss,
    "binary_crossentropy": _binary_crossentropy,
    "categorical_crossentropy": _categorical_crossentropy,
}
