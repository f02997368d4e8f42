"""The two lines at the top: what is open and what it is doing, and the screens."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.segment import Segment
from textual.strip import Strip

from asanai_tui.errors import clean
from asanai_tui.tui.actions import BY_ID, key_name, keys_of
from asanai_tui.tui.widgets.lines import Lines, spread

if TYPE_CHECKING:
    from asanai_tui.tui.app import AsanaiApp

SCREENS = ("view.workbench", "view.data", "view.training", "view.predict")
MARKS = {"training": "▶", "paused": "=", "finished": "✓", "failed": "✕"}


class TitleBar(Lines):
    """Title, and tabs with their keys."""

    COMPONENT_CLASSES = {
        "title-bar--line", "title-bar--name", "title-bar--dim", "title-bar--dirty", "title-bar--state",
        "title-bar--tab", "title-bar--here",
    }  # fmt: skip

    def __init__(self, here: str) -> None:
        super().__init__()
        self._here = here

    def draw(self, width: int, height: int) -> list[Strip]:
        line = spread(self._title(), self._state(), width)
        ground = self.get_component_rich_style("title-bar--line", partial=True)
        return [line.apply_style(ground), Strip(self._tabs())]

    def _title(self) -> list[Segment]:
        app = cast("AsanaiApp", self.app)
        name, dim, dirty = (
            self.get_component_rich_style(f"title-bar--{part}", partial=True) for part in ("name", "dim", "dirty")
        )
        title = [Segment(" asanAI ", name)]
        if app.document is not None:
            title += [Segment(f" {clean(app.document.name, 40)} ", dim + name)]
            title += [Segment("● " if app.document.dirty else "  ", dirty), Segment(app.data_line(), dim)]
        return title

    def _state(self) -> list[Segment]:
        app = cast("AsanaiApp", self.app)
        snapshot = app.snapshot
        if app.session is None:
            return []
        state, dim = (self.get_component_rich_style(f"title-bar--{part}", partial=True) for part in ("state", "dim"))
        text = f"{MARKS.get(snapshot.state, '·')} {snapshot.state}"
        return [Segment(f"{text}  ", state), Segment(f"{snapshot.device} ", dim)]

    def _tabs(self) -> list[Segment]:
        own = cast("AsanaiApp", self.app).own_keys
        segments = []
        for action_id in SCREENS:
            here = keys_of(action_id, {})[0] == self._here
            style = self.get_component_rich_style("title-bar--here" if here else "title-bar--tab")
            text = f" {key_name(keys_of(action_id, own)[0])} {BY_ID[action_id].label} "
            segments.append(Segment(text, style))
        return segments
