"""Looking at what passes between two layers."""

import logging
from typing import TYPE_CHECKING

from asanai_tui.network import options as o
from asanai_tui.network.layers.base import Layer
from asanai_tui.network.options import Shape

if TYPE_CHECKING:
    import torch

LOGGER = logging.getLogger("asanai_tui.debug")  # the log of a training, or anyone, adds a handler to it
LOGGER.setLevel(logging.INFO)


class Debug(Layer, frozen=True, tag="debug"):
    """Changes nothing and tells shape, minimum, maximum and mean of what passes through, about once a second."""

    label: o.Label = ""

    group = "debug"

    def kept_values(self, shape: Shape) -> int:
        return 0  # nothing is computed

    def module(self, shape: Shape) -> "torch.nn.Module":
        from asanai_tui.network.stateful import DebugModule

        return DebugModule(self, shape)

    def summary(self) -> str:
        return self.label[:30]
