"""The way from the keyboard to the loop: wishes that it reads at every batch."""

import threading

Wishes = dict[str, float]  # of settings, by their names


class Control:
    """Stop, pause, begin now, other settings. Every method may be called from any thread and returns at once."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._running = threading.Event()
        self._running.set()
        self._enough = threading.Event()
        self._wishes: Wishes = {}
        self._lock = threading.Lock()

    def stop(self) -> None:
        """End at the next batch, also out of a pause."""
        self._stop.set()
        self._running.set()

    def begin_now(self) -> None:
        """Begin with the examples that have arrived."""
        self._enough.set()

    def pause(self) -> None:
        """Hold at the next batch."""
        self._running.clear()

    def go_on(self) -> None:
        """End the pause."""
        self._running.set()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    @property
    def beginning_now(self) -> bool:
        return self._enough.is_set()

    @property
    def paused(self) -> bool:
        return not self._running.is_set()

    def wait_while_paused(self) -> None:
        """Called by the loop: return when the pause is over or training is to stop."""
        self._running.wait()

    def wish(self, **wishes: float) -> None:
        """New settings from the next batch on: those of `Live`, by their names."""
        with self._lock:
            self._wishes |= wishes

    @property
    def wished(self) -> Wishes:
        """What the loop has not taken yet."""
        with self._lock:
            return dict(self._wishes)

    @property
    def wishing(self) -> bool:
        """Whether there are wishes that the loop has not taken."""
        return bool(self._wishes)

    def take_wishes(self) -> Wishes:
        """Called by the loop: what was wished since the last time."""
        with self._lock:
            wishes, self._wishes = self._wishes, {}
        return wishes
