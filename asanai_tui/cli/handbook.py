"""`layers NAME`: the page of a layer with its computed examples and its options."""

import sys
from typing import Any

import click

from asanai_tui.cli.layers import layer_as_plain
from asanai_tui.handbook.computing import Outcome, computed
from asanai_tui.handbook.examples import Example
from asanai_tui.handbook.pages import page
from asanai_tui.handbook.typesetting import WIDEST, Line, page_lines, plain

STYLES: dict[str, dict[str, bool]] = {
    "title": {"bold": True, "underline": True}, "heading": {"bold": True}, "strong": {"bold": True},
    "code": {"bold": True}, "muted": {"dim": True},
}  # fmt: skip


def as_lines(name: str, width: int) -> list[str]:
    """The page of a layer in lines of at most `width`, in bold and dim where a terminal shows them.

    Raises:
        InputError: there is no such layer, or its page is wrong.
    """
    shown = page(name)
    lines = page_lines(shown, min(width, WIDEST), [computed(example) for example in shown.examples])
    return [_styled(line) for line in lines] if sys.stdout.isatty() else plain(lines)


def as_plain(name: str) -> dict[str, Any]:
    """The layer as the catalogue has it, with the text of its page and its examples.

    Raises:
        InputError: there is no such layer, or its page is wrong.
    """
    shown = page(name)
    examples = [_example(example, computed(example)) for example in shown.examples]
    return {**layer_as_plain(name, shown.layer), "page": shown.text, "examples": examples}


def _styled(line: Line) -> str:
    return "".join(click.style(span.text, **STYLES.get(span.look, {})) for span in line)


def _example(example: Example, outcome: Outcome) -> dict[str, Any]:
    """Values as nested lists, the batch first, channels last."""
    parameters, trainable = example.network.parameters(example.arrives)
    return {
        "layers": example.network.encoded(),
        "weights": [{name: value.tolist() for name, value in given.items()} for given in example.weights],
        "training": example.given.training,
        "arrives": example.arrives,
        "inputs": None if example.inputs is None else example.inputs.tolist(),
        "leaves": example.leaves,
        "outputs": None if outcome.outputs is None else outcome.outputs.tolist(),
        "moved": {name: value.tolist() for name, value in outcome.moved.items()},
        "parameters": parameters,
        "trainable": trainable,
    }
