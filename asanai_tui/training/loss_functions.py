"""Losses of outputs and targets, with Keras' values (keras.io/api/losses).

Outputs are batch × width × …, targets the same, or class numbers batch × … where cross-entropy of classes is asked for.
Values are batch × width × … where the loss is a mean over the outputs, else batch × …
"""

import math
from collections.abc import Callable
from functools import partial

import torch
from torch.nn import functional

from asanai_tui.training.loss_settings import LossName, LossOptions

Values = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
EPSILON = 1e-7  # Keras' backend.epsilon(): probabilities are held this far from 0 and 1


def values_of(name: LossName, options: LossOptions) -> Values:
    """The loss called `name` as a function of outputs and targets, not yet a mean."""
    match name:
        case "binary_crossentropy":
            return partial(_binary_crossentropy, smoothing=options.label_smoothing)
        case "categorical_crossentropy":
            return partial(_categorical_crossentropy, smoothing=options.label_smoothing)
        case "binary_focal_crossentropy":
            return partial(_binary_focal_crossentropy, options=options)
        case "categorical_focal_crossentropy":
            return partial(_categorical_focal_crossentropy, options=options)
        case "huber":
            return partial(_huber, delta=options.delta)
    return _PLAIN[name]


def smoothed(targets: torch.Tensor, smoothing: float, classes: int) -> torch.Tensor:
    """Targets of 0 and 1 drawn towards equal shares of all classes (Szegedy et al. 2015, section 7)."""
    return targets * (1 - smoothing) + smoothing / classes if smoothing else targets


def one_hot(targets: torch.Tensor, outputs: torch.Tensor) -> torch.Tensor:
    """Class numbers as batch × classes × …; what has that form already is left as it is."""
    if targets.ndim == outputs.ndim:
        return targets
    return functional.one_hot(targets, outputs.shape[1]).movedim(-1, 1).to(outputs.dtype)


def _categorical_crossentropy(outputs: torch.Tensor, targets: torch.Tensor, smoothing: float = 0.0) -> torch.Tensor:
    logarithms = _probabilities(outputs).log()
    if targets.ndim < outputs.ndim and not smoothing:
        return functional.nll_loss(logarithms, targets, reduction="none")
    return -(smoothed(one_hot(targets, outputs), smoothing, outputs.shape[1]) * logarithms).sum(1)


def _probabilities(outputs: torch.Tensor) -> torch.Tensor:
    return (outputs / outputs.sum(1, keepdim=True)).clamp(EPSILON, 1 - EPSILON)


def _binary_crossentropy(outputs: torch.Tensor, targets: torch.Tensor, smoothing: float = 0.0) -> torch.Tensor:
    outputs, targets = outputs.clamp(EPSILON, 1 - EPSILON), smoothed(targets, smoothing, 2)
    return -(targets * outputs.log() + (1 - targets) * (1 - outputs).log())


def _binary_focal_crossentropy(outputs: torch.Tensor, targets: torch.Tensor, options: LossOptions) -> torch.Tensor:
    """Lin et al. 2017: examples that are known already count less."""
    targets = smoothed(targets, options.label_smoothing, 2)
    right = targets * outputs + (1 - targets) * (1 - outputs)
    return (1 - right) ** options.gamma * _binary_crossentropy(outputs, targets)


def _categorical_focal_crossentropy(outputs: torch.Tensor, targets: torch.Tensor, options: LossOptions) -> torch.Tensor:
    targets = smoothed(one_hot(targets, outputs), options.label_smoothing, outputs.shape[1])
    outputs = _probabilities(outputs)
    return -(options.alpha * (1 - outputs) ** options.gamma * targets * outputs.log()).sum(1)


def _mean_squared_error(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return functional.mse_loss(outputs, targets, reduction="none")


def _mean_absolute_error(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return functional.l1_loss(outputs, targets, reduction="none")


def _mean_absolute_percentage_error(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return 100 * ((targets - outputs) / targets.abs().clamp_min(EPSILON)).abs()


def _mean_squared_logarithmic_error(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return (outputs.clamp_min(EPSILON).log1p() - targets.clamp_min(EPSILON).log1p()).square()


def _hinge(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return (1 - _signs(targets) * outputs).clamp_min(0)


def _squared_hinge(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return _hinge(outputs, targets).square()


def _signs(targets: torch.Tensor) -> torch.Tensor:
    """-1 and 1 where all targets of the batch are 0 or 1, as Keras decides, without a wait for the device."""
    binary = ((targets == 0) | (targets == 1)).all()
    return torch.where(binary, 2 * targets - 1, targets)


def _categorical_hinge(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    right = (targets * outputs).sum(1)
    wrong = ((1 - targets) * outputs).amax(1)
    return (wrong - right + 1).clamp_min(0)


def _poisson(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return outputs - targets * (outputs + EPSILON).log()


def _kl_divergence(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    outputs, targets = outputs.clamp(EPSILON, 1), targets.clamp(EPSILON, 1)
    return (targets * (targets / outputs).log()).sum(1)


def _log_cosh(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    difference = outputs - targets
    return difference + functional.softplus(-2 * difference) - math.log(2)


def _huber(outputs: torch.Tensor, targets: torch.Tensor, delta: float) -> torch.Tensor:
    return functional.huber_loss(outputs, targets, reduction="none", delta=delta)


def _cosine_similarity(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """-1 where both point the same way."""
    return -(functional.normalize(outputs, dim=1) * functional.normalize(targets, dim=1)).sum(1)


_PLAIN: dict[LossName, Values] = {
    "mean_squared_error": _mean_squared_error,
    "mean_absolute_error": _mean_absolute_error,
    "mean_absolute_percentage_error": _mean_absolute_percentage_error,
    "mean_squared_logarithmic_error": _mean_squared_logarithmic_error,
    "sparse_categorical_crossentropy": _categorical_crossentropy,
    "hinge": _hinge,
    "squared_hinge": _squared_hinge,
    "categorical_hinge": _categorical_hinge,
    "poisson": _poisson,
    "kl_divergence": _kl_divergence,
    "log_cosh": _log_cosh,
    "cosine_similarity": _cosine_similarity,
}
