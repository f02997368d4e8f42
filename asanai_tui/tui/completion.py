"""What a path that is being typed can go on with, from the file system."""

import os
from pathlib import Path
from typing import NamedTuple

from asanai_tui.errors import clean

MOST = 100  # names that are given for one completion
GAP = "  "


class Completion(NamedTuple):
    """How far a path can be completed, and what it could become."""

    text: str  # as typed, completed as far as all names that fit agree; a folder that alone fits ends in a slash
    names: tuple[str, ...]  # what fits, sorted, the first MOST; folders end in a slash
    total: int  # how many fit


def complete(text: str) -> Completion:
    """Complete the last part of `text`. Hidden names fit only where a dot was typed."""
    beginning, folder, fitting = _looked_up(text)
    names = tuple(_with_slash(folder, name) for name in fitting[:MOST])
    if len(names) == 1:
        return Completion(beginning + names[0], names, 1)
    if not names:
        return Completion(text, (), 0)
    common = os.path.commonprefix([fitting[0], fitting[-1]])  # noqa: RUF071 - characters; first and last differ most
    return Completion(beginning + common, names, len(fitting))


def first(text: str) -> str | None:
    """`text` with the first name in alphabetical order that goes on from it, or None where there is none."""
    beginning, folder, fitting = _looked_up(text)
    paths = (beginning + _with_slash(folder, name) for name in fitting)
    return next((path for path in paths if path != text), None)


def listed(completion: Completion, width: int) -> str:
    """The names on one line of `width` cells; what does not fit is counted."""
    if not completion.names:
        return "Nothing here begins like this."
    shown: list[str] = []
    rest = f"{GAP}… {completion.total} in all"
    for name in map(clean, completion.names):
        if len(GAP.join([*shown, name])) + len(rest) > width:
            break
        shown.append(name)
    return GAP.join(shown) + (rest if len(shown) < completion.total else "")


def _looked_up(text: str) -> tuple[str, Path, list[str]]:
    """The folder as typed, the folder itself, and the names in it that go on from the rest of `text`, sorted."""
    head, slash, stem = text.rpartition("/")
    beginning = head + slash
    if not text.strip():
        return beginning, Path(), []
    try:
        folder = Path(beginning).expanduser()
        names = os.listdir(folder)
    except (OSError, RuntimeError, ValueError):  # no such folder or user, no permission, a NUL character
        return beginning, Path(), []
    return beginning, folder, sorted(name for name in names if _fits(name, stem))


def _fits(name: str, stem: str) -> bool:
    return name.startswith(stem) and (stem.startswith(".") or not name.startswith("."))


def _with_slash(folder: Path, name: str) -> str:
    return f"{name}/" if os.path.isdir(folder / name) else name
