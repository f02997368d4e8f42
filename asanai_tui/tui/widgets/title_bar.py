"""The two lines at the top: what is open and what it is doing, and the screens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.events import Click
from textual.strip import Strip

from asanai_tui.errors import clean
from asanai_tui.tui.actions import BY_ID, first_key, keys_of
from asanai_tui.tui.widgets.fitting import DOT, Piece, fitting
from asanai_tui.tui.widgets.lines import Lines, spread

if TYPE_CHECKING:
    from asanai_tui.tui.app import AsanaiApp

SCREENS = ("view.workbench", "view.data", "view.training", "view.predict", "view.handbook")
MARKS = {"training": "▶", "paused": "=", "finished": "✓", "failed": "✕"}


class TitleBar(Lines):
    """Title, and tabs with their keys."""

    COMPONENT_CLASSES = {
        f"title-bar--{part}" for part in ("line", "name", "dim", "dirty", "state", "failed", "tab", "here")
    }

    def __init__(self, here: str) -> None:
        super().__init__()
        self._here = here

    def draw(self, width: int, height: int) -> list[Strip]:
        state = fitting(list(self._state()), width)
        room = width - Strip(state).cell_length - 1
        line = spread(fitting(list(self._title()), room), state, width)
        ground = self.get_component_rich_style("title-bar--line", partial=True)
        return [line.apply_style(ground), Strip(self._tabs())]

    def _title(self) -> Iterator[Piece]:
        app = cast("AsanaiApp", self.app)
        name, dim, dirty = map(self._look, ("name", "dim", "dirty"))
        yield Piece(" asanAI ", name, 4)
        if app.document is not None:
            yield Piece(f" {clean(app.document.name, 40)} ", dim + name, 5)
            yield Piece("● " if app.document.dirty else "  ", dirty, 6)
            for place, fact in enumerate(app.data_line().split(DOT)):
                yield Piece(f"{DOT if place else ''}{fact}", dim, 3 - place)

    def _state(self) -> Iterator[Piece]:
        app = cast("AsanaiApp", self.app)
        snapshot = app.snapshot
        if app.session is None:
            return
        look = self._look("failed" if snapshot.state == "failed" else "state")
        yield Piece(f"{MARKS.get(snapshot.state, '·')} ", look, 4)
        yield Piece(f"{snapshot.state}  ", look, 3)
        if app.desk.attached:
            yield Piece("attached  ", self._look("dim"), 2)
        device, *threads = snapshot.device.split(DOT)
        yield Piece(device, self._look("dim"), 2)
        yield Piece("".join(DOT + each for each in threads) + " ", self._look("dim"), 1)

    def _look(self, part: str) -> Style:
        return self.get_component_rich_style(f"title-bar--{part}", partial=True)

    def _tabs(self) -> Iterator[Segment]:
        for action_id, text in self._labels():
            here = keys_of(action_id, {})[0] == self._here
            yield Segment(text, self.get_component_rich_style("title-bar--here" if here else "title-bar--tab"))

    def _labels(self) -> Iterator[tuple[str, str]]:
        """Action and text of each tab."""
        own = cast("AsanaiApp", self.app).own_keys
        for action_id in SCREENS:
            yield action_id, f" {first_key(action_id, own)} {BY_ID[action_id].label} "

    async def on_click(self, event: Click) -> None:
        """A tab does what its key does."""
        column = 0
        for action_id, text in self._labels():
            if event.y == 1 and column <= event.x < column + cell_len(text):
                await self.run_action(BY_ID[action_id].method)
            column += cell_len(text)
