"""What a training moves on as it goes: from here its standing is taken, and here it is put back."""

import msgspec
import torch

from asanai_tui.errors import InputError
from asanai_tui.training.batch_losses import BatchLosses
from asanai_tui.training.control import Wishes
from asanai_tui.training.recorder import Epoch, Recorder
from asanai_tui.training.schedules import Plateau
from asanai_tui.training.settings import Training
from asanai_tui.training.standing import Numbers, Standing, prefixed, within
from asanai_tui.training.stopping import Patience
from asanai_tui.training.task import Task
from asanai_tui.training.weights import Copy


class Course:
    """Its position is always that between two batches."""

    def __init__(self, task: Task, settings: Training, recorder: Recorder, standing: Standing | None = None) -> None:
        """
        Args:
            standing: to be put back; it is that of a training of the same network, data and settings.

        Raises:
            InputError: it is that of another network.
        """
        self.epoch, self.batch = 1, 0  # being trained, and how many of its batches are done
        self.rate = settings.optimizer.learning_rate  # before the schedule
        self.waiting, self.plateau = Patience(), Plateau.of(settings.schedule)
        self.best: Epoch | None = None
        self.best_weights = task.weights.copy()
        self.wished: Wishes = {}  # settings that were changed while it trained
        self.changes: Wishes = {}  # those of the epoch that is being trained
        self.threads = settings.threads or task.threads  # 0: to be measured
        self._task, self._recorder = task, recorder
        self.tally = task.tally(recorder.add_batches)
        if standing:
            self._check(standing.tensors)
            self._restore(*standing)
            self.threads = settings.threads or standing.numbers.threads

    def next_epoch(self) -> None:
        """None of its batches is done."""
        self.epoch, self.batch, self.changes = self.epoch + 1, 0, {}
        self.tally = self._task.tally(self._recorder.add_batches)

    def standing(self, settings: Training, seconds: float) -> Standing:
        """Copies of all that the next step depends on.

        Args:
            settings: as they were wished last.
            seconds: that were trained.
        """
        self.tally.count_losses()
        stepper = self._task.stepper
        numbers = Numbers(
            epoch=self.epoch,
            batch=self.batch,
            epochs=settings.epochs,
            patience=settings.early_stopping.patience,
            wished=dict(self.wished),
            changes=dict(self.changes),
            learning_rate=self.rate,
            seconds=seconds,
            threads=self.threads,
            micro_batches=stepper.micro_batches,
            loss_scale=stepper.scale,
            good_steps=stepper.good_steps,
            best=self.best,
            waiting=msgspec.structs.replace(self.waiting),
            plateau=msgspec.structs.replace(self.plateau),
            sums=msgspec.structs.replace(self.tally.sums),
            batch_losses=self._recorder.batch_losses(),
        )
        return Standing(numbers, self._tensors())

    def _tensors(self) -> dict[str, torch.Tensor]:
        now, stepper, best = self._task.weights.copy(), self._task.stepper, self.best_weights
        return {
            "weights": now.values,
            **prefixed({str(number): buffer for number, buffer in enumerate(now.buffers)}, "buffer"),
            "best.weights": best.values.clone(),
            **prefixed({str(number): buffer.clone() for number, buffer in enumerate(best.buffers)}, "best.buffer"),
            **prefixed({name: value.clone() for name, value in stepper.update.state().items()}, "optimizer"),
            **({} if stepper.average is None else {"average": stepper.average.clone()}),
            **prefixed({name: value.clone() for name, value in self.tally.held().items()}, "held"),
        }

    def _check(self, tensors: dict[str, torch.Tensor]) -> None:
        own = {name: value.shape for name, value in self._tensors().items()}
        if own != {name: value.shape for name, value in tensors.items() if not name.startswith("held.")}:
            raise InputError("The checkpoint does not belong to this network; its run was changed by hand.")

    def _restore(self, numbers: Numbers, tensors: dict[str, torch.Tensor]) -> None:
        self.epoch, self.batch, self.rate = numbers.epoch, numbers.batch, numbers.learning_rate
        self.waiting, self.plateau, self.best = numbers.waiting, numbers.plateau, numbers.best
        self.wished, self.changes = dict(numbers.wished), dict(numbers.changes)
        device, buffers = self._task.device, range(len(self.best_weights.buffers))
        placed = {
            name: tensor if tensor.dtype is torch.float64 else tensor.to(device)  # float64: numbers for Python
            for name, tensor in tensors.items()
            if not name.startswith("best.")
        }
        self._task.weights.restore(Copy(placed["weights"], [placed[f"buffer.{number}"] for number in buffers]))
        best = Copy(tensors["best.weights"], [tensors[f"best.buffer.{number}"] for number in buffers])
        self.best_weights = best.to(device)
        self._restore_stepper(numbers, placed)
        self.tally.restore(numbers.sums, within(placed, "held"))
        done = (self.epoch - 1) * self._task.batches + self.batch
        self._recorder.begin_with_batches(numbers.batch_losses or BatchLosses(before=done))

    def _restore_stepper(self, numbers: Numbers, placed: dict[str, torch.Tensor]) -> None:
        stepper = self._task.stepper
        stepper.micro_batches = max(stepper.micro_batches, numbers.micro_batches)
        stepper.scale, stepper.good_steps = numbers.loss_scale, numbers.good_steps
        stepper.update.load_state(within(placed, "optimizer"))
        if stepper.average is not None:
            stepper.average.copy_(placed["average"])
