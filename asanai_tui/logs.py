"""The program's own log: what went wrong inside, and what libraries say on standard error."""

import contextlib
import os
import sys
import traceback
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TextIO

from asanai_tui.errors import clean
from asanai_tui.files import state_folder

MAXIMUM_BYTES = 2**20  # then a new file begins; the one before is kept


def log_path() -> Path:
    """Where the log is."""
    return state_folder() / "log.txt"


def record(error: BaseException) -> str:
    """Write a traceback to the log; a sentence for the user that names the log."""
    text = "".join(traceback.format_exception(error))
    what = clean(f"{type(error).__name__}: {error}", 160).rstrip(".")
    try:
        with open(_opened(), "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')}\n{text}\n")
    except OSError:
        return f"Something went wrong inside asanai-tui ({what}), and the log {clean(log_path())} cannot be written."
    return f"Something went wrong inside asanai-tui ({what}); the details are in {clean(log_path())}."


@contextlib.contextmanager
def diverted_stderr() -> Iterator[TextIO]:
    """File descriptor 2 goes to the log, so that no library writes over the output; gives what it was before."""
    try:
        kept = os.dup(2)
    except OSError:  # the program was started without a standard error
        with open(os.devnull, "w", encoding="utf-8") as nothing:
            yield nothing
        return
    if sys.stderr is not None:
        sys.stderr.flush()
    _redirect()
    with os.fdopen(kept, "w", encoding="utf-8", errors="backslashreplace", buffering=1) as before:
        try:
            yield before
        finally:
            if sys.stderr is not None:
                sys.stderr.flush()
            before.flush()
            os.dup2(kept, 2)


def _redirect() -> None:
    try:
        target = _opened()
    except OSError:
        target = os.open(os.devnull, os.O_WRONLY)
    os.dup2(target, 2)
    os.close(target)


def _opened() -> int:
    path = log_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > MAXIMUM_BYTES:
        path.replace(path.with_suffix(".old.txt"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
