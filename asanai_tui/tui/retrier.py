"""After a training that diverged: the offer to go on from its last finite checkpoint at a tenth of the rate."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.widgets import Input

if TYPE_CHECKING:
    from asanai_tui.runs.resuming import Resumed
    from asanai_tui.training.recorder import Retry
    from asanai_tui.tui.app import AsanaiApp
    from asanai_tui.tui.training_desk import AnySession

PATIENCE = 10.0  # seconds for a training that has failed to let go of its run


class Retrier:
    """Asks once for each training, when no dialog is open and nothing is being typed."""

    def __init__(self, app: AsanaiApp) -> None:
        self._app = app
        self._asked: AnySession | None = None

    def look(self) -> None:
        """Called at every tick; it asks where there is something to ask."""
        app, session, retry = self._app, self._app.session, self._app.snapshot.retry
        if retry is None or session is None or session is self._asked or not app.snapshot.ended:
            return
        if session.directory and app.navigator.working and not isinstance(app.focused, Input):
            self._asked = session
            self._ask(session, session.directory, retry)

    def _ask(self, session: AnySession, folder: Path, retry: Retry) -> None:
        from asanai_tui.plotting.scales import short
        from asanai_tui.runs.retrying import place
        from asanai_tui.tui.screens.dialogs import Answer, QuestionScreen

        app, best = self._app, self._app.snapshot.best
        _, epochs = session.recorder.epochs(max(0, retry.epoch - 1), 1)
        rate = f"learning rate {retry.learning_rate:g}"
        known = [epoch for epoch in epochs if epoch.epoch == retry.epoch]  # old ones are not all kept
        reached = f"; the loss was {short(known[0].monitored)}" if known else ""
        go_on = f"go on {place(retry)}" if place(retry) else "begin again"
        answers = [Answer("y", go_on, f"{rate}{reached}")]
        if best:
            answers.append(
                Answer("b", "begin with the best", f"{rate}; epoch {best.epoch}, loss {short(best.monitored)}")
            )
        answers.append(Answer("escape", "leave it", ""))

        def answered(answer: str | None) -> None:
            if app.session is not session:
                return
            if answer == "y":
                self._read(session, folder, {"learning_rate": retry.learning_rate})
            elif answer == "b":
                self._slow_down(retry.learning_rate)
                app.starter.train_on()

        said = [app.snapshot.message, "A tenth of the learning rate may keep it finite:"]

        app.push_screen(QuestionScreen("The training has ended", answers, said), answered)

    def _read(self, session: AnySession, folder: Path, wishes: dict[str, float]) -> None:
        def found() -> Resumed:
            from asanai_tui.runs.resuming import resumed

            session.join(PATIENCE)
            return resumed(folder, wishes)

        self._app.notify("Reading the run …", timeout=PATIENCE)  # torch may have to start first
        failed = partial(self._app.notify, severity="error", timeout=15)
        self._app.reader.aside(found, partial(self._begin, session, wishes), failed)

    def _begin(self, session: AnySession, wishes: dict[str, float], found: Resumed) -> None:
        app = self._app
        if app.session is not session or app.desk.alive:  # meanwhile something else was opened or begun
            return
        app.desk.go_on(found, wishes)
        app.training_begun()
        self._slow_down(wishes["learning_rate"])
        app.notify(f"{found.told} Learning rate {wishes['learning_rate']:g}.", timeout=5)

    def _slow_down(self, rate: float) -> None:
        """The document learns at this rate too, so that its next training does not go wrong as this one did."""
        from asanai_tui.training.settings import with_rate

        self._app.editor.training(with_rate(self._app.project.training, rate), f"learning rate {rate:g}")
