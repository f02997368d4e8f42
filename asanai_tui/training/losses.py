"""Losses with Keras' values (keras.io/api/losses): the mean over the outputs, then over the batch.

A last softmax or sigmoid under the matching cross-entropy is left out while training and its logarithm taken inside
the loss: the same value, but a gradient that does not die where probabilities reach 0 or 1.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Protocol

import torch
from numpy.typing import NDArray
from torch.nn import functional

from asanai_tui.data.spec import Targets
from asanai_tui.errors import InputError, counted
from asanai_tui.network.modules import Model
from asanai_tui.training import execution
from asanai_tui.training.loss_functions import Values, smoothed, values_of
from asanai_tui.training.loss_settings import NO_LOSS_OPTIONS, OF_CLASS_NUMBERS, LossName, LossOptions


class Loss(Protocol):
    """Outputs batch × width and encoded targets → a scalar, the mean over the batch.

    With `reduction="none"` the values it is the mean of: batch, or batch × width. Where pictures are given, outputs and
    values have the extents of the picture behind these dimensions.
    """

    def __call__(self, outputs: torch.Tensor, targets: torch.Tensor, /, *, reduction: str = "mean") -> torch.Tensor: ...


_MATCHING: dict[LossName, str] = {
    "categorical_crossentropy": "softmax",
    "sparse_categorical_crossentropy": "softmax",
    "binary_crossentropy": "sigmoid",
}


class Objective(NamedTuple):
    """What training makes small, and the part of the model it is computed from."""

    model: Model  # shares every weight with the model it was made from
    loss: Loss  # of the outputs of `model`
    probabilities: Callable[[torch.Tensor], torch.Tensor]  # outputs of `model` → outputs of the whole model
    fused: bool  # `model` gives logits


def objective(name: LossName, model: Model, options: LossOptions = NO_LOSS_OPTIONS) -> Objective:
    """The loss `name` for `model`, on logits where the last activation matches it."""
    activation = _MATCHING.get(name, "")
    modules = execution.logits(model, activation)
    if modules is None:
        return Objective(execution.lean(model), _mean_of(values_of(name, options)), lambda outputs: outputs, False)
    smoothing = 0.0 if name == "sparse_categorical_crossentropy" else options.label_smoothing
    if activation == "softmax":
        loss: Loss = partial(functional.cross_entropy, label_smoothing=smoothing)
        return Objective(execution.lean(modules), loss, lambda outputs: outputs.softmax(1), True)
    return Objective(execution.lean(modules), _on_logits(smoothing), torch.sigmoid, True)


def _mean_of(values: Values) -> Loss:
    def loss(outputs: torch.Tensor, targets: torch.Tensor, /, *, reduction: str = "mean") -> torch.Tensor:
        found = values(outputs, targets)
        return found.mean() if reduction == "mean" else found

    return loss


def _on_logits(smoothing: float) -> Loss:
    def loss(outputs: torch.Tensor, targets: torch.Tensor, /, *, reduction: str = "mean") -> torch.Tensor:
        wanted = smoothed(targets, smoothing, 2)
        return functional.binary_cross_entropy_with_logits(outputs, wanted, reduction=reduction)

    return loss


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
    if width == 1 and targets.count == 2 and loss not in OF_CLASS_NUMBERS:
        return tensor.to(torch.float32).unsqueeze(1)
    if width != targets.count:
        raise InputError(
            f"the last layer gives {counted(width, 'number')}, but there are {targets.count} classes; change its units."
        )
    if loss in OF_CLASS_NUMBERS:
        return tensor
    return channels_second(functional.one_hot(tensor.to(torch.int64), width).to(torch.float32))


def channels_second(values: torch.Tensor) -> torch.Tensor:
    """N × … × channels as N × channels × …, as models give it."""
    return values.movedim(-1, 1) if values.ndim > 2 else values
