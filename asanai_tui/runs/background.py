"""Training without a screen: a process of its own goes on, to the bit, with a run that has been stopped."""

import os
import subprocess
import sys
import time
from pathlib import Path

from asanai_tui.errors import InputError, clean
from asanai_tui.files import reason, typed
from asanai_tui.runs.lock import is_locked

PATIENCE = 60.0  # seconds that the other process gets to begin; a large table is read again
LOOK = 0.05


def go_on_without(folder: Path) -> str:
    """Start it, in a session of its own so that no terminal ends it; the sentence for the user, with how to see it."""
    try:
        process = started(folder)
    except InputError as error:
        return f"{error} asanai-tui resume {typed(folder)} goes on with it."
    ends = time.monotonic() + PATIENCE
    while process.poll() is None and not is_locked(folder) and time.monotonic() < ends:
        time.sleep(LOOK)
    if process.poll() not in (None, 0):
        return f"Training did not go on; {clean(folder / 'log.txt')} says why."
    return f"Training goes on in the background; asanai-tui attach {typed(folder)} shows it."


def started(folder: Path) -> "subprocess.Popen[bytes]":
    """The process that goes on with the run; what goes wrong stands in the run's log.txt.

    Raises:
        InputError: it cannot be started.
    """
    try:
        with (folder / "log.txt").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "asanai_tui", "resume", os.fspath(folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
    except OSError as error:
        raise InputError(f"Training cannot go on in the background: {reason(error)}.") from error
