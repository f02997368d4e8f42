"""The keys that work here, on the last line."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.segment import Segment
from textual.strip import Strip

from asanai_tui.tui.actions import ORDER, key_name
from asanai_tui.tui.widgets.lines import Lines

if TYPE_CHECKING:
    from asanai_tui.tui.app import AsanaiApp

ALWAYS = ("program.help", "program.quit")


class KeyBar(Lines):
    """Derived from the bindings that are active; help and quit are always among them, of the others as many as fit."""

    COMPONENT_CLASSES = {"key-bar--key", "key-bar--label"}

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.redraw())

    def draw(self, width: int, height: int) -> list[Strip]:
        key_style = self.get_component_rich_style("key-bar--key")
        label_style = self.get_component_rich_style("key-bar--label")
        segments = []
        for key, label in self._fitting(width):
            segments += [Segment(f" {key}", key_style), Segment(f" {label} ", label_style)]
        return [Strip(segments)]

    def _fitting(self, width: int) -> list[tuple[str, str]]:
        """The most useful first; the last of them go where there is no room."""
        shown = self._shown()
        others = [name for name in shown if name not in ALWAYS]
        while others and sum(len(key) + len(label) + 3 for key, label in shown.values()) > width + 1:
            shown.pop(others.pop())
        return list(shown.values())

    def _shown(self) -> dict[str, tuple[str, str]]:
        """Key and label by the name of the action."""
        found: dict[str, str] = {}
        labels: dict[str, str] = {}
        app = cast("AsanaiApp", self.app)
        for key, active in self.screen.active_bindings.items():
            name = active.binding.id or ""
            shown = active.binding.show and active.enabled and name in ORDER and app.offers(name)
            if shown and name not in found:
                found[name] = key_name(key)
                labels[name] = active.binding.description
        return {each: (found[each], labels[each]) for each in sorted(found, key=ORDER.__getitem__)}
