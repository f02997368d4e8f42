"""Trials: the same training several times, with another part for validation, other random numbers, or both."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from asanai_tui.data.spec import Source
from asanai_tui.errors import counted
from asanai_tui.training.metric_settings import is_rising
from asanai_tui.training.recorder import Epoch
from asanai_tui.training.settings import Training

HIGH, MEDIUM = 0.2, 0.05  # coefficients of variation above which noise is called so, as asanAI does
SEEDS = 2**32  # how many there are

Noise = Literal["low", "medium", "high"]


class Trial(msgspec.Struct, frozen=True, omit_defaults=True):
    """One training of a series."""

    number: int  # from 1
    fold: int = 0  # from 1; 0: the trials have no folds
    seed: int | None = None  # None: that of the training, for all

    @property
    def folder(self) -> str:
        """What its directory within that of the series is called."""
        names = [f"fold-{self.fold}"] * bool(self.fold) + [f"seed-{self.seed}"] * (self.seed is not None)
        return "-".join(names)

    @property
    def noun(self) -> str:
        """What a person calls it."""
        return "fold" if self.seed is None else "run"

    @property
    def place(self) -> str:
        """`fold 2`, `run 3, seed 12`, `run 7, fold 3, seed 12`."""
        return ", ".join([f"{self.noun} {self.number}", *self._details])

    def title(self, count: int) -> str:
        """`Fold 2 of 5`, `Run 3 of 5, seed 12`, `Run 7 of 15, fold 3, seed 12`."""
        return ", ".join([f"{self.noun} {self.number} of {count}".capitalize(), *self._details])

    @property
    def _details(self) -> list[str]:
        if self.seed is None:
            return []
        return [*([f"fold {self.fold}"] if self.fold else []), f"seed {self.seed}"]


class Result(Trial, frozen=True, omit_defaults=True, kw_only=True):
    """What a trial gave."""

    best: Epoch
    epochs: int  # trained
    score: float | None = None  # of the best epoch by the monitor of the training, the smaller the better
    test_loss: float | None = None  # of its best weights on the test part, which is the same for all
    test_metrics: dict[str, float | None] = {}


class Spread(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A value over the trials."""

    mean: float
    deviation: float | None = None  # standard deviation with n - 1; None of a single trial
    min: float
    max: float
    best: float  # the larger or the smaller of the two
    worst: float
    best_trial: int  # the number of the one that gave it
    worst_trial: int
    variation: float | None = None  # coefficient of variation: the deviation as a share of the mean
    noise: Noise | None = None


def plan(training: Training) -> tuple[Trial, ...]:
    """The trials of a training, each fold with each seed; none where it is a single one."""
    folds = range(1, training.folds + 1) if training.folds > 1 else [0]
    seeds = [(training.seed + more) % SEEDS for more in range(training.seeds)] if training.seeds > 1 else [None]
    pairs = [(fold, seed) for fold in folds for seed in seeds]
    return tuple(Trial(number, *pair) for number, pair in enumerate(pairs, 1)) if len(pairs) > 1 else ()


def training_of(training: Training, trial: Trial) -> Training:
    """The plain training that a trial is."""
    seed = training.seed if trial.seed is None else trial.seed
    return msgspec.structs.replace(training, folds=0, seeds=0, seed=seed)


def data_of(source: Source, training: Training, trial: Trial) -> Source:
    """The same data, divided as the trial has it."""
    return of_fold(source, trial.fold, training.folds) if trial.fold else source


def of_fold(source: Source, number: int, folds: int) -> Source:
    """The same data with fold `number` of so many for validation."""
    split = msgspec.structs.replace(source.split, fold=(number, folds))
    return msgspec.structs.replace(source, split=split)


def best_of(results: Sequence[Result]) -> Result | None:
    """The best trial by what tells the best epoch, which is the validation loss unless `monitor` says otherwise."""
    return min(results, key=lambda each: each.best.monitored if each.score is None else each.score, default=None)


def values(result: Result, metrics: Sequence[str]) -> dict[str, float | None]:
    """The numbers of a trial's best epoch, by the names that Keras gives them, and those of its test."""
    names, tested = ("loss", *metrics), {"loss": result.test_loss, **result.test_metrics}
    return {
        **{name: result.best.value(name) for name in names},
        **{f"val_{name}": result.best.value(f"val_{name}") for name in names},
        **{f"test_{name}": tested.get(name) for name in names},
    }


