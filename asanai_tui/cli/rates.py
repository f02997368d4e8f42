"""`find-rate`: the curve of a sweep and the learning rate that it suggests."""

from typing import Any

from asanai_tui.errors import InputError, counted
from asanai_tui.inspection.learning_rate import RateSearch
from asanai_tui.project import Project
from asanai_tui.training.rate_finder import Found, Sweep

HEIGHT = 16
TOO_FEW = "The loss diverged at once, so no learning rate can be told; begin with a smaller --start."


def searched(project: Project, sweep: Sweep) -> tuple[Found, float]:
    """What a sweep over the data gave, and the rate that it suggests.

    Raises:
        InputError: the project or its data cannot be used, or nothing can be told from it.
    """
    found = RateSearch(project, sweep).look()
    if found.suggestion is None:
        raise InputError(TOO_FEW)
    return found, found.suggestion


def as_plain(project: Project, found: Found) -> dict[str, Any]:
    """As JSON has it; losses are smoothed."""
    return {
        "learning_rate": project.training.optimizer.learning_rate,
        "suggestion": found.suggestion,
        "fallen": found.fallen,
        "minimum": found.minimum,
        "steepest": found.steepest,
        "diverged": found.diverged,
        "points": [{"learning_rate": point.rate, "loss": point.loss} for point in found.points],
    }


def as_lines(project: Project, found: Found, width: int) -> list[str]:
    """The curve, and what it says."""
    from asanai_tui.tui.drawing.rate_curve import curve

    sheet = curve(found, width, HEIGHT, found.suggestion)
    return [*(line.rstrip() for line in sheet.lines()), "", *told(project, found)]


def told(project: Project, found: Found) -> list[str]:
    """The suggestion in words."""
    end = "until the loss diverged" if found.diverged else "to the last rate"
    return [
        f"Suggested learning rate: {found.suggestion:g}, a tenth of where the loss has fallen ({found.fallen:.2g}).",
        f"It fell fastest at {found.steepest:.2g}; the project has {project.training.optimizer.learning_rate:g}.",
        f"{counted(len(found.points), 'step')}, {end}.",
    ]
