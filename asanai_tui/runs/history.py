"""history.jsonl: one line an epoch, written at most once a second so that tiny epochs are not slowed."""

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from asanai_tui.errors import InputError, clean
from asanai_tui.files import reason, write_atomically
from asanai_tui.runs import earlier
from asanai_tui.training.epochs import Epochs
from asanai_tui.training.recorder import Epoch

FILE_NAME = "history.jsonl"
INTERVAL = 1.0  # seconds between two writes


class HistoryWriter:
    """Collects epochs and appends them to the file in whole lines; they are kept in memory only until then.

    The file stays open for reading, so that what was written is still known after somebody has deleted it.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._lines: list[bytes] = []
        self._written = time.monotonic()
        self._file: BinaryIO | None = None
        self._hold()

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
        if self._file is not None and self.path.parent.is_dir() and not self.path.exists():
            write_atomically(self.path, self._content())
        append(self.path, b"".join(self._lines))
        self._lines.clear()
        self._hold()

    def take_over(self, other: "HistoryWriter") -> None:
        """Begin with all that another one holds, in its file, deleted or not, and in memory.

        Raises:
            InputError: the file cannot be written.
        """
        write_atomically(self.path, other._content() + b"".join(other._lines))
        self._hold()

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _hold(self) -> None:
        with contextlib.suppress(OSError):
            if self._file is None or not os.path.samestat(os.fstat(self._file.fileno()), self.path.stat()):
                self.close()
                self._file = self.path.open("rb")

    def _content(self) -> bytes:
        try:
            return os.pread(self._file.fileno(), os.fstat(self._file.fileno()).st_size, 0) if self._file else b""
        except OSError:  # the disk is gone: the epochs to come are worth more than the wish for all of them
            return b""


class Recorded(NamedTuple):
    """The first epochs of a file."""

    epochs: Epochs
    size: int  # bytes of their lines


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
    """All epochs of a run, in memory: for runs that are known to be short.

    Raises:
        InputError: as `every`.
    """
    return list(every(folder))


def every(folder: Path) -> Iterator[Epoch]:
    """The epochs of a run one after another; a last line that was cut off by a crash is left out.

    Raises:
        InputError: the file cannot be read, or a line before the last is no epoch.
    """
    for epoch, _ in _lines(folder):
        yield epoch


def recorded(folder: Path, belongs: Callable[[Epoch], bool] = lambda epoch: True) -> Recorded:
    """The epochs of a run up to the first that does not belong to them, in bounded memory.

    Raises:
        InputError: as `every`.
    """
    epochs, size = Epochs(), 0
    for epoch, end in _lines(folder):
        if not belongs(epoch):
            break
        epochs.add(epoch)
        size = end
    return Recorded(epochs, size)


def cut(folder: Path, size: int) -> None:
    """Leave out what follows the first `size` bytes.

    Raises:
        InputError: it cannot be written.
    """
    path = folder / FILE_NAME
    try:
        with path.open("r+b") as file:
            file.truncate(size)
            os.fsync(file.fileno())
    except OSError as error:
        raise InputError(f"{clean(path)} cannot be written: {reason(error)}.") from error


def _lines(folder: Path) -> Iterator[tuple[Epoch, int]]:
    path = folder / FILE_NAME
    try:
        with path.open("rb") as file:
            yield from _decoded(path, file)
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(f"{clean(path)}: {reason(error)}.") from error


def _decoded(path: Path, lines: Iterable[bytes]) -> Iterator[tuple[Epoch, int]]:
    """Each epoch, and where its line ends."""
    end, metric = 0, ""
    for number, line in enumerate(lines, 1):
        if not line.endswith(b"\n"):
            return
        end += len(line)
        try:
            metric = metric if number > 1 else earlier.metric_of(path.parent, line)
            line = line.replace(b'"fold":', b'"trial":')  # as folds were written once
            yield _decoder.decode(earlier.of_today(line, metric) if metric else line), end
        except msgspec.DecodeError as error:
            raise InputError(f"{clean(path)}, line {number} is not an epoch: {clean(error)}.") from error


_decoder = msgspec.json.Decoder(Epoch)
