"""What every optimizer does in a step, over one flat buffer of weights, and those of torch's own kernels."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch

from asanai_tui.training import optimizer_settings as settings


class Part(NamedTuple):
    """One weight tensor: views into the flat buffers, in torch's layout."""

    weights: torch.Tensor
    gradients: torch.Tensor
    matrix: bool = False  # two-dimensional in Keras' layout, and no table of an embedding


class Update(ABC):
    """Base: one step changes `weights` in place along `gradients`; both are flat and of one size."""

    def __init__(
        self, options: Any, weights: torch.Tensor, gradients: torch.Tensor, parts: Sequence[Part] = ()
    ) -> None:
        """
        Args:
            options: what the document says, a subclass of `Optimizer`.
            parts: the tensors that `weights` consists of; without them it is taken as one.
        """
        self.learning_rate: float = options.learning_rate
        self.options = options
        self.steps = 0
        self.weights = weights
        self.gradients = gradients
        self.parts = parts or (Part(weights, gradients),)
        self.averages: dict[str, torch.Tensor] = {}  # what is kept from step to step, by Keras' names

    def step(self) -> None:
        """One step."""
        self.steps += 1
        self._clip()
        self._decay()
        self.move()

    @abstractmethod
    def move(self) -> None:
        """What a subclass does in a step."""

    def kept(self, name: str, start: float = 0.0) -> torch.Tensor:
        """A new running average, beginning at `start`."""
        self.averages[name] = torch.full_like(self.weights, start)
        return self.averages[name]

    def state(self) -> dict[str, torch.Tensor]:
        """All that the next step depends on besides weights and gradients. The tensors are not copied."""
        counted = torch.tensor([self.steps, self.learning_rate], dtype=torch.float64)
        return {"steps_and_learning_rate": counted, **self.averages}

    def load_state(self, state: Mapping[str, torch.Tensor]) -> None:
        """Back to what `state` gave, on the device of the weights."""
        steps, self.learning_rate = state["steps_and_learning_rate"].tolist()
        self.steps = int(steps)
        for name, average in self.averages.items():
            average.copy_(state[name])

    def _clip(self) -> None:
        options = self.options
        if options.global_clipnorm:
            _shorten(self.gradients, options.global_clipnorm)
        elif options.clipnorm:
            for part in self.parts:
                _shorten(part.gradients, options.clipnorm)
        elif options.clipvalue:
            self.gradients.clamp_(-options.clipvalue, options.clipvalue)

    def _decay(self) -> None:
        if self.options.weight_decay:
            self.weights.mul_(1 - self.learning_rate * self.options.weight_decay)


def _shorten(gradients: torch.Tensor, limit: float) -> None:
    """At most `limit` long, without a wait for the device."""
    gradients.mul_(limit / gradients.norm().clamp_min(limit))


class SGDUpdate(Update):
    """Momentum as in Keras: the learning rate is inside it, so that a new rate acts from the next gradient on."""

    def __init__(self, options: settings.SGD, *buffers: Any) -> None:
        super().__init__(options, *buffers)
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

    def __init__(self, options: settings.RMSprop, *buffers: Any) -> None:
        super().__init__(options, *buffers)
        self.velocity = self.kept("velocity")
        self.average = self.kept("average_gradient") if options.centered else None
        self.momentum = self.kept("momentum") if options.momentum else None
        self._root = torch.empty_like(self.weights)

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

    torch adds it after; dividing it by √(1 - β₂ᵗ) makes torch's fused kernel compute Keras' step. The kernel is called
    by itself: what torch.optim does around it, grouping tensors at every step, is a tenth of a small step.
    """

    def __init__(self, options: settings.Adam, *buffers: Any) -> None:
        super().__init__(options, *buffers)
        self.momentum = self.kept("momentum")
        self.velocity = self.kept("velocity")
        self._largest = [self.kept("velocity_hat")] if options.amsgrad else []
        self._counted = torch.zeros((), device=self.weights.device)  # the steps, as the kernel wants them

    def move(self) -> None:
        options = self.options
        self._counted.fill_(self.steps)
        torch._fused_adam_(
            [self.weights], [self.gradients], [self.momentum], [self.velocity], self._largest, [self._counted],
            amsgrad=options.amsgrad, maximize=False, weight_decay=0.0,
            lr=self.learning_rate, beta1=options.beta_1, beta2=options.beta_2,
            eps=options.epsilon / math.sqrt(1 - options.beta_2**self.steps),
        )  # fmt: skip
