"""Folds: the same training several times, each time with another part of the examples for validation."""

from collections.abc import Sequence

import msgspec

from asanai_tui.data.spec import Source
from asanai_tui.errors import counted
from asanai_tui.training.recorder import Epoch


class Fold(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one fold gave."""

    fold: int  # from 1
    best: Epoch
    epochs: int  # trained
    test_loss: float | None = None  # of its best weights on the test part, which is the same for all folds
    test_metric: float | None = None


class Spread(msgspec.Struct, frozen=True):
    """A value over the folds."""

    mean: float
    deviation: float | None = None  # standard deviation with n - 1; None of a single fold


def of_fold(source: Source, number: int, folds: int) -> Source:
    """The same data with fold `number` of so many for validation."""
    split = msgspec.structs.replace(source.split, fold=(number, folds))
    return msgspec.structs.replace(source, split=split)


def best_of(folds: Sequence[Fold]) -> Fold | None:
    """The fold with the smallest validation loss."""
    return min(folds, key=lambda each: each.best.monitored, default=None)


def values(fold: Fold, metric: str) -> dict[str, float | None]:
    """The numbers of a fold's best epoch, by the names that Keras gives them, and those of its test."""
    best = fold.best
    return {
        "loss": best.loss,
        metric: best.metric,
        "val_loss": best.val_loss,
        f"val_{metric}": best.val_metric,
        "test_loss": fold.test_loss,
        f"test_{metric}": fold.test_metric,
    }


def spreads(folds: Sequence[Fold], metric: str) -> dict[str, Spread]:
    """Mean and standard deviation of each value that all folds have."""
    from statistics import fmean, stdev

    columns = [values(fold, metric) for fold in folds]
    found = {}
    for name in columns[0] if columns else ():
        numbers = [value for column in columns if (value := column[name]) is not None]
        if len(numbers) == len(folds):
            found[name] = Spread(fmean(numbers), stdev(numbers) if len(numbers) > 1 else None)
    return found


def sentence(folds: Sequence[Fold], metric: str) -> str:
    """`5 folds: val_accuracy 0.953 ± 0.03, val_loss 0.131 ± 0.04.`, means and standard deviations."""
    found = spreads(folds, metric)
    names = [name for name in (f"test_{metric}", f"val_{metric}", "val_loss") if name in found]
    told = ", ".join(f"{name} {_shown(found[name])}" for name in names)
    return f"{counted(len(folds), 'fold')}: {told}." if told else ""


def line(fold: Fold, folds: int, metric: str) -> str:
    """`Fold 2 of 5: val_accuracy 0.967, val_loss 0.13, accuracy 0.98, loss 0.11, best epoch 31`."""
    known = {name: value for name, value in values(fold, metric).items() if value is not None}
    told = ", ".join(f"{name} {value:.3g}" for name, value in reversed(known.items()))
    return f"Fold {fold.fold} of {folds}: {told}, best epoch {fold.best.epoch}"


def _shown(spread: Spread) -> str:
    return f"{spread.mean:.3g}" + ("" if spread.deviation is None else f" ± {spread.deviation:.2g}")
