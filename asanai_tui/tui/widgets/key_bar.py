"""The keys that work here, on the last line."""

from rich.segment import Segment
from textual.strip import Strip

from asanai_tui.tui.actions import ORDER, key_name
from asanai_tui.tui.widgets.lines import Lines


class KeyBar(Lines):
    """Derived from the bindings that are active; cut at the end of the line, the most useful first."""

    COMPONENT_CLASSES = {"key-bar--key", "key-bar--label"}

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.redraw())

    def draw(self, width: int, height: int) -> list[Strip]:
        key_style = self.get_component_rich_style("key-bar--key")
        label_style = self.get_component_rich_style("key-bar--label")
        segments = []
        used = 0
        for key, label in self._shown():
            used += len(key) + len(label) + 3
            if used > width + 1:
                break
            segments += [Segment(f" {key}", key_style), Segment(f" {label} ", label_style)]
        return [Strip(segments)]

    def _shown(self) -> list[tuple[str, str]]:
        found: dict[str, str] = {}
        labels: dict[str, str] = {}
        for key, active in self.screen.active_bindings.items():
            name = active.binding.id or ""
            if active.binding.show and active.enabled and name in ORDER and name not in found:
                found[name] = key_name(key)
                labels[name] = active.binding.description
        return [(found[each], labels[each]) for each in sorted(found, key=ORDER.__getitem__)]
