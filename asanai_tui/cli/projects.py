"""The project that a command is given."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asanai_tui.project import Project


def project_at(path: Path) -> "tuple[Project, Path | None]":
    """The project at `path`, and its file where it has one.

    Raises:
        InputError: there is none, and nothing that suggests one.
    """
    return opened(path)[:2]


def opened(path: Path) -> "tuple[Project, Path | None, Path | None]":
    """The same, and the model that came with it."""
    from asanai_tui.opening import open_path

    found = open_path(path, look=False)
    return found.project, found.path, found.model_path


def adjusted(project: "Project", learning_rate: float | None, **wishes: Any) -> "Project":
    """The project with those options of its training that were given.

    Raises:
        InputError: one is out of its range.
    """
    import msgspec

    from asanai_tui.checking import checked

    changes = {name: value for name, value in wishes.items() if value is not None}
    if learning_rate is not None:
        changes["optimizer"] = checked(project.training.optimizer, learning_rate=learning_rate)
    return msgspec.structs.replace(project, training=checked(project.training, **changes))
