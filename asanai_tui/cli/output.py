"""Standard output that may be taken away while a command still runs."""

import errno
import os
import sys
from typing import Any

import msgspec

from asanai_tui.errors import InputError
from asanai_tui.files import reason


def write_line(text: str) -> None:
    """One line, at once; raises what `write` raises."""
    write(text + "\n")


def write_json(content: dict[str, Any]) -> None:
    """One JSON object on one line, at once; numbers that are not finite become null."""
    write_line(msgspec.json.encode(content).decode())


def write(text: str) -> None:
    """Text at once. What a terminal that was hung up would have shown is dropped.

    Raises:
        BrokenPipeError: whoever read it has gone.
        InputError: it cannot be written; the disk may be full.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        drop()
        if error.errno != errno.EIO:
            raise unwritable(error) from error


def unwritable(error: OSError) -> InputError:
    """Why standard output cannot be written, as a sentence."""
    return InputError(f"Standard output cannot be written: {reason(error)}.")


def drop() -> None:
    """From now on standard output goes nowhere; nothing is left that could fail at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    finally:
        os.close(nowhere)


def use_utf8() -> None:
    """File names and labels can be anything; a character that cannot be written must not end the command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
