"""Signals and lost terminals: the program ends in order, the model written and the terminal as it was."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asanai_tui.tui.training_desk import AnySession

SIGNALS = (signal.SIGTERM, signal.SIGHUP)
GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL
LOOK = 1.0  # seconds between looks at the terminal


def watch(end: Callable[[int], None]) -> None:
    """Call `end(exit status)` once in the event loop when a signal asks to stop or the terminal is gone.

    Handlers are set even where a signal was ignored on entry (nohup): a program whose terminal is gone must not spin.
    """
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, end, 128 + number)
    threading.Thread(target=_watch_terminal, args=(loop, end), daemon=True, name="terminal watch").start()


def outlive(session: AnySession | None) -> None:
    """Wait for the end of a training whose terminal is gone; a signal stops it at the next batch."""

    def stop(number: int, frame: FrameType | None) -> None:
        if session is not None:
            session.control.stop()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
        signal.signal(number, stop)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    while session is not None and not session.join(LOOK):
        pass


def terminal_is_gone() -> bool:
    """Whether nobody can see or type anything any more."""
    if not sys.__stdin__ or not os.isatty(sys.__stdin__.fileno()):
        return True
    poll = select.poll()
    poll.register(sys.__stdin__.fileno(), 0)
    return any(event & GONE for _, event in poll.poll(0))


def _watch_terminal(loop: asyncio.AbstractEventLoop, end: Callable[[int], None]) -> None:
    if not sys.__stdin__ or not os.isatty(sys.__stdin__.fileno()):
        return
    poll = select.poll()
    poll.register(sys.__stdin__.fileno(), 0)  # no events asked for: hang-up and errors are always told
    while not loop.is_closed():
        if any(event & GONE for _, event in poll.poll(LOOK * 1000)):
            if not loop.is_closed():
                loop.call_soon_threadsafe(end, 128 + signal.SIGHUP)
            return
