"""What the document says about optimizers: names, meaning and defaults are Keras' (keras.io/api/optimizers)."""

from typing import Annotated, ClassVar

import msgspec

from asanai_tui.options import option

MINIMUM_RATE, MAXIMUM_RATE = 1e-9, 100.0
LearningRate = Annotated[float, option("How far the weights move at each step.", gt=0, le=MAXIMUM_RATE)]
Epsilon = Annotated[float, option("Small number added so that nothing is divided by 0.", gt=0, le=1, mode="expert")]
Share = Annotated[float, option("How much of the running average is kept at each step.", ge=0, lt=1, mode="expert")]
Push = Annotated[float, option("How much of the last step is added to the next.", ge=0, le=1, step=0.05)]
Decay = Annotated[float, option("Share of each weight, times the learning rate, taken away at a step.", ge=0, le=1)]
RareDecay = Annotated[
    float, option("Share of each weight, times the learning rate, taken away at a step.", ge=0, le=1, mode="expert")
]


def _limit(description: str) -> msgspec.Meta:
    return option(f"{description} 0: no limit.", ge=0, le=1e6, mode="expert")


class Optimizer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="name"):
    """Base of the optimizers. The gradient is clipped, then the weights decay, then they move."""

    learning_rate: LearningRate = 0.001
    weight_decay: RareDecay = 0.0
    clipnorm: Annotated[float, _limit("The gradient of each weight tensor is at most this long.")] = 0.0
    global_clipnorm: Annotated[float, _limit("All gradients together are at most this long.")] = 0.0
    clipvalue: Annotated[float, _limit("Each number of the gradient stays within ± this.")] = 0.0

    def __post_init__(self) -> None:
        if sum(map(bool, (self.clipnorm, self.global_clipnorm, self.clipvalue))) > 1:
            raise ValueError("only one of clipnorm, global_clipnorm and clipvalue may be set")

    averages: ClassVar[int] = 0

    @property
    def slots(self) -> int:
        """Numbers that the optimizer keeps for each trainable weight, those of the step itself included."""
        return self.averages


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


class Moments(Optimizer, frozen=True):
    """Base of Adam and its kin: running averages of the gradient and of its size."""

    beta_1: Share = 0.9
    beta_2: Share = 0.999
    epsilon: Epsilon = 1e-7

    averages: ClassVar[int] = 3  # with what a step needs


class Adam(Moments, frozen=True, tag="adam"):
    """Momentum and step size for each weight; a good first choice (Kingma and Ba 2014)."""

    amsgrad: Annotated[bool, option("Divide by the largest average so far, not the last.", mode="expert")] = False

    @property
    def slots(self) -> int:
        return 2 + int(self.amsgrad)


class AdamW(Adam, frozen=True, tag="adamw"):
    """Adam with weights that decay by themselves (Loshchilov and Hutter 2017)."""

    weight_decay: Decay = 0.004


class Nadam(Moments, frozen=True, tag="nadam"):
    """Adam that looks ahead along its momentum (Dozat 2016)."""


class RAdam(Moments, frozen=True, tag="radam"):
    """Adam that begins as plain momentum until its averages can be relied on (Liu et al. 2019)."""


class Adamax(Moments, frozen=True, tag="adamax"):
    """Adam that divides by the largest gradient of late (Kingma and Ba 2014, section 7)."""


class Adagrad(Optimizer, frozen=True, tag="adagrad"):
    """Weights that moved much move less and less (Duchi et al. 2011)."""

    initial_accumulator_value: Annotated[
        float, option("What the sum of squared gradients begins with.", ge=0, le=1e6, mode="expert")
    ] = 0.1
    epsilon: Epsilon = 1e-7

    averages: ClassVar[int] = 2


class Adadelta(Optimizer, frozen=True, tag="adadelta"):
    """Steps as large as the last ones, in the units of the weights (Zeiler 2012)."""

    rho: Share = 0.95
    epsilon: Epsilon = 1e-7

    averages: ClassVar[int] = 4


class Lion(Optimizer, frozen=True, tag="lion"):
    """Every weight moves by the same amount, along the sign of the momentum (Chen et al. 2023)."""

    beta_1: Share = 0.9
    beta_2: Share = 0.99

    averages: ClassVar[int] = 2


class Muon(Optimizer, frozen=True, tag="muon"):
    """Matrices move along their momentum made orthogonal (Jordan 2024, Moonlight 2025); all others move by AdamW."""

    weight_decay: Decay = 0.004
    momentum: Share = 0.95
    nesterov: Annotated[bool, option("Look ahead along the momentum.", mode="expert")] = True
    ns_steps: Annotated[int, option("Newton-Schulz steps to the orthogonal matrix.", ge=1, le=50, mode="expert")] = 5
    rms_rate: Annotated[float, option("Size of a step against that of AdamW.", gt=0, le=100, mode="expert")] = 0.2
    adam_lr_ratio: Annotated[float, option("Learning rate of AdamW against Muon's.", gt=0, le=100, mode="expert")] = 1
    adam_beta_1: Share = 0.9
    adam_beta_2: Share = 0.999
    adam_weight_decay: RareDecay = 0.004
    epsilon: Epsilon = 1e-7

    averages: ClassVar[int] = 2


AnyOptimizer = Adam | SGD | RMSprop | AdamW | Nadam | RAdam | Adamax | Adagrad | Adadelta | Lion | Muon
