"""What is trained on what: the model, its objective and the examples, set up from the document once."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import torch

from asanai_tui.data.spec import Targets
from asanai_tui.data.split import Indices
from asanai_tui.errors import InputError
from asanai_tui.network import randomness
from asanai_tui.network.layers.base import show
from asanai_tui.network.modules import build
from asanai_tui.network.network import Network
from asanai_tui.network.options import Shape
from asanai_tui.network.shares import Part
from asanai_tui.training import device as devices
from asanai_tui.training.agreement import AgreedControl
from asanai_tui.training.batches import examples
from asanai_tui.training.class_weights import weighted, weighting
from asanai_tui.training.control import Control
from asanai_tui.training.diagnosis import what_went_wrong
from asanai_tui.training.losses import encoded_targets, objective
from asanai_tui.training.metrics import Metrics, Tally, Units
from asanai_tui.training.outcome import Outcome
from asanai_tui.training.ranks import Ranks
from asanai_tui.training.sending import Pair
from asanai_tui.training.settings import Training
from asanai_tui.training.stepper import Stepper
from asanai_tui.training.together import SharedStepper, SharedTally, Team, summed
from asanai_tui.training.weights import FlatWeights

if TYPE_CHECKING:
    from asanai_tui.data.dataset import Dataset
    from asanai_tui.data.preprocessing import Preprocessing

_VALIDATION_FACTOR = 4  # without gradients a batch needs that much less memory


class Task:
    """A model with its objective on a device, and the examples of all parts."""

    def __init__(
        self,
        network: Network,
        input_shape: Shape,
        settings: Training,
        targets: Targets,
        dataset: "Dataset",
        weights: Mapping[str, torch.Tensor],
        say: Callable[[str], None],
        control: Control | None = None,
        ranks: Ranks | None = None,
    ) -> None:
        """
        Args:
            input_shape: channels last, without the batch.
            weights: what layers begin with instead of fresh ones, as `Model.keras_weights` gives it; others may miss.
            say: takes a sentence for the log.
            control: takes the wishes of this process.
            ranks: the processes that compute this together.

        Raises:
            InputError: the network does not fit the data, the device is absent or too small.
        """
        self.settings = settings
        self.device = devices.chosen(ranks.device(settings.device) if ranks else settings.device)
        self.control = control or Control()
        self.team: Team | None = None
        self.train_rows, self.validation_rows, self.test_rows = dataset.train, dataset.validation, dataset.test
        self.batches = math.ceil(len(dataset.train) / settings.batch_size)  # of an epoch
        with devices.memory_errors_told(self.device, settings.batch_size):
            self._set_up_model(network, input_shape, weights)
            self._set_up_objective(network.output_shape(input_shape) or (), targets, dataset)
            if ranks:
                self._set_up_team(ranks)
            self._set_up_stepper(say)

    def _set_up_model(self, network: Network, input_shape: Shape, weights: Mapping[str, torch.Tensor]) -> None:
        devices.seed(self.device, self.settings.seed)
        model = build(network, input_shape)
        randomness.end()
        if weights:
            model.load_keras_weights({**model.keras_weights(), **weights})
        self.model = model.to(self.device)
        if not any(True for _ in self.model.parameters()):
            raise InputError("No layer has weights that may be trained; add a dense layer or switch trainable on.")

    def _set_up_objective(self, output: Shape, targets: Targets, dataset: "Dataset") -> None:
        if not output or output[:-1] != targets.shape:
            wanted = f"{show(targets.shape)} places" if targets.shape else "a vector; add a flatten layer"
            raise InputError(f"the last layer gives {show(output)}, but the targets need {wanted}.")
        if not len(dataset.train):
            raise InputError("no example is left for training; make validation_split smaller or add data.")
        loss = self.settings.loss
        goal = objective(loss, self.model, self.settings.loss_options)
        units = self._units(dataset.preprocessing) if targets.kind == "numbers" else None
        self.metrics = Metrics(self.settings.metrics, goal, targets, loss, units)
        encoded = partial(encoded_targets, targets=targets, loss=loss, width=output[-1])
        self.examples = examples(dataset.inputs, dataset.targets, encoded, self.device)
        if self.settings.class_weights:
            learned = partial(self.examples.targets, dataset.train)
            goal = weighted(goal, weighting(learned, targets, loss, output[-1], self.device))
        self._goal, self._output = goal, output

    def _set_up_team(self, ranks: Ranks) -> None:
        agreed = AgreedControl(self.control, ranks, self.device)
        self.control, self.team = agreed, Team(ranks, agreed, self.metrics, self._metric_sizes(self.metrics))

    def ended(self, outcome: Outcome) -> Outcome:
        """The outcome, of which the other processes learn."""
        if self.team:
            self.team.ranks.ended(outcome.state, outcome.message, outcome.diverged)
        return outcome

    def _metric_sizes(self, metrics: Metrics) -> dict[str, torch.Size]:
        """How many sums each metric has."""
        *places, width = self._output
        _, targets = self.first_batch()
        one = metrics.sums(torch.zeros(1, width, *places, device=self.device), targets[:1])
        return {name: sums.shape for name, sums in one.items()}

    def _set_up_stepper(self, say: Callable[[str], None]) -> None:
        self.weights = FlatWeights(self.model, self.team.slots() if self.team else 0)
        arguments = self.model, self._goal, self.weights, self.settings, self.device, say
        self.stepper = SharedStepper(self.team, *arguments) if self.team else Stepper(*arguments)

    @property
    def described(self) -> str:
        """The device in words, `2 × cpu · 1 thread` where several processes have one each."""
        each = devices.describe(self.device)
        return f"{self.team.ranks.count} × {each}" if self.team else each

    @property
    def records(self) -> bool:
        """Whether this process tells how it goes: of several, the first."""
        return self.team is None or self.team.ranks.rank == 0

    @property
    def threads(self) -> int:
        """This process' share of the processor; 0 where it has all of it."""
        return self.team.ranks.threads() if self.team else 0

    @property
    def part(self) -> Part | None:
        """What this process has of the batch that `pieces` gave last; None: all of it."""
        return self.team.piece.part if self.team else None

    def tally(self, heard: Callable[[list[float]], None]) -> Tally:
        """For the batches of an epoch, whose losses `heard` takes."""
        return SharedTally(self.team, heard) if self.team else Tally(self.metrics, heard)

    def pieces(self, rows: Indices, heed: Callable[[], None], whole: bool) -> Iterator[Pair]:
        """`rows` in batches to learn from, or this rank's pieces of them unless `whole` batches are wished."""
        size = self.settings.batch_size
        if self.team:  # processors of different kinds round differently
            self.team.ranks.as_first(self.weights.values, *self.model.buffers())
            return self.team.batches(self.examples, rows, size, heed, whole)
        return self.examples.batches(rows, size, heed)

    def _units(self, preprocessing: "Preprocessing") -> Units:
        scale, center = (
            torch.as_tensor(each, dtype=torch.float32, device=self.device)
            for each in (preprocessing.target_scale, preprocessing.target_center)
        )
        return Units(scale, center)

    def learn(self) -> None:
        """From here on layers behave as while training: dropout drops."""
        self.stepper.objective.model.train()

    @contextmanager
    def modes_kept(self) -> Iterator[None]:
        """Afterwards layers behave, and losses are scaled, as before; the parts that the memory wants stay."""
        stepper = self.stepper
        modules = [*self.model.modules(), *stepper.objective.model.modules()]
        modes = [module.training for module in modules]
        kept = stepper.scale, stepper.good_steps
        try:
            yield
        finally:
            stepper.scale, stepper.good_steps = kept
            for module, mode in zip(modules, modes, strict=True):
                module.training = mode

    def first_batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Inputs and targets of the first examples, in the order of the data."""
        size = self.settings.batch_size
        return next(self.examples.batches(self.train_rows[:size], size))

    @torch.no_grad()
    def judged(self, rows: Indices, heed: Callable[[], None] = lambda: None, by_class: bool = False) -> Tally:
        """Loss and metrics of the weights as they are on `rows`; `heed` is called at every batch.

        Args:
            by_class: each class is counted too.

        Raises:
            InputError: the loss is not finite.
        """
        self.stepper.objective.model.eval()
        tally = Tally(self.metrics.with_classes() if by_class else self.metrics)
        size = self.settings.batch_size * _VALIDATION_FACTOR
        own, heed = self.team.judging(rows, heed) if self.team else (rows, heed)
        for inputs, targets in self.examples.batches(own, size, heed):
            tally.add(*self.stepper.judge(inputs, targets), targets)
        tally.count()
        if len(own):
            self.check(tally, inputs, targets)
        if self.team:
            for _ in range(-(-len(own) // size), self.team.rounds(rows, size)):
                heed()
            summed(tally, self.team, self._metric_sizes(tally.metrics), self.device)
        return tally

    def check(self, tally: Tally, inputs: torch.Tensor, targets: torch.Tensor) -> None:
        """Raises: InputError: the loss that was counted is not finite, with the layer where `inputs` go wrong."""
        if not math.isfinite(tally.loss):
            raise what_went_wrong(self.model, inputs, targets)
