"""The runs of this user on this machine, wherever they lie: which is the newest, and which are being trained."""

from pathlib import Path

import msgspec

from asanai_tui.errors import InputError, clean
from asanai_tui.files import existing, state_folder, write_atomically
from asanai_tui.opening import PROJECT_FILE
from asanai_tui.runs import information
from asanai_tui.runs.lock import is_locked

_KEPT = 200


def remember(folder: Path) -> None:
    """A run begins, or goes on. Where that cannot be written, only its path is not known by itself."""
    path = str(folder.resolve())
    paths = [path, *(each for each in _paths() if each != path)][:_KEPT]
    try:
        write_atomically(_file(), msgspec.json.encode(paths), make_folder=True)
    except InputError:
        return


def run_at(path: Path) -> Path:
    """The directory of a run that `path` means.

    Raises:
        InputError: there is none.
    """
    folder = existing(path)
    if not (folder / PROJECT_FILE).is_file() or not (folder / information.FILE_NAME).is_file():
        raise InputError(f"{clean(folder)} is not the directory of a run; runs lie in the folder runs.")
    return folder


def newest() -> Path:
    """The newest run that is being trained, else the newest that is there.

    Raises:
        InputError: there is none.
    """
    found = [path for each in _paths() if ((path := Path(each)) / information.FILE_NAME).is_file()]
    if not found:
        raise InputError("No run is known on this machine; give the directory of one, from a folder runs.")
    return next((path for path in found if is_locked(path)), found[0])


def _paths() -> list[str]:
    try:
        return msgspec.json.decode(_file().read_bytes(), type=list[str])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):  # none yet, or torn: it fills again
        return []


def _file() -> Path:
    return state_folder() / "runs.json"
