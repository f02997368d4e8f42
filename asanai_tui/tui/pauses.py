"""Keeps Python's collector from looking at libraries again and again: with torch loaded a key waited 60 ms for that."""

import gc
import sys


class Collector:
    """Takes what was there after an import out of the collector's sight; it lives as long as the program does."""

    def __init__(self) -> None:
        self._seen = self._frozen = 0  # modules

    def look(self) -> None:
        """To be called a few times a second: acts once, when no more modules come."""
        before, self._seen = self._seen, len(sys.modules)
        if before == self._seen > self._frozen:
            gc.freeze()
            self._frozen = self._seen
