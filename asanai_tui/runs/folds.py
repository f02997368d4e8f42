"""A run in folds: a directory with a whole run for each fold, what they gave together, and the model of the best."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from asanai_tui.errors import InputError, clean
from asanai_tui.files import reason
from asanai_tui.project import Project
from asanai_tui.runs.directory import RunDirectory
from asanai_tui.runs.information import RunInformation, now
from asanai_tui.runs.lock import RunLock
from asanai_tui.runs.resuming import Resumed, cut_history
from asanai_tui.runs.writer import created
from asanai_tui.training.folds import Fold, best_of, of_fold, spreads
from asanai_tui.training.recorder import Epoch, State


class FoldedRun:
    """Writes what the folds give together. Trouble with the disk ends nothing: it is told in `problem`."""

    def __init__(self, project: Project, runs: Path, resumed: Resumed | None = None) -> None:
        """
        Args:
            resumed: the run to go on with, instead of a new one.

        Raises:
            InputError: a directory can be made nowhere, or the one to go on with is in use.
        """
        self.project = project
        self.folds: list[Fold] = []  # those that have ended
        self.model_path: Path | None = None
        self.problem = ""
        self._information = RunInformation.of_this_process()
        if resumed:
            self.directory, self.moved = RunDirectory(resumed.folder), ""
            self.folds = list(resumed.information.folds)
        else:
            self.directory, self.moved = created(project, runs, self._information)
        self._lock = RunLock(self.directory.path)
        if resumed:
            self._take_up(resumed)

    def _take_up(self, resumed: Resumed) -> None:
        before = resumed.information
        cut_history(resumed.folder, resumed.history)
        again = (*before.resumed, self._information.started)
        self._information = msgspec.structs.replace(self._information, started=before.started, resumed=again)
        self.model_path = self.directory.best_model if self.directory.best_model.is_file() else None

    def close(self) -> None:
        """Let others write the run."""
        self._lock.release()

    @property
    def count(self) -> int:
        """How many folds there are to be."""
        return self.project.training.folds

    def of_fold(self, number: int) -> Project:
        """The plain training that fold `number` is."""
        training = msgspec.structs.replace(self.project.training, folds=0)
        data = of_fold(self.project.data, number, self.count)
        return msgspec.structs.replace(self.project, data=data, training=training)

    def log(self, text: str) -> None:
        """Add a line to the run's log."""
        try:
            self.directory.log(text)
        except InputError as error:
            self.problem = str(error)

    def add(self, fold: Fold, epochs: Sequence[Epoch], model: Path | None) -> None:
        """A fold has ended."""
        self.folds.append(fold)
        if model and best_of(self.folds) is fold:
            self.keep(model)
        try:
            for epoch in epochs:
                self.directory.history.add(epoch)
            self.directory.history.flush()
        except InputError as error:
            self.problem = str(error)
        self.save("training")

    def keep(self, model: Path) -> None:
        """The model of a fold becomes that of the run; where it cannot, it stays where it is."""
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
        best = best_of(self.folds)
        self._information = msgspec.structs.replace(
            self._information,
            state=state,
            best=best.best if best else None,
            epochs=sum(fold.epochs for fold in self.folds),
            folds=tuple(self.folds),
            over_folds=spreads(self.folds, self.project.training.metric),
            reason=message,
            ended=None if state == "training" else now(),
        )
        try:
            self._information.save(self.directory.path)
        except InputError as error:
            self.problem = str(error)
