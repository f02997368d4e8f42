"""The health of a network as rows: a table of its layers, and the findings with advice."""

import textwrap
from collections.abc import Iterator

from asanai_tui.plotting.scales import short
from asanai_tui.training.findings import MARKS, Finding, Health, LayerHealth, Level
from asanai_tui.tui.widgets.rows import Part, Row

LOOKS: dict[Level, str] = {"problem": "problem", "warning": "accent", "note": "muted"}
INPUT = "input"  # the key of its row
NAME, NUMBER = 22, 9  # columns
HEADINGS = ("mean", "sd", "zeros", "highest", "gradient", "lowest")  # the last ones go first where there is no room
SHORTEST = 12  # columns of a kind of finding; where there are fewer, the list below has it
LEAST = 30  # columns of a sentence


def heading(width: int) -> Row:
    """What stands above the columns."""
    names = "".join(f"{name:>{NUMBER}}" for name in HEADINGS[: _columns(width)])
    return Row((Part(f"  {'layer':<{NAME}}{names}", "muted"),))


def layer_rows(health: Health, width: int) -> list[Row]:
    """A line for each layer, its findings by name where there is room."""
    return [_layer(health, layer, width) for layer in health.layers]


def finding_rows(health: Health, width: int) -> list[Row]:
    """Every finding with its advice; the first line of each can be selected."""
    return [row for each in health.findings for row in _finding(each, width)]


def wrong_rows(sentence: str, width: int) -> list[Row]:
    """Why a training diverged, above the findings."""
    lines = textwrap.wrap(sentence, max(LEAST, width - 2))
    return [Row((Part("  " if number else "✕ ", "problem"), Part(line))) for number, line in enumerate(lines)]


def key_of(place: str) -> str:
    """The key of the row of a layer."""
    return place or INPUT


def _columns(width: int) -> int:
    return max(1, min(len(HEADINGS), (width - NAME - 2) // NUMBER))


def _layer(health: Health, layer: LayerHealth, width: int) -> Row:
    findings = health.of(layer.place)
    worst = min((each.level for each in findings), key=list(MARKS).index, default=None)
    look = LOOKS[worst] if worst else ""
    zeros = "" if layer.zeros is None else f"{layer.zeros:.0%}"
    numbers = (*map(_number, (layer.mean, layer.sd)), zeros, *map(_number, (layer.high, layer.gradient, layer.low)))
    shown = "".join(f"{number:>{NUMBER}}" for number in numbers[: _columns(width)])
    kinds = ", ".join(each.kind for each in findings)
    room = width - NAME - 2 - NUMBER * _columns(width) - 2
    left = (
        Part(f"{MARKS[worst] if worst else ' '} ", look),
        Part(f"{f'{layer.place} {layer.name}'.strip():<{NAME}.{NAME}}", look),
        Part(shown),
        Part(f"  {kinds}" if room >= SHORTEST else "", look),
    )
    return Row(left, (), key_of(layer.place))


def _number(value: float | None) -> str:
    return "" if value is None else short(value)


def _finding(finding: Finding, width: int) -> Iterator[Row]:
    look = LOOKS[finding.level]
    lines = textwrap.wrap(finding.sentence, max(LEAST, width - 2))
    for number, line in enumerate(lines):
        mark = f"{MARKS[finding.level]} " if number == 0 else "  "
        key = f"{key_of(finding.place)} {finding.kind}" if number == 0 else ""
        yield Row((Part(mark, look), Part(line)), (), key)
