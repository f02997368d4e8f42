"""Decoded pictures on disk as one uint8 array: written once, mapped by every later run, complete or absent."""

import hashlib
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from asanai_tui.data import large
from asanai_tui.data.large import Mapped, Rows
from asanai_tui.data.room import free_memory
from asanai_tui.errors import InputError, clean
from asanai_tui.files import cache_folder, reason

FORMAT = 2  # rises when the same files give other pixels, or the same pixels in another order
PIXELS, INDEX = "pixels.u8", "index.json"
DAYS_KEPT = 30
MEMORY_SHARE = 0.5  # of the memory that is free, when the disk is full


class Index(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands beside the pixels."""

    shape: tuple[int, ...]
    set_aside: tuple[tuple[int, str], ...]  # position in the list of files and why it could not be read


class Cached(msgspec.Struct, frozen=True):
    """Pictures N×H×W×C, of all files but those set aside."""

    pixels: Rows
    set_aside: tuple[tuple[int, str], ...]
    note: str = ""


def key(*parts: Any) -> str:
    """A name that changes with anything that the decoded pixels depend on."""
    return hashlib.sha256(msgspec.json.encode((FORMAT, *parts))).hexdigest()[:32]


def find(name: str) -> Cached | None:
    """The pictures kept under this key, mapped read-only; None when there are none, or they are damaged."""
    folder = _folder() / name
    try:
        index = msgspec.json.decode((folder / INDEX).read_bytes(), type=Index)
        if (folder / PIXELS).stat().st_size != int(np.prod(index.shape, dtype=np.int64)):
            return None
        os.utime(folder)  # used now: kept longer
        return Cached(_mapped(folder / PIXELS, index.shape), index.set_aside)
    except (OSError, msgspec.MsgspecError, ValueError):
        return None


class Writer:
    """Takes pictures block by block; they are on disk under their key after `finish`, or not at all.

    When the disk is full the pictures go on in memory, as far as there is enough.
    """

    def __init__(self, name: str, shape: tuple[int, ...], most: int) -> None:
        """`shape`: of one picture. `most`: how many will come at most."""
        self._name, self._shape, self._most = name, shape, most
        self._count = 0
        self._set_aside: list[tuple[int, str]] = []
        self._memory: list[NDArray[np.uint8]] = []
        self._note = ""
        self._temporary: Path | None = None
        self._file: BinaryIO | None = None
        try:
            _folder().mkdir(parents=True, exist_ok=True)
            _prune(_folder())
            self._temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=_folder()))
            self._file = (self._temporary / PIXELS).open("w+b", buffering=0)
        except OSError as error:
            self._go_on_in_memory(error)

    def add(self, pictures: NDArray[np.uint8], set_aside: tuple[tuple[int, str], ...]) -> None:
        """The next pictures.

        Raises:
            InputError: the disk is full and memory too small.
        """
        self._set_aside += set_aside
        if self._file:
            try:
                self._write(pictures)
                self._count += len(pictures)
                return
            except OSError as error:
                self._go_on_in_memory(error)
        self._memory.append(pictures)

    def finish(self) -> Cached:
        """All that was added."""
        if not self._file:
            return self._in_memory()
        index = Index((self._count, *self._shape), tuple(self._set_aside))
        try:
            return Cached(self._kept(index), index.set_aside)
        except OSError as error:
            self._go_on_in_memory(error)
            return self._in_memory()

    def so_far(self) -> Cached:
        """What was added until now, although more was to come: it is not kept under the key."""
        if not self._file or not self._temporary:
            return self._in_memory()
        pixels = _mapped(self._temporary / PIXELS, (self._count, *self._shape))
        self.discard()  # what is mapped stays until nobody holds it any more
        return Cached(pixels, tuple(self._set_aside))

    def discard(self) -> None:
        """Leave nothing on disk that is not complete."""
        if self._file:
            self._file.close()
            self._file = None
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _write(self, pictures: NDArray[np.uint8]) -> None:
        assert self._file
        rest = memoryview(pictures.tobytes())
        while rest:
            rest = rest[self._file.write(rest) :]

    def _kept(self, index: Index) -> Rows:
        assert self._file and self._temporary
        os.fsync(self._file.fileno())
        with (self._temporary / INDEX).open("wb") as file:
            file.write(msgspec.json.encode(index))
            file.flush()
            os.fsync(file.fileno())
        target = _folder() / self._name
        if target.exists():  # damaged, or just written by another process: what is new replaces it
            shutil.rmtree(target, ignore_errors=True)
        os.rename(self._temporary, target)
        self._file.close()
        return _mapped(target / PIXELS, index.shape)

    def _go_on_in_memory(self, error: OSError) -> None:
        """Raises: InputError: memory is too small as well."""
        needed, free = self._most * int(np.prod(self._shape)), free_memory()
        if needed > free * MEMORY_SHARE:
            self.discard()
            raise InputError(
                f"{clean(_folder())}: the decoded pictures cannot be kept ({reason(error)}) and {needed / 1e6:,.0f} MB "
                "are too much for memory; free space there, or choose smaller pictures."
            ) from error
        self._note = f"The decoded pictures are kept in memory, not on disk: {reason(error)}."
        if self._file and self._count:
            self._file.seek(0)
            shape = (self._count, *self._shape)
            self._memory = [np.fromfile(self._file, np.uint8, int(np.prod(shape))).reshape(shape)]
        self.discard()

    def _in_memory(self) -> Cached:
        empty = np.empty((0, *self._shape), np.uint8)
        return Cached(np.concatenate([empty, *self._memory]), tuple(self._set_aside), self._note)


def _folder() -> Path:
    return cache_folder() / "pictures"


def _mapped(path: Path, shape: tuple[int, ...]) -> Rows:
    if not all(shape):
        return np.empty(shape, np.uint8)
    if np.prod(shape, dtype=np.int64) > large.LIMIT:
        with path.open("rb") as file:
            return Mapped(file, shape, np.uint8)
    return np.memmap(path, np.uint8, "r", shape=shape)


def _prune(folder: Path) -> None:
    """Let go of what nobody has opened for a month, and of what a killed process left half written a day ago."""
    now = time.time()
    for entry in folder.iterdir():
        days = (now - entry.stat().st_mtime) / 86_400
        if days > (1 if entry.name.startswith(".") else DAYS_KEPT):
            shutil.rmtree(entry, ignore_errors=True)
