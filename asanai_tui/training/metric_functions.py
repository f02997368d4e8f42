"""Metrics as sums over examples and what they come to, with Keras' values (keras.io/api/metrics).

A metric is a function from some examples to sums, which add up over batches, parts and machines, and one from all sums
to its value. Sums of a mean are the values of the examples and their number.
"""

import math
from collections.abc import Callable
from functools import cached_property, partial
from typing import NamedTuple

import torch
from torch.nn import functional

from asanai_tui.training.loss_functions import EPSILON, one_hot, values_of
from asanai_tui.training.loss_settings import NO_LOSS_OPTIONS, LossName
from asanai_tui.training.metric_settings import MetricName

THRESHOLDS = 200  # of the areas under curves, as many as Keras has


class Reading(NamedTuple):
    """How outputs and encoded targets are to be read."""

    probabilities: Callable[[torch.Tensor], torch.Tensor]  # outputs → outputs of the whole model
    yes_no: bool = False  # each output is a yes or a no of its own
    two: bool = False  # there are two classes, of which the second is what is looked for
    scale: torch.Tensor | None = None  # of numbers: what gives original units, for each
    center: torch.Tensor | None = None


class Answers:
    """What the network gave for some examples and what was wanted, in the forms that metrics ask for, each made once.

    Outputs are batch × width × …; targets the same, or class numbers batch × …
    """

    def __init__(self, outputs: torch.Tensor, targets: torch.Tensor, reading: Reading) -> None:
        self.outputs, self.targets, self.reading = outputs, targets, reading

    @property
    def single(self) -> bool:
        """Whether one output tells two classes apart."""
        return self.outputs.shape[1] == 1 and not self.reading.yes_no

    @cached_property
    def given(self) -> torch.Tensor:
        """Outputs of the whole model: batch × width × …"""
        return self.reading.probabilities(self.outputs)

    @cached_property
    def wanted(self) -> torch.Tensor:
        """Batch × width × …, one-hot of classes."""
        return one_hot(self.targets, self.outputs)

    @cached_property
    def difference(self) -> torch.Tensor:
        """In original units."""
        difference = self.given - self.wanted
        return difference if self.reading.scale is None else difference * _wide(self.reading.scale, difference)

    def in_units(self, numbers: torch.Tensor) -> torch.Tensor:
        """Outputs or targets of the network in original units."""
        if self.reading.scale is not None:
            numbers = numbers * _wide(self.reading.scale, numbers)
        return numbers if self.reading.center is None else numbers + _wide(self.reading.center, numbers)

    @cached_property
    def chances(self) -> torch.Tensor:
        """Places × classes."""
        return self._of_both(_places(self.given))

    @cached_property
    def truth(self) -> torch.Tensor:
        """Which classes the places belong to: bool, places × classes."""
        return self._of_both(_places(self.wanted)) > 0.5

    @cached_property
    def said(self) -> torch.Tensor:
        """Which classes the network names: bool, places × classes; as Keras' F1Score, several where they are equal."""
        if self.single or self.reading.yes_no:
            yes = _places(self.given) > 0.5
            return torch.cat((~yes, yes), 1) if self.single else yes
        return (self.chances >= self.chances.amax(1, keepdim=True)) & (self.chances > 1e-9)

    @cached_property
    def searched(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Chance and truth of what is looked for: of two classes the second; else of every class, one after another."""
        if self.reading.two:
            return self.chances[:, 1], self.truth[:, 1]
        return self.chances.flatten(), self.truth.flatten()

    def _of_both(self, places: torch.Tensor) -> torch.Tensor:
        return torch.cat((1 - places, places), 1) if self.single else places


class Function(NamedTuple):
    """A metric."""

    sums: Callable[[Answers], torch.Tensor]  # one dimension, on the device
    value: Callable[[torch.Tensor], float]  # of float64 sums in main memory; not finite where it cannot be told


def _wide(each: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """One number for each output, beside values batch × width × …"""
    return each.reshape(-1, *[1] * (values.ndim - 2))


def _places(values: torch.Tensor) -> torch.Tensor:
    """Batch × width × … as places × width."""
    return values if values.ndim == 2 else values.movedim(1, -1).flatten(0, -2)


def _mean(values: Callable[[Answers], torch.Tensor], value: Callable[[float], float] = float) -> Function:
    """Of values batch × …, each example counting once."""

    def sums(answers: Answers) -> torch.Tensor:
        found = values(answers).to(torch.float32)
        if found.ndim > 1:
            found = found.flatten(1).mean(1)
        return torch.stack((found.sum(), torch.full_like(found[0], len(found))))

    return Function(sums, lambda total: value(float(total[0] / total[1])))


def _accuracy(answers: Answers) -> torch.Tensor:
    """The largest output where there are several; above one half where there is one, or each is a yes or no."""
    if answers.targets.ndim == answers.outputs.ndim and (answers.reading.yes_no or answers.outputs.shape[1] == 1):
        return _binary_accuracy(answers)
    return _largest_accuracy(answers)


def _binary_accuracy(answers: Answers) -> torch.Tensor:
    """Keras' BinaryAccuracy."""
    return (answers.given > 0.5) == (answers.wanted > 0.5)


def _largest_accuracy(answers: Answers) -> torch.Tensor:
    """Keras' CategoricalAccuracy and SparseCategoricalAccuracy; one output stands for two classes."""
    outputs, targets = answers.outputs, answers.targets
    if answers.single:
        return _binary_accuracy(answers)
    return outputs.argmax(1) == (targets if targets.ndim < outputs.ndim else targets.argmax(1))


def _top_accuracy(answers: Answers, k: int) -> torch.Tensor:
    """Keras' TopKCategoricalAccuracy: fewer than k outputs are larger than that of the class."""
    outputs, targets = answers.outputs, answers.targets
    classes = targets if targets.ndim < outputs.ndim else targets.argmax(1)
    return (outputs > outputs.gather(1, classes.unsqueeze(1))).sum(1) < k


def _mean_iou(answers: Answers) -> torch.Tensor:
    """Intersection over union: of each class in a picture or its answer, then the mean of these classes.

    The mean over pictures is that of the PASCAL VOC measure taken picture by picture (Csurka et al. 2013), so that
    small pictures with few classes count like others.
    """
    outputs, targets = answers.outputs, answers.targets
    if outputs.shape[1] == 1:
        said, wanted = answers.given[:, 0] > 0.5, targets[:, 0] > 0.5
    else:
        said, wanted = outputs.argmax(1), targets if targets.ndim < outputs.ndim else targets.argmax(1)
    said, wanted = said.reshape(len(said), -1).long(), wanted.reshape(len(wanted), -1).long()
    sums, counts = torch.zeros(len(said), device=said.device), torch.zeros(len(said), device=said.device)
    for each in torch.unique(torch.cat((said, wanted))):
        here, there = said == each, wanted == each
        union = (here | there).sum(1)
        sums += (here & there).sum(1) / union.clamp(min=1)
        counts += union > 0
    return sums / counts


def _of_loss(name: LossName) -> Callable[[Answers], torch.Tensor]:
    """The values of a loss, in original units."""
    values = values_of(name, NO_LOSS_OPTIONS)
    return lambda answers: values(answers.in_units(answers.given), answers.in_units(answers.wanted))


def _log_cosh(answers: Answers) -> torch.Tensor:
    return values_of("log_cosh", NO_LOSS_OPTIONS)(answers.difference, torch.zeros_like(answers.difference))


def _cosine_similarity(answers: Answers) -> torch.Tensor:
    """Keras' CosineSimilarity: of the vector of all outputs."""
    given, wanted = answers.in_units(answers.given), answers.in_units(answers.wanted)
    return (functional.normalize(given, dim=1) * functional.normalize(wanted, dim=1)).sum(1)


def _found(answers: Answers) -> torch.Tensor:
    """Right and wrong ones among what is said to be so, and those that were missed."""
    chances, truth = answers.searched
    said = chances > 0.5
    right = (said & truth).sum()
    return torch.stack((right, said.sum() - right, truth.sum() - right))


def _precision(sums: torch.Tensor) -> float:
    """Keras' Precision(), all outputs counted together; Precision(class_id=1) of two classes. 0 where nothing is said.

    A class counts as said where its probability is above one half, so that of many classes none may be.
    """
    right, wrong, _ = map(float, sums)
    return right / max(1.0, right + wrong)


def _recall(sums: torch.Tensor) -> float:
    """Keras' Recall(), as `_precision`; 0 where there is nothing to be found."""
    right, _, missed = map(float, sums)
    return right / max(1.0, right + missed)


def confusion(answers: Answers) -> torch.Tensor:
    """For each class how many places are rightly said, said and true, one after the other: 3 · classes."""
    right = (answers.said & answers.truth).sum(0)
    return torch.cat((right, answers.said.sum(0), answers.truth.sum(0)))


def f1_of(right: torch.Tensor, said: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """Keras' F1Score of each class, with its guards against 0 / 0."""
    precision, recall = right / (said + EPSILON), right / (true + EPSILON)
    return 2 * precision * recall / (precision + recall + EPSILON)


def _f1(sums: torch.Tensor, two: bool) -> float:
    """Keras' F1Score(average="macro"); of two classes F1Score(threshold=0.5) of the second."""
    scores = f1_of(*sums.reshape(3, -1))
    return float(scores[-1] if two else scores.mean())


def _f1_micro(sums: torch.Tensor) -> float:
    """Keras' F1Score(average="micro")."""
    return float(f1_of(*sums.reshape(3, -1).sum(1)))


def _f1_weighted(sums: torch.Tensor) -> float:
    """Keras' F1Score(average="weighted")."""
    true = sums.reshape(3, -1)[2]
    return float((f1_of(*sums.reshape(3, -1)) * true).sum() / (true.sum() + EPSILON))


def _histogram(answers: Answers) -> torch.Tensor:
    """How many chances lie above each threshold and not above the next, first of what is not so: 2 · thresholds."""
    chances, truth = answers.searched
    places = (chances.nan_to_num().clamp(0, 1) * (THRESHOLDS - 1)).ceil().long() - 1
    return torch.bincount(places.clamp(min=0) + THRESHOLDS * truth, minlength=2 * THRESHOLDS)


def _above(sums: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Wrong and right ones above each threshold."""
    wrong, right = sums.reshape(2, -1).flip(1).cumsum(1).flip(1)
    return wrong, right


def _auc(sums: torch.Tensor) -> float:
    """Keras' AUC(): all outputs counted together, of two classes that of the second."""
    wrong, right = _above(sums)
    across, up = wrong / wrong[0].clamp(min=1), right / right[0].clamp(min=1)
    return float(((across[:-1] - across[1:]) * (up[:-1] + up[1:]) / 2).sum())


def _auc_pr(sums: torch.Tensor) -> float:
    """Keras' AUC(curve="PR"): between thresholds right and wrong ones change evenly (Davis and Goadrich 2006)."""
    wrong, right = _above(sums)
    said, steps = wrong + right, right[:-1] - right[1:]
    slope = steps / (said[:-1] - said[1:]).clamp(min=1)
    rest = right[1:] - slope * said[1:]
    ratio = torch.where((said[:-1] > 0) & (said[1:] > 0), said[:-1] / said[1:].clamp(min=1), 1.0)
    return float((slope * (steps + rest * ratio.log())).sum() / right[0].clamp(min=1))


def _moments(answers: Answers) -> torch.Tensor:
    """Of each number: targets, their squares, squared errors and how many, one after the other."""
    given, wanted = _exact(_places(answers.given)), _exact(_places(answers.wanted))
    count = torch.full_like(wanted[0], len(wanted))
    return torch.cat((wanted.sum(0), wanted.square().sum(0), (given - wanted).square().sum(0), count))


def _exact(values: torch.Tensor) -> torch.Tensor:
    """In float64, which not every device has."""
    return (values.cpu() if values.device.type == "mps" else values).to(torch.float64)


def _r2(sums: torch.Tensor) -> float:
    """Keras' R2Score: the mean over the numbers; of a number that is always the same 0, or nothing if it is met."""
    total, squares, errors, count = sums.reshape(4, -1)
    spread = squares - total * total / count
    spread = spread.where(spread > 1e-13 * squares, 0.0)  # what float64 leaves of equal targets
    scores = 1 - errors / spread
    return float(scores.where(~scores.isinf(), 0.0).mean())


def function_of(name: MetricName, two: bool) -> Function:
    """The metric called `name`; `two`: there are two classes, of which the second is what is looked for."""
    return Function(confusion, partial(_f1, two=two)) if name == "f1" else _FUNCTIONS[name]


_FUNCTIONS: dict[MetricName, Function] = {
    "accuracy": _mean(_accuracy),
    "binary_accuracy": _mean(_binary_accuracy),
    "categorical_accuracy": _mean(_largest_accuracy),
    "sparse_categorical_accuracy": _mean(_largest_accuracy),
    "top_3_accuracy": _mean(partial(_top_accuracy, k=3)),
    "top_5_accuracy": _mean(partial(_top_accuracy, k=5)),
    "precision": Function(_found, _precision),
    "recall": Function(_found, _recall),
    "f1_micro": Function(confusion, _f1_micro),
    "f1_weighted": Function(confusion, _f1_weighted),
    "auc": Function(_histogram, _auc),
    "auc_pr": Function(_histogram, _auc_pr),
    "mean_iou": _mean(_mean_iou),
    "mean_absolute_error": _mean(lambda answers: answers.difference.abs()),
    "mean_squared_error": _mean(lambda answers: answers.difference.square()),
    "root_mean_squared_error": _mean(lambda answers: answers.difference.square(), math.sqrt),
    "mean_absolute_percentage_error": _mean(_of_loss("mean_absolute_percentage_error")),
    "mean_squared_logarithmic_error": _mean(_of_loss("mean_squared_logarithmic_error")),
    "log_cosh": _mean(_log_cosh),
    "cosine_similarity": _mean(_cosine_similarity),
    "r2": Function(_moments, _r2),
}
