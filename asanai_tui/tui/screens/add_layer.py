"""Add a layer: a searchable list in which what does not fit here is greyed, with the reason."""

from __future__ import annotations

from asanai_tui.network import advice
from asanai_tui.network.layers import catalogue
from asanai_tui.network.layers.base import explanation, show
from asanai_tui.network.network import stage_of
from asanai_tui.network.options import Shape
from asanai_tui.project import Project
from asanai_tui.tui.screens.pick import Choice, PickScreen


def add_layer_screen(project: Project, index: int) -> PickScreen:
    """The list for a layer to be put in at `index`; it gives the layer's name."""
    arrives = arriving(project, index)
    place = f"below {index} {project.network[index - 1].name}" if index else "as the first layer"
    title = f"Add {place} · {show(arrives)} arrives" if arrives else f"Add {place}"
    return PickScreen(title, layer_choices(project, index), done="adds")


def arriving(project: Project, index: int) -> Shape | None:
    """What would arrive at a layer put in at `index`; None below a layer with a problem."""
    if index == 0:
        return project.input_shape
    return project.network.stages(project.input_shape)[index - 1].leaves


def layer_choices(project: Project, index: int) -> list[Choice]:
    """Every layer of the catalogue, with what it would do at `index` or why it cannot stand there."""
    arrives = arriving(project, index)
    choices = []
    for name, cls in catalogue().items():
        layer = cls()
        reason = advice.why_not(layer, project.network, index, project.input_shape)
        detail = ""
        if arrives is not None and not reason:
            leaves = stage_of(layer, arrives).leaves
            detail = f"{show(arrives)} → {show(leaves)}" if leaves else ""
        choices.append(Choice(name, detail, explanation(cls), reason))
    return choices
