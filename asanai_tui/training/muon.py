"""Muon (kellerjordan.github.io/posts/muon): matrices move along their momentum made orthogonal, the rest by AdamW."""

import math
from typing import Any

import torch

from asanai_tui.training import optimizer_settings as settings
from asanai_tui.training.updates import AdamUpdate, Part, Update

_QUINTIC = (3.4445, -4.7750, 2.0315)  # of Newton and Schulz, tuned by Jordan for a steep slope at 0


class MuonUpdate(Update):
    """Matrices are orthogonalized one by one; what is left is gathered into a buffer of its own for AdamW."""

    def __init__(self, options: settings.Muon, *buffers: Any) -> None:
        super().__init__(options, *buffers)
        self._matrices = [part for part in self.parts if part.matrix]
        self._others = [part for part in self.parts if not part.matrix]
        self._momentum = [torch.zeros_like(part.weights) for part in self._matrices]
        size = sum(part.weights.numel() for part in self._others)
        self._weights, self._gradients = self.weights.new_zeros(size), self.weights.new_zeros(size)
        self._adam = AdamUpdate(_adam(options), self._weights, self._gradients)
        self.averages |= {f"momentum.{number}": momentum for number, momentum in enumerate(self._momentum)}
        self.averages |= self._adam.averages

    def move(self) -> None:
        for part, momentum in zip(self._matrices, self._momentum, strict=True):
            self._move_matrix(part, momentum)
        if self._others:
            self._move_others()

    def load_state(self, state: Any) -> None:
        super().load_state(state)
        self._adam.steps = self.steps

    def _decay(self) -> None:
        """Of matrices here; AdamW does its own."""
        for part in self._matrices:
            part.weights.mul_(1 - self.learning_rate * self.options.weight_decay)

    def _move_matrix(self, part: Part, momentum: torch.Tensor) -> None:
        options, gradients = self.options, part.gradients
        momentum.mul_(options.momentum).add_(gradients)
        ahead = torch.add(gradients, momentum, alpha=options.momentum) if options.nesterov else momentum
        size = math.sqrt(max(part.weights.shape)) * options.rms_rate
        part.weights.add_(orthogonalized(ahead, options.ns_steps), alpha=-self.learning_rate * size)

    def _move_others(self) -> None:
        torch.cat([part.weights.reshape(-1) for part in self._others], out=self._weights)
        torch.cat([part.gradients.reshape(-1) for part in self._others], out=self._gradients)
        self._adam.learning_rate = self.learning_rate * self.options.adam_lr_ratio
        self._weights.mul_(1 - self.learning_rate * self.options.adam_weight_decay)
        self._adam.step()
        moved = torch.split(self._weights, [part.weights.numel() for part in self._others])
        for part, weights in zip(self._others, moved, strict=True):
            part.weights.copy_(weights.view(part.weights.shape))


def orthogonalized(matrix: torch.Tensor, steps: int) -> torch.Tensor:
    """Near U·Vᵀ of the singular value decomposition U·S·Vᵀ of `matrix`; singular values end within about 0.7…1.2."""
    a, b, c = _QUINTIC
    tall = matrix.shape[0] > matrix.shape[1]
    x: torch.Tensor = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if tall else x


def _adam(options: settings.Muon) -> settings.Adam:
    return settings.Adam(
        learning_rate=options.learning_rate,
        beta_1=options.adam_beta_1,
        beta_2=options.adam_beta_2,
        epsilon=options.epsilon,
    )
