"""history.jsonl: one line an epoch, written at most once a second so that tiny epochs are not slowed."""

import time
from pathlib import Path

import msgspec

from asanai_tui.errors import InputError, clean
from asanai_tui.files import reason
from asanai_tui.training.recorder import Epoch

FILE_NAME = "history.jsonl"
INTERVAL = 1.0  # seconds between two writes


class HistoryWriter:
    """Collects epochs and appends them to the file in whole lines."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._lines: list[bytes] = []
        self._written = time.monotonic()

    def add(self, epoch: Epoch) -> None:
        """Keep an epoch; write when a second has passed since the last time.

        Raises:
            InputError: the file cannot be written; what was not written is kept for the next time.
        """
        self._lines.append(msgspec.json.encode(epoch) + b"\n")
        if time.monotonic() - self._written >= INTERVAL:
            self.flush()

    def flush(self) -> None:
        """Write everything now.

        Raises:
            InputError: the file cannot be written.
        """
        self._written = time.monotonic()
        if not self._lines:
            return
        append(self.path, b"".join(self._lines))
        self._lines.clear()


def append(path: Path, content: bytes) -> None:
    """Add whole lines to the end of a file, or nothing.

    Raises:
        InputError: the disk is full, the folder is gone or may not be written.
    """
    try:
        with path.open("ab", buffering=0) as file:
            size = file.tell()
            if file.write(content) != len(content):
                file.truncate(size)
                raise OSError(0, "no space left on device")
    except OSError as error:
        raise InputError(f"{clean(path)} cannot be written: {reason(error)}.") from error


def read(folder: Path) -> list[Epoch]:
    """The epochs of a run; a last line that was cut off by a crash is left out.

    Raises:
        InputError: the file cannot be read, or a line before the last is no epoch.
    """
    path = folder / FILE_NAME
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(f"{clean(path)}: {reason(error)}.") from error
    return [_epoch(path, number, line) for number, line in enumerate(lines[:-1], 1)]


def _epoch(path: Path, number: int, line: bytes) -> Epoch:
    try:
        return msgspec.json.decode(line.replace(b'"fold":', b'"trial":'), type=Epoch)  # as folds were written once
    except msgspec.DecodeError as error:
        raise InputError(f"{clean(path)}, line {number} is not an epoch: {clean(error)}.") from error
