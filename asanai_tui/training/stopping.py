"""Early stopping, and which epoch is the best. No torch here."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from asanai_tui.options import option
from asanai_tui.training.metric_settings import METRICS, MetricName, is_rising
from asanai_tui.training.recorder import Epoch

if TYPE_CHECKING:
    MonitorName = str
else:
    _PARTS = ("", "val_")
    MonitorName = Literal[("auto", *(f"{part}{name}" for name in ("loss", "metric", *METRICS) for part in _PARTS))]


PatienceLength = Annotated[int, option("Epochs without a better value; 0: never stop early.", ge=0, le=10**6, step=1)]
MinDelta = Annotated[float, option("A change smaller than this is not better.", ge=0, le=1e9, mode="expert")]


class EarlyStopping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Ends training when the monitored value gets no better (Keras' EarlyStopping)."""

    patience: PatienceLength = 0
    min_delta: MinDelta = 0.0
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


def monitored(epoch: Epoch, name: MonitorName, metrics: Sequence[MetricName]) -> float:
    """What says how good an epoch was, the smaller the better.

    Args:
        name: `auto` is the validation loss; without a validation part, training values stand for those of validation.
        metrics: those of the training; `metric` is the first.
    """
    name = in_full(name, metrics)
    plain = name.removeprefix("val_")
    value = epoch.value(plain if epoch.val_loss is None else name)
    if value is None or math.isnan(value):
        return math.inf
    return -value if is_rising(plain) else value


def in_full(name: MonitorName, metrics: Sequence[MetricName]) -> str:
    """`auto` as `val_loss`, `val_metric` as `val_accuracy` where that is the first metric."""
    if name == "auto":
        return "val_loss"
    return name.replace("metric", metrics[0]) if name in ("metric", "val_metric") else name


def monitor_problem(name: MonitorName, metrics: Sequence[MetricName]) -> str:
    """Why this cannot be monitored; nothing where it can."""
    plain = in_full(name, metrics).removeprefix("val_")
    if plain == "loss" or plain in metrics:
        return ""
    return f"monitor: {plain} is not among the metrics of the training; add it there or choose val_loss."
