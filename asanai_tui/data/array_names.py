"""Which of several names is x and which is y: `x_train` and `y_train`, `images.npy` and `labels.npy`."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

X_WORDS = ("x", "inputs", "input", "images", "image", "pictures", "features", "data", "samples")
Y_WORDS = ("y", "labels", "label", "targets", "target", "classes", "outputs", "output", "masks", "mask", "answers")
OTHER_PARTS = ("test", "val", "valid", "validation")  # names of arrays that are not for training
SUFFIXES = (".npy", ".txt")


class Pair(NamedTuple):
    """Names of the inputs and of the targets; empty where there is none."""

    x: str
    y: str


def paired(names: Sequence[str]) -> Pair:
    """The pair among names that says so: those of the training part before the others, then in their order.

    Without such a pair, x alone where a name says so; else the first name, and the second as y.
    """
    known = set(names)
    for x in sorted(_called(names, X_WORDS), key=lambda name: bool(_words(name) & set(OTHER_PARTS))):
        if y := next((name for name in _others(x, X_WORDS, Y_WORDS) if name in known), ""):
            return Pair(x, y)
    first = next(iter(_called(names, X_WORDS)), "") or next(iter(names), "")
    second = next(iter(_called(names, Y_WORDS)), "") or next((name for name in names if name != first), "")
    return Pair(first, second if second != first else "")


def beside(path: Path) -> tuple[Path, Path | None]:
    """The files of x and y, when `path` is one of them; y is None where no file beside it is called like it."""
    for here, there in ((X_WORDS, Y_WORDS), (Y_WORDS, X_WORDS)):
        for name in _others(path.stem, here, there):
            for suffix in dict.fromkeys((path.suffix, *SUFFIXES)):
                if (other := path.with_name(name + suffix)).is_file():
                    return (path, other) if here is X_WORDS else (other, path)
    return path, None


def in_folder(folder: Path) -> Path | None:
    """The file of x, where a folder holds a pair such as x.npy and y.npy."""
    for word in X_WORDS:
        for suffix in SUFFIXES:
            path = folder / f"{word}{suffix}"
            if path.is_file() and beside(path)[1] is not None:
                return path
    return None


def _called(names: Iterable[str], words: Sequence[str]) -> list[str]:
    return [name for word in words for name in names if word in _words(name)]


def _words(name: str) -> set[str]:
    return set(re.split(r"[_\-. ]", name.lower()))


def _others(name: str, here: Sequence[str], there: Sequence[str]) -> Iterable[str]:
    """Names that differ from `name` in one word of `here`, in whose place one of `there` stands."""
    parts = re.split(r"([_\-. ])", name)
    for place, part in enumerate(parts):
        if part.lower() in here:
            for word in there:
                for spelled in dict.fromkeys((word, word.upper(), word.capitalize())):
                    yield "".join([*parts[:place], spelled, *parts[place + 1 :]])
