"""Early stopping, and which epoch is the best. No torch here."""

import math
from typing import Annotated, Literal

import msgspec

from asanai_tui.options import option
from asanai_tui.training.recorder import Epoch

MonitorName = Literal["auto", "loss", "val_loss", "metric", "val_metric"]


class EarlyStopping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Ends training when the monitored value gets no better (Keras' EarlyStopping)."""

    patience: Annotated[int, option("Epochs without a better value; 0: never stop early.", ge=0, le=10**6, step=1)] = 0
    min_delta: Annotated[float, option("A change smaller than this is not better.", ge=0, le=1e9, mode="expert")] = 0.0
    start_from_epoch: Annotated[
        int, option("Epochs before the first that is counted.", ge=0, le=10**6, step=1, mode="expert")
    ] = 0


NO_EARLY_STOPPING = EarlyStopping()


class Patience(msgspec.Struct):
    """What `EarlyStopping` keeps from epoch to epoch."""

    best: float | None = None
    waited: int = 0

    def is_over(self, options: EarlyStopping, epoch: int, value: float) -> bool:
        """Whether to stop after `epoch`, from 1, whose monitored `value`, the smaller the better, is this."""
        if epoch <= options.start_from_epoch:
            return False
        self.waited += 1
        if self.best is None or value < self.best - options.min_delta:
            self.best, self.waited = value, 0
        return bool(options.patience) and self.waited >= options.patience


def monitored(epoch: Epoch, name: MonitorName, rising: bool) -> float:
    """What says how good an epoch was, the smaller the better.

    Args:
        name: `auto` is the validation loss; without a validation part, training values stand for those of validation.
        rising: the metric is the better the larger it is.
    """
    metric = name in ("metric", "val_metric")
    training, validation = (epoch.metric, epoch.val_metric) if metric else (epoch.loss, epoch.val_loss)
    value = training if validation is None or name in ("loss", "metric") else validation
    if value is None or math.isnan(value):
        return math.inf
    return -value if metric and rising else value
