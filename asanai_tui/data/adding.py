"""New folders of classes, and copies of pictures in them; nothing that is there is ever changed or replaced."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from asanai_tui.data.folders import class_folder
from asanai_tui.data.new_pictures import check_class
from asanai_tui.data.picture_header import NAMES, SUFFIXES
from asanai_tui.data.progress import Progress
from asanai_tui.data.spec import Images
from asanai_tui.errors import InputError, clean, counted
from asanai_tui.files import reason, write_new


class Added(NamedTuple):
    """What became of pictures that were to be copied."""

    copied: int
    other: int  # files that are no pictures by their names


def new_class(images: Images, name: str) -> Path:
    """Make the folder of a class.

    Raises:
        InputError: it cannot be called so, is there already, or cannot be made.
    """
    folder = _place(images, check_class(name))
    try:
        folder.mkdir()
    except OSError as error:
        raise InputError(f"{clean(folder)} cannot be made: {reason(error)}.") from error
    return folder


def copy_into(images: Images, label: str, path: Path, progress: Progress | None = None) -> Added:
    """Copy a picture, or all pictures in and below a folder, into the folder of a class.

    Raises:
        InputError: there is no picture, the class has no folder of its own, or a copy cannot be written.
    """
    target = _folder(images, label)
    if path.resolve() == target.resolve():
        raise InputError(f"{clean(path)} is the folder of the class itself; give another one.")
    files = [each for each in _files(path) if not each.resolve().is_relative_to(target.resolve())]
    pictures = [each for each in files if each.suffix.lower() in SUFFIXES]
    if not pictures:
        raise InputError(f"{clean(path)}: no picture ({NAMES}) there; give a picture or a folder of pictures.")
    for number, each in enumerate(pictures, 1):
        _copy(each, target)
        if progress:
            progress.step(f"copied {number:,} of {counted(len(pictures), 'picture')}")
    return Added(len(pictures), len(files) - len(pictures))


def _place(images: Images, name: str) -> Path:
    return class_folder(Path(images.path), name, images.split.method == "folders")


def _folder(images: Images, label: str) -> Path:
    """The folder of a class; of several, the first that is there."""
    names = (label, *(each.folder for each in images.relabelled if each.label == label))
    there = [folder for name in names if (folder := _place(images, name)).is_dir()]
    if not there:
        raise InputError(f"{clean(images.path)}: no folder of the class {clean(label)} to copy pictures into.")
    return there[0]


def _files(path: Path) -> Iterator[Path]:
    """A file itself, or all in and below a folder, sorted, without hidden ones; links to folders are not followed.

    Raises:
        InputError: there is nothing, or it cannot be read.
    """
    if not path.is_dir():
        if not path.is_file():
            raise InputError(f"{clean(path)}: there is no such file or folder.")
        yield path
        return

    def failed(error: OSError) -> None:
        raise InputError(f"{clean(error.filename)}: {reason(error)}.") from error

    for folder, folders, names in os.walk(path, onerror=failed):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))


def _copy(source: Path, folder: Path) -> None:
    """Under its own name, or the first one with a number that is free; complete or not at all."""
    try:
        content = source.read_bytes()
    except OSError as error:
        raise InputError(f"{clean(source)}: {reason(error)}.") from error
    others = (f"{source.stem}-{number}{source.suffix}" for number in itertools.count(2))
    names = itertools.chain([source.name], others)
    while not write_new(folder / next(names), content):
        pass  # there is a file of this name
