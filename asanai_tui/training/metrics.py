"""The metrics of a training, and the sums of an epoch they are taken from."""

import copy
import math
from collections.abc import Callable, Mapping, Sequence

import msgspec
import torch

from asanai_tui.data.spec import Targets
from asanai_tui.errors import InputError
from asanai_tui.training.loss_settings import LossName
from asanai_tui.training.losses import Objective
from asanai_tui.training.metric_functions import Answers, Function, Reading, confusion, function_of
from asanai_tui.training.metric_settings import MetricName, is_yes_no, problem
from asanai_tui.training.per_class import ClassScore

_CLASSES = "classes"  # the name of the sums for each class
_HELD_VALUES = 2**20  # outputs kept until they are counted together

Values = dict[str, float | None]  # by the names of the metrics; None where one cannot be told


class Units(msgspec.Struct, frozen=True):
    """From the numbers of the network to original units: number · scale + center, for each target."""

    scale: torch.Tensor
    center: torch.Tensor


class Metrics:
    """Several metrics of the same outputs."""

    def __init__(
        self,
        names: Sequence[MetricName],
        objective: Objective,
        targets: Targets,
        loss: LossName,
        units: Units | None = None,
    ) -> None:
        """
        Args:
            objective: outputs are those of its model, targets are encoded for its loss.
            units: of numbers, whose errors are given in original units.

        Raises:
            InputError: a metric is not for such targets.
        """
        if why := problem(names, targets, loss):
            raise InputError(why)
        two = targets.kind == "classes" and targets.count == 2
        scale, center = (units.scale, units.center) if units else (None, None)
        yes_no = is_yes_no(targets, loss)
        self._reading = Reading(objective.probabilities, yes_no, two, scale, center)
        self._functions: dict[str, Function] = {name: function_of(name, two) for name in names}
        self.labels = targets.names if targets.kind == "classes" or yes_no else ()

    def with_classes(self) -> "Metrics":
        """The same, which count for each class too, where there are classes."""
        more = copy.copy(self)
        if self.labels:
            more._functions = {**self._functions, _CLASSES: Function(confusion, lambda sums: math.nan)}
        return more

    def sums(self, outputs: torch.Tensor, targets: torch.Tensor) -> dict[str, torch.Tensor]:
        """Of some examples, batch × width × … and as the loss wants them: float64 in main memory, by name."""
        answers = Answers(outputs, targets, self._reading)
        return {name: each.sums(answers).cpu().to(torch.float64) for name, each in self._functions.items()}

    def values(self, sums: Mapping[str, torch.Tensor]) -> Values:
        """What sums over all examples come to; None of all where there are no sums."""
        functions = {name: each for name, each in self._functions.items() if name != _CLASSES}
        found = {name: each.value(sums[name]) if sums else math.nan for name, each in functions.items()}
        return {name: value if math.isfinite(value) else None for name, value in found.items()}

    def classes(self, sums: Mapping[str, torch.Tensor]) -> tuple[ClassScore, ...]:
        """What sums `with_classes` say of each class, in the order of the targets."""
        if _CLASSES not in sums:
            return ()
        right, said, true = sums[_CLASSES].reshape(3, -1)
        f1 = 2 * right / (said + true).clamp(min=1)
        columns = (right / said.clamp(min=1), right / true.clamp(min=1), f1, true)
        rows = zip(self.labels, *(column.tolist() for column in columns), strict=True)
        return tuple(
            ClassScore(label=label, precision=precision, recall=recall, f1=f1, examples=int(examples))
            for label, precision, recall, f1, examples in rows
        )


class Sums(msgspec.Struct, kw_only=True):
    """What a tally has counted of losses so far."""

    losses: float = 0.0  # times the examples of their batches
    examples: int = 0


class Tally:
    """Loss and metrics over the examples of an epoch, an uneven last batch weighted right.

    A batch costs three appends; counting happens for many batches together, without a wait for the device between.
    Sums never depend on the moments at which they are looked at, so that the same training gives the same bits.
    """

    def __init__(self, metrics: Metrics, heard: Callable[[list[float]], None] = lambda losses: None) -> None:
        """
        Args:
            heard: takes the losses of the batches, each once and in their order, when they are counted.
        """
        self.metrics, self._heard = metrics, heard
        self.sums = Sums()
        self.totals: dict[str, torch.Tensor] = {}  # of metrics
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
        self.take(self.metrics.sums(torch.cat(self._outputs), torch.cat(self._targets)))
        self._outputs, self._targets, self._held = [], [], 0

    def take(self, sums: Mapping[str, torch.Tensor]) -> None:
        """Add sums of metrics over some examples."""
        self.totals = {name: self.totals[name] + each if self.totals else each for name, each in sums.items()}

    @property
    def examples(self) -> int:
        """Whose losses were counted."""
        return self.sums.examples

    @property
    def loss(self) -> float:
        """Mean over the examples that were counted."""
        return self.sums.losses / max(1, self.sums.examples)

    @property
    def values(self) -> Values:
        """The metrics over the examples that were counted."""
        return self.metrics.values(self.totals)

    @property
    def classes(self) -> tuple[ClassScore, ...]:
        """How well each class was told, where that was counted."""
        return self.metrics.classes(self.totals)

    def held(self) -> dict[str, torch.Tensor]:
        """The sums of the metrics, and outputs and targets that are not counted in them yet."""
        self.count_losses()
        held = {"outputs": torch.cat(self._outputs), "targets": torch.cat(self._targets)} if self._outputs else {}
        return {**held, **{f"sums.{name}": total for name, total in self.totals.items()}}

    def restore(self, sums: Sums, held: Mapping[str, torch.Tensor]) -> None:
        """Back to what `sums` and `held` gave."""
        self.sums = msgspec.structs.replace(sums)
        self.totals = {
            name.removeprefix("sums."): total.cpu() for name, total in held.items() if name.startswith("sums.")
        }
        if "outputs" in held:
            self._outputs, self._targets = [held["outputs"]], [held["targets"]]
            self._held = held["outputs"].numel()
