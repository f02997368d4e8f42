"""Files that are either complete or absent, and the folders they belong in."""

import contextlib
import os
import re
import shlex
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import platformdirs

from asanai_tui.errors import InputError, clean

APPLICATION = "asanai-tui"
_TEMPORARY = re.compile(r"\..+\.\w+\.[a-z0-9_]{8}")  # of `tempfile.mkstemp`, as it is called below


def typed(path: object) -> str:
    """A path as it is typed in a shell, for commands that a sentence tells: with quotes where it needs them."""
    return shlex.quote(clean(path, 4096))


def write_atomically(path: Path, content: bytes, *, make_folder: bool = False) -> None:
    """Write beside the target, flush to disk, rename: a reader sees the old file or the new one, never half.

    Args:
        make_folder: make the folder that is missing: right for the program's own files, while a folder that a person
            named may be mistyped.

    Raises:
        InputError: the disk is full, the folder is gone or may not be written.
    """
    _written(path, content, _replaced, make_folder)


def write_new(path: Path, content: bytes) -> bool:
    """The same for a file that must not be there yet; False where one is, which stays as it is.

    Raises:
        InputError: as `write_atomically`.
    """
    return _written(path, content, _named)


def sweep(folder: Path) -> None:
    """Remove what was being written in `folder` when the program was killed; for the one who alone writes there."""
    for path in folder.rglob(".*"):
        if _TEMPORARY.fullmatch(path.name):
            with contextlib.suppress(OSError):  # it takes room, and does no harm
                path.unlink()


def _written(path: Path, content: bytes, place: Callable[[str, Path], bool], make_folder: bool = False) -> bool:
    """Write and flush a temporary file beside `path`; `place` gives it its name, and says whether it could."""
    temporary = ""
    try:
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        placed = place(temporary, path)
    except OSError as error:
        raise InputError(f"{clean(path)} cannot be written: {_why_unwritable(path.parent, error)}.") from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
    flush_folder(path.parent)
    return placed


def _replaced(temporary: str, path: Path) -> bool:
    os.replace(temporary, path)
    return True


def _named(temporary: str, path: Path) -> bool:
    """A second name for the temporary file: unlike a rename, that replaces nothing."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without links: the name is taken first, and is empty for a moment
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        os.replace(temporary, path)
    return True


def check_folder(path: Path) -> None:
    """Raises: InputError: what `path` would be written into is no folder."""
    try:
        os.stat(os.path.join(path.parent, "."))
    except OSError as error:
        raise InputError(f"{clean(path)} cannot be written: {_why_unwritable(path.parent, error)}.") from error


def flush_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # a folder that may be written but not read; the rename itself has happened
    try:
        os.fsync(descriptor)
    except OSError:
        return  # some network file systems refuse to flush a folder
    finally:
        os.close(descriptor)


def _why_unwritable(folder: Path, error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return f"folder {clean(folder)} does not exist; make it first or choose another path"
        case FileExistsError() | NotADirectoryError():
            return f"{clean(folder)} is a file, not a folder"
    return reason(error)


def reason(error: OSError) -> str:
    """The operating system's own words, in lower case: `no space left on device`."""
    return (error.strerror or str(error)).lower()


def is_utf8(name: str) -> bool:
    """Whether a name from the file system can stand in a project file; Linux lets names be any bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def state_folder() -> Path:
    """Recovery files, recent projects, logs. `ASANAI_TUI_HOME` moves everything, for tests and portable use."""
    return _home("state") or platformdirs.user_state_path(APPLICATION)


def cache_folder() -> Path:
    """Decoded pictures; may be deleted at any time."""
    return _home("cache") or platformdirs.user_cache_path(APPLICATION)


def settings_folder() -> Path:
    """The user's keys and theme."""
    return _home("settings") or platformdirs.user_config_path(APPLICATION)


def _home(name: str) -> Path | None:
    home = os.environ.get("ASANAI_TUI_HOME")
    return Path(home).expanduser() / name if home else None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def open_file(path: Path, buffering: int = -1) -> BinaryIO:
    """Open for reading, without waiting: opening a pipe that nobody writes to would never end.

    Raises:
        InputError: neither a file nor a folder.
        OSError: it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        _check_mode(path, os.fstat(descriptor).st_mode)
        return os.fdopen(descriptor, "rb", buffering)
    except (InputError, OSError):
        os.close(descriptor)
        raise


def check_file(path: Path) -> None:
    """Raises: InputError: neither a file nor a folder, or nothing can be known of it."""
    try:
        _check_mode(path, path.stat().st_mode)
    except OSError as error:
        raise InputError(f"{clean(path)}: {reason(error)}.") from error


def _check_mode(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        kind = "a pipe" if stat.S_ISFIFO(mode) else "a socket" if stat.S_ISSOCK(mode) else "a device"
        raise InputError(f"{clean(path)} is {kind}, not a file; write what it gives into a file and open that.")


def existing(path: Path) -> Path:
    """`path` made absolute, with `~` followed.

    Raises:
        InputError: nothing is there (a name that is nearly the same is offered), or its name is not UTF-8.
    """
    try:
        full = path.expanduser().absolute()
        found = full.exists()
    except (OSError, RuntimeError, ValueError) as error:  # no permission, an unknown user, a NUL character
        raise InputError(f"{clean(path)} cannot be opened: {clean(error)}.") from error
    if not found and full.is_symlink():
        raise InputError(f"{clean(path)} is a link that leads nowhere; mend it or choose another path.")
    if not found:
        raise InputError(f"{clean(path)}: no such file or folder{_near(path)}")
    if not is_utf8(str(full)):
        raise InputError(f"{clean(path)}: this name is not UTF-8 text, which project files need; rename it first.")
    return full


def _near(path: Path) -> str:
    try:
        names = [entry.name for entry in path.expanduser().parent.iterdir()]
    except OSError as error:
        return f"; its folder {clean(path.parent)} cannot be read: {reason(error)}."
    import difflib  # 10 ms, for a mistake only

    near = difflib.get_close_matches(path.name, [name for name in names if not name.startswith(".")], n=1)
    return f"; did you mean {clean(path.with_name(near[0]))}?" if near else "."
