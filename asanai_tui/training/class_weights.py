"""Class weights: rare classes count as much as frequent ones while training."""

from collections.abc import Callable, Iterable

import torch

from asanai_tui.data.spec import Targets
from asanai_tui.errors import InputError
from asanai_tui.training.loss_settings import OF_CLASS_NUMBERS, LossName
from asanai_tui.training.losses import Objective

Parts = Callable[[], Iterable[torch.Tensor]]
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


def weighting(encoded: Parts, targets: Targets, loss: LossName, width: int, device: torch.device) -> Weighting:
    """From encoded targets of a batch to the weights of its examples.

    Several yes-or-no targets are balanced each for itself, and weighted so; mixed targets get mixed weights.

    Places of pictures count like examples.

    Args:
        encoded: goes through the targets of the training part, as `encoded_targets` gives them, some at a time.
        width: how many numbers the network gives.

    Returns:
        From batch to batch, or from batch × width to batch × width where each output has classes of its own.

    Raises:
        InputError: the targets are not classes.
    """
    if targets.kind == "numbers" and not targets.binary:
        raise InputError("class_weights: the targets are numbers and not classes; switch class_weights off.")
    numbers = 1 + len(targets.shape)  # dimensions of class numbers
    is_number = next(iter(encoded())).ndim == numbers
    if is_number or loss in OF_CLASS_NUMBERS or (targets.kind == "classes" and width > 1):
        counts = torch.stack([_counts(some, numbers, width) for some in encoded()]).sum(0)
        return _by_class(balanced(counts).to(device))
    by_column = _by_column(lambda: map(_places, encoded()), device)
    return lambda targets: by_column(targets.movedim(1, -1)).movedim(-1, 1)


def _places(encoded: torch.Tensor) -> torch.Tensor:
    """Batch × width × … as places × width."""
    return encoded.movedim(1, -1).flatten(0, -2)


def _counts(encoded: torch.Tensor, numbers: int, width: int) -> torch.Tensor:
    """How often each class stands in targets, which are class numbers where they have so many dimensions."""
    if encoded.ndim == numbers:
        return torch.bincount(encoded.flatten(), minlength=width).cpu().double()
    return _places(encoded).cpu().sum(0, dtype=torch.float64)  # Apple's GPUs know no float64


def _by_class(weights: torch.Tensor) -> Weighting:
    """Class numbers are looked up; of batch × classes × … the classes are mixed."""
    return lambda targets: (
        weights[targets] if not targets.is_floating_point() else ((targets.movedim(1, -1) * weights).sum(-1))
    )


def _by_column(encoded: Parts, device: torch.device) -> Weighting:
    """No and yes are the smallest and the largest value of a column: it may be scaled."""
    no = torch.stack([some.amin(0).cpu() for some in encoded()]).amin(0)
    yes = torch.stack([some.amax(0).cpu() for some in encoded()]).amax(0)
    are_yes = torch.stack([(some.cpu() == yes).sum(0) for some in encoded()]).sum(0)
    weights = balanced(torch.stack((sum(map(len, encoded())) - are_yes, are_yes), 1).double())
    span = (yes - no).where(yes > no, 1.0).to(device)
    lowest, of_no, of_yes = no.to(device), weights[:, 0].to(device), weights[:, 1].to(device)
    constant = (yes == no).to(device)
    return lambda targets: torch.lerp(of_no, of_yes, ((targets - lowest) / span).where(~constant, 1.0))
