"""Metrics with Keras' values, and the running means of an epoch."""

from collections.abc import Callable, Mapping

import msgspec
import torch
from torch.nn import functional

from asanai_tui.data.spec import Targets
from asanai_tui.errors import InputError
from asanai_tui.training.loss_settings import LossName
from asanai_tui.training.losses import Objective
from asanai_tui.training.settings import MetricName

Metric = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

_HELD_VALUES = 2**20  # outputs kept until they are counted together


def metric(
    name: MetricName, objective: Objective, targets: Targets, loss: LossName, scale: torch.Tensor | None = None
) -> Metric:
    """A function of the outputs of `objective.model` (batch × width) and encoded targets: one value an example.

    Of pictures (batch × width × …) the value of an example is the mean over its places.

    Args:
        scale: how many original units one unit of each target is; errors of numbers are given in original units.
    """
    if name == "mean_iou" and targets.kind == "numbers" and not targets.binary:
        raise InputError("metric mean_iou: the targets are numbers and not classes; choose mean_absolute_error.")
    if name in ("accuracy", "mean_iou"):
        separate = targets.kind == "numbers" and (targets.binary or loss == "binary_crossentropy")
        threshold = 0.0 if objective.fused else 0.5
        return _accuracy(threshold, separate) if name == "accuracy" else _mean_iou(threshold)
    return _error(objective.probabilities, scale, squared=name == "mean_squared_error")


def _accuracy(threshold: float, separate: bool) -> Metric:
    """The largest output where there are several; above one half where there is one, or each is a yes or no."""

    def accuracy(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        if targets.ndim < outputs.ndim:
            return _per_example(outputs.argmax(1) == targets)
        if separate or outputs.shape[1] == 1:
            return _per_example((outputs > threshold) == (targets > 0.5))
        return _per_example(outputs.argmax(1) == targets.argmax(1))

    return accuracy


def _mean_iou(threshold: float) -> Metric:
    """Intersection over union: of each class in a picture or its answer, then the mean of these classes.

    The mean over pictures is that of the PASCAL VOC measure taken picture by picture (Csurka et al. 2013), so that
    small pictures with few classes count like others.
    """

    def mean_iou(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        if outputs.shape[1] == 1:
            said, wanted = outputs[:, 0] > threshold, targets[:, 0] > 0.5
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

    return mean_iou


def _per_example(values: torch.Tensor) -> torch.Tensor:
    """The mean of all that belongs to an example: batch."""
    values = values.to(torch.float32)
    return values if values.ndim == 1 else values.flatten(1).mean(1)


def _error(probabilities: Callable[[torch.Tensor], torch.Tensor], scale: torch.Tensor | None, squared: bool) -> Metric:
    def error(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        if targets.ndim < outputs.ndim:
            targets = functional.one_hot(targets, outputs.shape[1]).movedim(-1, 1)
        difference = probabilities(outputs) - targets
        if scale is not None:
            difference = difference * scale.reshape(-1, *[1] * (difference.ndim - 2))
        return _per_example(difference.square() if squared else difference.abs())

    return error


class Sums(msgspec.Struct, kw_only=True):
    """What a tally has counted so far."""

    losses: float = 0.0  # times the examples of their batches
    examples: int = 0  # whose losses are counted
    metrics: float = 0.0
    measured: int = 0  # examples whose metrics are counted


class Tally:
    """Means of loss and metric over the examples of an epoch, an uneven last batch weighted right.

    A batch costs three appends; counting happens for many batches together, without a wait for the device between.
    Sums never depend on the moments at which they are looked at, so that the same training gives the same bits.
    """

    def __init__(self, metric: Metric, heard: Callable[[list[float]], None] = lambda losses: None) -> None:
        """
        Args:
            heard: takes the losses of the batches, each once and in their order, when they are counted.
        """
        self._metric, self._heard = metric, heard
        self.sums = Sums()
        self._losses: list[torch.Tensor] = []
        self._sizes: list[int] = []
        self._outputs: list[torch.Tensor] = []
        self._targets: list[torch.Tensor] = []
        self._held = 0

    def add(self, loss: torch.Tensor, outputs: torch.Tensor, targets: torch.Tensor) -> None:
        """One batch: its mean loss, what the network gave and what was wanted."""
        self._losses.append(loss.detach())
        self._sizes.append(len(outputs))
        self._outputs.append(outputs.detach())
        self._targets.append(targets)
        self._held += outputs.numel()
        if self._held >= _HELD_VALUES:
            self._measure()

    def count_losses(self) -> None:
        """Add the losses that are held to their sum, one after the other."""
        if not self._losses:
            return
        losses = torch.stack(self._losses).tolist()
        self._heard(losses)
        for loss, size in zip(losses, self._sizes, strict=True):
            self.sums.losses += loss * size
            self.sums.examples += size
        self._losses, self._sizes = [], []

    def count(self) -> None:
        """Add all that is held to the sums: at the end of an epoch."""
        self.count_losses()
        if self._outputs:
            self._measure()

    def _measure(self) -> None:
        values = self._metric(torch.cat(self._outputs), torch.cat(self._targets))
        self.sums.metrics += float(values.sum())
        self.sums.measured += len(values)
        self._outputs, self._targets, self._held = [], [], 0

    @property
    def examples(self) -> int:
        """Whose losses were counted."""
        return self.sums.examples

    @property
    def loss(self) -> float:
        """Mean over the examples that were counted."""
        return self.sums.losses / max(1, self.sums.examples)

    @property
    def metric(self) -> float:
        """Mean over the examples that were counted."""
        return self.sums.metrics / max(1, self.sums.measured)

    def held(self) -> dict[str, torch.Tensor]:
        """Outputs and targets whose metric is not counted yet; empty where there are none."""
        self.count_losses()
        return {"outputs": torch.cat(self._outputs), "targets": torch.cat(self._targets)} if self._outputs else {}

    def restore(self, sums: Sums, held: Mapping[str, torch.Tensor]) -> None:
        """Back to what `sums` and `held` gave."""
        self.sums = msgspec.structs.replace(sums)
        if held:
            self._outputs, self._targets = [held["outputs"]], [held["targets"]]
            self._held = held["outputs"].numel()
