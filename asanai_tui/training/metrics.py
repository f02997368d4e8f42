"""Metrics with Keras' values, and the running means of an epoch."""

from collections.abc import Callable

import torch
from torch.nn import functional

from asanai_tui.data.spec import Targets
from asanai_tui.training.losses import Objective
from asanai_tui.training.settings import LossName, MetricName

Metric = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

_HELD_VALUES = 2**20  # outputs kept until they are counted together


def metric(
    name: MetricName, objective: Objective, targets: Targets, loss: LossName, scale: torch.Tensor | None = None
) -> Metric:
    """A function of the outputs of `objective.model` (batch × width) and encoded targets: one value an example.

    Args:
        scale: how many original units one unit of each target is; errors of numbers are given in original units.
    """
    if name == "accuracy":
        separate = targets.kind == "numbers" and (targets.binary or loss == "binary_crossentropy")
        return _accuracy(threshold=0.0 if objective.fused else 0.5, separate=separate)
    return _error(objective.probabilities, scale, squared=name == "mean_squared_error")


def _accuracy(threshold: float, separate: bool) -> Metric:
    """The largest output where there are several; above one half where there is one, or each is a yes or no."""

    def accuracy(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        if targets.ndim == 1:
            return (outputs.argmax(1) == targets).to(torch.float32)
        if separate or outputs.shape[1] == 1:
            return ((outputs > threshold) == (targets > 0.5)).to(torch.float32).mean(1)
        return (outputs.argmax(1) == targets.argmax(1)).to(torch.float32)

    return accuracy


def _error(probabilities: Callable[[torch.Tensor], torch.Tensor], scale: torch.Tensor | None, squared: bool) -> Metric:
    def error(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        if targets.ndim == 1:
            targets = functional.one_hot(targets, outputs.shape[1])
        difference = probabilities(outputs) - targets
        if scale is not None:
            difference = difference * scale
        return (difference.square() if squared else difference.abs()).mean(1)

    return error


class Tally:
    """Means of loss and metric over the examples of an epoch, an uneven last batch weighted right.

    A batch costs three appends; counting happens for many batches together, without a wait for the device between.
    """

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._losses: list[torch.Tensor] = []
        self._outputs: list[torch.Tensor] = []
        self._targets: list[torch.Tensor] = []
        self._held = 0
        self._loss_sum = 0.0
        self._metric_sum = 0.0
        self.examples = 0

    def add(self, loss: torch.Tensor, outputs: torch.Tensor, targets: torch.Tensor) -> None:
        """One batch: its mean loss, what the network gave and what was wanted."""
        self._losses.append(loss.detach())
        self._outputs.append(outputs.detach())
        self._targets.append(targets)
        self._held += outputs.numel()
        if self._held >= _HELD_VALUES:
            self.count()

    def count(self) -> None:
        """Add what is held to the sums."""
        if not self._losses:
            return
        sizes = torch.tensor([len(outputs) for outputs in self._outputs], dtype=torch.float64)
        losses = torch.stack(self._losses).to("cpu", torch.float64)
        values = self._metric(torch.cat(self._outputs), torch.cat(self._targets))
        self._loss_sum += float(losses @ sizes)
        self._metric_sum += float(values.sum())
        self.examples += int(sizes.sum())
        self._losses, self._outputs, self._targets, self._held = [], [], [], 0

    @property
    def loss(self) -> float:
        """Mean over the examples that were counted."""
        return self._loss_sum / max(1, self.examples)

    @property
    def metric(self) -> float:
        """Mean over the examples that were counted."""
        return self._metric_sum / max(1, self.examples)
