"""How often a training is shown anew, so that a slow link keeps up."""

import time

BUDGET = 1700  # bytes a second
LONGEST = 2.0  # seconds that one update may hold up the next


class Pace:
    """Lets the next update wait until the bytes of those before have had their time."""

    def __init__(self) -> None:
        self._sent = 0
        self._owed = 0.0  # bytes
        self._looked = time.monotonic()
        self._shown = False  # at the last look; what comes to the screen at other times is not the training's

    def ready(self, sent: int) -> bool:
        """Whether it is time for the next update, after so many bytes in all."""
        now = time.monotonic()
        passed, self._looked = now - self._looked, now
        owed = self._owed + (sent - self._sent if self._shown else 0)
        self._sent = sent
        self._owed = max(0.0, min(owed, LONGEST * BUDGET) - passed * BUDGET)
        self._shown = not self._owed
        return self._shown
