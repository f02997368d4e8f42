"""`layers`: the catalogue as a table or as JSON, derived from the layer classes."""

from typing import Any

import msgspec

from asanai_tui.cli.tables import aligned
from asanai_tui.network.layers import catalogue
from asanai_tui.network.layers.base import Layer, explanation
from asanai_tui.network.network import Network
from asanai_tui.options import Option, options_of
from asanai_tui.values import shown

HEADINGS = ("layer", "group", "takes", "what it does")


def as_plain() -> list[dict[str, Any]]:
    """Every layer with its options."""
    return [layer_as_plain(name, cls) for name, cls in catalogue().items()]


def as_lines() -> list[str]:
    """A line a layer."""
    rows = [(name, cls.group, _takes(cls), _first_sentence(cls)) for name, cls in catalogue().items()]
    return aligned([HEADINGS, *rows])


def layer_as_plain(name: str, cls: type[Layer]) -> dict[str, Any]:
    """One layer with its options."""
    return {
        "layer": name,
        "group": cls.group,
        "input_rank": cls.input_rank,
        "help": explanation(cls),
        "options": [_option(option) for option in options_of(cls)],
    }


def _option(option: Option) -> dict[str, Any]:
    return {
        "name": option.name,
        "type": option.kind,
        "default": _default(option.default),
        "minimum": option.minimum,
        "maximum": option.maximum,
        "choices": list(option.choices),
        "help": option.help,
        "mode": option.mode,
    }


def _default(value: Any) -> Any:
    if isinstance(value, Network):
        return value.encoded()
    return shown(value) if isinstance(value, msgspec.Struct) else msgspec.to_builtins(value)


def _takes(cls: type[Layer]) -> str:
    return "any" if cls.input_rank is None else f"{cls.input_rank} dimension{'s' if cls.input_rank > 1 else ''}"


def _first_sentence(cls: type[Layer]) -> str:
    return explanation(cls).partition(". ")[0].rstrip(".") + "."
