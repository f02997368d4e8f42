"""The loop that trains."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
import torch

from asanai_tui import logs
from asanai_tui.data.augmentation_spec import NO_AUGMENTATION, Augmentation
from asanai_tui.data.progress import Stopped
from asanai_tui.data.spec import Targets
from asanai_tui.errors import DivergenceError, InputError, counted
from asanai_tui.network import randomness
from asanai_tui.network.modules import Model
from asanai_tui.network.network import Network
from asanai_tui.network.options import Shape
from asanai_tui.training import device, threads
from asanai_tui.training.augmentation import Augmenter, Pairs
from asanai_tui.training.batch_losses import BatchLosses
from asanai_tui.training.batches import seed_of, shuffled
from asanai_tui.training.checkup import Checkup
from asanai_tui.training.control import Control, Wishes
from asanai_tui.training.diagnosis import average_went_wrong, what_went_wrong
from asanai_tui.training.findings import Health
from asanai_tui.training.judging import judged_at_the_end
from asanai_tui.training.live import Live, live, told, with_wishes
from asanai_tui.training.metrics import Tally
from asanai_tui.training.outcome import Outcome
from asanai_tui.training.progress import Progress
from asanai_tui.training.ranks import Ranks
from asanai_tui.training.recorder import Epoch, Recorder
from asanai_tui.training.schedules import Constant, Plateau, ReduceOnPlateau
from asanai_tui.training.settings import Training
from asanai_tui.training.standing import Numbers, Standing, prefixed, within
from asanai_tui.training.stopping import Patience, monitored
from asanai_tui.training.task import Task
from asanai_tui.training.weights import Copy

if TYPE_CHECKING:
    from asanai_tui.data.dataset import Dataset


class Trainer:
    """Trains a network on a data set. Written to be read from top to bottom: set-up, run, epoch, step."""

    def __init__(
        self,
        network: Network,
        input_shape: Shape,
        settings: Training,
        targets: Targets,
        dataset: "Dataset",
        control: Control,
        recorder: Recorder,
        *,
        weights: Mapping[str, torch.Tensor] = MappingProxyType({}),
        augmentation: Augmentation = NO_AUGMENTATION,
        standing: Standing | None = None,
        ranks: Ranks | None = None,
        on_epoch: Callable[["Trainer", Epoch], None] = lambda trainer, epoch: None,
        on_moment: Callable[["Trainer"], None] = lambda trainer: None,
        on_health: Callable[[Health], None] = lambda health: None,
        on_change: Callable[[str], None] = lambda sentence: None,
        say: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        """
        Args:
            input_shape: channels last, without the batch.
            weights: what layers begin with instead of fresh ones, as `Model.keras_weights` gives it; others may miss.
            augmentation: how pictures are changed before a step learns from them.
            standing: where a training of the same network, data and settings stood, to go on from.
            ranks: the processes that do this together; they have met.
            on_epoch: called in the training thread at the end of each epoch.
            on_moment: called in the training thread a few times a second, between two batches.
            on_health: called in the training thread before the first step, rarely between two batches, and at the end.
            on_change: takes a sentence about settings that were changed, in the training thread.
            say: takes a sentence for the log, in the training thread.

        Raises:
            InputError: the network does not fit the data, the device is absent or too small.
        """
        self.settings = settings
        self.recorder = recorder
        self.best: Epoch | None = None
        self._augmenter = Augmenter(augmentation, settings.seed)
        self._on_epoch, self._on_moment = on_epoch, on_moment
        self._on_health, self._on_change = on_health, on_change
        self._threads_key = threads.key_of(network, input_shape, settings)
        self._task = Task(network, input_shape, settings, targets, dataset, weights, say, control, ranks)
        self.control = self._task.control
        self._stepper, self._weights = self._task.stepper, self._task.weights
        self.checkup = Checkup(self._task)
        self._epoch, self._batch = 1, 0  # being trained, and how many of its batches are done
        self._rate = settings.optimizer.learning_rate  # before the schedule
        self._tally = self._task.tally(self.recorder.add_batches)
        self._waiting = Patience()
        self._plateau = Plateau.of(settings.schedule)
        self._best = self._weights.copy()
        self.wished: Wishes = {}  # settings that were changed while it trained
        self._changes: Wishes = {}  # those of the epoch that is being trained
        self._threads = settings.threads or (standing.numbers.threads if standing else self._task.threads)
        seconds = standing.numbers.seconds if standing else 0.0
        self._progress = Progress(recorder, settings.epochs, self._task.batches, seconds)
        if standing:
            self._check(standing.tensors)
            self._restore(*standing)

    @property
    def model(self) -> Model:
        return self._task.model

    @property
    def device(self) -> torch.device:
        return self._task.device

    @property
    def learning_rate(self) -> float:
        """As it is now, before the schedule."""
        return self._rate

    @property
    def live(self) -> Live:
        """What can be changed while it trains, as it is now."""
        return msgspec.structs.replace(live(self.settings), learning_rate=self._rate)

    @property
    def best_weights(self) -> dict[str, torch.Tensor]:
        """The weights of the best epoch, by position and Keras name, in Keras' layout and main memory."""
        return self._weights.keras_weights(self._best)

    @property
    def last_weights(self) -> dict[str, torch.Tensor]:
        """The weights as they are judged now, in the same form."""
        with self._stepper.judged_weights():
            return self._weights.keras_weights(self._weights.copy())

    def standing(self) -> Standing:
        """Where the training stands between two batches. To be called in its thread, or after its end."""
        self._tally.count_losses()
        numbers = Numbers(
            epoch=self._epoch,
            batch=self._batch,
            epochs=self.settings.epochs,
            patience=self.settings.early_stopping.patience,
            wished=dict(self.wished),
            changes=dict(self._changes),
            learning_rate=self._rate,
            seconds=self._progress.seconds,
            threads=self._threads,
            micro_batches=self._stepper.micro_batches,
            loss_scale=self._stepper.scale,
            good_steps=self._stepper.good_steps,
            best=self.best,
            waiting=msgspec.structs.replace(self._waiting),
            plateau=msgspec.structs.replace(self._plateau),
            sums=msgspec.structs.replace(self._tally.sums),
            batch_losses=self.recorder.batch_losses(),
        )
        return Standing(numbers, self._tensors())

    def broken(self, standing: Standing) -> InputError:
        """What is to be raised where `standing.broken` names a tensor."""
        kind, _, average = standing.broken.partition(".")
        if kind not in ("optimizer", "average"):
            return what_went_wrong(self.model, *self._task.first_batch())
        index = int((~standing.tensors[standing.broken].isfinite()).nonzero()[0, 0])
        return average_went_wrong((average or kind).replace("_", " "), self.model, index)

    def _tensors(self) -> dict[str, torch.Tensor]:
        now, stepper = self._weights.copy(), self._stepper
        return {
            "weights": now.values,
            **prefixed({str(number): buffer for number, buffer in enumerate(now.buffers)}, "buffer"),
            "best.weights": self._best.values.clone(),
            **prefixed(
                {str(number): buffer.clone() for number, buffer in enumerate(self._best.buffers)}, "best.buffer"
            ),
            **prefixed({name: value.clone() for name, value in stepper.update.state().items()}, "optimizer"),
            **({} if stepper.average is None else {"average": stepper.average.clone()}),
            **prefixed({name: value.clone() for name, value in self._tally.held().items()}, "held"),
        }

    def _check(self, tensors: dict[str, torch.Tensor]) -> None:
        own = {name: value.shape for name, value in self._tensors().items()}
        if own != {name: value.shape for name, value in tensors.items() if not name.startswith("held.")}:
            raise InputError("The checkpoint does not belong to this network; its run was changed by hand.")

    def _restore(self, numbers: Numbers, tensors: dict[str, torch.Tensor]) -> None:
        stepper, buffers = self._stepper, range(len(self._best.buffers))
        self._epoch, self._batch, self._rate = numbers.epoch, numbers.batch, numbers.learning_rate
        self._waiting, self._plateau = numbers.waiting, numbers.plateau
        self.wished, self._changes = dict(numbers.wished), dict(numbers.changes)
        self.best = numbers.best
        stepper.micro_batches = max(stepper.micro_batches, numbers.micro_batches)
        stepper.scale, stepper.good_steps = numbers.loss_scale, numbers.good_steps
        placed = {
            name: tensor if tensor.dtype is torch.float64 else tensor.to(self.device)  # float64: numbers for Python
            for name, tensor in tensors.items()
            if not name.startswith("best.")
        }
        self._weights.restore(Copy(placed["weights"], [placed[f"buffer.{number}"] for number in buffers]))
        self._best = Copy(tensors["best.weights"], [tensors[f"best.buffer.{number}"] for number in buffers])
        self._best = self._best.to(self.device)
        stepper.update.load_state(within(placed, "optimizer"))
        if stepper.average is not None:
            stepper.average.copy_(placed["average"])
        self._tally.restore(numbers.sums, within(placed, "held"))
        done = (self._epoch - 1) * self._task.batches + self._batch
        self.recorder.begin_with_batches(numbers.batch_losses or BatchLosses(before=done))

    def run(self) -> Outcome:
        """Train until the last epoch, a wish to stop, or trouble. Raises nothing; the outcome says what happened."""
        return self._task.ended(self._judged(self._outcome(self._train_all)))

    def _judged(self, outcome: Outcome) -> Outcome:
        if outcome.state == "failed" or self.best is None:
            return outcome
        judged = self._outcome(lambda: judged_at_the_end(self._task, self._best, outcome))
        if judged.state == "failed":
            return outcome._replace(message=f"{outcome.message} The best weights could not be judged: {judged.message}")
        return judged

    def _train_all(self) -> Outcome:
        try:
            return Outcome("finished", self._train())
        except Stopped:
            return Outcome("stopped", f"Stopped after {counted(self._epoch - 1, 'epoch')}.")

    def _outcome(self, work: Callable[[], Outcome]) -> Outcome:
        """What `work` gives, or its trouble in words."""
        try:
            with device.memory_errors_told(self.device, self.settings.batch_size):
                return work()
        except InputError as error:
            return Outcome("failed", str(error), diverged=isinstance(error, DivergenceError))
        except Exception as error:
            return Outcome("failed", logs.record(error))
        finally:
            self.model.eval()
            torch.set_num_threads(threads.all_threads())
            randomness.end()

    def _train(self) -> str:
        """Trains to the end; why it is the end."""
        self.recorder.update(
            message="Measuring the speed",
            epochs=self.settings.epochs,
            batches=self._task.batches,
            learning_rate=self._rate,
            metrics=self.settings.metrics,
            live=self.live,
        )
        self._choose_threads()
        self.recorder.update(state="training", message="", device=self._task.described)
        self._heed()
        if self.checkup.due:
            self._look(self._epoch - 1)
        while self._epoch <= self.settings.epochs:
            self._train_epoch()
            patient = self._end_epoch(self._validate())
            if not patient:
                return f"Stopped early after {counted(self._epoch - 1, 'epoch')}: no better for {self._waiting.waited}."
        return f"Trained for {counted(self._epoch - 1, 'epoch')}."

    def _choose_threads(self) -> None:
        """Measured on real steps whose result is thrown away, so that the choice leaves no trace in the weights."""
        if self.device.type != "cpu":
            return
        if self._threads:
            torch.set_num_threads(self._threads)
            return
        self._task.learn()
        inputs, targets = self._task.first_batch()

        def step() -> None:
            self._heed()
            self._stepper.gradients(inputs, Pairs(targets), seed=0)

        before = self._weights.copy()
        try:
            threads.set_fastest(self._threads_key, step)
            self._threads = torch.get_num_threads()
        finally:
            self._weights.restore(before)

    def _train_epoch(self) -> None:
        """The batches of the epoch that are not done yet; the loop's position is always that between two batches."""
        settings, seed = self.settings, seed_of(self.settings.seed, self._epoch)
        rows = shuffled(self._task.train_rows, seed) if settings.shuffle else self._task.train_rows
        self._task.learn()
        self._progress.begin_epoch()
        left = rows[self._batch * settings.batch_size :]
        for pair in self._task.pieces(left, self._heed, whole=self._augmenter.mixes):
            number = self._batch + 1
            self._follow_schedule(number)
            inputs, targets = self._augmenter.part(*pair, self._epoch, number, self._task.part)
            loss, outputs = self._stepper.step(inputs, targets, (seed + number) % 2**63)
            self._tally.add(loss, outputs, targets.first)
            self._batch = number
            if self._progress.due or number == self._task.batches:
                self._tell(inputs, targets.first)

    def _follow_schedule(self, batch: int) -> None:
        """The learning rate of a batch, which is a function of where it stands and of nothing before it."""
        if self.settings.schedule == Constant():
            return
        position = self._epoch - 1 + batch / self._task.batches
        self._stepper.update.learning_rate = self._rate * self.settings.schedule.factor(position, self.settings.epochs)

    def _tell(self, inputs: torch.Tensor, targets: torch.Tensor) -> None:
        self._tally.count_losses()
        self._task.check(self._tally, inputs, targets)
        self._progress.tell(self._epoch, self._batch, self._tally, self._stepper.update.learning_rate)
        self._on_moment(self)
        if self.checkup.due:
            self._look(self._epoch)

    def _validate(self) -> Tally | None:
        if not len(self._task.validation_rows):
            return None
        with self._stepper.judged_weights():
            return self._task.judged(self._task.validation_rows, self._heed)

    def _heed(self) -> None:
        """What the user wishes, at every batch."""
        if self.control.paused:
            self._pause()
        if self.control.stopping:
            raise Stopped
        if self.control.wishing:
            self._change(self.control.take_wishes())

    def _change(self, wishes: Wishes) -> None:
        """New settings from here on; they are told in the history and in the log."""
        self._on_change(f"Epoch {self._epoch}: {told(wishes, self._epoch)}")
        self._changes |= wishes
        self.wished |= wishes
        if "learning_rate" in wishes:
            self._rate = self._stepper.update.learning_rate = wishes["learning_rate"]
        self.settings = with_wishes(self.settings, wishes)
        self._progress.epochs = self.settings.epochs
        self.recorder.update(learning_rate=self._rate, epochs=self.settings.epochs, live=self.live)

    def _pause(self) -> None:
        before = self.recorder.snapshot().state
        self._progress.pause()
        self.recorder.update(state="paused")
        self.control.wait_while_paused()
        self._progress.go_on()
        if not self.control.stopping:
            self.recorder.update(state=before)

    def _end_epoch(self, validation: Tally | None) -> bool:
        """Records the epoch; whether there is still patience for another one."""
        self._tally.count()
        epoch = Epoch(
            epoch=self._epoch,
            loss=self._tally.loss,
            val_loss=validation.loss if validation else None,
            metrics=_by_name(self._tally, validation),
            learning_rate=self._stepper.update.learning_rate,
            seconds=self._progress.seconds,
            changes=self._changes,
        )
        value = self._monitored(epoch)
        if self.best is None or value < self._monitored(self.best):
            self._keep(epoch)
        self.recorder.add(epoch, self.best or epoch)
        patient = self._patient(value)
        self._epoch, self._batch, self._changes = self._epoch + 1, 0, {}
        self._tally = self._task.tally(self.recorder.add_batches)
        self._on_epoch(self, epoch)
        over = not patient or epoch.epoch >= self.settings.epochs
        if over and self.checkup.due_at_the_end:
            self._look(epoch.epoch)
        return patient

    def _look(self, epoch: int) -> None:
        self._on_health(self.checkup.look(epoch))

    def _patient(self, value: float) -> bool:
        if isinstance(self.settings.schedule, ReduceOnPlateau):
            self._rate = self._plateau.reduced(value, self._rate)
            self.recorder.update(live=self.live)
        return not self._waiting.is_over(self.settings.early_stopping, self._epoch, value)

    def _monitored(self, epoch: Epoch) -> float:
        return monitored(epoch, self.settings.monitor, self.settings.metrics)

    def _keep(self, epoch: Epoch) -> None:
        """The best so far, unless the last step, which no loss has seen where nothing is validated, broke it."""
        with self._stepper.judged_weights():
            weights = self._weights.copy()
        if weights.finite:
            self.best, self._best = epoch, weights
            return
        raise what_went_wrong(self.model, *self._task.first_batch())


def _by_name(training: Tally, validation: Tally | None) -> dict[str, float | None]:
    """The metrics of both parts, by the names that Keras gives them."""
    validated = validation.values if validation else {}
    return {**training.values, **{f"val_{name}": value for name, value in validated.items()}}
