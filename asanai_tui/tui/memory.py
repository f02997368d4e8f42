"""What the program remembers between starts: recent files and the theme. Losing it is no loss."""

import os
import time
from pathlib import Path

import msgspec

from asanai_tui.errors import InputError
from asanai_tui.files import settings_folder, state_folder, write_atomically

KEPT = 12


class Recent(msgspec.Struct, frozen=True):
    """Something that was opened."""

    path: str
    at: float  # seconds since 1970
    note: str = ""  # the last result: `0.962 accuracy`


class Settings(msgspec.Struct, frozen=True):
    """What the user chose for the program itself."""

    theme: str = "dark"
    expert: bool = False  # all options are shown
    camera: str = "0"  # number, video file or address


def recent() -> list[Recent]:
    """What was opened last, newest first, as far as it still exists."""
    try:
        found = msgspec.json.decode((state_folder() / "recent.json").read_bytes(), type=list[Recent])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return []  # none yet, or torn: the list fills again
    return [each for each in found if os.path.exists(each.path)]  # False also where it may not be looked at


def remember(path: Path, note: str = "") -> None:
    """Put `path` on top of the recent ones."""
    others = [each for each in recent() if each.path != str(path)]
    _write(state_folder() / "recent.json", [Recent(str(path), time.time(), note), *others][:KEPT])


def settings() -> Settings:
    """The user's choices, or the usual ones."""
    try:
        return msgspec.json.decode((settings_folder() / "settings.json").read_bytes(), type=Settings)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return Settings()


def keep(**choices: str | bool) -> None:
    """Start with these settings from now on."""
    _write(settings_folder() / "settings.json", msgspec.structs.replace(settings(), **choices))


def _write(path: Path, content: object) -> None:
    try:
        write_atomically(path, msgspec.json.encode(content), make_folder=True)
    except InputError:
        return  # a full or read-only home folder must not stand in the way of the work


def ago(seconds: float) -> str:
    """`just now`, `5 min ago`, `2 h ago`, `3 days ago`."""
    minutes = seconds / 60
    if minutes < 2:
        return "just now"
    if minutes < 100:
        return f"{minutes:.0f} min ago"
    if minutes < 48 * 60:
        return f"{minutes / 60:.0f} h ago"
    return f"{minutes / 1440:.0f} days ago"
