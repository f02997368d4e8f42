"""Class weights: rare classes count as much as frequent ones while training."""

from collections.abc import Callable

import torch

from asanai_tui.data.spec import Targets
from asanai_tui.errors import InputError
from asanai_tui.training.losses import Objective
from asanai_tui.training.settings import LossName

Weighting = Callable[[torch.Tensor], torch.Tensor]


def balanced(counts: torch.Tensor) -> torch.Tensor:
    """Examples / (classes * count), scikit-learn's `class_weight="balanced"`; 0 for a class without examples.

    Args:
        counts: how often each class stands in the training part; float, … × classes.
    """
    present = counts > 0
    weights = counts.sum(-1, keepdim=True) / (present.sum(-1, keepdim=True) * counts.where(present, 1.0))
    return weights.where(present, 0.0).to(torch.float32)


def weighted(objective: Objective, weighting: Weighting) -> Objective:
    """Each example's loss multiplied by its weight while the model trains; elsewhere nothing changes.

    The mean divides by the number of examples and not of weights, as Keras' does
    (keras.io/api/models/model_training_apis, class_weight).
    """

    def loss(outputs: torch.Tensor, targets: torch.Tensor, /, *, reduction: str = "mean") -> torch.Tensor:
        if not objective.model.training:
            return objective.loss(outputs, targets, reduction=reduction)
        values, weights = objective.loss(outputs, targets, reduction="none"), weighting(targets)
        if weights.ndim < values.ndim:
            values = values.mean(1)  # over the outputs
        values = values * weights
        return values.mean() if reduction == "mean" else values

    return objective._replace(loss=loss)


def weighting(encoded: torch.Tensor, targets: Targets, loss: LossName, width: int, device: torch.device) -> Weighting:
    """From encoded targets of a batch to the weights of its examples.

    Several yes-or-no targets are balanced each for itself, and weighted so; mixed targets get mixed weights.

    Places of pictures count like examples.

    Args:
        encoded: the targets of the training part, as `encoded_targets` gives them.
        width: how many numbers the network gives.

    Returns:
        From batch to batch, or from batch × width to batch × width where each output has classes of its own.

    Raises:
        InputError: the targets are not classes.
    """
    if targets.kind == "numbers" and not targets.binary:
        raise InputError("class_weights: the targets are numbers and not classes; switch class_weights off.")
    if encoded.ndim == 1 + len(targets.shape):
        counts = torch.bincount(encoded.flatten(), minlength=width)
        return _by_class(balanced(counts.double()).to(device))
    rows = encoded.movedim(1, -1).flatten(0, -2)
    if loss == "categorical_crossentropy" or (targets.kind == "classes" and width > 1):
        return _by_class(balanced(rows.double().sum(0)).to(device))
    by_column = _by_column(rows, device)
    return lambda targets: by_column(targets.movedim(1, -1)).movedim(-1, 1)


def _by_class(weights: torch.Tensor) -> Weighting:
    """Class numbers are looked up; of batch × classes × … the classes are mixed."""
    return lambda targets: (
        weights[targets] if not targets.is_floating_point() else ((targets.movedim(1, -1) * weights).sum(-1))
    )


def _by_column(encoded: torch.Tensor, device: torch.device) -> Weighting:
    """No and yes are the smallest and the largest value of a column: it may be scaled."""
    no, yes = encoded.amin(0), encoded.amax(0)
    of_yes = (encoded == yes).double().sum(0)
    weights = balanced(torch.stack((len(encoded) - of_yes, of_yes), 1))
    span = (yes - no).where(yes > no, 1.0).to(device)
    lowest, of_no, of_yes = no.to(device), weights[:, 0].to(device), weights[:, 1].to(device)
    constant = (yes == no).to(device)
    return lambda targets: torch.lerp(of_no, of_yes, ((targets - lowest) / span).where(~constant, 1.0))
