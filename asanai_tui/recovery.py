"""Unsaved work that survives a crash: one file a process, offered at the next start.

The start screen asks for it before anything is open, so the modules of projects are imported where they are used.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import msgspec

from asanai_tui.errors import InputError, clean
from asanai_tui.files import reason, state_folder, write_atomically

if TYPE_CHECKING:
    from asanai_tui.project import Project

KEPT = 20  # files set aside or never asked for


class Recovered(NamedTuple):
    """What a process that ended without saving was working on."""

    project: Project
    path: Path | None  # the project file it belongs to
    at: float  # seconds since 1970
    file: Path


class Content(msgspec.Struct):
    """What a recovery file holds."""

    path: str
    at: float
    project: dict[str, Any]


class Recovery:
    """The recovery file of this process. A lock tells whether the process still lives. Any thread may write."""

    def __init__(self) -> None:
        folder = recovery_folder()
        self._file = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.json"
        self._lock: IO[bytes] | None = None
        self._busy = threading.Lock()

    def write(self, project: Project, path: Path | None) -> None:
        """Keep `project`, which belongs to the file `path`.

        Raises:
            InputError: the state folder cannot be written, or a name from the file system is not UTF-8.
        """
        from asanai_tui import project as projects

        try:
            content = msgspec.json.encode(Content(str(path or ""), time.time(), projects.encoded(project)))
        except UnicodeEncodeError as error:
            raise InputError("a file or folder has a name that is not UTF-8 text; rename it.") from error
        with self._busy:
            if self._lock is None:
                self._lock = self._locked()
            write_atomically(self._file, content, make_folder=True)

    def discard(self) -> None:
        """The work is saved, or not wanted."""
        with self._busy:
            if self._lock is not None:
                _remove(self._file)
                self._lock.close()
                self._lock = None

    def _locked(self) -> IO[bytes] | None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            return _locked(self._file.with_suffix(".lock"))
        except OSError as error:
            raise InputError(f"{clean(self._file.parent)} cannot be written: {reason(error)}.") from error


def recovery_folder() -> Path:
    """Where recovery files are."""
    return state_folder() / "recovery"


def abandoned() -> list[Recovered]:
    """Work of processes that have ended, newest first. Each file is renamed before it is read: one that crashes
    its reader is not tried twice."""
    found = []
    for file in sorted(recovery_folder().glob("*.json"), reverse=True):
        try:
            lock = _locked(file.with_suffix(".lock"))
            if lock is None:
                continue  # its process lives
            with lock:
                if recovered := _read(file):
                    found.append(recovered)
        except OSError:
            continue  # another program took it meanwhile, or the folder may not be written
    return found[:KEPT]


def forget(recovered: Recovered) -> None:
    """The offered work is taken over or not wanted."""
    _remove(recovered.file)


def _read(file: Path) -> Recovered | None:
    from asanai_tui import project as projects

    tried = file.with_suffix(".tried")
    os.replace(file, tried)
    try:
        content = msgspec.json.decode(tried.read_bytes(), type=Content)
        project = projects.from_plain(content.project)
    except (msgspec.DecodeError, UnicodeDecodeError, InputError):
        return None  # stays as .tried, for a person to look at
    os.replace(tried, file)
    return Recovered(project, Path(content.path) if content.path else None, content.at, file)


def _remove(file: Path) -> None:
    for each in (file, file.with_suffix(".lock")):
        try:
            each.unlink(missing_ok=True)
        except OSError:
            continue  # a folder that may not be written keeps its files


def _locked(path: Path) -> IO[bytes] | None:
    """The file, locked by this process, or None where another one holds it."""
    file = path.open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
