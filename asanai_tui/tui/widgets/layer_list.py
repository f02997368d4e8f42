"""The layers pane: the stack with captions, shapes and problems."""

from __future__ import annotations

from collections.abc import Collection, Iterator

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

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._project: Project | None = None
        self._marked: frozenset[int] = frozenset()

    @property
    def chosen(self) -> tuple[int, ...]:
        """The marked layers, or the selected one."""
        return tuple(sorted(self._marked)) or ((self.index,) if self.index >= 0 else ())

    @property
    def index(self) -> int:
        """The selected layer, from 0; -1 when there is none."""
        return int(self.cursor) if self.cursor else -1

    def show_project(self, project: Project, select: int | None = None) -> None:
        """Draw the network of `project`. Marks go when layers come, go or move."""
        before = self._project.network if self._project else None
        if before is None or [layer.name for layer in before] != [layer.name for layer in project.network]:
            self._marked = frozenset()
        self._project = project
        self.show(list(layer_rows(project, self._marked)), None if select is None else str(select))

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

    def action_mark(self) -> None:
        if self._project is not None and self.index >= 0:
            self._marked ^= {self.index}
            self.show_project(self._project)
            self.action_cursor_down()

    def action_wish(self, wish: str) -> None:
        self.post_message(self.Asked(wish, self.index))

    def on_rows_chosen(self) -> None:
        self.action_options()


def layer_rows(project: Project, marked: Collection[int] = ()) -> Iterator[Row]:
    """The lines of the pane for a project; `marked` layers have a dot."""
    shape = project.input_shape
    yield Row((Part("   input", "muted"),), (Part(show(shape), "muted"),))
    numbers = project.data.targets.kind == "numbers" and not project.data.targets.binary
    captions = advice.captions(project.network.layers, "Regression" if numbers else "Classification")
    stages = project.network.stages(shape)
    for index, stage in enumerate(stages):
        if index == 0 or captions[index] != captions[index - 1]:
            yield Row((Part(f" {captions[index]}", "muted"),))
        yield from _layer(index, stage, index in marked)
    yield Row(())
    yield Row((Part(f" {_totals(project)}", "muted"),))
    for problem in project.problems():
        if not any(stage.problem for stage in stages):
            yield from (Row((Part(f" {line}", "problem"),)) for line in _wrapped(f"✕ {problem}", 40))


def _layer(index: int, stage: Stage, marked: bool) -> Iterator[Row]:
    mark = Part("✕", "problem") if stage.problem else Part("●" if marked else " ", "accent")
    fixed = "*" if stage.parameters and not stage.trainable else " "
    left = (
        mark,
        Part(f"{index + 1:>2}{fixed}", "muted"),
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
