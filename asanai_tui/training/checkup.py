"""When the health of a training network is looked at: before the first step, then rarely, and at the end."""

import math
import time

from asanai_tui.training.findings import Health
from asanai_tui.training.health import examined, sample
from asanai_tui.training.sending import Pair
from asanai_tui.training.task import Task

INTERVAL = 5.0  # seconds between two looks at least
LAST = 1.0  # seconds that training takes at least to be looked at once more at its end
SHARE = 0.005  # of the time may go into looking
FIRST_REST = 10.0  # times as long as the first look took


class Checkup:
    """Looks at the same examples every time."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._batch: Pair | None = None
        self._looked = self._next = 0.0 if task.records else math.inf
        self.seconds = 0.0  # that all looks took, the first one left out

    @property
    def due(self) -> bool:
        """Whether it is time for a look."""
        return time.monotonic() >= self._next

    @property
    def due_at_the_end(self) -> bool:
        """Whether much has happened since the last look when training ends."""
        return time.monotonic() >= self._looked + LAST

    def look(self, epoch: int) -> Health:
        """How the network does in, or after, `epoch`; 0: before the first step.

        Raises:
            InputError: inputs or targets are not finite.
        """
        began = time.monotonic()
        first = self._batch is None
        if self._batch is None:
            self._batch = sample(self._task)
        health = examined(self._task, self._batch, epoch)
        ended = time.monotonic()
        self._looked, self._next = ended, ended + max(INTERVAL, self._rest(ended - began, first))
        return health

    def _rest(self, seconds: float, first: bool) -> float:
        """How long not to look. The first look wakes much that later ones find awake, so it says little of them."""
        if first:
            return FIRST_REST * seconds
        self.seconds += seconds
        return seconds / SHARE
