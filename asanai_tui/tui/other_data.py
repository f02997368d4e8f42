"""Other data under the present network: how they differ is said, and the ends of the network are adapted if wanted."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from asanai_tui import suggestion
from asanai_tui.errors import clean
from asanai_tui.files import existing
from asanai_tui.tui.screens.dialogs import Answer, PathScreen, QuestionScreen

if TYPE_CHECKING:
    from asanai_tui.data.preview import Preview
    from asanai_tui.editing import Document
    from asanai_tui.project import Project
    from asanai_tui.tui.app import AsanaiApp


class OtherData:
    """Asks for a path, reads it, and asks what becomes of the network; one edit, to be undone like any other."""

    def __init__(self, app: AsanaiApp) -> None:
        self._app = app

    def ask(self) -> None:
        """Ask for the path of other data."""
        if self._app.document is None or self._app.starter.occupied():
            return
        screen = PathScreen("Other data for this network", check=lambda text: existing(Path(text)))
        self._app.push_screen(screen, self._named)

    def _named(self, text: str | None) -> None:
        document = self._app.document
        if not text or document is None:
            return

        def read() -> Preview:
            from asanai_tui.data import sources

            return sources.guess(existing(Path(text)))

        failed = partial(self._app.notify, severity="error", timeout=15)
        self._app.reader.aside(read, partial(self._read, document), failed)

    def _read(self, document: Document, preview: Preview) -> None:
        app = self._app
        if app.document is not document:  # meanwhile something else was opened
            return
        source = suggestion.in_form_of(preview.spec, app.project.data)
        preview = preview._replace(spec=source)  # type: ignore[arg-type]
        differs = suggestion.differences(app.project, source)
        if not differs:
            self._take(preview, suggestion.with_data(app.project, source), "The network fits the new data.")
            return
        adapted = suggestion.with_data(app.project, source)
        title = f"{clean(Path(source.path).name, 40)} differs from the data of this network"
        screen = QuestionScreen(title, _answers(adapted), [f"{each[0].upper()}{each[1:]}." for each in differs])
        app.push_screen(screen, partial(self._answered, preview, adapted))

    def _answered(self, preview: Preview, adapted: Project, answer: str | None) -> None:
        match answer:
            case "a":
                self._take(preview, adapted, "The ends of the network are adapted.")
            case "f":
                self._take(preview, suggestion.suggest(preview), "The network is a new one.")
            case "k":
                kept = msgspec.structs.replace(self._app.project, data=preview.spec)
                self._take(preview, kept, "The network stays as it was.")

    def _take(self, preview: Preview, project: Project, said: str) -> None:
        app = self._app
        app.reader.forget()
        app.editor.project(project, "other data")
        app.data_read(preview)
        problems = project.problems()
        app.notify(f"{said} {problems[0]}" if problems else said, severity="warning" if problems else "information")


def _answers(adapted: Project) -> list[Answer]:
    problems = adapted.problems()
    last = adapted.network[-1] if len(adapted.network) else None
    ends = f"{last.name} {last.summary()}, {adapted.training.loss}" if last is not None else "the last layer"
    adapt = Answer("a", "adapt the ends", clean(problems[0], 60) if problems else ends)
    fit = Answer("f", "a fitting network", "all layers are new")
    return [
        *((fit, adapt) if problems else (adapt, fit)),
        Answer("k", "keep the network", "as it is"),
        Answer("escape", "keep the old data", ""),
    ]
