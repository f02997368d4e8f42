"""One step of training: forward, backward, clipping, update, constraints, running average."""

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import pairwise
from typing import Any

import torch

from asanai_tui.errors import InputError
from asanai_tui.network.modules import Model
from asanai_tui.training import device as devices
from asanai_tui.training.augmentation import Pairs
from asanai_tui.training.diagnosis import what_went_wrong
from asanai_tui.training.losses import Objective
from asanai_tui.training.optimizers import update
from asanai_tui.training.settings import Precision, Training
from asanai_tui.training.weights import FlatWeights

_TYPES: dict[Precision, torch.dtype] = {"bfloat16": torch.bfloat16, "float16": torch.float16}
_FIRST_SCALE, _GOOD_STEPS = 2.0**16, 2000  # of float16 losses, as torch.amp.GradScaler has them


class Stepper:
    """Moves the weights of a model along the gradient of an objective."""

    def __init__(
        self,
        model: Model,
        objective: Objective,
        weights: FlatWeights,
        settings: Training,
        device: torch.device,
        say: Callable[[str], None],
    ) -> None:
        """
        Args:
            objective: its model shares every weight with `model`.
            say: takes a sentence for the log.

        Raises:
            InputError: the device does not compute in the precision that is asked for.
        """
        self.objective = objective
        self.update = update(settings.optimizer, weights.values, weights.gradients, weights.parts)
        self.micro_batches = settings.micro_batches
        self.average = weights.values.clone() if settings.ema_momentum else None
        self.scale = _FIRST_SCALE if settings.precision == "float16" else 1.0
        self.good_steps = 0
        self._judged_at_once = sys.maxsize  # examples; fewer once the memory did not suffice
        self.weight = 1.0  # of the examples given, among all of their batch
        self._model, self._weights, self._settings, self._device, self._say = model, weights, settings, device, say
        self._one = torch.ones((), device=device)  # torch would make one for each backward pass
        self._regularized = any(module.regularized for module in objective.model.layers())
        self._type = _TYPES.get(settings.precision)
        if self._type and not devices.computes(device, self._type):
            raise InputError(
                f"precision {settings.precision}: {devices.describe(device)} does not compute in it; choose float32."
            )
        self._forward: Callable[[torch.Tensor], torch.Tensor] = objective.model
        if settings.compile:
            self._forward = torch.compile(objective.model)

    def step(self, inputs: torch.Tensor, targets: Pairs, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        """One step along the gradient of a batch; its mean loss and the outputs, both detached.

        Args:
            seed: of all that layers draw at random in this step.

        Raises:
            InputError: the loss is not finite.
        """
        loss, outputs = self._of_batch(inputs, targets, seed)
        if self._type is torch.float16 and not self._unscaled():
            return loss, outputs
        self.update.step()
        self._model.apply_constraints()
        if self.average is not None:
            self.average.lerp_(self._weights.values, 1 - self._settings.ema_momentum)
        return loss, outputs

    def gradients(self, inputs: torch.Tensor, targets: Pairs, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        """The gradient of a batch, in as many parts as the memory wants; its mean loss and the outputs."""
        while True:
            self.begin(seed)
            try:
                return self._computed(inputs, targets)
            except (MemoryError, RuntimeError) as error:
                if not devices.is_of_memory(error) or self.micro_batches >= len(inputs):
                    raise
            self._make_parts_smaller(len(inputs))

    def begin(self, seed: int) -> None:
        """From here on layers draw what belongs to this seed."""
        devices.seed(self._device, seed)
        if self._settings.compile:  # a compiled program draws from torch's own generator
            torch.manual_seed(seed)

    def _of_batch(self, inputs: torch.Tensor, targets: Pairs, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Where several processes have parts of the batch, what `gradients` gives is not all of it."""
        return self.gradients(inputs, targets, seed)

    @torch.no_grad()
    def judge(self, inputs: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean loss and outputs of a batch, without gradients, in as many parts as the memory wants."""
        while True:
            try:
                return self._judged(inputs, targets)
            except (MemoryError, RuntimeError) as error:
                if not devices.is_of_memory(error) or min(self._judged_at_once, len(inputs)) == 1:
                    raise
            devices.give_back(self._device)
            self._judged_at_once = min(self._judged_at_once, len(inputs)) // 2

    def _judged(self, inputs: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if len(inputs) <= self._judged_at_once:
            return self._loss(inputs, Pairs(targets))
        parts = zip(*(torch.split(each, self._judged_at_once) for each in (inputs, targets)), strict=True)
        return _joined([self._loss(some, Pairs(wanted)) for some, wanted in parts])

    @contextmanager
    def judged_weights(self) -> Iterator[None]:
        """Within, the model has the weights that are judged and kept: the running average, where there is one."""
        if self.average is None:
            yield
            return
        moving = self._weights.values.clone()
        self._weights.values.copy_(self.average)
        try:
            yield
        finally:
            self._weights.values.copy_(moving)

    def _computed(self, inputs: torch.Tensor, targets: Pairs) -> tuple[torch.Tensor, torch.Tensor]:
        self._weights.gradients.zero_()
        if self.micro_batches == 1:
            return self._part(inputs, targets, 1.0)
        bounds = [*self._starts(len(inputs)), len(inputs)]
        return _joined(
            [self._part(inputs[start:end], targets.part(start, end), len(inputs)) for start, end in pairwise(bounds)]
        )

    def _starts(self, examples: int) -> list[int]:
        """Where the parts begin in which a batch is computed."""
        return list(range(0, examples, math.ceil(examples / self.micro_batches)))

    def _part(self, inputs: torch.Tensor, targets: Pairs, examples: float) -> tuple[torch.Tensor, torch.Tensor]:
        loss, outputs = self._loss(inputs, targets)
        share = len(inputs) / examples if examples != 1.0 else 1.0
        factor = share * self.scale * self.weight
        scaled: Any = loss if factor == 1.0 else loss * factor
        scaled.backward(self._one)
        return loss.detach(), outputs.detach()

    def _loss(self, inputs: torch.Tensor, targets: Pairs) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.autocast(self._device.type, self._type) if self._type else nullcontext():
            outputs = self._forward(inputs)
        if self._type:
            outputs = outputs.float()
        loss = targets.loss(self.objective.loss, outputs)
        if self._regularized and (penalty := self.objective.model.penalty()) is not None:
            loss = loss + penalty
        if self._device.type == "cpu" and not math.isfinite(loss.item()):  # a GPU would have to be waited for
            raise what_went_wrong(self._model, inputs, targets.first)
        return loss, outputs

    def _unscaled(self) -> bool:
        """Take the scale out of the gradients; whether they are finite. The scale follows, as torch's GradScaler's."""
        gradients = self._weights.gradients.div_(self.scale)
        if not bool(gradients.isfinite().all()):
            self.scale, self.good_steps = self.scale / 2, 0
            return False
        self.good_steps += 1
        if self.good_steps == _GOOD_STEPS:
            self.scale, self.good_steps = self.scale * 2, 0
        return True

    def _make_parts_smaller(self, examples: int) -> None:
        devices.give_back(self._device)
        self.micro_batches = min(2 * self.micro_batches, examples)
        self._say(
            f"The memory of {self._device} does not suffice for a batch at once: "
            f"each is now computed in {self.micro_batches} parts, with the same gradient."
        )


def _joined(parts: Sequence[tuple[torch.Tensor, torch.Tensor]]) -> tuple[torch.Tensor, torch.Tensor]:
    """The mean loss of a batch and its outputs, from those of its parts."""
    outputs = torch.cat([outputs for _, outputs in parts])
    shares = [len(some) / len(outputs) for _, some in parts]
    loss = sum((loss * share for (loss, _), share in zip(parts, shares, strict=True)), torch.zeros(()))
    return loss, outputs
