"""The keys that work here, on the last line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from rich.segment import Segment
from textual.events import Click
from textual.strip import Strip

from asanai_tui.tui.actions import ORDER, key_name
from asanai_tui.tui.widgets.lines import Lines

if TYPE_CHECKING:
    from asanai_tui.tui.app import AsanaiApp

ALWAYS = ("program.help", "program.quit")


class Shown(NamedTuple):
    """A key and what it does."""

    key: str
    label: str

    @property
    def width(self) -> int:
        """Cells that it takes."""
        return len(key_name(self.key)) + len(self.label) + 3


class KeyBar(Lines):
    """Derived from the bindings that are active; help and quit are always among them, of the others as many as fit."""

    COMPONENT_CLASSES = {"key-bar--key", "key-bar--label"}

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.redraw())

    def draw(self, width: int, height: int) -> list[Strip]:
        key_style = self.get_component_rich_style("key-bar--key")
        label_style = self.get_component_rich_style("key-bar--label")
        segments = []
        for shown in self._fitting(width):
            segments += [Segment(f" {key_name(shown.key)}", key_style), Segment(f" {shown.label} ", label_style)]
        return [Strip(segments)]

    def on_click(self, event: Click) -> None:
        """A key that is shown is pressed by a click on it."""
        column = 0
        for shown in self._fitting(self.size.width):
            if column <= event.x < column + shown.width:
                self.app.simulate_key(shown.key)
            column += shown.width

    def _fitting(self, width: int) -> list[Shown]:
        """The most useful first; the last of them go where there is no room."""
        shown = self._shown()
        others = [name for name in shown if name not in ALWAYS]
        while others and sum(each.width for each in shown.values()) > width + 1:
            shown.pop(others.pop())
        return list(shown.values())

    def _shown(self) -> dict[str, Shown]:
        """By the name of the action."""
        found: dict[str, Shown] = {}
        app = cast("AsanaiApp", self.app)
        for key, active in self.screen.active_bindings.items():
            name = active.binding.id or ""
            shown = active.binding.show and active.enabled and name in ORDER and app.offers(name)
            if shown and name not in found:
                found[name] = Shown(key, app.desk.labels.get(name, active.binding.description))
        return {each: found[each] for each in sorted(found, key=ORDER.__getitem__)}
