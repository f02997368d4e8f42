"""A line for a path, completed from the file system."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from asanai_tui.tui.completion import complete, first, listed
from asanai_tui.tui.widgets.line_input import LineInput


class PathInput(LineInput):
    """Shows the rest of the first path that fits, dim; right takes it over.

    Tab completes as far as all paths that fit agree; where they do not, it tells what they are.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete", show=False),
        Binding("down", "app.focus_next", "Leave", show=False),
    ]

    class Told(Message):
        """What there is to choose from, on one line; nothing once the path has changed."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    def __init__(self, value: str = "", placeholder: str = "", select_on_focus: bool = False) -> None:
        suggester = PathSuggester()
        super().__init__(value, placeholder, suggester=suggester, compact=True, select_on_focus=select_on_focus)
        self._told_at = ""  # the path that something was told about

    def action_complete(self) -> None:
        if not self.value:
            self.screen.focus_next()
            return
        found = complete(self.value)
        if found.text != self.value:
            self.value = found.text
            self.cursor_position = len(self.value)
        elif found.total != 1:
            self._told_at = self.value
            self.post_message(self.Told(listed(found, self.size.width)))

    def action_cursor_right(self, select: bool = False) -> None:
        """Also keep a selected path as it is, rather than take over a longer one."""
        if select or self.selection.is_empty:
            super().action_cursor_right(select)
        else:
            self.cursor_position = max(self.selection)

    @on(Input.Changed)
    def _forget_told(self, event: Input.Changed) -> None:
        if self._told_at and event.value != self._told_at:
            self._told_at = ""
            self.post_message(self.Told(""))


class PathSuggester(Suggester):
    """The first path in alphabetical order that goes on from what was typed."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        return await asyncio.to_thread(first, value)  # a folder can be large, or far away
