"""Saving, and what stands between the user and the loss of work: questions, and the recovery file."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from asanai_tui import recovery
from asanai_tui.errors import InputError, clean
from asanai_tui.files import check_folder
from asanai_tui.resources import resource
from asanai_tui.tui import memory
from asanai_tui.tui.screens.dialogs import Answer, PathScreen, QuestionScreen

if TYPE_CHECKING:
    from asanai_tui.editing import Document
    from asanai_tui.tui.app import AsanaiApp

KEEP = 0.3  # seconds from an edit to the recovery file
Then = Callable[[], None]


class Keeper:
    """Keeps the document of the program on disk."""

    def __init__(self, app: AsanaiApp) -> None:
        self._app = app
        self._recovery = recovery.Recovery()
        self._due = False  # the recovery file is about to be written
        self._busy = threading.Lock()  # what is unsaved must not change between the look and the writing
        self._given_up = False

    # Crashes

    def protect(self) -> None:
        """Write unsaved work to the recovery file; soon and aside, so that no key waits for the disk."""
        if not self._due:
            self._due = True
            self._app.set_timer(KEEP, lambda: self._app.reader.aside(self._protect, lambda _: None, self._not_kept))

    def protect_now(self) -> None:
        """The same before anything else happens."""
        try:
            self._protect()
        except InputError as error:
            self._not_kept(str(error))

    def rescue(self) -> list[str]:
        """After a mistake of ours that ended the program: what became of the work, in sentences."""
        if not self._unsaved:
            return []
        try:
            self._protect()
        except InputError as error:
            return [f"Unsaved work could not be kept: {error}"]
        return ["Unsaved work is offered at the next start."]

    def forget(self, for_good: bool = False) -> None:
        """The work is saved; or it is given up `for_good`, as the program ends."""
        with self._busy:
            self._given_up = for_good
            self._recovery.discard()

    def _protect(self) -> None:
        self._due = False
        with self._busy:
            document = self._app.document
            if document is not None and document.dirty and not self._given_up:
                self._recovery.write(document.project, document.path)
            else:
                self._recovery.discard()

    def _not_kept(self, sentence: str) -> None:
        said = f"Unsaved work is not protected against a crash: {sentence}"
        self._app.notify(said, severity="warning", timeout=15)

    # Questions

    def ask_before(self, verb: str, then: Then) -> None:
        """`then`, where nothing is lost by it or the user wants it so; `verb` is what it is called: leave, open."""
        training, unsaved = self._app.desk.alive, self._unsaved
        if not training and not unsaved:
            then()
            return
        shot = self._app.snapshot
        where = f"Training is at epoch {shot.epoch} of {shot.epochs}" if training else "The project is not saved"
        title = f"{where}; the project is not saved" if training and unsaved else where

        def answered(answer: str | None) -> None:
            if answer == "s" and unsaved:
                self.save(then)
            elif answer in ("s", "x"):
                then()

        self._app.push_screen(QuestionScreen(title, list(_answers(verb, training, unsaved))), answered)

    @property
    def _unsaved(self) -> bool:
        return self._app.document is not None and self._app.document.dirty

    # Saving

    def save(self, then: Then | None = None) -> None:
        """To its file; a project without one is asked for it. `then` follows where it is saved."""
        document = self._app.document
        if document is None:
            return
        if document.path is None:
            self.save_as(then)
        else:
            self._save(document, document.path, then)

    def save_as(self, then: Then | None = None) -> None:
        """To a file that the user names; another one is not replaced without asking."""
        document = self._app.document
        if document is None:
            return
        start = document.path or Path.cwd() / f"{Path(document.project.data.path).stem}.toml"
        screen = PathScreen("Save the project as", str(start), check=target)
        self._app.push_screen(screen, partial(self._named, document, then))

    def _named(self, document: Document, then: Then | None, text: str | None) -> None:
        if not text:
            return
        path = target(text)
        if path == document.path or not path.exists():
            self._save(document, path, then)
            return
        answers = [Answer("o", "overwrite", "what is in it is lost"), Answer("escape", "do not save", "")]

        def answered(answer: str | None) -> None:
            if answer == "o":
                self._save(document, path, then)

        self._app.push_screen(QuestionScreen(f"{clean(path.name, 40)} is already there", answers), answered)

    def _save(self, document: Document, path: Path, then: Then | None) -> None:
        try:
            saved = document.save(path)
        except InputError as error:
            self._app.notify(str(error), severity="error", timeout=15)
            return
        self.forget()
        memory.remember(saved)
        self._app.notify(f"Saved {clean(saved)}.", timeout=3)
        self._app.project_saved()
        if then:
            then()


def target(text: str) -> Path:
    """The file that a person wants a project to be saved in.

    Raises:
        InputError: it cannot be a project file, or belongs to the samples.
    """
    try:
        path = Path(text).expanduser().resolve()
        inside = path.is_relative_to(resource("samples").resolve())
    except (OSError, RuntimeError, ValueError) as error:  # an unknown user, a loop of links
        raise InputError(f"{clean(text)} cannot be written: {clean(error)}.") from error
    if path.suffix.lower() != ".toml":
        raise InputError(f"{clean(path)}: the name of a project file ends in .toml.")
    if inside:
        raise InputError(f"{clean(path)} belongs to the samples, which stay as they are; choose another folder.")
    check_folder(path)
    return path


def _answers(verb: str, training: bool, unsaved: bool) -> list[Answer]:
    model = "the model is written to its run" if training else ""
    stay = Answer("escape", "stay", "")
    if not unsaved:
        return [Answer("s", f"stop and {verb}", model), stay]
    save = f"stop, save and {verb}" if training else f"save and {verb}"
    without = Answer("x", f"{verb} without saving", model or "the last edits are lost")
    return [Answer("s", save, model), without, stay]
