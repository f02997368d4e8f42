"""Sends what changed on the terminal, and nothing else.

Textual 8.2 sends whole frames for every change of layout and every dialog, and parts of the screen from the left edge
of the changed widget on (`ChopsUpdate.render_segments` does not crop there). Opening a project cost 75 kB at
100x30 like that; for a curve that grows to the right it was most of the bytes.
"""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate

from asanai_tui.tui.frame import Frame, Span


class FrameUpdate(CompositorUpdate):
    """An update of Textual's, of which only what differs from the frame is sent."""

    def __init__(self, frame: Frame, update: ChopsUpdate | LayoutUpdate, width: int, height: int) -> None:
        self.update = update
        self._frame, self._size = frame, (width, height)

    def __rich_console__(self, console: Console, options: Any) -> Any:
        return self.update.__rich_console__(console, options)

    def render_segments(self, console: Console) -> str:
        """The escape sequences that paint what differs."""
        spans = _chopped(self.update) if isinstance(self.update, ChopsUpdate) else _whole(self.update)
        return self._frame.painted(spans, *self._size, console._color_system)


class Framed:
    """Mixin of the program, the first of its bases: what is displayed goes through `frame`."""

    frame: Frame

    def _display(self, screen: Any, renderable: Any) -> None:
        if isinstance(renderable, (ChopsUpdate, LayoutUpdate)):
            renderable = FrameUpdate(self.frame, renderable, *screen.size)
        elif renderable is not None:
            self.frame.forget()
        super()._display(screen, renderable)  # type: ignore[misc]


def _chopped(update: ChopsUpdate) -> Iterator[Span]:
    for y, left, right in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            start, stop = max(x, left), min(end, right)
            if strip is not None and start < stop:
                yield Span(y, start, strip.crop(start - x, stop - x))


def _whole(update: LayoutUpdate) -> Iterator[Span]:
    for y, strips in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in strips:
            yield Span(y, x, strip)
            x += strip.cell_length
