"""A training in a thread of its own, with what the screen and the command line see and steer of it."""

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from asanai_tui.errors import InputError
from asanai_tui.files import reason
from asanai_tui.network.layers.debug import LOGGER as DEBUG_LAYERS
from asanai_tui.project import Project
from asanai_tui.runs import known
from asanai_tui.runs.information import RunInformation
from asanai_tui.runs.resuming import Resumed
from asanai_tui.runs.series_work import SeriesWork
from asanai_tui.runs.server import RunServer
from asanai_tui.runs.work import Work
from asanai_tui.runs.writer import created
from asanai_tui.training.control import Wishes
from asanai_tui.training.findings import Health
from asanai_tui.training.live import changed, live
from asanai_tui.training.per_class import PerClass
from asanai_tui.training.recorder import State
from asanai_tui.training.trials import plan

if TYPE_CHECKING:
    from asanai_tui.training.ranks import Ranks
    from asanai_tui.training.starting import Start

MOMENT = 0.05  # seconds between two looks


class TrainingSession:
    """One training, owned by the application or the command line. Its thread is waited for when the program ends."""

    def __init__(
        self,
        project: Project,
        runs: Path,
        start: "Start | None" = None,
        resumed: Resumed | None = None,
        ranks: "Ranks | None" = None,
    ) -> None:
        """
        Args:
            project: what is trained; an immutable value, so later edits do not reach it.
            runs: the folder in which the run's directory is made.
            start: the weights to begin with, where they are not fresh ones.
            resumed: the run to go on with, instead of a new one.
            ranks: the processes that train it together; the first of them alone writes.
        """
        self.project = project
        self.origin = start.origin if start else ""  # what the weights come from, in words
        kind = SeriesWork if plan(project.training) else Work
        self._work = kind(project, runs, start, resumed, ranks, self._be_seen)
        self.recorder, self.control, self.log = self._work.recorder, self._work.control, self._work.log
        self._server: RunServer | None = None
        self._ending = threading.Lock()  # the state after the end is final
        self._thread = threading.Thread(target=self._run, name="training")

    @property
    def directory(self) -> Path | None:
        """The run's directory, once there is one."""
        return self._work.directory

    @property
    def model_path(self) -> Path | None:
        """The best model so far, once one is written."""
        return self._work.model_path

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out of the data and why, and what happened on the way."""
        return self._work.notes

    @property
    def health(self) -> Health:
        """As it was looked at last."""
        return self._work.health

    @property
    def classes(self) -> PerClass:
        """How well the best weights tell each class, at the end."""
        return self._work.classes

    @property
    def alive(self) -> bool:
        """Whether the thread still works."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin. Returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End at the next batch and write what there is."""
        self._wish("stopping")
        self.control.stop()

    def begin_now(self) -> None:
        """Train on the examples that have arrived, without waiting for the others."""
        self.control.begin_now()

    def pause(self) -> None:
        """Hold at the next batch."""
        self.control.pause()

    def go_on(self) -> None:
        """End the pause."""
        self.control.go_on()

    def wish(self, wishes: Wishes) -> str:
        """New settings from the next batch on; why they are not taken, or nothing."""
        try:
            after = changed(live(self.project.training), wishes)
        except InputError as error:
            return str(error)
        self.control.wish(**{name: getattr(after, name) for name in wishes})
        return ""

    def join(self, timeout: float | None = None) -> bool:
        """Wait until everything is written, at most `timeout` seconds; whether it is."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def await_directory(self, patience: float) -> None:
        """Wait until there is a directory, so that another process can go on; at most `patience` seconds."""
        ends = time.monotonic() + patience
        while self.directory is None and not self.join(MOMENT) and time.monotonic() < ends:
            pass

    def laid_down(self) -> Path | None:
        """A directory from which another process can begin a training that was stopped while it was prepared.

        None where its first weights would be lost, or nothing can be written.
        """
        if self._work.start:
            return None
        information = RunInformation.of_this_process()
        try:
            directory, _ = created(self.project, self._work.runs, msgspec.structs.replace(information, state="stopped"))
        except InputError:
            return None
        return directory.path

    def _wish(self, state: State) -> None:
        with self._ending:
            if not self.recorder.snapshot().ended:
                self.recorder.update(state=state)

    def _end(self, state: State, message: str) -> None:
        with self._ending:
            self.recorder.update(state=state, message=message)

    def _run(self) -> None:
        own = threading.get_ident()  # the same layers may predict meanwhile, in another thread
        self.log.addFilter(lambda record: record.thread == own)
        DEBUG_LAYERS.addHandler(self.log)
        try:
            self._end(*self._work.done())
        finally:
            DEBUG_LAYERS.removeHandler(self.log)
            if self._server:
                self._server.close()

    def _be_seen(self, folder: Path) -> None:
        """From here on the run can be attached to."""
        known.remember(folder)
        try:
            self._server = RunServer(self, folder)
        except OSError as error:
            self._work.remark(f"Nobody can attach to this run: {reason(error)}.")
