"""What users and signals wish, agreed on by all ranks: each learns it at the same step."""

import time

import msgspec
import torch

from asanai_tui.training.control import Control, Wishes
from asanai_tui.training.ranks import Ranks

_LOOK = 0.1  # seconds between two looks in a pause


class AgreedControl(Control):
    """Any rank may stop all; pause and other settings are rank 0's to wish, which has the screen and the socket."""

    FLAGS = 3

    def __init__(self, own: Control, ranks: Ranks, device: torch.device) -> None:
        """
        Args:
            own: takes the wishes of this process.
        """
        super().__init__()
        self._own, self._ranks, self._device = own, ranks, device
        self._agreed = [0.0] * self.FLAGS

    @property
    def flags(self) -> list[float]:
        """What this rank adds to the sum over all: stop, pause, other settings."""
        first = self._ranks.rank == 0
        return [float(self._own.stopping), float(first and self._own.paused), float(first and self._own.wishing)]

    def hear(self, sums: list[float]) -> None:
        """The sum of all `flags`."""
        self._agreed = sums

    def agree(self) -> None:
        """Exchange flags where no step does; every rank has to call this."""
        sums = torch.tensor(self.flags, device=self._device)
        self._ranks.sum_over_all(sums)
        self.hear(sums.tolist())

    @property
    def stopping(self) -> bool:
        return self._agreed[0] > 0

    @property
    def paused(self) -> bool:
        return self._agreed[1] > 0

    @property
    def wishing(self) -> bool:
        return self._agreed[2] > 0

    def wait_while_paused(self) -> None:
        while self.paused and not self.stopping:
            time.sleep(_LOOK)
            self.agree()

    def take_wishes(self) -> Wishes:
        own = self._own.take_wishes() if self._ranks.rank == 0 else {}
        self._agreed[2] = 0.0
        return msgspec.json.decode(self._ranks.told(msgspec.json.encode(own), self._device), type=Wishes)
