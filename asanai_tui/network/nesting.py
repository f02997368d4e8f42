"""Layers within layers: where a layer stands, and the stack that it stands in."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import msgspec

from asanai_tui.errors import InputError
from asanai_tui.network.layers.base import Layer
from asanai_tui.network.network import MAXIMUM_DEPTH, MAXIMUM_LAYERS, Network, Stage
from asanai_tui.network.options import Shape
from asanai_tui.options import options_of

Place = tuple[int, ...]  # (3,) is the fourth layer, (3, 0) the first of those inside it


class Placed(NamedTuple):
    """A layer in its place."""

    place: Place
    stage: Stage


def number(place: Place) -> str:
    """What people call a place: `4`, `4.1` inside it."""
    return ".".join(str(index + 1) for index in place)


def dotted(place: Place) -> str:
    """A place as one word with positions from 0, `3` or `3.0`: keys of rows and names of weights begin so."""
    return ".".join(map(str, place))


def place_of(word: str) -> Place:
    """What `dotted` gave such a word for; () for an empty one."""
    return tuple(int(index) for index in word.split(".")) if word else ()


def inner(layer: Layer) -> Network | None:
    """The stack that a layer holds; None when it holds none."""
    name = _holder(type(layer))
    return getattr(layer, name) if name else None


def stack_at(network: Network, parents: Place) -> Network:
    """The stack inside the layer at `parents`; the network itself for ()."""
    for index in parents:
        network = inner(network[index]) or Network()
    return network


def with_stack(network: Network, parents: Place, stack: Network) -> Network:
    """The network with `stack` inside the layer at `parents`."""
    if not parents:
        return stack
    first, *rest = parents
    held = with_stack(inner(network[first]) or Network(), tuple(rest), stack)
    name = _holder(type(network[first]))
    return network.replaced(first, msgspec.structs.replace(network[first], **{name: held}))


def layer_at(network: Network, place: Place) -> Layer:
    """The layer that stands at `place`."""
    return stack_at(network, place[:-1])[place[-1]]


def exists(network: Network, place: Place) -> bool:
    """Whether a layer stands at `place`."""
    for index in place:
        if not 0 <= index < len(network):
            return False
        network = inner(network[index]) or Network()
    return bool(place)


def arriving(network: Network, parents: Place, input_shape: Shape) -> Shape | None:
    """What arrives at the first layer of the stack inside `parents`; None where a layer before has a problem."""
    shape: Shape | None = input_shape
    for index in parents:
        if shape is None:
            return None
        shape = network.stages(shape)[index].arrives
        network = inner(network[index]) or Network()
    return shape


def placed(network: Network, input_shape: Shape | None, parents: Place = ()) -> Iterator[Placed]:
    """Every layer with its shapes, counts and problem, those inside a layer behind it."""
    stages = network.stages(input_shape) if input_shape is not None else [Stage(each, None, None) for each in network]
    for index, stage in enumerate(stages):
        yield Placed((*parents, index), stage)
        if stack := inner(stage.layer):
            for each in placed(stack, stage.arrives, (*parents, index)):
                frozen = not getattr(stage.layer, "trainable", True)
                yield each._replace(stage=each.stage._replace(trainable=0)) if frozen else each


def checked(network: Network) -> Network:
    """The network, if files can hold it.

    Raises:
        InputError: too many layers, or too many in one another.
    """
    places = [each.place for each in placed(network, None)]
    if len(places) > MAXIMUM_LAYERS:
        raise InputError(f"That would be {len(places):,} layers; at most {MAXIMUM_LAYERS:,} can be handled.")
    if (depth := max(map(len, places), default=0)) > MAXIMUM_DEPTH:
        raise InputError(
            f"Layers would lie in one another {depth} deep; at most {MAXIMUM_DEPTH} can be handled; put it further out."
        )
    return network


@cache
def _holder(cls: type[Layer]) -> str:
    """The option that holds layers, or nothing."""
    return next((option.name for option in options_of(cls) if option.kind == "layers"), "")
