"""What the document says about training. No torch here: forms and files need it at once."""

from typing import Annotated, Literal

import msgspec

from asanai_tui.options import option

LossName = Literal["mean_squared_error", "binary_crossentropy", "categorical_crossentropy"]
MetricName = Literal["accuracy", "mean_absolute_error", "mean_squared_error", "mean_iou"]
MINIMUM_RATE, MAXIMUM_RATE = 1e-9, 100.0
LearningRate = Annotated[float, option("How far the weights move at each step.", gt=0, le=MAXIMUM_RATE)]
Epsilon = Annotated[float, option("Small number added so that nothing is divided by 0.", gt=0, le=1, mode="expert")]
Share = Annotated[float, option("How much of the running average is kept at each step.", ge=0, lt=1, mode="expert")]
Push = Annotated[float, option("How much of the last step is added to the next.", ge=0, le=1, step=0.05)]


class Optimizer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="name"):
    """Base of the optimizers; defaults and meaning are Keras'."""

    learning_rate: LearningRate = 0.001

    @property
    def slots(self) -> int:
        """Numbers that the optimizer keeps for each trainable weight."""
        return 0


class SGD(Optimizer, frozen=True, tag="sgd"):
    """Plain gradient descent, with momentum if wanted."""

    learning_rate: LearningRate = 0.01
    momentum: Push = 0.0
    nesterov: Annotated[bool, option("Look ahead along the momentum.", mode="expert")] = False

    @property
    def slots(self) -> int:
        return int(bool(self.momentum))


class RMSprop(Optimizer, frozen=True, tag="rmsprop"):
    """Divides each step by a running average of the gradient's size."""

    rho: Share = 0.9
    momentum: Push = 0.0
    epsilon: Epsilon = 1e-7
    centered: Annotated[bool, option("Divide by the variance instead of the mean square.", mode="expert")] = False

    @property
    def slots(self) -> int:
        return 2 + int(self.centered) + int(bool(self.momentum))  # the mean square and its root


class Adam(Optimizer, frozen=True, tag="adam"):
    """Momentum and step size for each weight; a good first choice (Kingma and Ba 2014)."""

    beta_1: Share = 0.9
    beta_2: Share = 0.999
    epsilon: Epsilon = 1e-7

    @property
    def slots(self) -> int:
        return 2


AnyOptimizer = Adam | SGD | RMSprop


class Training(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a network is trained."""

    epochs: Annotated[int, option("How often all training examples are seen.", ge=1, le=1_000_000, step=1)] = 30
    batch_size: Annotated[int, option("Examples for each step of the weights.", ge=1, le=1_048_576, step=1)] = 32
    optimizer: Annotated[AnyOptimizer, option("How the weights follow the gradient.")] = Adam()
    loss: Annotated[LossName, option("What training makes small.")] = "mean_squared_error"
    metric: Annotated[MetricName, option("What is shown beside the loss.")] = "mean_absolute_error"
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
    shuffle: Annotated[bool, option("Another order of the examples in each epoch.", mode="expert")] = True
    seed: Annotated[int, option("Fixes first weights, order and dropout.", ge=0, le=2**32 - 1, step=1)] = 1
    device: Annotated[str, option("auto, cpu, cuda or cuda:0: where the numbers are computed.", mode="expert")] = "auto"


def with_learning_rate(training: Training, factor: float) -> Training:
    """The same settings with the learning rate multiplied, within its range, to six figures."""
    optimizer = training.optimizer
    rate = float(f"{min(MAXIMUM_RATE, max(MINIMUM_RATE, optimizer.learning_rate * factor)):.6g}")
    return msgspec.structs.replace(training, optimizer=msgspec.structs.replace(optimizer, learning_rate=rate))
