"""What the debug layers of a training say, for its log.txt and for whoever looks on."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from time import strftime
from typing import NamedTuple

KEPT = 1000  # lines for those who look on; log.txt has all


class Line(NamedTuple):
    """A line and the time of day when it was said."""

    time: str
    text: str


class RunLog(logging.Handler):
    """Any thread may add lines, debug layers do so through `logging`; the newest are kept for the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.write: Callable[[str], None] = lambda text: None  # into log.txt, once there is one
        self._lines: deque[Line] = deque(maxlen=KEPT)
        self._total = 0
        self._changing = threading.Lock()

    def add(self, text: str) -> None:
        """Say a line."""
        self.take(Line(strftime("%H:%M:%S"), text))
        self.write(text)

    def take(self, line: Line) -> None:
        """Keep a line that was said before, or elsewhere."""
        with self._changing:
            self._lines.append(line)
            self._total += 1

    def emit(self, record: logging.LogRecord) -> None:
        self.add(record.getMessage())

    @property
    def total(self) -> int:
        """How many lines there were so far."""
        return self._total

    def lines(self, since: int = 0) -> tuple[int, list[Line]]:
        """How many lines there were so far, and those after the first `since`, as far as they are kept."""
        with self._changing:
            new = min(self._total - since, len(self._lines))
            return self._total, list(self._lines)[len(self._lines) - new :]
