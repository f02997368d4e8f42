"""What the tests of the screen share: opening the program, waiting for it, and reading what it shows."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from textual.events import Key
from textual.pilot import Pilot
from textual.widget import Widget

from asanai_tui.project import Project
from asanai_tui.tui.app import AsanaiApp

WidgetType = TypeVar("WidgetType", bound=Widget)
PATIENCE = 20.0  # seconds; machines that check changes can be slow
CHARACTERS = {
    "space": " ", "slash": "/", "full_stop": ".", "comma": ",", "minus": "-", "plus": "+", "underscore": "_",
    "colon": ":",
}  # fmt: skip
NAMES = {character: name for name, character in CHARACTERS.items()}
FRAME = str.maketrans("│╭╮╰╯─", "      ")


class Desk:
    """A running program, as a person sees it."""

    def __init__(self, app: AsanaiApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Keys one after another, each with what it leads to."""
        for key in keys:
            self.app.post_message(Key(key, CHARACTERS.get(key, key if len(key) == 1 else None)))
            await self.settle()

    async def write(self, text: str) -> None:
        """Type characters."""
        await self.press(*(NAMES.get(character, character) for character in text))

    async def settle(self) -> None:
        """Let everything happen that was asked for, until no widget has anything left to do.

        Textual's own way is to wait for an idle processor, which does not come while a thread trains.
        """
        quiet = 0
        while quiet < 2 and self.app.is_running:
            await self.pilot.pause(0)  # every message goes one widget further, what changed is painted
            quiet = 0 if self._busy else quiet + 1

    @property
    def _busy(self) -> bool:
        screen = self.app.screen
        nodes = [self.app, *screen.walk_children(with_self=True)]
        waiting = any(node.message_queue_size or node._next_callbacks for node in nodes)
        return bool(waiting or screen._dirty_widgets or screen._callbacks or screen._layout_required)

    async def until(self, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait until `condition` holds."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"waited in vain; the screen:\n{self.text}\nsaid: {self.said}"
            await self.pilot.pause(0.02)
        await self.settle()

    async def until_shown(self, text: str) -> None:
        """Wait until `text` stands somewhere on the screen."""
        await self.until(lambda: text in self.text)

    async def until_ended(self) -> None:
        """Wait until the training has ended and the screen knows it."""
        await self.until(lambda: self.app.snapshot.ended and not self.app.desk.alive)

    @property
    def text(self) -> str:
        """The whole screen."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    @property
    def said(self) -> list[str]:
        """What was announced so far."""
        return [str(notification.message) for notification in self.app._notifications]

    @property
    def project(self) -> Project:
        return self.app.project

    @property
    def layers(self) -> list[str]:
        """The names of the layers."""
        return [layer.name for layer in self.app.project.network]

    @property
    def screen(self) -> str:
        """The class of the topmost screen."""
        return type(self.app.screen).__name__

    @property
    def focus(self) -> str:
        """The class, and the id if there is one, of what has the focus: `Rows#recent`."""
        widget = self.app.screen.focused
        if widget is None:
            return ""
        return f"{type(widget).__name__}#{widget.id}" if widget.id else type(widget).__name__

    def one(self, kind: type[WidgetType], selector: str = "") -> WidgetType:
        """The widget of a class on the topmost screen."""
        return self.app.screen.query_one(selector, kind) if selector else self.app.screen.query_one(kind)

    def text_of(self, widget: Widget) -> str:
        """What the screen shows where a widget is."""
        region = widget.region
        lines = self.text.splitlines()[region.y : region.bottom]
        return "\n".join(line[region.x : region.right] for line in lines)

    def words_of(self, widget: Widget) -> str:
        """The same without borders, on one line: what a sentence is looked for in."""
        return " ".join(self.text_of(widget).translate(FRAME).split())


@asynccontextmanager
async def desk(path: Path | None = None, size: tuple[int, int] = (140, 40), theme: str = "") -> AsyncIterator[Desk]:
    """The program with `path` opened and its data read; without a path the start screen."""
    app = AsanaiApp(path, theme)
    try:
        async with app.run_test(size=size) as pilot:
            each = Desk(app, pilot)
            if path is not None:
                await each.until(lambda: app.document is not None and (app.preview or app.preview_problem))
            await pilot.pause()
            yield each
    finally:
        app.end_training(PATIENCE)
