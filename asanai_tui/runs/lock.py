"""One process at a time writes a run. The lock is the operating system's, so that it ends with the process."""

import fcntl
import os
import time
from pathlib import Path

from asanai_tui.errors import InputError, clean
from asanai_tui.files import reason

FILE_NAME = ".lock"
_TRIES, _MOMENT = 5, 0.05  # seconds


class RunLock:
    """Held from its making until `release`, or until the process ends in whatever way."""

    def __init__(self, folder: Path) -> None:
        """
        Raises:
            InputError: another process writes this run, or the folder may not be written.
        """
        try:
            self._descriptor = os.open(folder / FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise InputError(f"{clean(folder)} cannot be locked: {reason(error)}.") from error
        if not self._taken():
            os.close(self._descriptor)
            raise InputError(f"{clean(folder)} is being trained by another process; stop it first.")

    def _taken(self) -> bool:
        """Whether the lock is ours; whoever only looks at it holds it for a moment."""
        for _ in range(_TRIES):
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_MOMENT)
            except OSError:
                return True  # a file system without locks: nothing can be said, so nothing is refused
            else:
                return True
        return False

    def release(self) -> None:
        """Another process may write the run from here on."""
        os.close(self._descriptor)


def is_locked(folder: Path) -> bool:
    """Whether a process writes this run now. Nothing is written for that."""
    try:
        descriptor = os.open(folder / FILE_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False
