"""The costs of a network as a table: a heading, a row for each layer, the totals."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from asanai_tui.errors import clean
from asanai_tui.network.layers.base import show
from asanai_tui.network.nesting import Placed, dotted, number, placed
from asanai_tui.project import Project
from asanai_tui.quantities import amount, size
from asanai_tui.tui.widgets.rows import Part, Row
from asanai_tui.values import shown

GAP = "  "
LEAST = 8  # columns below which options say nothing
HEADINGS = ("   layer", "options", "output", "params", "trained", "mul-adds", "memory")
LAYER, OPTIONS, OUTPUT, PARAMETERS, TRAINED, MULTIPLY_ADDS, MEMORY = range(len(HEADINGS))
LEFT = (LAYER, OPTIONS, TRAINED)  # the others are numbers
TRAINED_WORDS = {"all": "yes", "part": "part", "none": "frozen", "": ""}
DISPENSABLE = (OPTIONS, TRAINED, MULTIPLY_ADDS, MEMORY, PARAMETERS)  # the first goes first where there is no room


class Line(NamedTuple):
    """One row of the table: its cells, and the looks of some of them."""

    cells: tuple[str, ...]
    key: str = ""
    looks: tuple[str, ...] = ("",) * len(HEADINGS)
    problem: str = ""


class Table(NamedTuple):
    """Rows that fit a width."""

    heading: Row
    rows: list[Row]
    totals: tuple[Row, ...]


def table(project: Project, width: int) -> Table:
    """The table in so many columns; what does not fit is left out, the options first."""
    heading = Line(HEADINGS, looks=("muted",) * len(HEADINGS))
    lines = [_input(project), *_layers(project)]
    widths = _widths([heading, *lines], width)
    rows = [row for line in lines for row in _rows(line, widths, width)]
    rows += [_sentence(text) for text in _end_problem(project, width)]
    return Table(_row(heading, widths), rows, _totals(project))


def _input(project: Project) -> Line:
    memory = size(project.costs().batch)
    return Line(("   input", "", show(project.input_shape), "", "", "", memory), looks=("muted",) * len(HEADINGS))


def _layers(project: Project) -> Iterator[Line]:
    costs = project.costs().layers
    for each in placed(project.network, project.input_shape):
        memory = size(costs[each.place[0]].memory) if len(each.place) == 1 else ""
        yield _layer(each, memory if each.stage.leaves else "")


def _layer(each: Placed, memory: str) -> Line:
    """Of a layer within a layer the memory is part of the outer one's."""
    stage, known = each.stage, each.stage.leaves is not None
    mark = "✕" if stage.problem else "*" if stage.trained == "none" else " "
    return Line(
        (
            f"{mark}{'  ' * (len(each.place) - 1)}{number(each.place)} {stage.layer.name}",
            clean(stage.layer.summary()),
            show(stage.leaves) if stage.leaves else "?",
            amount(stage.parameters) if stage.parameters else "",
            TRAINED_WORDS[stage.trained],
            amount(stage.multiply_adds) if known and stage.multiply_adds else "",
            memory,
        ),
        dotted(each.place),
        ("problem" if stage.problem else stage.layer.group, "muted", "", "", "muted", "", ""),
        stage.problem,
    )


def _widths(lines: Sequence[Line], width: int) -> list[int]:
    """Columns of the cells; 0 for those that are left out, the options as wide as there is room."""
    widths = [max(cell_len(line.cells[place]) for line in lines) for place in range(len(HEADINGS))]
    for place in DISPENSABLE:
        excess = _total(widths) - width
        if excess <= 0:
            break
        cut = widths[place] - excess
        widths[place] = cut if place == OPTIONS and cut >= LEAST else 0
    widths[LAYER] -= min(max(0, _total(widths) - width), max(0, widths[LAYER] - LEAST))
    return widths


def _total(widths: Sequence[int]) -> int:
    return sum(width + len(GAP) for width in widths if width) - len(GAP)


def _rows(line: Line, widths: Sequence[int], width: int) -> Iterator[Row]:
    yield _row(line, widths)
    for text in textwrap.wrap(line.problem, max(LEAST, width - 4)):
        yield _sentence(text)


def _row(line: Line, widths: Sequence[int]) -> Row:
    parts = []
    for place, (cell, width) in enumerate(zip(line.cells, widths, strict=True)):
        if width:
            text = cell if cell_len(cell) <= width else f"{set_cell_size(cell, width - 1)}…"
            blank = " " * (width - cell_len(text))
            parts.append(Part((text + blank if place in LEFT else blank + text) + GAP, line.looks[place]))
    return Row(tuple(parts), (), line.key)


def _sentence(text: str) -> Row:
    return Row((Part(f"   {text}", "problem"),))


def _end_problem(project: Project, width: int) -> list[str]:
    """What is wrong, but with no layer."""
    if any(stage.problem for stage in project.network.stages(project.input_shape)):
        return []
    return [line for text in project.problems() for line in textwrap.wrap(f"✕ {text}", max(LEAST, width - 4))]


def _totals(project: Project) -> tuple[Row, ...]:
    parameters, trainable = project.network.parameters(project.input_shape)
    total, training = project.costs().total, project.training
    frozen = f", {parameters - trainable:,} not trained" if parameters != trainable else ""
    if total is None:
        return (Row((Part(f"{parameters:,}", "strong"), Part(" parameters above the problem", "muted"))),)
    return (
        Row((Part(f"{parameters:,}", "strong"), Part(f" parameters{frozen}", "muted"))),
        Row((Part(amount(total.multiply_adds), "strong"), Part(" multiply-adds for one example", "muted"))),
        Row((
            Part(f"{size(total.memory)}", "strong"),
            Part(f" to train, estimated: batches of {training.batch_size:,}, {shown(training.optimizer)}", "muted"),
        )),
    )  # fmt: skip
