"""The health of a project's network, apart from any training of it."""

from collections.abc import Callable
from pathlib import Path

from asanai_tui.data.dataset import load
from asanai_tui.errors import InputError
from asanai_tui.network import randomness
from asanai_tui.project import Project
from asanai_tui.training import device
from asanai_tui.training.findings import Health
from asanai_tui.training.health import examined, sample
from asanai_tui.training.starting import start_from
from asanai_tui.training.task import Task


def health_of(
    project: Project,
    model: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
    stopping: Callable[[], bool] = lambda: False,
) -> Health:
    """How the layers do on examples of the training part.

    Args:
        model: whose weights are taken where they fit; without one they are those that training would begin with.
        say: told what is being done, now and then.
        stopping: asked now and then; where it is so `Stopped` is raised.

    Raises:
        InputError: the project has a problem, or its data or the model cannot be used.
    """
    if problems := project.problems():
        raise InputError(problems[0])
    start = start_from(model, project.network, project.input_shape) if model else None
    dataset = load(project.data, say, stopping)
    say("Looking at the layers")
    weights = start.weights if start else {}
    try:
        with device.memory_errors_told(device.chosen(project.training.device), project.training.batch_size):
            task = Task(
                project.network, project.input_shape, project.training, project.data.targets, dataset, weights, say
            )
            return examined(task, sample(task), (start.epoch or 1) if start else 0)
    finally:
        randomness.end()
