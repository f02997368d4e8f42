"""A series of trainings, one after the other: folds, seeds, or each with each."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from asanai_tui.data.spec import Source
from asanai_tui.errors import InputError
from asanai_tui.project import Project
from asanai_tui.runs import history
from asanai_tui.runs.series import SeriesRun
from asanai_tui.runs.work import Ending, Work
from asanai_tui.runs.writer import RunWriter
from asanai_tui.training.per_class import NO_CLASSES, PerClass
from asanai_tui.training.recorder import State
from asanai_tui.training.stopping import monitored
from asanai_tui.training.trials import Result, best_of, line, sentence, table

if TYPE_CHECKING:
    from asanai_tui.data.dataset import Dataset
    from asanai_tui.training.loop import Trainer


class SeriesWork(Work):
    """A plain training for each trial; the first that does not finish is the last."""

    offers_retry = False  # trials with different learning rates could not be compared
    _series: SeriesRun | None = None  # what the trials, each with a writer, are parts of
    _read: "tuple[Source, Dataset] | None" = None  # kept for the trials that learn from the same
    _newest = NO_CLASSES  # of the trial that has ended last

    @property
    def directory(self) -> Path | None:
        return self._series.directory.path if self._series else None

    @property
    def model_path(self) -> Path | None:
        return (self._series.model_path if self._series else None) or super().model_path

    def _train_whole(self) -> Ending:
        if self._ranks:
            raise InputError("folds and seeds are trained by one process; leave out --devices, or torchrun.")
        series = self._series = SeriesRun(self.project, self.runs, self._resumed)
        self._take_up(series)
        self._be_seen(series.directory.path)
        begun = self._resumed.trial if self._resumed else None  # the first of those to come
        state: State = "stopped"
        message = ""
        for trial in series.to_come:
            self.recorder.begin_trial(trial, series.count)
            self._writer = None
            project = series.of(trial)
            if begun:  # with what was changed while it was trained
                project = msgspec.structs.replace(project, training=begun.project.training)
            once = partial(self._train_once, project, series.directory.path, trial.folder, begun)
            state, message = self._outcome(once)
            if state != "finished":
                break
            self._trial_ended(series)
            begun = None
        self._read = None
        series.close()
        return state, self._series_ended(series, state, message)

    def _take_up(self, series: SeriesRun) -> None:
        """The trials of a series that goes on."""
        if self._resumed and series.results:
            self.recorder.begin_with(self._resumed.history, None)
            self.recorder.update(results=tuple(series.results))

    def _trial_ended(self, series: SeriesRun) -> None:
        shot = self.recorder.snapshot()
        if shot.best is None or shot.trial is None or self._writer is None:
            return
        trial, metrics, monitor = shot.trial, self.project.training.metrics, self.project.training.monitor
        best = msgspec.structs.replace(shot.best, trial=trial.number)
        epochs = shot.recorded - shot.trial_began
        result = Result(
            trial.number, trial.fold, trial.seed,
            best=best, epochs=epochs, score=monitored(best, monitor, metrics),
            test_loss=shot.test_loss, test_metrics=dict(shot.test_metrics),
        )  # fmt: skip
        series.add(result, history.every(self._writer.directory.path), self._writer.model_path)
        if best_of(series.results) is result:
            self.classes = self._newest
        self.log.write = series.log
        self.log.add(line(result, series.count, metrics))
        self.recorder.update(results=tuple(series.results))

    def _series_ended(self, series: SeriesRun, state: State, message: str) -> str:
        """What is told at the end of the last trial; a model of an unfinished one is kept where there is no other."""
        if not series.model_path and self._writer and self._writer.model_path:
            series.keep(self._writer.model_path)
        metrics, trial = self.project.training.metrics, self.recorder.snapshot().trial
        told = sentence(series.results, metrics)
        if state != "finished" and trial:
            end = "Stopped" if state == "stopped" else message
            told = f"{trial.title(series.count)}: {end.rstrip('.')}. {told}".strip()
        if best := best_of(series.results):
            self.recorder.update(best=best.best)
        for each in table(series.results, metrics) if len(series.results) > 1 else ():
            self.log.add(each)
        series.log(told)
        series.save(state, told)
        return " ".join(part for part in (told, series.problem, series.moved) if part)

    def _loaded(self, project: Project) -> "Dataset":
        if self._read and self._read[0] == project.data:
            return self._read[1]
        self._read = None  # two would need twice the memory
        self._read = project.data, super()._loaded(project)
        return self._read[1]

    def _begun(self, writer: RunWriter) -> None:
        """The series can be seen already, and the next trial begins with the same weights."""

    def _learned(self, classes: PerClass) -> None:
        self._newest = classes

    def _ended(self, trainer: "Trainer") -> None:
        if self._series:
            self._series.wished |= trainer.wished
