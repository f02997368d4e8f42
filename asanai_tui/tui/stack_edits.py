"""Edits of several layers at once: freeze, set an option everywhere, copy and paste as TOML."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from asanai_tui import toml
from asanai_tui.checking import checked
from asanai_tui.errors import InputError, counted
from asanai_tui.files import reason, state_folder, write_atomically
from asanai_tui.network.layers.base import Layer
from asanai_tui.network.nesting import placed, stack_at, with_stack
from asanai_tui.network.network import Network
from asanai_tui.options import Option, options_of

SHARED_LEAST = 2  # layers that must have an option before it is offered for all


def freezable(layer: Layer) -> bool:
    """Whether the layer has weights that can be kept."""
    return any(option.name == "trainable" for option in options_of(type(layer)))


def frozen(network: Network, places: Collection[int]) -> tuple[Network, str]:
    """The layers at `places` frozen, or trainable again when all of them are frozen; and what was done."""
    chosen = [place for place in places if freezable(network[place])]
    if not chosen:
        raise InputError("Nothing to freeze: the layer has no weights.")
    trainable = not any(getattr(network[place], "trainable") for place in chosen)  # noqa: B009 (not every layer has it)
    for place in chosen:
        network = network.replaced(place, checked(network[place], trainable=trainable))
    what = network[chosen[0]].name if len(chosen) == 1 else counted(len(chosen), "layer")
    return network, f"{'train' if trainable else 'freeze'} {what}"


def shared_options(network: Network) -> list[Option]:
    """The options that several layers have, in the order in which they are met."""
    found: dict[str, list[Option]] = {}
    for each in placed(network, None):
        for option in options_of(type(each.stage.layer)):
            if option.help and option.kind not in ("other", "group", "layers"):
                found.setdefault(option.name, []).append(option)
    return [options[0] for options in found.values() if len(options) >= SHARED_LEAST]


def set_everywhere(network: Network, name: str, value: Any, but_last: bool = False) -> Network:
    """Option `name` of every layer that has it set to `value`; a layer that cannot take it stays as it is.

    Args:
        but_last: leave the last layer that has it, whose activation belongs to the loss.

    Raises:
        InputError: no layer can take it.
    """
    places = [each.place for each in placed(network, None) if hasattr(each.stage.layer, name)]
    refused, taken = None, False
    for place in places[: -1 if but_last else None]:
        stack = stack_at(network, place[:-1])
        try:
            layer = checked(stack[place[-1]], **{name: value})
        except InputError as error:
            refused = refused or error  # another layer may have another range
            continue
        network, taken = with_stack(network, place[:-1], stack.replaced(place[-1], layer)), True
    if refused and not taken:
        raise refused
    return network


def written(layers: Sequence[Layer]) -> str:
    """Layers as they stand in a project file."""
    return toml.dumps({"network": Network(layers).encoded()})


def read(text: str) -> tuple[Layer, ...]:
    """The layers that `written` gave, or a person typed.

    Raises:
        InputError: not TOML, or not layers.
    """
    try:
        content = toml.loads(text)
    except InputError as error:
        raise InputError(f"What was copied holds no layers: {error}") from error
    if not (layers := Network.decoded(content.get("network", [])).layers):
        raise InputError("What was copied holds no layers; copy tables that begin with [[network]].")
    return layers


def keep(text: str) -> None:
    """Keep copied layers for this and for other projects.

    Raises:
        InputError: the state folder cannot be written.
    """
    write_atomically(_kept(), text.encode(), make_folder=True)


def kept() -> tuple[Layer, ...]:
    """What was copied last, here or in another process.

    Raises:
        InputError: nothing was copied, or what was kept cannot be read.
    """
    try:
        return read(_kept().read_text("utf-8"))
    except FileNotFoundError as error:
        raise InputError("Nothing was copied yet; copy a layer first.") from error
    except (OSError, UnicodeDecodeError) as error:
        why = reason(error) if isinstance(error, OSError) else "not UTF-8"
        raise InputError(f"{_kept()} cannot be read: {why}.") from error


def without(network: Network, places: Collection[int]) -> Network:
    """The network without the layers at `places`.

    Raises:
        InputError: none would be left.
    """
    left = [layer for place, layer in enumerate(network) if place not in places]
    if not left:
        raise InputError("A stack needs a layer: change this one, or add another first.")
    return Network(left)


def _kept() -> Path:
    return state_folder() / "copied.toml"
