"""A network as the steps of a picture: its input, every layer, and where residuals open and end."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from asanai_tui.errors import clean
from asanai_tui.network.layers.base import show
from asanai_tui.network.nesting import Place, dotted, inner, number, placed
from asanai_tui.network.network import Stage
from asanai_tui.network.options import Shape
from asanai_tui.project import Project
from asanai_tui.quantities import amount

DEEPEST = 3  # layers in one another that are opened
Kind = Literal["box", "neurons", "unknown", "opens", "ends"]


class Step(NamedTuple):
    """One of them."""

    kind: Kind
    key: str = ""  # of the layer, as lists have it
    name: str = ""
    summary: str = ""
    shape: Shape = ()
    weights: str = ""
    look: str = ""  # the group of the layer
    depth: int = 0  # residuals around it
    slim: bool = False  # works on each value and changes no shape
    problem: str = ""

    @property
    def leaves(self) -> str:
        """The shape in words."""
        return "?" if self.kind == "unknown" else show(self.shape)


def steps(project: Project) -> list[Step]:
    """From the input to the last layer."""
    shape = project.input_shape
    known = bool(shape) and min(shape) > 0  # a table of which no column is an input has none
    kind: Kind = "unknown" if not known else "neurons" if len(shape) == 1 else "box"
    return [Step(kind, name="input", shape=shape, look="muted"), *_layers(project)]


def _layers(project: Project) -> Iterator[Step]:
    open_residuals: list[Step] = []
    for place, stage in placed(project.network, project.input_shape):
        while len(open_residuals) > len(place) - 1:
            yield _end(open_residuals.pop())
        if len(place) - 1 > len(open_residuals):  # inside one that is drawn as a box
            continue
        step = _layer(place, stage, len(open_residuals))
        yield step
        if step.kind == "opens":
            open_residuals.append(step)
    while open_residuals:
        yield _end(open_residuals.pop())


def _layer(place: Place, stage: Stage, depth: int) -> Step:
    return Step(
        kind=_kind(stage, depth),
        key=dotted(place),
        name=f"{number(place)} {stage.layer.name}",
        summary=clean(stage.layer.summary()),
        shape=stage.leaves or (),
        weights=f"{amount(stage.parameters)}{' frozen' if stage.trained == 'none' else ''}" if stage.parameters else "",
        look=stage.layer.group,
        depth=depth,
        slim=stage.arrives == stage.leaves and not stage.multiply_adds,
        problem=stage.problem,
    )


def _kind(stage: Stage, depth: int) -> Kind:
    """Vectors of weighted sums are neurons; what holds layers is opened."""
    if stage.leaves is None:
        return "unknown"
    if inner(stage.layer) and depth < DEEPEST:
        return "opens"
    return "neurons" if len(stage.leaves) == 1 and stage.multiply_adds else "box"


def _end(opened: Step) -> Step:
    return opened._replace(kind="ends", key="", name="", summary="", weights="")
