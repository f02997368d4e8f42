"""Undo and redo over projects: every edit makes a new project, undo is a list of the old ones."""

from pathlib import Path
from typing import NamedTuple

from asanai_tui import project as projects
from asanai_tui.project import Project

STEPS = 500


class Edit(NamedTuple):
    """A project as it was before the edit that `label` names."""

    project: Project
    label: str


class Document:
    """The project being worked on, its history, and the file it belongs to."""

    def __init__(self, project: Project, path: Path | None = None, *, saved: bool = True, title: str = "") -> None:
        """
        Args:
            saved: False for work that no file holds yet.
            title: what a project without a file is called.
        """
        self.project = project
        self.path = path
        self._title = title
        self._saved: Project | None = project if saved else None
        self._past: list[Edit] = []
        self._future: list[Edit] = []
        self._merge = ""

    @property
    def dirty(self) -> bool:
        """Whether the project differs from what was saved or opened."""
        return self._saved != self.project

    @property
    def name(self) -> str:
        """What the title shows: the file, or the data it will be about."""
        if self.path:
            return self.path.name if self.path.name != "project.toml" else f"{self.path.parent.name}/project.toml"
        return self._title or f"{Path(self.project.data.path).stem} (not saved)"

    def apply(self, project: Project, label: str, merge: str = "") -> bool:
        """Make `project` the current one; edits in a row with the same `merge` are one step of undo.

        Returns whether anything changed.
        """
        if project == self.project:
            return False
        before = self._past.pop().project if merge and merge == self._merge else self.project
        if project != before:  # an edit in several keystrokes may lead back to where it began
            self._past = [*self._past[-STEPS + 1 :], Edit(before, label)]
        self._merge = merge if project != before else ""
        self._future.clear()
        self.project = project
        return True

    def undo(self) -> str | None:
        """Go back one edit; its label, or None when there is none."""
        return self._step(self._past, self._future)

    def redo(self) -> str | None:
        """Go forward one edit; its label, or None when there is none."""
        return self._step(self._future, self._past)

    def save(self, path: Path | None = None) -> Path:
        """Write the project to its file or to a new one.

        Raises:
            InputError: it cannot be written; nothing has changed then.
            ValueError: there is no path yet.
        """
        target = path or self.path
        if target is None:
            raise ValueError("a project that was never saved needs a path")
        projects.save(self.project, target)
        self.path, self._saved = target.resolve(), self.project
        return self.path

    def _step(self, source: list[Edit], other: list[Edit]) -> str | None:
        self._merge = ""
        if not source:
            return None
        edit = source.pop()
        other.append(Edit(self.project, edit.label))
        self.project = edit.project
        return edit.label
