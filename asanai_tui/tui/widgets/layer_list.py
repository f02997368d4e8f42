"""The layers pane: the stack with captions, shapes and problems."""

from __future__ import annotations

from collections.abc import Iterator

from textual.message import Message

from asanai_tui.network import advice
from asanai_tui.network.layers.base import show
from asanai_tui.network.network import Stage
from asanai_tui.project import Project
from asanai_tui.tui.actions import bindings
from asanai_tui.tui.widgets.rows import Part, Row, Rows

NAME_WIDTH = 15


class LayerList(Rows):
    """Every layer on one line: number, name, what matters most, the shape that leaves."""

    BINDINGS = bindings("layers")

    class Asked(Message):
        """A key asks for an edit of the stack; the workbench does it."""

        def __init__(self, wish: str, index: int) -> None:
            super().__init__()
            self.wish, self.index = wish, index

    @property
    def index(self) -> int:
        """The selected layer, from 0; -1 when there is none."""
        return int(self.cursor) if self.cursor else -1

    def show_project(self, project: Project, select: int | None = None) -> None:
        """Draw the network of `project`."""
        self.show(list(layer_rows(project)), None if select is None else str(select))

    def action_add(self) -> None:
        self.post_message(self.Asked("add", self.index + 1))

    def action_insert(self) -> None:
        self.post_message(self.Asked("add", max(0, self.index)))

    def action_options(self) -> None:
        self.post_message(self.Asked("options", self.index))

    def action_delete(self) -> None:
        self.post_message(self.Asked("delete", self.index))

    def action_duplicate(self) -> None:
        self.post_message(self.Asked("duplicate", self.index))

    def action_move(self, by: int) -> None:
        self.post_message(self.Asked("down" if by > 0 else "up", self.index))

    def action_suggest(self) -> None:
        self.post_message(self.Asked("suggest", self.index))

    def on_rows_chosen(self) -> None:
        self.action_options()


def layer_rows(project: Project) -> Iterator[Row]:
    """The lines of the pane for a project."""
    shape = project.input_shape
    yield Row((Part("   input", "muted"),), (Part(show(shape), "muted"),))
    numbers = project.data.targets.kind == "numbers" and not project.data.targets.binary
    captions = advice.captions(project.network.layers, "Regression" if numbers else "Classification")
    stages = project.network.stages(shape)
    for index, stage in enumerate(stages):
        if index == 0 or captions[index] != captions[index - 1]:
            yield Row((Part(f" {captions[index]}", "muted"),))
        yield from _layer(index, stage)
    yield Row(())
    yield Row((Part(f" {_totals(project)}", "muted"),))
    for problem in project.problems():
        if not any(stage.problem for stage in stages):
            yield from (Row((Part(f" {line}", "problem"),)) for line in _wrapped(f"✕ {problem}", 40))


def _layer(index: int, stage: Stage) -> Iterator[Row]:
    mark = "✕" if stage.problem else " "
    left = (
        Part(mark, "problem"),
        Part(f"{index + 1:>2} ", "muted"),
        Part(f"{stage.layer.name:<{NAME_WIDTH}} ", "problem" if stage.problem else ""),
        Part(stage.layer.summary()),
    )
    right = "" if stage.leaves is None else show(stage.leaves)
    yield Row(left, (Part(right),), str(index))
    for line in _wrapped(stage.problem, 38):
        yield Row((Part(f"    {line}", "problem"),))


def _totals(project: Project) -> str:
    total, trainable = project.network.parameters(project.input_shape)
    frozen = f" · {total - trainable:,} fixed" if total != trainable else ""
    return f"{total:,} parameters{frozen}"


def _wrapped(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, width)
