"""The loop that trains."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

import torch

from asanai_tui import logs
from asanai_tui.data.augmentation_spec import NO_AUGMENTATION, Augmentation
from asanai_tui.data.progress import Stopped
from asanai_tui.data.spec import Targets
from asanai_tui.data.split import Indices
from asanai_tui.errors import InputError, counted
from asanai_tui.network.layers.base import show
from asanai_tui.network.modules import build
from asanai_tui.network.network import Network
from asanai_tui.network.options import Shape
from asanai_tui.training import device
from asanai_tui.training.augmentation import Augmenter, Pairs
from asanai_tui.training.batches import examples, seed_of, shuffled
from asanai_tui.training.class_weights import weighted, weighting
from asanai_tui.training.control import Control
from asanai_tui.training.diagnosis import what_went_wrong
from asanai_tui.training.losses import encoded_targets, objective
from asanai_tui.training.metrics import Tally, metric
from asanai_tui.training.optimizers import update
from asanai_tui.training.progress import Progress
from asanai_tui.training.recorder import Epoch, Recorder
from asanai_tui.training.settings import Training
from asanai_tui.training.weights import Copy, FlatWeights

if TYPE_CHECKING:
    from asanai_tui.data.dataset import Dataset

_VALIDATION_FACTOR = 4  # without gradients a batch needs that much less memory


class Outcome(NamedTuple):
    """How training ended, with a sentence for the user."""

    state: Literal["finished", "stopped", "failed"]
    message: str
    test_loss: float | None = None  # of the best weights on the test part, where there is one
    test_metric: float | None = None


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
        on_epoch: Callable[["Trainer", Epoch], None] | None = None,
    ) -> None:
        """
        Args:
            input_shape: channels last, without the batch.
            weights: what layers begin with instead of fresh ones, as `Model.keras_weights` gives it; others may miss.
            augmentation: how pictures are changed before a step learns from them.
            on_epoch: called in the training thread at the end of each epoch.

        Raises:
            InputError: the network does not fit the data, the device is absent or too small.
        """
        self.settings = settings
        self.control = control
        self.recorder = recorder
        self.best: Epoch | None = None
        self.device = device.chosen(settings.device)
        self._augmenter = Augmenter(augmentation, settings.seed)
        self._on_epoch = on_epoch
        self._best: Copy | None = None
        with device.memory_errors_told(self.device, settings.batch_size):
            self._set_up_model(network, input_shape, weights)
            self._set_up_objective(network.output_shape(input_shape) or (), targets, dataset)

    def _set_up_model(self, network: Network, input_shape: Shape, weights: Mapping[str, torch.Tensor]) -> None:
        device.seed(self.device, self.settings.seed)
        model = build(network, input_shape)
        if weights:
            model.load_keras_weights({**model.keras_weights(), **weights})
        self.model = model.to(self.device)
        if not any(True for _ in self.model.parameters()):
            raise InputError("No layer has weights that may be trained; add a dense layer or switch trainable on.")
        self._weights = FlatWeights(self.model)
        self._update = update(self.settings.optimizer, self._weights.values, self._weights.gradients)

    def _set_up_objective(self, output: Shape, targets: Targets, dataset: "Dataset") -> None:
        if not output or output[:-1] != targets.shape:
            wanted = f"{show(targets.shape)} places" if targets.shape else "a vector; add a flatten layer"
            raise InputError(f"the last layer gives {show(output)}, but the targets need {wanted}.")
        if not len(dataset.train):
            raise InputError("no example is left for training; make validation_split smaller or add data.")
        loss, scale = self.settings.loss, getattr(dataset.preprocessing, "target_scale", None)
        self._objective = objective(loss, self.model)
        self._regularized = any(module.regularized for module in self._objective.model.layers())
        units = torch.as_tensor(scale, dtype=torch.float32, device=self.device) if targets.kind == "numbers" else None
        self._metric = metric(self.settings.metric, self._objective, targets, loss, units)
        encoded = partial(encoded_targets, targets=targets, loss=loss, width=output[-1])
        self._examples = examples(dataset.inputs, dataset.targets, encoded, self.device)
        if self.settings.class_weights:
            learned = partial(self._examples.targets, dataset.train)
            self._objective = weighted(self._objective, weighting(learned, targets, loss, output[-1], self.device))
        self._train_rows, self._validation_rows, self._test_rows = dataset.train, dataset.validation, dataset.test
        self._batches = math.ceil(len(dataset.train) / self.settings.batch_size)

    @property
    def best_weights(self) -> dict[str, torch.Tensor]:
        """The weights of the best epoch, by position and Keras name, in Keras' layout and main memory."""
        return self._weights.keras_weights(self._best or self._weights.copy())

    def run(self) -> Outcome:
        """Train until the last epoch, a wish to stop, or trouble. Raises nothing; the outcome says what happened."""
        outcome = self._outcome(self._train_all)
        if outcome.state == "failed" or self.best is None or not len(self._test_rows):
            return outcome
        tested = self._outcome(lambda: self._tested(outcome))
        if tested.state == "failed":
            return outcome._replace(message=f"{outcome.message} The test part could not be judged: {tested.message}")
        return tested

    def _train_all(self) -> Outcome:
        try:
            self._train()
        except Stopped:
            if self.best is None:
                self._best = self._weights.copy()
            return Outcome("stopped", f"Stopped after {counted(self.recorder.snapshot().recorded, 'epoch')}.")
        return Outcome("finished", f"Trained for {counted(self.settings.epochs, 'epoch')}.")

    def _outcome(self, work: Callable[[], Outcome]) -> Outcome:
        """What `work` gives, or its trouble in words."""
        try:
            with device.memory_errors_told(self.device, self.settings.batch_size):
                return work()
        except InputError as error:
            return Outcome("failed", str(error))
        except Exception as error:
            return Outcome("failed", logs.record(error))
        finally:
            self.model.eval()
            torch.set_num_threads(device.all_threads())

    def _tested(self, outcome: Outcome) -> Outcome:
        """The best weights judged once on the test part; the last ones stand in the model again afterwards."""
        last = self._weights.copy()
        if self._best:
            self._weights.restore(self._best)
        try:
            tally = self._judged(self._test_rows, lambda: None)
        finally:
            self._weights.restore(last)
        told = f"Test: loss {tally.loss:.4g}, {self.settings.metric.replace('_', ' ')} {tally.metric:.4g}."
        return Outcome(outcome.state, f"{outcome.message} {told}", tally.loss, tally.metric)

    def _train(self) -> None:
        self._best = self._weights.copy()
        self._progress = Progress(self.recorder, self.settings.epochs, self._batches)
        self.recorder.update(
            message="Measuring the speed",
            epochs=self.settings.epochs,
            batches=self._batches,
            learning_rate=self._update.learning_rate,
            metric_name=self.settings.metric,
        )
        self._choose_threads()
        self.recorder.update(state="training", message="", device=device.describe(self.device))
        for epoch in range(1, self.settings.epochs + 1):
            training = self._train_epoch(epoch)
            self._end_epoch(epoch, training, self._validate())

    def _choose_threads(self) -> None:
        """Measured on real steps whose result is thrown away, so that the choice leaves no trace in the weights."""
        if self.device.type != "cpu":
            return
        self._objective.model.train()
        inputs, targets = self._first_batch()

        def step() -> None:
            self._heed()
            self._compute_gradients(inputs, Pairs(targets))

        before = self._weights.copy()
        device.set_fastest_threads(step)
        self._weights.restore(before)

    def _first_batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        size = self.settings.batch_size
        return next(self._examples.batches(self._train_rows[:size], size))

    def _train_epoch(self, epoch: int) -> Tally:
        seed = seed_of(self.settings.seed, epoch)
        device.seed(self.device, seed)
        rows = shuffled(self._train_rows, seed) if self.settings.shuffle else self._train_rows
        self._objective.model.train()
        tally = Tally(self._metric)
        self._progress.begin_epoch()
        for batch, pair in enumerate(self._examples.batches(rows, self.settings.batch_size, self._heed), 1):
            inputs, targets = self._augmenter.batch(*pair, epoch, batch)
            loss, outputs = self._compute_gradients(inputs, targets)
            self._update.step()
            self.model.apply_constraints()
            tally.add(loss, outputs, targets.first)
            if self._progress.due or batch == self._batches:
                self._count(tally, inputs, targets.first)
                self._progress.tell(epoch, batch, tally)
        return tally

    def _compute_gradients(self, inputs: torch.Tensor, targets: Pairs) -> tuple[torch.Tensor, torch.Tensor]:
        self._weights.gradients.zero_()
        loss, outputs = self._forward(inputs, targets)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss, outputs

    def _forward(self, inputs: torch.Tensor, targets: Pairs) -> tuple[torch.Tensor, torch.Tensor]:
        outputs = self._objective.model(inputs)
        loss = targets.loss(self._objective.loss, outputs)
        if self._regularized and (penalty := self._objective.model.penalty()) is not None:
            loss = loss + penalty
        if self.device.type == "cpu" and not math.isfinite(loss.item()):  # a GPU would have to be waited for
            raise InputError(what_went_wrong(self.model, inputs, targets.first))
        return loss, outputs

    def _validate(self) -> Tally | None:
        return self._judged(self._validation_rows, self._heed) if len(self._validation_rows) else None

    @torch.no_grad()
    def _judged(self, rows: Indices, heed: Callable[[], None]) -> Tally:
        """Loss and metric of the weights as they are on `rows`; `heed` is called at every batch."""
        self._objective.model.eval()
        tally = Tally(self._metric)
        size = self.settings.batch_size * _VALIDATION_FACTOR
        for inputs, targets in self._examples.batches(rows, size, heed):
            loss, outputs = self._forward(inputs, Pairs(targets))
            tally.add(loss, outputs, targets)
        self._count(tally, inputs, targets)
        return tally

    def _heed(self) -> None:
        """What the user wishes, at every batch."""
        if self.control.paused:
            self._pause()
        if self.control.stopping:
            raise Stopped
        if (learning_rate := self.control.take_learning_rate()) is not None:
            self._update.learning_rate = learning_rate
            self.recorder.update(learning_rate=learning_rate)

    def _pause(self) -> None:
        before = self.recorder.snapshot().state
        self._progress.pause()
        self.recorder.update(state="paused")
        self.control.wait_while_paused()
        self._progress.go_on()
        if not self.control.stopping:
            self.recorder.update(state=before)

    def _count(self, tally: Tally, inputs: torch.Tensor, targets: torch.Tensor) -> None:
        tally.count()
        if not math.isfinite(tally.loss):
            raise InputError(what_went_wrong(self.model, inputs, targets))

    def _end_epoch(self, number: int, training: Tally, validation: Tally | None) -> None:
        epoch = Epoch(
            epoch=number,
            loss=training.loss,
            val_loss=validation.loss if validation else None,
            metric=training.metric,
            val_metric=validation.metric if validation else None,
            learning_rate=self._update.learning_rate,
            seconds=self._progress.seconds,
        )
        if self.best is None or epoch.monitored < self.best.monitored:
            self._keep(epoch)
        self.recorder.add(epoch, self.best or epoch)
        if self._on_epoch:
            self._on_epoch(self, epoch)

    def _keep(self, epoch: Epoch) -> None:
        """The best so far, unless the last step, which no loss has seen where nothing is validated, broke it."""
        weights = self._weights.copy()
        if weights.finite:
            self.best, self._best = epoch, weights
            return
        raise InputError(what_went_wrong(self.model, *self._first_batch()))
