"""The signals that end a command in order, and the exit status that says which one did."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDS = (signal.SIGINT, signal.SIGTERM)
STOPS = (*ENDS, signal.SIGUSR1)  # of a training; the last is what Slurm sends before the time is over
RESUME_ME = 75  # EX_TEMPFAIL of sysexits.h: begin again later


Arrived = list[signal.Signals]


@contextmanager
def caught(
    numbers: tuple[signal.Signals, ...], act: Callable[[Arrived], None] = lambda arrived: None
) -> Iterator[Arrived]:
    """Within, these signals do nothing by themselves. Gives those that arrived.

    Args:
        act: called at each, with it and those before. This thread may hold any lock then.
    """
    arrived: Arrived = []

    def handle(number: int, frame: FrameType | None) -> None:
        arrived.append(signal.Signals(number))
        act(arrived)

    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield arrived
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def stops_caught(act: Callable[[Arrived], None]) -> Iterator[Arrived]:
    """`caught` for a training, which a hung-up terminal does not end."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with caught(STOPS, act) as arrived:
            yield arrived
    finally:
        signal.signal(signal.SIGHUP, before)


def status_of(received: signal.Signals) -> int:
    """128 + the signal's number, as shells do, but `RESUME_ME` after SIGUSR1."""
    return RESUME_ME if received == signal.SIGUSR1 else 128 + received
