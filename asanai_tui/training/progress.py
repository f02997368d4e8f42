"""What the loop tells the recorder while it works: a few times a second, whatever the size of the batches."""

import math
import time

from asanai_tui.training.metrics import Tally
from asanai_tui.training.recorder import Recorder

_INTERVAL = 0.1  # seconds between two reports
_MEMORY = 2.0  # seconds over which the speed is averaged


class Progress:
    """Time without pauses, speed, and when the next report is due."""

    def __init__(self, recorder: Recorder, epochs: int, batches: int, seconds: float = 0.0) -> None:
        """
        Args:
            batches: of one epoch.
            seconds: that were trained before.
        """
        self.epochs = epochs
        self._recorder = recorder
        self._batches = batches
        self._began = time.monotonic() - seconds
        self._paused: float | None = None
        self._next = 0.0
        self._measured = (0.0, 0)  # seconds and examples of this epoch when speed was measured last
        self._speed = 0.0

    @property
    def seconds(self) -> float:
        """Since the start of the run, pauses left out."""
        now = time.monotonic() if self._paused is None else self._paused
        return now - self._began

    @property
    def due(self) -> bool:
        """Whether it is time for a report."""
        return time.monotonic() >= self._next

    def pause(self) -> None:
        """The clock stands."""
        self._paused = time.monotonic()

    def go_on(self) -> None:
        """The clock runs again."""
        if self._paused is not None:
            self._began += time.monotonic() - self._paused
            self._paused = None

    def begin_epoch(self) -> None:
        """Speed is that of training proper: what came between two epochs does not count."""
        self._measured = (self.seconds, 0)

    def tell(self, epoch: int, batch: int, tally: Tally, learning_rate: float) -> None:
        """So many batches of an epoch are done, the last with this learning rate."""
        self._measure(tally.examples)
        if not self.due and epoch < self.epochs:
            return
        self._next = time.monotonic() + _INTERVAL
        share = (epoch - 1 + batch / self._batches) / self.epochs
        self._recorder.update(
            epoch=epoch,
            batch=batch,
            loss=tally.loss,
            learning_rate=learning_rate,
            samples_per_second=self._speed,
            seconds_left=self.seconds * (1 - share) / share,
        )

    def _measure(self, examples: int) -> None:
        now, (seconds, counted) = self.seconds, self._measured
        self._measured = (now, examples)
        if now > seconds:
            weight = 1 - math.exp((seconds - now) / _MEMORY) if self._speed else 1.0
            self._speed += weight * ((examples - counted) / (now - seconds) - self._speed)
