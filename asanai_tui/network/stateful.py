"""Modules of layers that keep something besides their weights: a generator, a clock, inner layers."""

import logging
import time
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from asanai_tui.errors import clean
from asanai_tui.network import randomness
from asanai_tui.network.layers.base import show
from asanai_tui.network.layers.debug import LOGGER, Debug
from asanai_tui.network.layers.noise import Noise
from asanai_tui.network.layers.residual import Residual
from asanai_tui.network.modules import LayerModule, build
from asanai_tui.network.nesting import number
from asanai_tui.network.options import Shape

DEBUG_SECONDS = 1.0  # between two lines of one debug layer


class SeededModule(LayerModule):
    """A noise that draws from a generator of its own.

    In a training it begins anew at every step, with other numbers, so that a training that goes on later sees the same
    noise; elsewhere it does so at each `train()`.
    """

    def __init__(self, layer: Noise, shape: Shape, seed: int) -> None:
        super().__init__(layer, shape)
        self._noise, self._seed, self._rounds = layer, seed, 0
        self._generator: torch.Generator | None = None

    def train(self, mode: bool = True) -> "SeededModule":
        if mode:
            self._rounds += 1
            self._generator = None
        super().train(mode)
        return self

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return x
        if randomness.stepping() or self._generator is None or self._generator.device != x.device:
            self._generator = randomness.generator_of(self._seed, self._rounds, x.device)
        return self._noise.disturbed(x, self._generator)


class DebugModule(LayerModule):
    """Passes everything through and tells `LOGGER` about it; without a listener nothing is computed."""

    def __init__(self, layer: Debug, shape: Shape) -> None:
        super().__init__(layer, shape)
        self._label = f"{clean(layer.label, 60)}, " if layer.label else ""
        self._next = 0.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if time.monotonic() >= self._next and LOGGER.isEnabledFor(logging.INFO) and LOGGER.hasHandlers():
            self._next = time.monotonic() + DEBUG_SECONDS
            LOGGER.info("%s", self._described(x))
        return x

    @torch.no_grad()
    def _described(self, x: torch.Tensor) -> str:
        extents = show(tuple(x.shape[2:]) + tuple(x.shape[1:2]))
        shape = f"{self._label}{self.layer.name} {number(self.place)}: {len(x)} × {extents}"
        if not x.numel():
            return shape
        low, high, mean = torch.stack([*x.aminmax(), x.mean()]).tolist()  # one wait for a GPU, not three
        return f"{shape}, minimum {low:.4g}, maximum {high:.4g}, mean {mean:.4g}"


class ResidualModule(LayerModule):
    """A residual: its inner layers are modules of their own, whose weights it names `<position>.<name>`."""

    def make_weights(self, shape: Shape) -> None:
        if not isinstance(self.layer, Residual):
            raise TypeError(f"{self.layer.name} holds no layers")
        self.inner = build(self.layer.stack, shape)

    def weights(self) -> Mapping[str, Any]:
        return {
            f"{position}.{name}": weight
            for position, module in enumerate(self.inner.layers())
            for name, weight in module.weights().items()
        }

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.inner(x)
        return x + y

    def penalties(self) -> Iterator[torch.Tensor]:
        for module in self.inner.layers():
            yield from module.penalties()

    @property
    def regularized(self) -> bool:
        return any(module.regularized for module in self.inner.layers())
