"""Opening: a path, or work that was left unsaved, becomes the document of the program."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from asanai_tui import recovery
from asanai_tui.errors import clean
from asanai_tui.resources import resource
from asanai_tui.tui import memory
from asanai_tui.tui.actions import first_key
from asanai_tui.tui.screens.opening import OpeningScreen
from asanai_tui.tui.screens.start import StartScreen

if TYPE_CHECKING:
    from asanai_tui.opening import Opened
    from asanai_tui.runs.attached import AttachedSession
    from asanai_tui.tui.app import AsanaiApp


class Opener:
    """The screen stays usable while a file is read; what cannot be opened is a sentence."""

    def __init__(self, app: AsanaiApp) -> None:
        self._app = app

    def open(self, path: Path, train: bool = False, first: bool = False) -> None:
        """Open whatever `path` is, and train it if wanted.

        Args:
            first: the program was started with it, so the start screen, which lists unsaved work, was not shown.
        """
        self._before(partial(self._open, path, train, first))

    def attach(self, folder: Path) -> None:
        """Show a run that another process trains, or that has ended."""

        def found() -> AttachedSession:
            from asanai_tui.runs.attached import AttachedSession
            from asanai_tui.tui import navigator  # noqa: F401 (the screens, which no key then waits for)

            session = AttachedSession(folder)
            session.start()
            return session

        self._app.reader.aside(found, self._attached, self._failed)

    def _attached(self, session: AttachedSession) -> None:
        from asanai_tui.opening import Opened

        self._adopt(Opened(session.project))
        self._app.desk.watch(session)
        self._app.show("training")
        self._app.training_begun()

    def restore(self, work: recovery.Recovered, train: bool = False) -> None:
        """Take over work that a process left unsaved, and train it if wanted."""
        self._before(partial(self._restore, work, train))

    def _before(self, then: Callable[[], None]) -> None:
        if not self._app.starter.occupied():
            self._app.saver.ask_before("open", then)

    def _open(self, path: Path, train: bool, first: bool) -> None:
        self._say(f"opening {clean(path)} …")
        self._app.reader.open(
            path,
            partial(self._opened, path, train, first),
            self._failed,
            lambda text: self._say(f"opening {clean(path)}: {text}"),
        )

    def _say(self, sentence: str) -> None:
        if isinstance(self._app.screen, StartScreen | OpeningScreen):
            self._app.screen.say(sentence)

    def _opened(self, path: Path, train: bool, first: bool, opened: Opened) -> None:
        app = self._app
        if app.document is not None and not any(isinstance(each, StartScreen) for each in app.screen_stack[1:]):
            return  # the user has gone back to what is open
        memory.remember(path.expanduser().absolute())
        self._adopt(opened, train)
        if first:
            app.reader.aside(recovery.abandoned, self._offer, app.notify)

    def _adopt(self, opened: Opened, train: bool = False) -> None:
        """Make what was opened the current document."""
        from asanai_tui.editing import Document

        app = self._app
        sample = opened.path is not None and opened.path.is_relative_to(resource("samples"))
        title = f"{opened.path.parent.name} (sample)" if sample and opened.path else ""
        app.document = Document(opened.project, None if sample else opened.path, title=title)
        app.preview, app.preview_problem = opened.preview, opened.problem
        app.reader.forget()
        app.desk.forget(opened.model_path)
        app.show("predict" if opened.model_path else "workbench")
        if opened.preview is None and not opened.problem:
            app.inspect_data()
        if train:
            app.starter.train()

    def _restore(self, work: recovery.Recovered, train: bool) -> None:
        from asanai_tui.editing import Document
        from asanai_tui.opening import Opened

        app = self._app
        self._adopt(Opened(work.project, work.path))
        app.document = Document(work.project, work.path, saved=False)
        app.keeper.protect_now()  # before the file of the process that has ended goes
        recovery.forget(work)
        app.project_changed()
        if train:
            app.starter.train()

    def _offer(self, found: list[recovery.Recovered]) -> None:
        if found:
            key = first_key("file.open", self._app.own_keys)
            self._app.notify(f"Unsaved work was found; {key} leads to it.", timeout=10)

    def _failed(self, sentence: str) -> None:
        app = self._app
        if app.document is None and not isinstance(app.screen, StartScreen):
            app.push_screen(StartScreen(sentence))
        elif isinstance(app.screen, StartScreen):
            app.screen.say(sentence, wrong=True)
        else:
            app.notify(sentence, severity="error", timeout=15)
