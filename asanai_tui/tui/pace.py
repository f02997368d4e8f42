"""How often a training is shown anew, so that a slow link keeps up."""

import time

BUDGET = 1700  # bytes a second
LONGEST = 2.0  # seconds that one update may hold up the next; what keys bring to the screen counts, too


class Pace:
    """Lets the next update wait until the bytes of those before have had their time."""

    def __init__(self) -> None:
        self._sent = 0
        self._owed = 0.0  # bytes
        self._looked = time.monotonic()

    def ready(self, sent: int) -> bool:
        """Whether it is time for the next update, after so many bytes in all."""
        now = time.monotonic()
        passed, self._looked = now - self._looked, now
        owed = self._owed + sent - self._sent
        self._sent = sent
        self._owed = max(0.0, min(owed, LONGEST * BUDGET) - passed * BUDGET)
        return not self._owed
