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
from asanai_tui.training.batches import seed_of, shuffled
from asanai_tui.training.checkup import Checkup
from asanai_tui.training.control import Control, Wishes
from asanai_tui.training.course import Course
from asanai_tui.training.diagnosis import average_went_wrong, what_went_wrong
from asanai_tui.training.findings import Health
from asanai_tui.training.judging import judged_at_the_end
from asanai_tui.training.live import Live, live, told, with_wishes
from asanai_tui.training.metrics import Tally
from asanai_tui.training.outcome import Outcome
from asanai_tui.training.progress import Progress
from asanai_tui.training.ranks import Ranks
from asanai_tui.training.recorder import Epoch, Recorder
from asanai_tui.training.schedules import Constant, ReduceOnPlateau
from asanai_tui.training.settings import Training
from asanai_tui.training.standing import Standing
from asanai_tui.training.stopping import monitored
from asanai_tui.training.task import Task

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
        on_stop: Callable[["Trainer"], None] = lambda trainer: None,
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
            on_stop: called in the training thread when it was stopped, before the test part is judged, which may take
                longer than whoever stopped it waits.
            on_health: called in the training thread before the first step, rarely between two batches, and at the end.
            on_change: takes a sentence about settings that were changed, in the training thread.
            say: takes a sentence for the log, in the training thread.

        Raises:
            InputError: the network does not fit the data, the device is absent or too small.
        """
        self.settings = settings
        self.recorder = recorder
        self._augmenter = Augmenter(augmentation, settings.seed)
        self._on_epoch, self._on_moment, self._on_stop = on_epoch, on_moment, on_stop
        self._on_health, self._on_change = on_health, on_change
        self._threads_key = threads.key_of(network, input_shape, settings)
        self._task = Task(network, input_shape, settings, targets, dataset, weights, say, control, ranks)
        self.control = self._task.control
        self._stepper, self._weights = self._task.stepper, self._task.weights
        self.checkup = Checkup(self._task)
        self._course = Course(self._task, settings, recorder, standing)
        seconds = standing.numbers.seconds if standing else 0.0
        self._progress = Progress(recorder, settings.epochs, self._task.batches, seconds)

    @property
    def model(self) -> Model:
        return self._task.model

    @property
    def device(self) -> torch.device:
        return self._task.device

    @property
    def best(self) -> Epoch | None:
        """The best epoch so far."""
        return self._course.best

    @property
    def wished(self) -> Wishes:
        """Settings that were changed while it trained."""
        return self._course.wished

    @property
    def learning_rate(self) -> float:
        """As it is now, before the schedule."""
        return self._course.rate

    @property
    def live(self) -> Live:
        """What can be changed while it trains, as it is now."""
        return msgspec.structs.replace(live(self.settings), learning_rate=self._course.rate)

    @property
    def best_weights(self) -> dict[str, torch.Tensor]:
        """The weights of the best epoch, by position and Keras name, in Keras' layout and main memory."""
        return self._weights.keras_weights(self._course.best_weights)

    @property
    def last_weights(self) -> dict[str, torch.Tensor]:
        """The weights as they are judged now, in the same form."""
        with self._stepper.judged_weights():
            return self._weights.keras_weights(self._weights.copy())

    def standing(self) -> Standing:
        """Where the training stands between two batches. To be called in its thread, or after its end."""
        return self._course.standing(self.settings, self._progress.seconds)

    def broken(self, standing: Standing) -> InputError:
        """What is to be raised where `standing.broken` names a tensor."""
        kind, _, average = standing.broken.partition(".")
        if kind not in ("optimizer", "average"):
            return what_went_wrong(self.model, *self._task.first_batch())
        index = int((~standing.tensors[standing.broken].isfinite()).nonzero()[0, 0])
        return average_went_wrong((average or kind).replace("_", " "), self.model, index)

    def run(self) -> Outcome:
        """Train until the last epoch, a wish to stop, or trouble. Raises nothing; the outcome says what happened."""
        return self._task.ended(self._judged(self._outcome(self._train_all)))

    def _judged(self, outcome: Outcome) -> Outcome:
        if outcome.state == "failed" or self.best is None:
            return outcome
        judged = self._outcome(lambda: judged_at_the_end(self._task, self._course.best_weights, outcome))
        if judged.state == "failed":
            return outcome._replace(message=f"{outcome.message} The best weights could not be judged: {judged.message}")
        return judged

    def _train_all(self) -> Outcome:
        try:
            return Outcome("finished", self._train())
        except Stopped:
            if len(self._task.test_rows):
                self._on_stop(self)
            return Outcome("stopped", f"Stopped after {counted(self._course.epoch - 1, 'epoch')}.")

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
            learning_rate=self._course.rate,
            metrics=self.settings.metrics,
            live=self.live,
        )
        self._choose_threads()
        self.recorder.update(state="training", message="", device=self._task.described)
        self._heed()
        if self.checkup.due:
            self._look(self._course.epoch - 1)
        while self._course.epoch <= self.settings.epochs:
            self._train_epoch()
            patient = self._end_epoch(self._validate())
            if not patient:
                done = counted(self._course.epoch - 1, "epoch")
                return f"Stopped early after {done}: no better for {self._course.waiting.waited}."
        return f"Trained for {counted(self._course.epoch - 1, 'epoch')}."

    def _choose_threads(self) -> None:
        """Measured on real steps whose result is thrown away, so that the choice leaves no trace in the weights."""
        if self.device.type != "cpu":
            return
        if self._course.threads:
            torch.set_num_threads(self._course.threads)
            return
        self._task.learn()
        inputs, targets = self._task.first_batch()

        def step() -> None:
            self._heed()
            self._stepper.gradients(inputs, Pairs(targets), seed=0)

        before = self._weights.copy()
        try:
            threads.set_fastest(self._threads_key, step)
            self._course.threads = torch.get_num_threads()
        finally:
            self._weights.restore(before)

    def _train_epoch(self) -> None:
        """The batches of the epoch that are not done yet; the loop's position is always that between two batches."""
        course = self._course
        settings, seed = self.settings, seed_of(self.settings.seed, course.epoch)
        rows = shuffled(self._task.train_rows, seed) if settings.shuffle else self._task.train_rows
        self._task.learn()
        self._progress.begin_epoch()
        left = rows[course.batch * settings.batch_size :]
        for pair in self._task.pieces(left, self._heed, whole=self._augmenter.mixes):
            number = course.batch + 1
            self._follow_schedule(number)
            inputs, targets = self._augmenter.part(*pair, course.epoch, number, self._task.part)
            loss, outputs = self._stepper.step(inputs, targets, (seed + number) % 2**63)
            course.tally.add(loss, outputs, targets.first)
            course.batch = number
            if self._progress.due or number == self._task.batches:
                self._tell(inputs, targets.first)

    def _follow_schedule(self, batch: int) -> None:
        """The learning rate of a batch, which is a function of where it stands and of nothing before it."""
        if self.settings.schedule == Constant():
            return
        position = self._course.epoch - 1 + batch / self._task.batches
        factor = self.settings.schedule.factor(position, self.settings.epochs)
        self._stepper.update.learning_rate = self._course.rate * factor

    def _tell(self, inputs: torch.Tensor, targets: torch.Tensor) -> None:
        course = self._course
        course.tally.count_losses()
        self._task.check(course.tally, inputs, targets)
        self._progress.tell(course.epoch, course.batch, course.tally, self._stepper.update.learning_rate)
        self._on_moment(self)
        if self.checkup.due:
            self._look(course.epoch)

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
        course = self._course
        self._on_change(f"Epoch {course.epoch}: {told(wishes, course.epoch)}")
        course.changes |= wishes
        course.wished |= wishes
        if "learning_rate" in wishes:
            course.rate = self._stepper.update.learning_rate = wishes["learning_rate"]
        self.settings = with_wishes(self.settings, wishes)
        self._progress.epochs = self.settings.epochs
        self.recorder.update(learning_rate=course.rate, epochs=self.settings.epochs, live=self.live)

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
        course = self._course
        course.tally.count()
        epoch = Epoch(
            epoch=course.epoch,
            loss=course.tally.loss,
            val_loss=validation.loss if validation else None,
            metrics=_by_name(course.tally, validation),
            learning_rate=self._stepper.update.learning_rate,
            seconds=self._progress.seconds,
            changes=course.changes,
        )
        value = self._monitored(epoch)
        if self.best is None or value < self._monitored(self.best):
            self._keep(epoch)
        self.recorder.add(epoch, self.best or epoch)
        patient = self._patient(value)
        course.next_epoch()
        self._on_epoch(self, epoch)
        over = not patient or epoch.epoch >= self.settings.epochs
        if over and self.checkup.due_at_the_end:
            self._look(epoch.epoch)
        return patient

    def _look(self, epoch: int) -> None:
        self._on_health(self.checkup.look(epoch))

    def _patient(self, value: float) -> bool:
        if isinstance(self.settings.schedule, ReduceOnPlateau):
            self._course.rate = self._course.plateau.reduced(value, self._course.rate)
            self.recorder.update(live=self.live)
        return not self._course.waiting.is_over(self.settings.early_stopping, self._course.epoch, value)

    def _monitored(self, epoch: Epoch) -> float:
        return monitored(epoch, self.settings.monitor, self.settings.metrics)

    def _keep(self, epoch: Epoch) -> None:
        """The best so far, unless the last step, which no loss has seen where nothing is validated, broke it."""
        with self._stepper.judged_weights():
            weights = self._weights.copy()
        if weights.finite:
            self._course.best, self._course.best_weights = epoch, weights
            return
        raise what_went_wrong(self.model, *self._task.first_batch())


def _by_name(training: Tally, validation: Tally | None) -> dict[str, float | None]:
    """The metrics of both parts, by the names that Keras gives them."""
    validated = validation.values if validation else {}
    return {**training.values, **{f"val_{name}": value for name, value in validated.items()}}
