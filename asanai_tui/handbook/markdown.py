"""The Markdown that pages are written in: headings, paragraphs, lists, code, and within lines code, bold and links."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from asanai_tui.errors import InputError

Kind = Literal["title", "heading", "paragraph", "item", "code"]
FENCE = "```"
_INLINE = re.compile(r"`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*|\[(?P<link>[^]]+)\]\((?P<target>[^)]+)\)")


class Block(NamedTuple):
    """A piece of a page. `language` is what stands behind the fence of code: `example`, or nothing."""

    kind: Kind
    text: str
    language: str = ""


class Run(NamedTuple):
    """Text within a line in one look: `code`, `strong`, `link`, or plain; a link has a target."""

    text: str
    look: str = ""
    target: str = ""


def blocks(text: str) -> tuple[Block, ...]:
    """The blocks of a page, in order.

    Raises:
        InputError: code is not closed.
    """
    return tuple(_blocks(iter(text.splitlines())))


def runs(text: str) -> list[Run]:
    """A paragraph in its looks."""
    found: list[Run] = []
    end = 0
    for match in _INLINE.finditer(text):
        found.append(Run(text[end : match.start()]))
        look = str(match.lastgroup) if match["link"] is None else "link"
        found.append(Run(match[look], look, match["target"] or ""))
        end = match.end()
    return [run for run in [*found, Run(text[end:])] if run.text]


def _blocks(lines: Iterator[str]) -> Iterator[Block]:
    kind: Kind = "paragraph"
    held: list[str] = []
    for line in lines:
        starts = line.startswith(("#", "- ", FENCE)) or not line.strip()
        if starts and held:
            yield Block(kind, " ".join(held))
            held = []
        if line.startswith(FENCE):
            yield Block("code", _code(lines), line.removeprefix(FENCE).strip())
        elif line.startswith("#"):
            yield Block("title" if line.startswith("# ") else "heading", line.lstrip("#").strip())
        elif line.strip():
            kind = ("item" if line.startswith("- ") else "paragraph") if starts or not held else kind
            held.append(line.removeprefix("- ").strip())
    if held:
        yield Block(kind, " ".join(held))


def _code(lines: Iterator[str]) -> str:
    held: list[str] = []
    for line in lines:
        if line.startswith(FENCE):
            return "\n".join(held)
        held.append(line)
    raise InputError(f"code that begins with {FENCE} does not end; close it with {FENCE} on a line of its own.")
