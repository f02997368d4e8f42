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
        f"title-bar--{part}" for part in ("line", "name", "dim", "dirty", "state", "failed", "tab", "here")
    }

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
        look = "failed" if snapshot.state == "failed" else "state"
        state, dim = (self.get_component_rich_style(f"title-bar--{part}", partial=True) for part in (look, "dim"))
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
