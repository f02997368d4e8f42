"""Optimizers that scale each weight's step by its gradients so far, with Keras' numbers (keras.io/api/optimizers)."""

import math
from typing import Any

import torch

from asanai_tui.training import optimizer_settings as settings
from asanai_tui.training.updates import Update


class AdagradUpdate(Update):
    """a += g²; w -= η·g / √(a + ε)."""

    def __init__(self, options: settings.Adagrad, *buffers: Any) -> None:
        super().__init__(options, *buffers)
        self.accumulator = self.kept("accumulator", options.initial_accumulator_value)
        self._root = torch.empty_like(self.weights)

    def move(self) -> None:
        self.accumulator.addcmul_(self.gradients, self.gradients)
        torch.add(self.accumulator, self.options.epsilon, out=self._root)
        self.weights.addcdiv_(self.gradients, self._root.sqrt_(), value=-self.learning_rate)


class AdadeltaUpdate(Update):
    """a = ρ·a + (1 - ρ)·g²; d = g·√(b + ε) / √(a + ε); b = ρ·b + (1 - ρ)·d²; w -= η·d."""

    def __init__(self, options: settings.Adadelta, *buffers: Any) -> None:
        super().__init__(options, *buffers)
        self.gradient_square = self.kept("accumulated_grad")
        self.delta_square = self.kept("accumulated_delta_var")
        self._root, self._delta = torch.empty_like(self.weights), torch.empty_like(self.weights)

    def move(self) -> None:
        rho, epsilon = self.options.rho, self.options.epsilon
        self.gradient_square.mul_(rho).addcmul_(self.gradients, self.gradients, value=1 - rho)
        torch.add(self.gradient_square, epsilon, out=self._root)
        torch.add(self.delta_square, epsilon, out=self._delta)
        self._delta.sqrt_().mul_(self.gradients).div_(self._root.sqrt_())
        self.delta_square.mul_(rho).addcmul_(self._delta, self._delta, value=1 - rho)
        self.weights.add_(self._delta, alpha=-self.learning_rate)


class AdamaxUpdate(Update):
    """m += (1 - β₁)(g - m); u = max(β₂·u, |g|); w -= η·m / ((1 - β₁ᵗ)(u + ε))."""

    def __init__(self, options: settings.Adamax, *buffers: Any) -> None:
        super().__init__(options, *buffers)
        self.momentum, self.largest = self.kept("momentum"), self.kept("norm")
        self._divisor = torch.empty_like(self.weights)

    def move(self) -> None:
        options = self.options
        self.momentum.lerp_(self.gradients, 1 - options.beta_1)
        torch.abs(self.gradients, out=self._divisor)
        torch.maximum(self.largest.mul_(options.beta_2), self._divisor, out=self.largest)
        torch.add(self.largest, options.epsilon, out=self._divisor)
        self.weights.addcdiv_(
            self.momentum, self._divisor, value=-self.learning_rate / (1 - options.beta_1**self.steps)
        )


class NadamUpdate(Update):
    """Adam with Nesterov's momentum, its share growing as β₁·(1 - 0.96ᵗ / 2) (Dozat 2016; Keras adds ε at the end)."""

    def __init__(self, options: settings.Nadam, *buffers: Any) -> None:
        super().__init__(options, *buffers)
        self.momentum, self.velocity = self.kept("momentum"), self.kept("velocity")
        self.averages["product"] = self._product = torch.ones((), dtype=torch.float64)
        self._root = torch.empty_like(self.weights)

    def move(self) -> None:
        options, gradients = self.options, self.gradients
        share, next_share = self._share(self.steps), self._share(self.steps + 1)
        product = float(self._product.mul_(share))
        self.momentum.lerp_(gradients, 1 - options.beta_1)
        self.velocity.mul_(options.beta_2).addcmul_(gradients, gradients, value=1 - options.beta_2)
        torch.div(self.velocity, 1 - options.beta_2**self.steps, out=self._root).sqrt_().add_(options.epsilon)
        ahead = next_share / (1 - product * next_share)
        self.weights.addcdiv_(self.momentum, self._root, value=-self.learning_rate * ahead)
        self.weights.addcdiv_(gradients, self._root, value=-self.learning_rate * (1 - share) / (1 - product))

    def _share(self, step: int) -> float:
        return float(self.options.beta_1 * (1 - 0.5 * 0.96**step))


class RAdamUpdate(Update):
    """Adam whose step size is rectified; momentum alone while too few gradients are known (Liu et al. 2019).

    Keras has none; the numbers are those of torch.optim.RAdam with Keras' epsilon.
    """

    def __init__(self, options: settings.RAdam, *buffers: Any) -> None:
        super().__init__(options, *buffers)
        self.momentum, self.velocity = self.kept("momentum"), self.kept("velocity")
        self._root = torch.empty_like(self.weights)

    def move(self) -> None:
        options, gradients = self.options, self.gradients
        self.momentum.lerp_(gradients, 1 - options.beta_1)
        self.velocity.mul_(options.beta_2).addcmul_(gradients, gradients, value=1 - options.beta_2)
        rate = self.learning_rate / (1 - options.beta_1**self.steps)
        rectified = self._rectification()
        if rectified is None:
            self.weights.add_(self.momentum, alpha=-rate)
            return
        torch.sqrt(self.velocity, out=self._root).add_(options.epsilon)
        self.weights.addcdiv_(self.momentum, self._root, value=-rate * rectified)

    def _rectification(self) -> float | None:
        """r·√(1 - β₂ᵗ), or None while the variance of the average square cannot be told (ρₜ at most 5)."""
        beta, power = self.options.beta_2, self.options.beta_2**self.steps
        longest = 2 / (1 - beta) - 1
        length = longest - 2 * self.steps * power / (1 - power)
        if length <= 5:
            return None
        square = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
        return math.sqrt(square) * math.sqrt(1 - power)


class LionUpdate(Update):
    """w -= η·sign(β₁·m + (1 - β₁)·g); m = β₂·m + (1 - β₂)·g."""

    def __init__(self, options: settings.Lion, *buffers: Any) -> None:
        super().__init__(options, *buffers)
        self.momentum = self.kept("momentum")
        self._direction = torch.empty_like(self.weights)

    def move(self) -> None:
        options = self.options
        torch.lerp(self.momentum, self.gradients, 1 - options.beta_1, out=self._direction)
        self.weights.add_(self._direction.sign_(), alpha=-self.learning_rate)
        self.momentum.lerp_(self.gradients, 1 - options.beta_2)
