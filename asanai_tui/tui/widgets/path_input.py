"""A line for a path, completed from the file system."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.suggester import Suggester
from textual.widgets import Input

MOST = 5000  # entries of a folder that are looked at


class PathInput(Input):
    """Shows the rest of the first path that fits, dim; tab takes it over."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", "Complete", show=False)]

    def __init__(self, value: str = "", placeholder: str = "") -> None:
        super().__init__(value, placeholder, suggester=PathSuggester(), compact=True, select_on_focus=False)

    def action_complete(self) -> None:
        if self._suggestion:
            self.value = self._suggestion
            self.cursor_position = len(self.value)
        else:
            self.screen.focus_next()


class PathSuggester(Suggester):
    """The common beginning of all entries that fit, or the first of them."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        return completed(value)


def completed(text: str) -> str | None:
    """`text` with the last part completed as far as it goes; folders end in a slash. None where nothing fits."""
    if not text.strip():
        return None
    head, slash, stem = text.rpartition("/")
    try:
        folder = Path(head + slash).expanduser() if slash else Path()
        names = sorted(_entries(folder, stem))
    except (OSError, RuntimeError, ValueError):
        return None  # no such folder, no permission: nothing to complete
    return f"{head}{slash}{names[0]}" if names else None


def _entries(folder: Path, stem: str) -> list[str]:
    import itertools

    found = []
    for entry in itertools.islice(folder.iterdir(), MOST):
        if entry.name.startswith(stem) and (stem.startswith(".") or not entry.name.startswith(".")):
            name = entry.name + ("/" if entry.is_dir() else "")
            if name != stem:
                found.append(name)
    return found
