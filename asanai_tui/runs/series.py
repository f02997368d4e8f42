"""A series of trials: a directory with a whole run for each, what they gave together, and the model of the best."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec

from asanai_tui.errors import InputError, clean
from asanai_tui.files import reason, sweep
from asanai_tui.project import Project
from asanai_tui.runs import history
from asanai_tui.runs.directory import RunDirectory
from asanai_tui.runs.information import RunInformation, now
from asanai_tui.runs.lock import RunLock
from asanai_tui.runs.resuming import Resumed
from asanai_tui.runs.writer import created
from asanai_tui.training.control import Wishes
from asanai_tui.training.live import with_wishes
from asanai_tui.training.recorder import Epoch, State
from asanai_tui.training.trials import Result, Trial, best_of, data_of, plan, spreads, training_of


class SeriesRun:
    """Writes what the trials give together. Trouble with the disk ends nothing: it is told in `problem`."""

    def __init__(self, project: Project, runs: Path, resumed: Resumed | None = None) -> None:
        """
        Args:
            resumed: the run to go on with, instead of a new one.

        Raises:
            InputError: a directory can be made nowhere, or the one to go on with is in use.
        """
        self.project = project
        self.trials = plan(project.training)
        self.results: list[Result] = []  # of those that have ended
        self.wished: Wishes = {}  # what was changed in a trial counts for those after it too
        self.model_path: Path | None = None
        self.problem = ""
        self._information = RunInformation.of_this_process()
        if resumed:
            self.directory, self.moved = RunDirectory(resumed.folder), ""
            self.results, self.wished = list(resumed.information.trials), dict(resumed.information.wished)
        else:
            self.directory, self.moved = created(project, runs, self._information)
        self._lock = RunLock(self.directory.path)
        if resumed:
            self._take_up(resumed)

    def _take_up(self, resumed: Resumed) -> None:
        before = resumed.information
        sweep(resumed.folder)
        history.cut(resumed.folder, resumed.history_size)
        again = (*before.resumed, self._information.started)
        self._information = msgspec.structs.replace(self._information, started=before.started, resumed=again)
        self.model_path = self.directory.best_model if self.directory.best_model.is_file() else None

    def close(self) -> None:
        """Let others write the run."""
        self._lock.release()

    @property
    def count(self) -> int:
        """How many trials there are to be."""
        return len(self.trials)

    @property
    def to_come(self) -> tuple[Trial, ...]:
        """The trials that have not ended."""
        return self.trials[len(self.results) :]

    def of(self, trial: Trial) -> Project:
        """The plain training that a trial is."""
        training = self.project.training
        data = data_of(self.project.data, training, trial)
        plain = with_wishes(training_of(training, trial), self.wished)
        return msgspec.structs.replace(self.project, data=data, training=plain)

    def log(self, text: str) -> None:
        """Add a line to the run's log."""
        try:
            self.directory.log(text)
        except InputError as error:
            self.problem = str(error)

    def add(self, result: Result, epochs: Iterable[Epoch], model: Path | None) -> None:
        """A trial has ended."""
        self.results.append(result)
        if model and best_of(self.results) is result:
            self.keep(model)
        try:
            for epoch in epochs:
                self.directory.history.add(msgspec.structs.replace(epoch, trial=result.number))
            self.directory.history.flush()
        except InputError as error:
            self.problem = str(error)
        self.save("training")

    def keep(self, model: Path) -> None:
        """The model of a trial becomes that of the run; where it cannot, it stays where it is."""
        target = self.directory.best_model
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            copy = target.with_suffix(".new")
            shutil.copyfile(model, copy)
            self.model_path = copy.replace(target)
        except OSError as error:
            self.model_path = model
            self.problem = f"{clean(target)} cannot be written: {reason(error)}; the model is {clean(model)}."

    def save(self, state: State, message: str = "") -> None:
        """Write run.json."""
        best = best_of(self.results)
        self._information = msgspec.structs.replace(
            self._information,
            state=state,
            best=best.best if best else None,
            epochs=sum(result.epochs for result in self.results),
            trials=tuple(self.results),
            over_trials=spreads(self.results, self.project.training.metrics),
            wished=self.wished,
            reason=message,
            ended=None if state == "training" else now(),
        )
        try:
            self._information.save(self.directory.path)
        except InputError as error:
            self.problem = str(error)
