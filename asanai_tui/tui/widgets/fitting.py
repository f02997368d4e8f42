"""What does not fit is left out whole: never half a word or half a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

DOT = " · "
CORNERS = 6  # columns of a border that its words cannot have: corner, line and blank at both ends


class Piece(NamedTuple):
    """A part of a line. Where there is no room the lowest weight goes first."""

    text: str
    style: Style | None
    weight: int


def fitting(pieces: Sequence[Piece], width: int) -> list[Segment]:
    """The pieces, in their order, that fit into `width` columns together; the heaviest one is always among them."""
    kept = list(pieces)
    while len(kept) > 1 and length(kept) > width:
        kept.remove(min(kept, key=lambda piece: piece.weight))
    return [Segment(piece.text, piece.style) for piece in kept]


def length(pieces: Sequence[Piece]) -> int:
    """Columns of the pieces, without the blanks they end with."""
    return cell_len("".join(piece.text for piece in pieces).rstrip())


def fitting_hints(hints: str, width: int) -> str:
    """As many hints of `a add · d delete` as fit, from the first on."""
    kept = hints.split(DOT)
    while kept and cell_len(DOT.join(kept)) > width:
        kept.pop()
    return DOT.join(kept)


class Hinted(Widget):
    """Mixin of panes: `border_subtitle` is the full text, the border shows those hints that fit on it."""

    _hints = ""

    @property
    def border_subtitle(self) -> str:
        """Hints with ` · ` between them."""
        return self._hints

    @border_subtitle.setter
    def border_subtitle(self, hints: object) -> None:
        self._hints = str(hints or "")
        self._show_hints()

    def on_resize(self) -> None:
        self._show_hints()

    def _show_hints(self) -> None:
        fitted = Content(fitting_hints(self._hints, self.outer_size.width - CORNERS))
        if fitted != self._border_subtitle:
            self._border_subtitle = fitted
            self.refresh()


class Dialog(Hinted, Vertical):
    """The box of a question."""
