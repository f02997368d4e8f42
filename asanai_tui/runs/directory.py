"""A run is a directory: training writes it, everything else reads it."""

import os
import re
import time
from pathlib import Path

from asanai_tui import project as projects
from asanai_tui.errors import InputError, clean
from asanai_tui.files import reason, state_folder
from asanai_tui.opening import BEST_MODEL, LAST_MODEL
from asanai_tui.project import Project
from asanai_tui.resources import resource
from asanai_tui.runs import information
from asanai_tui.runs.history import HistoryWriter, append

LONGEST_NAME = 40


class RunDirectory:
    """One run on disk: project.toml, run.json, history.jsonl, log.txt, checkpoints."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.history = HistoryWriter(path)

    @classmethod
    def create(cls, runs: Path, project: Project, name: str = "") -> "RunDirectory":
        """A new directory in `runs` with project.toml and an empty history.jsonl, named after the time and the data.

        Raises:
            InputError: it cannot be made or written.
        """
        name = name or f"{time.strftime('%Y%m%d-%H%M%S')}-{short_name(project.data.path)}"
        directory = cls(_new_folder(runs, name))
        projects.save(project, directory.path / "project.toml")
        append(directory.history.path, b"")
        return directory

    @property
    def best_model(self) -> Path:
        return self.path / BEST_MODEL

    @property
    def last_model(self) -> Path:
        return self.path / LAST_MODEL

    def log(self, text: str) -> None:
        """Add a line with the time to log.txt.

        Raises:
            InputError: it cannot be written.
        """
        append(self.path / "log.txt", f"{information.now()} {clean(text, 2000)}\n".encode())


def runs_folder(project: Project, path: Path | None) -> Path:
    """Where runs of a project belong: `runs` beside its project file, or beside its data.

    A folder of pictures is left as it is, so runs go beside it, not into it. The samples belong to the program: their
    runs go where the user is. The state folder is left for places that cannot be written.
    """
    data = Path(project.data.path).resolve()
    beside = path.resolve().parent if path else data.parent
    if beside.is_relative_to(data):
        beside = data.parent
    if beside.is_relative_to(resource("samples").resolve()):
        beside = Path.cwd()
    return beside / "runs" if _may_write(beside) else fallback_folder()


def made(runs: Path) -> Path:
    """The folder that was asked for, made if need be.

    Raises:
        InputError: it cannot be made or written.
    """
    try:
        runs.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise InputError(f"{clean(runs)} is a file; runs need a folder.") from error
    except OSError as error:
        raise InputError(f"{clean(runs)} cannot be made: {reason(error)}.") from error
    if not os.access(runs, os.W_OK | os.X_OK):
        raise InputError(f"{clean(runs)} may not be written; choose another folder for runs.")
    return runs


def fallback_folder() -> Path:
    """Where runs go when they cannot be written where they belong."""
    return state_folder() / "runs"


def short_name(path: str) -> str:
    """The end of a run's name from its data's path: `iris` of `data/Iris.csv`."""
    name = re.sub(r"[\W_]+", "-", Path(path).stem.lower()).strip("-")
    return name[:LONGEST_NAME].strip("-") or "run"


def _new_folder(runs: Path, name: str) -> Path:
    made(runs)
    for number in range(1, 1000):
        folder = runs / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue  # another run began in the same second
        except OSError as error:
            raise InputError(f"{clean(folder)} cannot be made: {reason(error)}.") from error
        return folder
    raise InputError(f"{clean(runs / name)} exists a thousand times; wait a second and start again.")


def _may_write(folder: Path) -> bool:
    target = folder / "runs" if (folder / "runs").exists() else folder
    return target.is_dir() and os.access(target, os.W_OK | os.X_OK)
