"""How a training begins: anew, or with the weights of the newest model as far as they fit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from asanai_tui.tui.actions import first_key

if TYPE_CHECKING:
    from asanai_tui.editing import Document
    from asanai_tui.project import Project
    from asanai_tui.training.starting import Start
    from asanai_tui.tui.app import AsanaiApp


class Starter:
    """Starts the training of the open document, or says why not."""

    def __init__(self, app: AsanaiApp) -> None:
        self._app = app

    def train(self) -> None:
        """Begin with fresh weights, which the seed fixes."""
        document = self._app.document
        if document is not None and self._ready():
            self._app.desk.start(document.project, document.path)
            self._app.training_begun()

    def train_on(self) -> None:
        """Begin with the weights of the newest model; those that fit are said when the file is read."""
        app = self._app
        document, model = app.document, app.desk.best_so_far
        if document is None:
            return
        if self.occupied():
            return
        if model is None:
            app.notify(f"There are no trained weights yet; {self._key} trains this network.", severity="warning")
        elif self._ready():
            project = document.project

            def read() -> Start:
                from asanai_tui.training.starting import start_from  # torch

                return start_from(model, project.network, project.input_shape)

            failed = partial(app.notify, title="Not ready to train on", severity="error", timeout=15)
            app.reader.aside(read, partial(self._begin, document, project), failed)

    def train_on_arrived(self) -> None:
        """Begin with the examples that have arrived, while others still do."""
        app = self._app
        if app.session is not None and app.snapshot.arriving:
            app.session.begin_now()
        else:
            app.notify(f"No pictures are being decoded now; {self._key} trains, and decodes them first.", timeout=4)

    def change(self) -> None:
        """Show what can be changed of the training that runs."""
        app = self._app
        if not app.desk.alive:
            settings = first_key("training.settings", app.own_keys)
            app.notify(f"Nothing is being trained; {settings} leads to the settings of the next training.", timeout=4)
            return
        if app.snapshot.live is None:
            app.notify("The training has not begun; it can be changed from its first batch on.", timeout=4)
            return
        from asanai_tui.tui.screens.live import LiveScreen  # dialogs, after the first paint

        app.push_screen(LiveScreen())

    def occupied(self) -> bool:
        """Whether a training runs, which is said."""
        if self._app.desk.occupied:
            self._app.notify(f"Stop the training first ({self._key}); its model is kept.", severity="warning")
        return self._app.desk.occupied

    @property
    def _key(self) -> str:
        return first_key("training.toggle", self._app.own_keys)

    def _ready(self) -> bool:
        problems = self._app.project.problems()
        if problems:
            self._app.notify(problems[0], title="Not ready to train", severity="error", timeout=10)
        return not problems

    def _begin(self, document: Document, project: Project, start: Start) -> None:
        app = self._app
        if app.document is not document or app.desk.alive:  # meanwhile something else was opened or begun
            return
        app.desk.start(project, document.path, start)
        app.notify(start.alignment.sentence, title=f"From {start.origin}", timeout=10)
        app.training_begun()
