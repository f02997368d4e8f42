"""One step that mends a network: what the key for repair does."""

from collections.abc import Iterator
from typing import NamedTuple

from asanai_tui.checking import checked
from asanai_tui.errors import InputError
from asanai_tui.network.advice import Wanted, fit_end
from asanai_tui.network.layers.base import Layer, show
from asanai_tui.network.nesting import inner, with_stack
from asanai_tui.network.network import Network, Stage
from asanai_tui.network.options import Shape
from asanai_tui.options import options_of

WINDOWS = ("kernel_size", "pool_size")
WIDTHS = ("filters", "units")  # what says how many channels leave


class Repair(NamedTuple):
    """A mended network, and what was done."""

    network: Network
    label: str
    mended: int = -1  # the layers up to this one must have no problem any more


def repair(network: Network, input_shape: Shape, targets: Wanted, loss: str) -> Repair | None:
    """Mend the first layer with a problem, or the end of the network; None where nothing is to be mended.

    Of the ways that are tried, from the gentlest on, the first that leaves no problem at all is taken, else the first
    that helps; the last is to remove the layer.
    """
    stages = network.stages(input_shape)
    index = next((place for place, stage in enumerate(stages) if stage.problem), None)
    if index is None:
        fitted = fit_end(network, targets, loss, input_shape)
        return Repair(fitted, "make the end fit the data") if fitted != network else None
    helping = [way for way in _ways(network, index, stages[index]) if _problem(way.network, input_shape) > way.mended]
    kept = [way for way in helping if len(way.network) == len(network)]
    whole = [way for way in kept if _problem(way.network, input_shape) == len(network)]
    return next(iter([*whole, *helping]), None)


def _problem(network: Network, input_shape: Shape) -> int:
    """Where the first problem is; the number of layers when there is none."""
    stages = network.stages(input_shape)
    return next((place for place, stage in enumerate(stages) if stage.problem), len(stages))


def _ways(network: Network, index: int, stage: Stage) -> Iterator[Repair]:
    layer, name = stage.layer, f"{index + 1} {stage.layer.name}"
    for options, what in _options(layer, stage.arrives or ()):
        try:
            yield Repair(network.replaced(index, checked(layer, **options)), f"{name}: {what}", index)
        except InputError:
            continue  # the layer does not take that value
    if (kept := _keeping(layer, stage.arrives or ())) is not None:
        yield Repair(network.replaced(index, kept), f"{name}: its layers give {show(stage.arrives or ())}", index)
    flat = next((place for place in range(index) if network[place].name == "flatten"), None)
    if flat is not None:
        yield Repair(network.removed(index).inserted(flat, layer), f"{name}: above the flatten", index)
    if len(network) > 1:
        yield Repair(network.removed(index), f"{name}: removed", index - 1)  # what follows is another problem


def _keeping(layer: Layer, arrives: Shape) -> Layer | None:
    """A layer that holds layers, these changed so that they give what arrives; None for other layers."""
    stack = inner(layer)
    if stack is None:
        return None
    wide = [index for index, each in enumerate(stack) for option in WIDTHS if hasattr(each, option)]
    for index, each in enumerate(stack):
        wished: dict[str, object] = {"padding": "same", "strides": (1,) * (len(arrives) - 1)}
        wished |= dict.fromkeys(WIDTHS, arrives[-1]) if wide and index == wide[-1] else {}
        changes = {option: value for option, value in wished.items() if hasattr(each, option)}
        try:
            stack = stack.replaced(index, checked(each, **changes))
        except InputError:
            continue  # another way may help
    return with_stack(Network([layer]), (0,), stack)[0]


def _options(layer: Layer, arrives: Shape) -> Iterator[tuple[dict[str, object], str]]:
    """Values of options that may help, with words for them."""
    names = {option.name for option in options_of(type(layer))}
    for window in WINDOWS:
        if window in names:
            size = tuple(min(pair) for pair in zip(getattr(layer, window), arrives, strict=False))
            yield {window: size}, f"{window} {' × '.join(map(str, size))}"
    if "padding" in names:
        yield {"padding": "same"}, "padding same"
    if {"strides", "dilation_rate"} <= names:
        yield {"dilation_rate": (1,) * len(arrives[:-1])}, "dilation_rate 1"
    if "target_shape" in names:
        yield {"target_shape": (-1,)}, "one row of values"