def spreads(results: Sequence[Result], metrics: Sequence[str]) -> dict[str, Spread]:
    """The statistics of each value that all trials have."""
    columns = [values(result, metrics) for result in results]
    found = {}
    for name in columns[0] if columns else ():
        numbers = [(value, result.number) for column, result in zip(columns, results, strict=True)
                   if (value := column[name]) is not None]  # fmt: skip
        if len(numbers) == len(results):
            found[name] = _spread(numbers, is_rising(name.removeprefix("val_").removeprefix("test_")))
    return found


def _spread(numbers: Sequence[tuple[float, int]], rising: bool) -> Spread:
    from statistics import fmean, stdev

    found = [value for value, _ in numbers]
    mean, deviation = fmean(found), stdev(found) if len(found) > 1 else None
    variation = None if deviation is None or not mean else deviation / abs(mean)
    first, last = min(numbers, key=lambda each: each[0]), max(numbers, key=lambda each: each[0])
    (best, best_trial), (worst, worst_trial) = (last, first) if rising else (first, last)
    return Spread(
        mean=mean, deviation=deviation, min=first[0], max=last[0], best=best, worst=worst,
        best_trial=best_trial, worst_trial=worst_trial, variation=variation, noise=_noise(variation),
    )  # fmt: skip


def _noise(variation: float | None) -> Noise | None:
    if variation is None:
        return None
    return "high" if variation > HIGH else "medium" if variation > MEDIUM else "low"


def sentence(results: Sequence[Result], metrics: Sequence[str]) -> str:
    """`5 runs: val_accuracy 0.953 ± 0.03 (low noise), val_loss 0.131 ± 0.04 (high noise).`"""
    told = ", ".join(f"{name} {shown(each)}{noise(each)}" for name, each in chief(results, metrics).items())
    return f"{counted(len(results), results[0].noun)}: {told}." if told else ""


def chief(results: Sequence[Result], metrics: Sequence[str]) -> dict[str, Spread]:
    """The statistics that count most: of the test, of the validation; of the training where there is neither."""
    found = spreads(results, metrics)
    names = [*(f"{part}_{name}" for name in metrics for part in ("test", "val")), "val_loss"]
    held_back = [name for name in names if name in found]
    return {name: found[name] for name in held_back or [each for each in (*metrics, "loss") if each in found]}


def table(results: Sequence[Result], metrics: Sequence[str]) -> list[str]:
    """For each value `val_loss 0.1038 ± 0.0054, 5.2% medium noise, min 0.099 run 4 (best), max 0.112 run 1 (worst)`."""
    return [f"{name} {_told(each, results[0].noun)}" for name, each in spreads(results, metrics).items()]


def _told(spread: Spread, noun: str) -> str:
    words = (f"{noun} {spread.best_trial} (best)", f"{noun} {spread.worst_trial} (worst)")
    of_min, of_max = words if spread.best == spread.min else words[::-1]
    variation = "" if spread.variation is None else f"{spread.variation:.1%} {spread.noise} noise, "
    return (
        f"{spread.mean:.4g} ± {spread.deviation or 0:.2g}, {variation}"
        f"min {spread.min:.4g} {of_min}, max {spread.max:.4g} {of_max}"
    )


def line(result: Result, count: int, metrics: Sequence[str]) -> str:
    """`Run 2 of 5, seed 7: val_accuracy 0.967, val_loss 0.13, accuracy 0.98, loss 0.11, best epoch 31`."""
    known = {name: value for name, value in values(result, metrics).items() if value is not None}
    told = ", ".join(f"{name} {value:.3g}" for name, value in reversed(known.items()))
    return f"{result.title(count)}: {told}, best epoch {result.best.epoch}"


def shown(spread: Spread) -> str:
    """`0.953 ± 0.03`"""
    return f"{spread.mean:.3g}" + ("" if spread.deviation is None else f" ± {spread.deviation:.2g}")


def noise(spread: Spread) -> str:
    """` (low noise)`, where it is known."""
    return f" ({spread.noise} noise)" if spread.noise else ""
