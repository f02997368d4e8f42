"""Which learning rate fits: train a little with a rate that grows at every step, and look where the loss falls.

Smith 2017, "Cyclical learning rates for training neural networks" (the range test), with the exponential sweep, the
smoothing and the end of fastai's `lr_find` (Howard and Gugger 2020). The suggestion is fastai's `minimum`, a tenth of
the rate at which the smoothed loss was lowest, but with the rate at which nine tenths of the fall to there were done:
where the loss creeps on down over the last decades of a sweep, its minimum is a rate at which nothing is learned from
the start. Where it fell fastest (Smith's reading, fastai's `steep`) is told beside it.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count, islice, pairwise
from typing import Annotated, NamedTuple

import msgspec
import torch

from asanai_tui.errors import DivergenceError, InputError
from asanai_tui.network import randomness
from asanai_tui.options import option
from asanai_tui.training.augmentation import Augmenter, Pairs
from asanai_tui.training.batches import seed_of, shuffled
from asanai_tui.training.optimizer_settings import MAXIMUM_RATE, MINIMUM_RATE
from asanai_tui.training.settings import scaled_rate
from asanai_tui.training.task import Task

TENTH = 0.1
FALLEN = 0.9  # share of the fall of the loss
LEAST = 5  # steps that a suggestion needs
SKIPPED = 10  # the first of so many parts of the points tells nothing of where the loss falls


class Sweep(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a rate is looked for."""

    start: Annotated[float, option("The first learning rate.", ge=MINIMUM_RATE, le=MAXIMUM_RATE)] = 1e-7
    end: Annotated[
        float, option("The last one, unless the loss diverges before.", ge=MINIMUM_RATE, le=MAXIMUM_RATE)
    ] = 10.0
    steps: Annotated[int, option("Batches, each with a larger rate.", ge=10, le=100_000, step=10)] = 100
    smoothing: Annotated[
        float, option("How much of the running average of the loss is kept at each step.", ge=0, lt=1, mode="expert")
    ] = 0.9
    divergence: Annotated[float, option("The end: a loss so many times the lowest.", gt=1, le=1e6, mode="expert")] = 4.0

    def is_diverged(self, loss: float, lowest: float) -> bool:
        """Whether a smoothed loss lies so far above the lowest one; of losses below 0 as far as of those above."""
        return loss > lowest + (self.divergence - 1) * abs(lowest)


class Point(NamedTuple):
    """One step."""

    rate: float
    loss: float  # smoothed


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep gave."""

    points: tuple[Point, ...] = ()
    diverged: bool = False  # before the last rate

    @property
    def minimum(self) -> float | None:
        """The rate with the lowest smoothed loss."""
        return min(self.points, key=lambda point: point.loss).rate if len(self.points) >= LEAST else None

    @property
    def suggestion(self) -> float | None:
        """A tenth of the rate at which the loss had fallen, to two figures."""
        return None if self.fallen is None else float(f"{scaled_rate(self.fallen, TENTH):.2g}")

    @property
    def fallen(self) -> float | None:
        """The first rate at which nine tenths of the fall of the smoothed loss, from its height before, were done."""
        if self.minimum is None:
            return None
        before = [point for point in self.points if point.rate <= self.minimum]
        lowest, highest = before[-1].loss, max(point.loss for point in before)
        return next(point.rate for point in before if point.loss <= highest - FALLEN * (highest - lowest))

    @property
    def steepest(self) -> float | None:
        """Where the smoothed loss fell fastest over the logarithm of the rate, before its minimum.

        The first points are the mean of too few losses to tell, so they are left out, as fastai does.
        """
        if self.minimum is None:
            return None
        falls = [
            ((after.loss - before.loss) / math.log(after.rate / before.rate), after.rate)
            for before, after in pairwise(self.points[len(self.points) // SKIPPED :])
            if after.rate <= self.minimum
        ]
        return min(falls)[1] if falls else self.minimum


def checked(sweep: Sweep) -> Sweep:
    """
    Raises:
        InputError: there is no way up from the first rate to the last.
    """
    if sweep.end <= sweep.start:
        raise InputError(f"end: expected a learning rate above start, {sweep.start:g}, not {sweep.end:g}.")
    return sweep


def swept(
    task: Task, augmenter: Augmenter, sweep: Sweep, heed: Callable[[], None] = lambda: None
) -> Iterator[tuple[Point, bool]]:
    """Each step's point, and whether the loss diverged there; the task is left as it was, to the bit.

    Batches come as training would have them, epoch after epoch where there are fewer than steps. Close the iterator
    where it is not read to its end.

    Args:
        heed: called before each batch; it raises where the sweep is to end.
    """
    checked(sweep)
    growth = (sweep.end / sweep.start) ** (1 / (sweep.steps - 1))
    average, lowest = 0.0, math.inf
    with _undone(task):
        task.learn()
        batches = _batches(task, augmenter, heed)
        for step, (inputs, targets, seed) in enumerate(islice(batches, sweep.steps)):
            rate = task.stepper.update.learning_rate = sweep.start * growth**step
            loss = _loss_of_step(task, inputs, targets, seed)
            average = sweep.smoothing * average + (1 - sweep.smoothing) * loss
            smoothed = average / (1 - sweep.smoothing ** (step + 1))  # as if it had not begun with 0
            lowest = min(lowest, smoothed)
            diverged = not math.isfinite(smoothed) or (step >= LEAST and sweep.is_diverged(smoothed, lowest))
            if math.isfinite(smoothed):
                yield Point(rate, smoothed), diverged
            if diverged:
                return


def _loss_of_step(task: Task, inputs: torch.Tensor, targets: Pairs, seed: int) -> float:
    try:
        loss, _ = task.stepper.step(inputs, targets, seed)
    except DivergenceError:
        return math.inf
    return float(loss)


def _batches(task: Task, augmenter: Augmenter, heed: Callable[[], None]) -> Iterator[tuple[torch.Tensor, Pairs, int]]:
    settings = task.settings
    for epoch in count(1):
        seed = seed_of(settings.seed, epoch)
        rows = shuffled(task.train_rows, seed) if settings.shuffle else task.train_rows
        for number, pair in enumerate(task.examples.batches(rows, settings.batch_size, heed), 1):
            inputs, targets = augmenter.batch(*pair, epoch, number)
            yield inputs, targets, (seed + number) % 2**63


@contextmanager
def _undone(task: Task) -> Iterator[None]:
    """Afterwards weights, buffers, optimizer, average, modes and random states are as before."""
    stepper, weights = task.stepper, task.weights.copy()
    state = {name: value.clone() for name, value in stepper.update.state().items()}
    average = None if stepper.average is None else stepper.average.clone()
    micro_batches = stepper.micro_batches
    own, drawn = torch.get_rng_state(), _drawn_on(task.device)
    try:
        with task.modes_kept():
            yield
    finally:
        task.weights.restore(weights)
        stepper.micro_batches = micro_batches
        stepper.update.load_state(state)
        if stepper.average is not None and average is not None:
            stepper.average.copy_(average)
        randomness.end()
        torch.set_rng_state(own)
        if drawn is not None:
            torch.cuda.set_rng_state(drawn, task.device)


def _drawn_on(device: torch.device) -> torch.Tensor | None:
    return torch.cuda.get_rng_state(device) if device.type == "cuda" else None
