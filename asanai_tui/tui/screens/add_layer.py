"""Add a layer: a searchable list in which what does not fit here is greyed, with the reason."""

from __future__ import annotations

from asanai_tui.network import advice
from asanai_tui.network.layers import catalogue
from asanai_tui.network.layers.base import explanation, show
from asanai_tui.network.nesting import Place, arriving, number, stack_at
from asanai_tui.network.network import Network, stage_of
from asanai_tui.network.options import Shape
from asanai_tui.project import Project
from asanai_tui.tui.screens.pick import Choice, PickScreen


def add_layer_screen(project: Project, place: Place) -> PickScreen:
    """The list for a layer to be put in at `place`; it gives the layer's name."""
    *parents, index = place
    stack = stack_at(project.network, tuple(parents))
    begins = arriving(project.network, tuple(parents), project.input_shape)
    arrives = _arriving(stack, index, begins)
    where = f"below {number((*parents, index - 1))} {stack[index - 1].name}" if index else "as the first layer"
    title = f"Add {where} · {show(arrives)} arrives" if arrives else f"Add {where}"
    return PickScreen(title, layer_choices(stack, index, begins), done="adds")


def layer_choices(stack: Network, index: int, begins: Shape | None) -> list[Choice]:
    """Every layer of the catalogue, with what it would do at `index` of a stack or why it cannot stand there.

    Args:
        begins: what arrives at the first layer of the stack; None where that is not known.
    """
    arrives = _arriving(stack, index, begins)
    choices = []
    for name, cls in catalogue().items():
        layer = cls()
        reason = "" if begins is None else advice.why_not(layer, stack, index, begins)
        detail = ""
        if arrives is not None and not reason:
            leaves = stage_of(layer, arrives).leaves
            detail = f"{show(arrives)} → {show(leaves)}" if leaves else ""
        choices.append(Choice(name, detail, explanation(cls), reason, cls.group))
    return choices


def _arriving(stack: Network, index: int, begins: Shape | None) -> Shape | None:
    """What would arrive at a layer put in at `index`; None below a layer with a problem."""
    return begins if index == 0 or begins is None else stack.stages(begins)[index - 1].leaves
