"""Pages: a Markdown file for each layer, found by the layer's name."""

from functools import cached_property, lru_cache

from asanai_tui.checking import hint
from asanai_tui.errors import InputError, clean
from asanai_tui.handbook.examples import Example, example
from asanai_tui.handbook.markdown import Block, blocks
from asanai_tui.network.layers import catalogue
from asanai_tui.network.layers.base import Layer, explanation
from asanai_tui.resources import resource

EXAMPLE = "example"  # the language of a fenced block that is computed


class Page:
    """A page as it is written; its parts are read when they are asked for."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Raises: InputError: code is not closed."""
        try:
            return blocks(self.text)
        except InputError as error:
            raise InputError(f"handbook, {self.name}: {error}") from error

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """Its examples, in order.

        Raises:
            InputError: one of them is wrong; the sentence says which and why.
        """
        sources = (block.text for block in self.blocks if block.language == EXAMPLE)
        return tuple(example(text, f"{self.name}, example {number}") for number, text in enumerate(sources, 1))

    @property
    def layer(self) -> type[Layer]:
        """The class it explains."""
        return catalogue()[self.name]


@lru_cache(maxsize=128)
def page(name: str) -> Page:
    """The page of a layer; one that has no file yet gets its explanation.

    Raises:
        InputError: there is no such layer, or its page cannot be read.
    """
    if name not in catalogue():
        raise InputError(f"No layer is called {clean(name, 60)!r}{hint(name, catalogue())}")
    try:
        return Page(name, (resource("handbook") / "layers" / f"{name}.md").read_text("utf-8"))
    except FileNotFoundError:
        return Page(name, f"# {name}\n\n{explanation(catalogue()[name])}\n")
