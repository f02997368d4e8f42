"""A folder of classes as a list of picture files, without opening any of them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from asanai_tui.data.picture_header import NAMES, SUFFIXES
from asanai_tui.data.progress import Progress
from asanai_tui.errors import InputError, clean, counted
from asanai_tui.files import is_utf8, reason

FOUND_AT_ONCE = 100  # files between two looks at the clock


class File(NamedTuple):
    """A picture file and, where it was asked for, what tells whether it has changed."""

    name: str  # relative to the folder, with / between
    size: int = 0  # bytes
    mtime_ns: int = 0
    mode: int = 0


class Listing(NamedTuple):
    """What is in a folder of classes."""

    root: Path
    classes: dict[str, list[File]]  # sorted by name, files too; no class is empty
    set_aside: tuple[tuple[str, str], ...]  # files and folders left out, and why
    other: int  # files that are no pictures by their names
    empty: tuple[str, ...]  # folders without a picture


def listing(root: Path, progress: Progress | None = None, *, stamps: bool = False) -> Listing:
    """Walk one folder for each class; hidden files are left out, links that leave `root` are refused.

    Args:
        stamps: also look at each file for what tells whether it has changed, which takes most of the time.

    Raises:
        InputError: `root` cannot be read, or holds no picture in a folder of its own.
    """
    walk = _Walk(root, progress or Progress(), stamps)
    classes: dict[str, list[File]] = {}
    try:
        names = sorted(entry.name for entry in os.scandir(root) if entry.is_dir() and not entry.name.startswith("."))
        loose = sum(_is_picture(entry.name) for entry in os.scandir(root) if entry.is_file())
    except OSError as error:
        raise InputError(f"{clean(root)}: {reason(error)}.") from error
    for name in names:
        if is_utf8(name):
            classes[name] = sorted(walk.files(name))
        else:
            walk.set_aside.append((clean(name), "its name is not UTF-8 text; rename it"))
    filled = {name: files for name, files in classes.items() if files}
    if not filled:
        what = "pictures lie here without a folder" if loose else f"no picture ({NAMES}) in it"
        raise InputError(f"{clean(root)}: {what}; put the pictures of each class into a folder of its own.")
    if loose:
        walk.set_aside.append((f"{loose} beside the folders", "in no folder of a class"))
    empty = tuple(name for name in classes if name not in filled)
    return Listing(root, filled, tuple(walk.set_aside), walk.other, empty)


def _is_picture(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES


class _Walk:
    def __init__(self, root: Path, progress: Progress, stamps: bool) -> None:
        self.set_aside: list[tuple[str, str]] = []
        self.other = 0
        self._root = root
        self._real_root = os.path.realpath(root)
        self._progress = progress
        self._stamps = stamps
        self._found = 0

    def files(self, folder: str, above: frozenset[str] = frozenset()) -> Iterator[File]:
        """The pictures in and below a folder, by its name relative to the root."""
        real = os.path.realpath(self._root / folder)
        if not self._inside(real):
            self.set_aside.append((clean(folder), "a link that leads out of the folder"))
            return
        if real in above:
            self.set_aside.append((clean(folder), "a link that leads back to a folder above it"))
            return
        try:
            entries = sorted(os.scandir(self._root / folder), key=lambda entry: entry.name)
        except OSError as error:
            self.set_aside.append((clean(folder), reason(error)))
            return
        for entry in entries:
            name = f"{folder}/{entry.name}"
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                yield from self.files(name, above | {real})
            elif not _is_picture(entry.name):
                self.other += 1
            elif file := self._file(entry, name):
                yield file

    def _file(self, entry: "os.DirEntry[str]", name: str) -> File | None:
        try:
            if entry.is_symlink() and not self._inside(os.path.realpath(entry.path)):
                self.set_aside.append((clean(name), "a link that leads out of the folder"))
                return None
            found = entry.stat() if self._stamps or entry.is_symlink() else None
        except OSError as error:
            self.set_aside.append((clean(name), reason(error)))
            return None
        self._found += 1
        if self._found % FOUND_AT_ONCE == 0:
            self._progress.step(f"found {counted(self._found, 'picture')}")
        return File(name, found.st_size, found.st_mtime_ns, found.st_mode) if found and self._stamps else File(name)

    def _inside(self, real: str) -> bool:
        return real == self._real_root or real.startswith(self._real_root + os.sep)
