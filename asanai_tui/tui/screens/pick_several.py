"""Choose several of a list: marks by space, taken by enter; their order is that in which they were marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from textual import events

from asanai_tui.tui.screens.pick import Choice, PickRows, PickScreen
from asanai_tui.tui.widgets.fitting import Dialog
from asanai_tui.tui.widgets.line_input import LineInput


class MarkingLine(LineInput):
    """A search line in which space marks: names have none."""

    def __init__(self, mark: Callable[[], None]) -> None:
        super().__init__(placeholder="search", compact=True)
        self._mark = mark

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "space":
            event.stop()
            event.prevent_default()
            self._mark()
        else:
            await super()._on_key(event)


class SeveralScreen(PickScreen):
    """Gives the names that are marked, with commas between them, or None."""

    def __init__(self, title: str, names: Sequence[str], marked: Sequence[str], helps: Mapping[str, str]) -> None:
        """
        Args:
            helps: a sentence for each name.
        """
        super().__init__(title, (), next(iter(marked), ""))
        self._names, self._marked, self._helps = tuple(names), list(marked), helps
        self._mark_all()

    def line(self) -> LineInput:
        return MarkingLine(self.mark)

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Dialog).border_subtitle = "space marks · enter takes the marked ones · type to search · esc back"

    def mark(self) -> None:
        """Mark the name under the cursor as the last one, or take its mark away."""
        choice = self._chosen()
        if choice is None:
            return
        if choice.key in self._marked:
            self._marked.remove(choice.key)
        else:
            self._marked.append(choice.key)
        self._start = choice.key
        self._mark_all()
        self._list(self.typed.lower())
        self.query_one(PickRows).select(choice.key)

    def take(self, choice: Choice | None) -> None:
        """What is marked; the name under the cursor, where nothing is."""
        if taken := self._marked or ([choice.key] if choice else []):
            self.dismiss(", ".join(taken))

    def _mark_all(self) -> None:
        self._choices = tuple(Choice(name, self._mark_of(name), self._helps.get(name, "")) for name in self._names)

    def _mark_of(self, name: str) -> str:
        return f"■ {self._marked.index(name) + 1}" if name in self._marked else "□"
