"""How the learning rate goes on while training: what the document says, and the arithmetic of it. No torch here."""

import math
from typing import Annotated

import msgspec

from asanai_tui.options import option

Epochs = Annotated[float, option("Length in epochs.", gt=0, le=1e6)]
Factor = Annotated[float, option("What the learning rate is multiplied by.", gt=0, le=1, step=0.05)]


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="name"):
    """Base: the learning rate of a step is the one of the optimizer, times what the schedule says for it."""

    warmup_epochs: Annotated[float, option("Epochs in which the learning rate rises from 0.", ge=0, le=1e6)] = 0.0

    def factor(self, position: float, epochs: int) -> float:
        """What the learning rate is multiplied by.

        Args:
            position: epochs that will be done after the step; 2.5 is the middle of the third.
            epochs: of the whole training.
        """
        if position < self.warmup_epochs:
            return position / self.warmup_epochs
        return self.shape(position - self.warmup_epochs, epochs - self.warmup_epochs)

    def shape(self, position: float, epochs: float) -> float:
        """The factor after the warm-up, both in epochs since then."""
        return 1.0


class Constant(Schedule, frozen=True, tag="constant"):
    """The same learning rate all the time."""


class StepDecay(Schedule, frozen=True, tag="step"):
    """Smaller by a factor every so many epochs."""

    every_epochs: Epochs = 10.0
    decay_rate: Factor = 0.5

    def shape(self, position: float, epochs: float) -> float:
        return float(self.decay_rate ** math.floor(_before(position) / self.every_epochs))


class ExponentialDecay(Schedule, frozen=True, tag="exponential"):
    """Smaller by a factor in so many epochs, a little at every step (Keras' ExponentialDecay)."""

    decay_epochs: Epochs = 1.0
    decay_rate: Factor = 0.96

    def shape(self, position: float, epochs: float) -> float:
        return float(self.decay_rate ** (position / self.decay_epochs))


class CosineDecay(Schedule, frozen=True, tag="cosine"):
    """Half a wave of the cosine down to the end of training (Loshchilov and Hutter 2016; Keras' CosineDecay)."""

    alpha: Annotated[float, option("What is left at the end, as a share.", ge=0, le=1, step=0.05)] = 0.0

    def shape(self, position: float, epochs: float) -> float:
        wave = (1 + math.cos(math.pi * _share(position, epochs))) / 2
        return (1 - self.alpha) * wave + self.alpha


class OneCycle(Schedule, frozen=True, tag="one_cycle"):
    """Up to the learning rate and down again far below the start (Smith and Topin 2017; torch's OneCycleLR)."""

    rise: Annotated[float, option("Share of the training in which it rises.", gt=0, lt=1, step=0.05)] = 0.3
    div_factor: Annotated[float, option("It begins this many times smaller.", ge=1, le=1e6)] = 25.0
    final_div_factor: Annotated[float, option("It ends this many times smaller than it began.", ge=1, le=1e9)] = 1e4

    def shape(self, position: float, epochs: float) -> float:
        share, start = _share(position, epochs), 1 / self.div_factor
        if share < self.rise:
            return _cosine(start, 1.0, share / self.rise)
        return _cosine(1.0, start / self.final_div_factor, (share - self.rise) / (1 - self.rise))


class ReduceOnPlateau(Schedule, frozen=True, tag="reduce_on_plateau"):
    """Smaller by a factor when the monitored value gets no better (Keras' ReduceLROnPlateau)."""

    decay_rate: Factor = 0.1
    patience: Annotated[int, option("Epochs without a better value before that.", ge=1, le=1_000_000, step=1)] = 10
    min_delta: Annotated[float, option("A change smaller than this is not better.", ge=0, le=1e9, mode="expert")] = 1e-4
    cooldown: Annotated[
        int, option("Epochs after a reduction that are not counted.", ge=0, le=1_000_000, step=1, mode="expert")
    ] = 0
    min_lr: Annotated[float, option("The learning rate gets no smaller.", ge=0, le=100, mode="expert")] = 0.0


AnySchedule = Constant | StepDecay | ExponentialDecay | CosineDecay | OneCycle | ReduceOnPlateau


class Plateau(msgspec.Struct):
    """What `ReduceOnPlateau` keeps from epoch to epoch."""

    options: ReduceOnPlateau
    best: float | None = None
    waited: int = 0
    cooling: int = 0

    @classmethod
    def of(cls, schedule: object) -> "Plateau":
        """A new one; nothing asks it for a learning rate where the schedule is another."""
        return cls(schedule if isinstance(schedule, ReduceOnPlateau) else ReduceOnPlateau())

    def reduced(self, value: float, learning_rate: float) -> float:
        """The learning rate after an epoch whose monitored `value`, the smaller the better, is this."""
        options = self.options
        if self.cooling:
            self.cooling -= 1
            self.waited = 0
        if self.best is None or value < self.best - options.min_delta:
            self.best, self.waited = value, 0
            return learning_rate
        if self.cooling:
            return learning_rate
        self.waited += 1
        if self.waited < options.patience or learning_rate <= options.min_lr:
            return learning_rate
        self.cooling, self.waited = options.cooldown, 0
        return max(learning_rate * options.decay_rate, options.min_lr)


def _share(position: float, epochs: float) -> float:
    return min(1.0, position / epochs) if epochs > 0 else 1.0


def _before(position: float) -> float:
    """The last moment before `position`, so that the last step of an epoch still belongs to it."""
    return math.nextafter(position, -math.inf) if position > 0 else 0.0


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
