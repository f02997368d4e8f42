"""Pages as lines of a given width, for the screen and for the command line alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from asanai_tui.errors import counted
from asanai_tui.handbook.figures import batch_figures, figures
from asanai_tui.handbook.markdown import Block, Run, runs
from asanai_tui.handbook.pages import EXAMPLE
from asanai_tui.network.layers.base import show
from asanai_tui.options import Option, options_of
from asanai_tui.values import shown

if TYPE_CHECKING:
    from asanai_tui.handbook.computing import Outcome
    from asanai_tui.handbook.examples import Example
    from asanai_tui.handbook.pages import Page
    from asanai_tui.network.layers.base import Layer

WIDEST = 100  # columns; longer lines are hard to read
INDENT = "  "  # before code and values
COMPUTING = "computing …"


class Span(NamedTuple):
    """Text in one look: `title`, `heading`, `code`, `strong`, `link`, `muted`, `result`, `problem`, or plain."""

    text: str
    look: str = ""


Line = tuple[Span, ...]


def page_lines(page: Page, width: int, results: Sequence[Outcome | str | None] = ()) -> list[Line]:
    """A page with its options.

    `results` are those of its examples: what they gave, why they could not be computed, or None while they are.

    Raises:
        InputError: the page cannot be read; the sentence says where.
    """
    lines: list[Line] = []
    examples = iter(enumerate(page.examples))
    for before, block in zip((None, *page.blocks), page.blocks, strict=False):
        if before is not None and before.kind != "heading" and block.kind != "item":
            lines.append(())
        if block.language == EXAMPLE:
            number, example = next(examples)
            lines += example_lines(example, results[number] if number < len(results) else None)
        else:
            lines += _block_lines(block, width)
    return [*lines, (), *option_lines(page.layer, width)]


def example_lines(example: Example, result: Outcome | str | None) -> Iterator[Line]:
    """An example as it is written, and below it what leaves: shapes and counts at once, values when they are there."""
    yield from ((Span(f"{INDENT}{line}"),) for line in example.source.strip().splitlines())
    stages = example.stages
    if len(stages) > 1:
        width = max(len(stage.layer.name) for stage in stages)
        for stage in stages:
            counts = counted(stage.parameters, "parameter")
            yield (Span(f"→ {stage.layer.name:<{width}}  {show(stage.leaves or ())}, {counts}", "muted"),)
    parameters, trainable = example.network.parameters(example.arrives)
    yield (Span(f"→ output {show(example.leaves)}, {counted(parameters, 'parameter')}", "result"),)
    if trainable != parameters:
        yield (Span(f"→ of which {trainable:,} are trainable", "result"),)
    if isinstance(result, str):
        yield (Span(f"✕ {result}", "problem"),)
    elif result is not None:
        yield from _values(result)
    elif example.inputs is not None:
        yield (Span(f"{INDENT}{COMPUTING}", "muted"),)


def option_lines(cls: type[Layer], width: int) -> Iterator[Line]:
    """The options of a layer, derived from its class: name, default, range, help."""
    yield (Span("Options", "heading"),)
    options = [option for option in options_of(cls) if option.help]
    if not options:
        yield (Span("It has none."),)
    for option in options:
        yield from _option_lines(option, width)


def wrapped_text(text: str, width: int, look: str = "") -> list[Line]:
    """A sentence in lines of at most `width`."""
    return list(wrapped([Run(text, look)], width))


def plain(lines: Iterable[Line]) -> list[str]:
    """The lines without looks."""
    return ["".join(span.text for span in line).rstrip() for line in lines]


def _values(result: Outcome) -> Iterator[Line]:
    if result.outputs is not None:
        yield from ((Span(f"{INDENT}{line}", "result"),) for line in batch_figures(result.outputs))
    for name, value in result.moved.items():
        yield (Span(f"→ {name.partition('.')[2]} is now", "result"),)
        yield from ((Span(f"{INDENT}{line}", "result"),) for line in figures(value))


def _block_lines(block: Block, width: int) -> Iterator[Line]:
    match block.kind:
        case "title" | "heading":
            yield (Span(block.text, block.kind),)
        case "code":
            yield from ((Span(f"{INDENT}{line}"),) for line in block.text.splitlines())
        case "item":
            yield from wrapped(runs(block.text), width, "• ", INDENT)
        case _:
            yield from wrapped(runs(block.text), width)


def _option_lines(option: Option, width: int) -> Iterator[Line]:
    expert = "expert; " if option.mode == "expert" else ""
    default = shown(option.default) if not option.required else "required"
    head = [Run(option.label, "strong"), Run(f" = {default} "), Run(f"({expert}{option.expectation})", "muted")]
    yield from wrapped(head, width, "", INDENT)
    yield from wrapped([Run(option.help)], width, INDENT, INDENT)


def wrapped(text: Sequence[Run], width: int, first: str = "", others: str = "") -> Iterator[Line]:
    """Text broken into lines of at most `width`, where it has blanks; every line keeps its looks."""
    line, used = [Span(first)] if first else [], len(first)
    begun = False
    for word in _words(text):
        length = sum(len(span.text) for span in word)
        if begun and used + 1 + length > width:
            yield tuple(line)
            line, used, begun = [Span(others)] if others else [], len(others), False
        if begun:
            line.append(Span(" "))
            used += 1
        line += word
        used, begun = used + length, True
    yield tuple(line)


def _words(text: Sequence[Run]) -> Iterator[list[Span]]:
    """What stands between blanks; a word may change its look, as in `units`, with a comma behind."""
    word: list[Span] = []
    for run in text:
        for place, piece in enumerate(run.text.split(" ")):
            if place and word:
                yield word
                word = []
            if piece:
                word.append(Span(piece, run.look))
    if word:
        yield word
