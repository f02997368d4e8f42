"""`health`: what was measured of the layers, as a table or as JSON."""

import textwrap
from typing import Any

import msgspec

from asanai_tui.cli.tables import aligned
from asanai_tui.errors import counted
from asanai_tui.training.findings import MARKS, Health, LayerHealth

HEADINGS = ("", "layer", "mean", "sd", "zeros", "lowest", "highest", "gradient", "")
RIGHT = (0, 2, 3, 4, 5, 6, 7)
NARROWEST = 40


def as_plain(health: Health) -> dict[str, Any]:
    """As JSON has it; numbers that are not finite become null."""
    content: dict[str, Any] = msgspec.to_builtins(health)
    return content


def as_lines(health: Health, width: int) -> list[str]:
    """A table of the layers, and the findings with advice under it."""
    rows = [HEADINGS, *(_row(health, layer) for layer in health.layers)]
    told = [line for each in health.findings for line in _wrapped(f"{MARKS[each.level]} {each.sentence}", width)]
    end = told or [f"Nothing unhealthy was found on {counted(health.examples, 'example')}."]
    return [*aligned(rows, RIGHT), "", *end]


def _row(health: Health, layer: LayerHealth) -> tuple[str, ...]:
    kinds = ", ".join(each.kind for each in health.of(layer.place))
    zeros = "" if layer.zeros is None else f"{layer.zeros:.0%}"
    numbers = (_number(layer.mean), _number(layer.sd), zeros, _number(layer.low), _number(layer.high))
    return (layer.place, layer.name, *numbers, _number(layer.gradient), kinds)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(NARROWEST, width), subsequent_indent="  ")
