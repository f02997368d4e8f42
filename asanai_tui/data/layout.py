"""Which pictures a project uses, of which class each of them is, and what they are divided by."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data import picture_table, relabelling
from asanai_tui.data.folders import File, Listing, listing, part_of
from asanai_tui.data.progress import Progress
from asanai_tui.data.spec import Images
from asanai_tui.errors import InputError, clean, counted

Item = TypeVar("Item")


def laid_out(spec: Images, progress: Progress | None = None, *, stamps: bool = False) -> Listing:
    """The files of every class.

    Args:
        stamps: as for `listing`.

    Raises:
        InputError: as `listing`, of the folder or of the table that names its pictures.
    """
    if spec.table.path:
        found = picture_table.listing(spec, progress, stamps=stamps)
    else:
        found = listing(Path(spec.path), progress, parts=spec.split.method == "folders", stamps=stamps)
    return relabelling.applied(spec, found)


def limited(found: Listing, most: int) -> tuple[Listing, tuple[str, ...]]:
    """At most so many pictures of each class (0: all), and what is left out in a sentence."""
    kept = {name: list(spread(files, most)) if most else files for name, files in found.classes.items()}
    rest = sum(map(len, found.classes.values())) - sum(map(len, kept.values()))
    note = f"{counted(rest, 'picture')} left out: at most {most:,} of each class are used."
    return found._replace(classes=kept), (note,) * bool(rest)


def spread(items: Sequence[Item], number: int) -> Sequence[Item]:
    """At most `number` of them, evenly over the whole list."""
    return [items[place * len(items) // number] for place in range(number)] if number < len(items) else items


def marks(spec: Images, files: Sequence[File]) -> NDArray[np.int64] | None:
    """For each picture what `divided` wants: the number of its group, or of its part; None where neither counts.

    Raises:
        InputError: the method is group, and no class has folders for groups.
    """
    match spec.split.method:
        case "group":
            return _groups(spec, files)
        case "folders":
            return np.array([part_of(file.name) or 0 for file in files])
        case _:
            return None


def group_sizes(found: Listing, spec: Images) -> NDArray[np.int64] | None:
    """How many pictures are in each group, where groups are divided."""
    groups = marks(spec, _files(found)) if spec.split.method == "group" else None
    return None if groups is None else np.bincount(groups)


def part_sizes(found: Listing, spec: Images) -> tuple[int, int, int] | None:
    """How many pictures lie in the folders to train, to validate and to test, where there are such."""
    parts = marks(spec, _files(found)) if spec.split.method == "folders" else None
    if parts is None:
        return None
    train, validation, test = np.bincount(parts, minlength=3).tolist()
    return train, validation, test


def _files(found: Listing) -> list[File]:
    return [file for files in found.classes.values() for file in files]


def _groups(spec: Images, files: Sequence[File]) -> NDArray[np.int64]:
    """The group of each picture: its folder below that of the class, the same name in two classes being one group.

    Where a table says what the pictures are, their folders are the groups.

    Raises:
        InputError: no class has such folders.
    """
    top = 0 if spec.table.path else 1
    places = [
        file.name.split("/")[top:-1] for file in files
    ]  # a picture in the class's own folder is a group by itself
    if not any(places):
        raise InputError(
            f"{clean(spec.path)}: no folders below those of the classes; the method group needs one for each group."
        )
    names = ["/".join(place) if place else f"/{file.name}" for place, file in zip(places, files, strict=True)]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names])
