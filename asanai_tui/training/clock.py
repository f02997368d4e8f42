"""Time while training."""

import math
import time

_MEMORY = 2.0  # seconds over which the speed is averaged


class Clock:
    """Seconds since it was made, pauses left out."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._paused: float | None = None

    @property
    def seconds(self) -> float:
        now = time.monotonic() if self._paused is None else self._paused
        return now - self._began

    def pause(self) -> None:
        self._paused = time.monotonic()

    def go_on(self) -> None:
        if self._paused is not None:
            self._began += time.monotonic() - self._paused
            self._paused = None


class Speed:
    """Examples a second, averaged over the last few seconds of training proper."""

    def __init__(self) -> None:
        self.value = 0.0

    def measured(self, examples: int, seconds: float) -> None:
        """So many examples were trained in so many seconds."""
        if seconds > 0:
            weight = 1 - math.exp(-seconds / _MEMORY) if self.value else 1.0
            self.value += weight * (examples / seconds - self.value)
