"""What a long task says while it works, and how it is ended."""

import time
from collections.abc import Callable

SECONDS_BETWEEN_LINES = 0.3


class Stopped(Exception):  # noqa: N818 - a wish, no error
    """The user ended the task before it was done."""


class Progress:
    """Passes on a few lines a second and ends the task when that is wished."""

    def __init__(
        self,
        say: Callable[[str], None] = lambda text: None,
        stopped: Callable[[], bool] = lambda: False,
        enough: Callable[[], bool] = lambda: False,
    ) -> None:
        """`enough`: asked while what has arrived could be used without the rest; whether it is to be."""
        self._say = say
        self._stopped = stopped
        self.enough = enough
        self._next = 0.0

    def check(self) -> None:
        """Return at once, or raise.

        Raises:
            Stopped: the user ended the task.
        """
        if self._stopped():
            raise Stopped

    def step(self, text: str) -> None:
        """Check, and say `text` unless something was said just before."""
        self.check()
        now = time.monotonic()
        if now >= self._next:
            self._next = now + SECONDS_BETWEEN_LINES
            self._say(text)
