"""A folder of classes as a list of picture files, without opening any of them."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from asanai_tui.data.picture_header import NAMES, SUFFIXES
from asanai_tui.data.progress import Progress
from asanai_tui.errors import InputError, clean, counted
from asanai_tui.files import is_utf8, reason

FOUND_AT_ONCE = 100  # files between two looks at the clock
PARTS = ("train", "val", "test")  # as messages call the folders
PART_NAMES = {
    "train": 0, "training": 0, "val": 1, "valid": 1, "validation": 1, "dev": 1, "test": 2, "testing": 2,
}  # fmt: skip


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
    numbers: Mapping[str, float] | None = None  # what is learned of each file, where that is no class
    notes: tuple[str, ...] = ()  # sentences
    folders: Mapping[str, tuple[str, ...]] = MappingProxyType({})  # of classes that are called otherwise, or joined


def part_of(name: str) -> int | None:
    """The part that a file or folder belongs to by the outermost folder of its name: 0 to train, 1 to validate, 2 to
    test; None where that folder is none of a part."""
    return PART_NAMES.get(name.split("/", 1)[0].lower())


def class_folder(root: Path, name: str, parts: bool) -> Path:
    """The folder that new pictures of a class belong into; where the parts have folders, below that to train."""
    if not parts:
        return root / name
    try:
        return root / next(top for top in _folders(root) if part_of(top) == 0) / name
    except (OSError, StopIteration):
        return root / PARTS[0] / name


def has_parts(root: Path) -> bool:
    """Whether there are a folder to train and one to validate or to test, the first with pictures in folders."""
    try:
        tops = {part_of(name): name for name in _folders(root)}
        if 0 not in tops or not {1, 2} & set(tops):
            return False
        walk = _Walk(root, Progress(), stamps=False)
        return any(True for name in _folders(root / tops[0]) for _ in walk.files(f"{tops[0]}/{name}"))
    except OSError:
        return False


def listing(root: Path, progress: Progress | None = None, *, parts: bool = False, stamps: bool = False) -> Listing:
    """Walk one folder for each class; hidden files are left out, links that leave `root` are refused.

    Args:
        parts: the folders of the classes lie in one folder for each part, see `part_of`.
        stamps: also look at each file for what tells whether it has changed, which takes most of the time.

    Raises:
        InputError: `root` cannot be read, or holds no picture in a folder of its own.
    """
    walk = _Walk(root, progress or Progress(), stamps)
    classes: dict[str, list[File]] = {}
    try:
        above = walk.parts() if parts else [""]
        names = sorted((name, top) for top in above for name in _folders(root / top))
        loose = sum(_loose(root / top) for top in {"", *above})
    except OSError as error:
        raise InputError(f"{clean(root)}: {reason(error)}.") from error
    if not above:
        raise InputError(f"{clean(root)}: no folder train, val or test in it; choose another method of split.")
    for name, top in names:
        if is_utf8(name):
            classes.setdefault(name, []).extend(sorted(walk.files(f"{top}/{name}" if top else name)))
        else:
            walk.set_aside.append((clean(name), "its name is not UTF-8 text; rename it"))
    filled = {name: files for name, files in classes.items() if files}
    if not filled:
        what = "pictures lie here without a folder" if loose else f"no picture ({NAMES}) in it"
        raise InputError(f"{clean(root)}: {what}; put the pictures of each class into a folder of its own.")
    if loose:
        walk.set_aside.append((f"{loose} beside the folders", "in no folder of a class"))
    refused = {name for name, _ in walk.set_aside}
    outside = {name for name, top in names if clean(f"{top}/{name}" if top else name) in refused}
    empty = tuple(name for name in classes if name not in filled and name not in outside)
    return Listing(root, filled, tuple(walk.set_aside), walk.other, empty)


def everything(root: Path, progress: Progress | None = None, *, stamps: bool = False) -> Listing:
    """All pictures in and below a folder, as one class without a name.

    Raises:
        InputError: `root` cannot be read.
    """
    walk = _Walk(root, progress or Progress(), stamps)
    files = sorted(walk.files(""))
    return Listing(root, {"": files}, tuple(walk.set_aside), walk.other, ())


def _folders(path: Path) -> list[str]:
    """The names of the folders in a folder, sorted, without hidden ones."""
    return sorted(entry.name for entry in os.scandir(path) if entry.is_dir() and not entry.name.startswith("."))


def _loose(path: Path) -> int:
    """How many pictures lie in a folder itself."""
    return sum(_is_picture(entry.name) for entry in os.scandir(path) if entry.is_file())


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

    def parts(self) -> list[str]:
        """The folders of the parts."""
        tops = _folders(self._root)
        others = [name for name in tops if part_of(name) is None]
        self.set_aside += [(clean(name), f"none of the folders {', '.join(PARTS)}") for name in others]
        return [
            name for name in tops if part_of(name) is not None and self._inside(os.path.realpath(self._root / name))
        ]

    def files(self, folder: str, above: frozenset[str] = frozenset()) -> Iterator[File]:
        """The pictures in and below a folder, by its name relative to the root."""
        path = os.path.join(self._root, folder)
        plain = folder and "/" not in folder and not os.path.islink(path)  # of many thousand folders, most are
        real = os.path.join(self._real_root, folder) if plain else os.path.realpath(path)
        if not self._inside(real):
            self.set_aside.append((clean(folder), "a link that leads out of the folder"))
            return
        if real in above:
            self.set_aside.append((clean(folder), "a link that leads back to a folder above it"))
            return
        try:
            entries = sorted(os.scandir(path), key=lambda entry: entry.name)
        except OSError as error:
            self.set_aside.append((clean(folder), reason(error)))
            return
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
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
