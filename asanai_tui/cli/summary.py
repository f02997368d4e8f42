"""`summary`: the layers with what leaves them, as a table or as JSON."""

from typing import Any

import msgspec

from asanai_tui.cli.tables import aligned
from asanai_tui.network.layers.base import encoded, show
from asanai_tui.network.network import Stage
from asanai_tui.project import Project

HEADINGS = ("", "layer", "options", "output shape", "parameters")


def as_plain(project: Project) -> dict[str, Any]:
    """The summary as JSON has it; shapes are channels last and without the batch, null after a problem."""
    parameters, trainable = project.network.parameters(project.input_shape)
    return {
        "input_shape": list(project.input_shape),
        "layers": [_plain(stage) for stage in project.network.stages(project.input_shape)],
        "parameters": parameters,
        "trainable_parameters": trainable,
        "problems": project.problems(),
    }


def as_lines(project: Project) -> list[str]:
    """The summary as a table, and the problems under it."""
    stages = project.network.stages(project.input_shape)
    rows: list[tuple[str, ...]] = [HEADINGS, ("", "input", "", show(project.input_shape), "")]
    rows += [_row(number, stage) for number, stage in enumerate(stages, 1)]
    parameters, trainable = project.network.parameters(project.input_shape)
    total = f"{parameters:,} parameters, {trainable:,} of them trainable"
    return [*aligned(rows, right=(0, len(HEADINGS) - 1)), "", total, *project.problems()]


def _plain(stage: Stage) -> dict[str, Any]:
    return {
        **encoded(stage.layer),
        "output_shape": msgspec.to_builtins(stage.leaves),
        "parameters": stage.parameters,
        "trainable_parameters": stage.trainable,
        "problem": stage.problem or None,
    }


def _row(number: int, stage: Stage) -> tuple[str, ...]:
    leaves = show(stage.leaves) if stage.leaves else "!" if stage.problem else "?"
    return (str(number), stage.layer.name, stage.layer.summary(), leaves, f"{stage.parameters:,}")
