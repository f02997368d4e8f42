"""The layers pane: the stack with captions, shapes and problems."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from textual import events
from textual.message import Message

from asanai_tui.network import advice
from asanai_tui.network.layers.base import show
from asanai_tui.network.nesting import Place, dotted, place_of, placed
from asanai_tui.network.network import Network, Stage
from asanai_tui.project import Project
from asanai_tui.tui.actions import bindings
from asanai_tui.tui.widgets.rows import Part, Row, Rows

NAME_WIDTH = 15
INDENT = "  "  # of layers within a layer


class LayerList(Rows):
    """Every layer on one line: number, name, what matters most, the shape that leaves."""

    BINDINGS = bindings("layers")

    class Asked(Message):
        """A key asks for an edit of the stack; the workbench does it."""

        def __init__(self, wish: str, place: Place) -> None:
            super().__init__()
            self.wish, self.place = wish, place

    class Pasted(Message):
        """Text came from the terminal's clipboard; the workbench makes layers of it."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._project: Project | None = None
        self._marked: frozenset[Place] = frozenset()

    @property
    def chosen(self) -> tuple[Place, ...]:
        """The marked layers, which stand in one stack, or the selected one."""
        return tuple(sorted(self._marked)) or ((self.selected,) if self.selected else ())

    @property
    def selected(self) -> Place:
        """Where the selected layer stands; () when there is none."""
        return place_of(self.cursor)

    def show_project(self, project: Project, select: Place | None = None) -> None:
        """Draw the network of `project`. Marks go when layers come, go or move."""
        if project is self._project and select is None:
            return
        if self._project is None or _names(self._project.network) != _names(project.network):
            self._marked = frozenset()
        self._project = project
        self._draw(project, None if select is None else dotted(select))

    def _draw(self, project: Project, cursor: str | None = None) -> None:
        self.show(list(layer_rows(project, self._marked)), cursor)

    def action_mark(self) -> None:
        if self._project is not None and self.selected:
            beside = {place for place in self._marked if place[:-1] == self.selected[:-1]}
            self._marked = frozenset(beside ^ {self.selected})
            self._draw(self._project)
            self.action_cursor_down()

    def action_wish(self, wish: str) -> None:
        self.post_message(self.Asked(wish, self.selected))

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self.post_message(self.Pasted(event.text))

    def on_rows_chosen(self) -> None:
        self.action_wish("options")


def layer_rows(project: Project, marked: Collection[Place] = ()) -> Iterator[Row]:
    """The lines of the pane for a project; `marked` layers have a dot."""
    shape = project.input_shape
    yield Row((Part("   input", "muted"),), (Part(show(shape), "muted"),))
    numbers = project.data.targets.kind == "numbers" and not project.data.targets.binary
    captions = advice.captions(project.network.layers, "Regression" if numbers else "Classification")
    digits = max(2, len(str(len(project.network))))
    for place, stage in placed(project.network, shape):
        index = place[0]
        if len(place) == 1 and (index == 0 or captions[index] != captions[index - 1]):
            yield Row((Part(f" {captions[index]}", "muted"),))
        yield from _layer(place, stage, place in marked, digits)
    yield Row(())
    yield Row((Part(f" {_totals(project)}", "muted"),))
    if not any(stage.problem for stage in project.network.stages(shape)):
        for problem in project.problems():
            yield from (Row((Part(f" {line}", "problem"),)) for line in _wrapped(f"✕ {problem}", 40))


def _layer(place: Place, stage: Stage, marked: bool, digits: int) -> Iterator[Row]:
    inside = INDENT * (len(place) - 1)
    mark = Part("✕", "problem") if stage.problem else Part("●" if marked else " ", "accent")
    frozen = not getattr(stage.layer, "trainable", True)  # seen also where a problem above hides the counts
    fixed = "*" if frozen or stage.trained == "none" else " "
    left = (
        mark,
        Part(f"{inside}{place[-1] + 1:>{digits}}{fixed}", "muted"),
        Part(f"{stage.layer.name:<{NAME_WIDTH - len(inside)}} ", "problem" if stage.problem else ""),
        Part(stage.layer.summary()),
    )
    right = "" if stage.leaves is None else show(stage.leaves)
    yield Row(left, (Part(right),), dotted(place))
    for line in _wrapped(stage.problem, 38 - len(inside)) if stage.problem else ():
        yield Row((Part(f"    {inside}{line}", "problem"),))


def _totals(project: Project) -> str:
    total, trainable = project.network.parameters(project.input_shape)
    frozen = f" · {total - trainable:,} fixed" if total != trainable else ""
    return f"{total:,} parameters{frozen}"


def _names(network: Network) -> list[tuple[Place, str]]:
    return [(each.place, each.stage.layer.name) for each in placed(network, None)]


def _wrapped(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, width)
