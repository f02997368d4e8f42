"""Unsaved work that survives a crash: one file a process, offered at the next start."""

import fcntl
import os
import time
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from asanai_tui import project as projects
from asanai_tui.errors import InputError
from asanai_tui.files import state_folder, write_atomically
from asanai_tui.project import Project

KEPT = 20  # files set aside or never asked for


class Recovered(NamedTuple):
    """What a process that ended without saving was working on."""

    project: Project
    path: Path | None  # the project file it belongs to
    at: float  # seconds since 1970
    file: Path


class Recovery:
    """The recovery file of this process. A lock tells whether the process still lives."""

    def __init__(self) -> None:
        folder = recovery_folder()
        self._file = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.json"
        self._lock: IO[bytes] | None = None

    def write(self, project: Project, path: Path | None) -> None:
        """Keep `project`, which belongs to the file `path`.

        Raises:
            InputError: the state folder cannot be written.
        """
        if self._lock is None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self._file.with_suffix(".lock"))
        content = {"path": str(path) if path else None, "at": time.time(), "project": projects.encoded(project)}
        write_atomically(self._file, msgspec.json.encode(content))

    def discard(self) -> None:
        """The work is saved, or not wanted."""
        self._file.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        self._file.with_suffix(".lock").unlink(missing_ok=True)


def recovery_folder() -> Path:
    """Where recovery files are."""
    return state_folder() / "recovery"


def abandoned() -> list[Recovered]:
    """Work of processes that have ended, newest first. Each file is renamed before it is read: one that crashes
    its reader is not tried twice."""
    found = []
    for file in sorted(recovery_folder().glob("*.json"), reverse=True):
        lock = _locked(file.with_suffix(".lock"))
        if lock is None:
            continue  # its process lives
        lock.close()
        if recovered := _read(file):
            found.append(recovered)
    return found[:KEPT]


def forget(recovered: Recovered) -> None:
    """The offered work is taken over or not wanted."""
    recovered.file.unlink(missing_ok=True)
    recovered.file.with_suffix(".lock").unlink(missing_ok=True)


def _read(file: Path) -> Recovered | None:
    tried = file.with_suffix(".tried")
    os.replace(file, tried)
    try:
        content: dict[str, Any] = msgspec.json.decode(tried.read_bytes())
        project = projects.from_plain(content["project"])
        path = Path(content["path"]) if content["path"] else None
        recovered = Recovered(project, path, float(content["at"]), file)
    except (msgspec.DecodeError, InputError, KeyError, TypeError, ValueError, OSError):
        return None  # stays as .tried, for a person to look at
    os.replace(tried, file)
    return recovered


def _locked(path: Path) -> IO[bytes] | None:
    """The file, locked by this process, or None where another one holds it."""
    file = path.open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
