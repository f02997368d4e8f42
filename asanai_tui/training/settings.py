"""What the document says about training. No torch here: forms and files need it at once."""

from typing import Annotated, Literal

import msgspec

from asanai_tui.options import option
from asanai_tui.training.loss_settings import NO_LOSS_OPTIONS, LossName, LossOptions
from asanai_tui.training.metric_settings import MetricName
from asanai_tui.training.optimizer_settings import MAXIMUM_RATE, MINIMUM_RATE, Adam, AnyOptimizer
from asanai_tui.training.schedules import AnySchedule, Constant
from asanai_tui.training.stopping import NO_EARLY_STOPPING, EarlyStopping, MonitorName

Precision = Literal["float32", "bfloat16", "float16"]


EpochCount = Annotated[int, option("How often all training examples are seen.", ge=1, le=1_000_000, step=1)]


class Training(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a network is trained."""

    epochs: EpochCount = 30
    batch_size: Annotated[int, option("Examples for each step of the weights.", ge=1, le=1_048_576, step=1)] = 32
    optimizer: Annotated[AnyOptimizer, option("How the weights follow the gradient.")] = Adam()
    schedule: Annotated[AnySchedule, option("How the learning rate goes on.")] = Constant()
    loss: Annotated[LossName, option("What training makes small.")] = "mean_squared_error"
    loss_options: Annotated[LossOptions, option("What some losses can be told.", mode="expert")] = NO_LOSS_OPTIONS
    metrics: Annotated[
        tuple[MetricName, ...], option("What is shown beside the loss; the first stands in the chart.", min_length=1)
    ] = ("mean_absolute_error",)
    early_stopping: Annotated[EarlyStopping, option("When to end before the last epoch.")] = NO_EARLY_STOPPING
    monitor: Annotated[MonitorName, option("What tells the best epoch; auto: the validation loss.", mode="expert")] = (
        "auto"
    )
    class_weights: Annotated[bool, option("Rare classes count as much as frequent ones.")] = False
    folds: Annotated[
        int,
        option(
            "So many runs, each with another part for validation; the model is the best of them. 0 or 1: off.",
            ge=0,
            le=100,
            step=1,
        ),
    ] = 0
    seeds: Annotated[
        int,
        option(
            "So many runs with other first weights, order and dropout: seed, seed + 1 and so on; the model is the best "
            "of them. With folds, each fold with each seed. 0 or 1: off.",
            ge=0,
            le=100,
            step=1,
        ),
    ] = 0
    shuffle: Annotated[bool, option("Another order of the examples in each epoch.", mode="expert")] = True
    seed: Annotated[int, option("Fixes first weights, order and dropout.", ge=0, le=2**32 - 1, step=1)] = 1
    device: Annotated[str, option("auto, cpu, cuda, cuda:0 or mps: where it is computed.", mode="expert")] = "auto"
    threads: Annotated[int, option("Of the processor; 0: the fastest, as measured.", ge=0, le=4096, mode="expert")] = 0
    precision: Annotated[Precision, option("Of what layers compute; weights stay float32.", mode="expert")] = "float32"
    compile: Annotated[bool, option("Let torch.compile make one program of the layers.", mode="expert")] = False
    micro_batches: Annotated[
        int, option("Parts in which a batch is computed, to need less memory.", ge=1, le=65536, step=1, mode="expert")
    ] = 1
    ema_momentum: Annotated[
        float, option("Judge and keep a running average of the weights; 0: none.", ge=0, lt=1, mode="expert")
    ] = 0.0


def scaled_rate(rate: float, factor: float) -> float:
    """A learning rate multiplied, within its range, to six figures."""
    return float(f"{min(MAXIMUM_RATE, max(MINIMUM_RATE, rate * factor)):.6g}")


def with_rate(training: Training, rate: float) -> Training:
    """The same settings with another learning rate."""
    optimizer = msgspec.structs.replace(training.optimizer, learning_rate=rate)
    return msgspec.structs.replace(training, optimizer=optimizer)
