"""`summary`: the layers with what leaves them and what they cost, as a table or as JSON."""

import shutil
from typing import Any

import msgspec

from asanai_tui.cli.tables import aligned
from asanai_tui.network.costs import Cost
from asanai_tui.network.layers.base import encoded, show
from asanai_tui.network.network import Stage
from asanai_tui.project import Project
from asanai_tui.quantities import amount, size
from asanai_tui.values import shown

HEADINGS = (
    ("", "", "", "output", "param-", "train-", "multiply-", ""),
    ("", "layer", "options", "shape", "eters", "able", "adds", "memory"),
)
OPTIONS = HEADINGS[1].index("options")
RIGHT = (0, 4, 6, 7)
NARROW = 6  # columns below which options say nothing


def as_plain(project: Project) -> dict[str, Any]:
    """The summary as JSON has it; shapes are channels last and without the batch, null after a problem.

    Multiply-adds are those of one example's forward pass; memory is in bytes, while training at the batch size.
    """
    parameters, trainable = project.network.parameters(project.input_shape)
    stages, costs = project.network.stages(project.input_shape), project.costs()
    total = costs.total
    return {
        "input_shape": list(project.input_shape),
        "layers": [_plain(stage, cost) for stage, cost in zip(stages, costs.layers, strict=True)],
        "parameters": parameters,
        "trainable_parameters": trainable,
        "multiply_adds": total.multiply_adds if total else None,
        "memory": total.memory if total else None,
        "batch_size": project.training.batch_size,
        "batch_memory": costs.batch,
        "problems": project.problems(),
    }


def as_lines(project: Project) -> list[str]:
    """The summary as a table as wide as the terminal, totals and problems under it."""
    stages, costs = project.network.stages(project.input_shape), project.costs()
    start = ("", "input", "", show(project.input_shape), "", "", "", size(costs.batch))
    layers = enumerate(zip(stages, costs.layers, strict=True), 1)
    rows = [*HEADINGS, start, *(_row(number, stage, cost) for number, (stage, cost) in layers)]
    return [*_fitted(rows, shutil.get_terminal_size().columns), "", *_totals(project), *project.problems()]


def _plain(stage: Stage, cost: Cost) -> dict[str, Any]:
    known = stage.leaves is not None
    return {
        **encoded(stage.layer),
        "output_shape": msgspec.to_builtins(stage.leaves),
        "parameters": stage.parameters,
        "trainable_parameters": stage.trainable,
        "multiply_adds": cost.multiply_adds if known else None,
        "memory": cost.memory if known else None,
        "problem": stage.problem or None,
    }


def _row(number: int, stage: Stage, cost: Cost) -> tuple[str, ...]:
    leaves = show(stage.leaves) if stage.leaves else "!" if stage.problem else "?"
    costs = (amount(cost.multiply_adds), size(cost.memory)) if stage.leaves else ("", "")
    name, parameters = stage.layer.name, f"{stage.parameters:,}"
    return (str(number), name, stage.layer.summary(), leaves, parameters, _trained(stage), *costs)


def _trained(stage: Stage) -> str:
    return "no" if stage.trained == "none" else stage.trained


def _fitted(rows: list[tuple[str, ...]], width: int) -> list[str]:
    """The table; where it is too wide the options are cut, or left out."""
    too_wide = max(map(len, aligned(rows, RIGHT))) - width
    if too_wide <= 0:
        return aligned(rows, RIGHT)
    room = max(len(row[OPTIONS]) for row in rows) - too_wide
    if room < NARROW:
        shorter = [(*row[:OPTIONS], *row[OPTIONS + 1 :]) for row in rows]
        return aligned(shorter, tuple(place - (place > OPTIONS) for place in RIGHT))
    return aligned([(*row[:OPTIONS], _cut(row[OPTIONS], room), *row[OPTIONS + 1 :]) for row in rows], RIGHT)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _totals(project: Project) -> list[str]:
    parameters, trainable = project.network.parameters(project.input_shape)
    total, training = project.costs().total, project.training
    batches = f"batches of {training.batch_size:,} with {shown(training.optimizer)}"
    if total is None:
        return [f"{parameters:,} parameters above the problem"]
    return [
        f"{parameters:,} parameters, {trainable:,} of them trainable",
        f"{amount(total.multiply_adds)} multiply-adds to compute one example",
        f"{size(total.memory)} of memory to train {batches}, estimated",
    ]
