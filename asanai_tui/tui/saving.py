"""Saving, and the questions that stand between the user and the loss of work."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from asanai_tui.errors import InputError, clean
from asanai_tui.files import check_folder
from asanai_tui.resources import resource
from asanai_tui.tui import memory
from asanai_tui.tui.screens.dialogs import Answer, PathScreen, QuestionScreen

if TYPE_CHECKING:
    from asanai_tui.editing import Document
    from asanai_tui.tui.app import AsanaiApp

Then = Callable[[], None]


class Saver:
    """Saves the document of the program, and asks before it would be lost."""

    def __init__(self, app: AsanaiApp) -> None:
        self._app = app

    def ask_before(self, verb: str, then: Then) -> None:
        """`then`, where nothing is lost by it or the user wants it so; `verb` is what it is called: leave, open."""
        training, unsaved = self._app.desk.occupied, self._app.keeper.unsaved
        if not training and not unsaved:
            then()
            return
        shot = self._app.snapshot
        where = f"Training is at epoch {shot.epoch} of {shot.epochs}" if training else "The project is not saved"
        title = f"{where}; the project is not saved" if training and unsaved else where

        def answered(answer: str | None) -> None:
            self._app.desk.to_background = answer == "b"
            if answer in ("s", "b") and unsaved:
                self.save(then)
            elif answer in ("s", "b", "x"):
                then()

        self._app.push_screen(QuestionScreen(title, list(_answers(verb, training, unsaved))), answered)

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
        self._app.keeper.forget()
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
    background = Answer("b", "train in the background", "asanai-tui attach shows it")
    on = [background] if training and verb == "leave" else []
    if not unsaved:
        return [Answer("s", f"stop and {verb}", model), *on, stay]
    save = f"stop, save and {verb}" if training else f"save and {verb}"
    on = [background._replace(what="save, train in background")] if on else []
    without = Answer("x", f"{verb} without saving", model or "the last edits are lost")
    return [Answer("s", save, model), *on, without, stay]
