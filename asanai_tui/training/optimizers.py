"""Optimizers with Keras' numbers (keras.io/api/optimizers), over one flat buffer of weights."""

import math
from abc import ABC, abstractmethod

import torch
from torch.optim.adam import adam

from asanai_tui.training import settings


class Update(ABC):
    """Base: one step changes `weights` in place along `gradients`; both are flat and of one size."""

    def __init__(self, learning_rate: float, weights: torch.Tensor, gradients: torch.Tensor) -> None:
        self.learning_rate = learning_rate
        self.steps = 0
        self.weights = weights
        self.gradients = gradients
        self.averages: dict[str, torch.Tensor] = {}  # what is kept from step to step, by Keras' names

    def step(self) -> None:
        """One step."""
        self.steps += 1
        self.move()

    @abstractmethod
    def move(self) -> None:
        """What a subclass does in a step."""

    def kept(self, name: str) -> torch.Tensor:
        """A new running average, beginning at 0."""
        self.averages[name] = torch.zeros_like(self.weights)
        return self.averages[name]


class SGDUpdate(Update):
    """Momentum as in Keras: the learning rate is inside it, so that a new rate acts from the next gradient on."""

    def __init__(self, options: settings.SGD, weights: torch.Tensor, gradients: torch.Tensor) -> None:
        super().__init__(options.learning_rate, weights, gradients)
        self.options = options
        self.momentum = self.kept("momentum") if options.momentum else None

    def move(self) -> None:
        if self.momentum is None:
            self.weights.add_(self.gradients, alpha=-self.learning_rate)
            return
        self.momentum.mul_(self.options.momentum).add_(self.gradients, alpha=-self.learning_rate)
        if self.options.nesterov:
            self.weights.add_(self.momentum, alpha=self.options.momentum)
            self.weights.add_(self.gradients, alpha=-self.learning_rate)
        else:
            self.weights.add_(self.momentum)


class RMSpropUpdate(Update):
    """Epsilon is under the root: w -= η·g / √(v + ε), with v - m² instead of v when centered."""

    def __init__(self, options: settings.RMSprop, weights: torch.Tensor, gradients: torch.Tensor) -> None:
        super().__init__(options.learning_rate, weights, gradients)
        self.options = options
        self.velocity = self.kept("velocity")
        self.average = self.kept("average_gradient") if options.centered else None
        self.momentum = self.kept("momentum") if options.momentum else None
        self._root = torch.empty_like(weights)

    def move(self) -> None:
        rho, gradients = self.options.rho, self.gradients
        self.velocity.mul_(rho).addcmul_(gradients, gradients, value=1 - rho)
        torch.add(self.velocity, self.options.epsilon, out=self._root)
        if self.average is not None:
            self.average.mul_(rho).add_(gradients, alpha=1 - rho)
            self._root.addcmul_(self.average, self.average, value=-1)
        self._root.sqrt_()
        if self.momentum is None:
            self.weights.addcdiv_(gradients, self._root, value=-self.learning_rate)
        else:
            self.momentum.mul_(self.options.momentum).addcdiv_(gradients, self._root, value=self.learning_rate)
            self.weights.sub_(self.momentum)


class AdamUpdate(Update):
    """Keras adds epsilon before the bias correction (the epsilon-hat of Kingma and Ba 2014, section 2).

    torch adds it after; dividing it by √(1 - β₂ᵗ) makes torch's fused kernel compute Keras' step.
    """

    def __init__(self, options: settings.Adam, weights: torch.Tensor, gradients: torch.Tensor) -> None:
        super().__init__(options.learning_rate, weights, gradients)
        self.options = options
        self.momentum = self.kept("momentum")
        self.velocity = self.kept("velocity")
        self._counted = torch.zeros((), device=weights.device)  # by the kernel itself, as `steps` is here

    def move(self) -> None:
        options = self.options
        adam(
            [self.weights], [self.gradients], [self.momentum], [self.velocity], [], [self._counted],
            fused=True, amsgrad=False, maximize=False, weight_decay=0.0,
            lr=self.learning_rate, beta1=options.beta_1, beta2=options.beta_2,
            eps=options.epsilon / math.sqrt(1 - options.beta_2**self.steps),
        )  # fmt: skip


def update(options: settings.AnyOptimizer, weights: torch.Tensor, gradients: torch.Tensor) -> Update:
    """The optimizer that the document asks for."""
    match options:
        case settings.SGD():
            return SGDUpdate(options, weights, gradients)
        case settings.RMSprop():
            return RMSpropUpdate(options, weights, gradients)
        case settings.Adam():
            return AdamUpdate(options, weights, gradients)
