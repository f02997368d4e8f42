"""The form of the training settings, as far as they fit the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asanai_tui.training.metric_settings import METRICS, problem
from asanai_tui.tui.widgets.options_pane import Subject

if TYPE_CHECKING:
    from asanai_tui.project import Project


def training_subject(project: Project) -> Subject:
    """The settings of a project; metrics that are not for its targets, and monitors of others, are left out."""
    training, targets = project.training, project.data.targets
    fitting = tuple(name for name in METRICS if not problem((name,), targets, training.loss))
    monitors = tuple(f"{part}{name}" for name in ("loss", *training.metrics) for part in ("", "val_"))
    return Subject(
        "training",
        "training",
        training,
        choices={"metrics": fitting, "monitor": ("auto", *monitors)},
        helps={str(name): declared.about for name, declared in METRICS.items()},
    )
