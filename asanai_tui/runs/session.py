"""The thread that trains: from a project to a run directory. It writes into the recorder and never calls the screen."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from asanai_tui import logs
from asanai_tui.data.augmentation_spec import NO_AUGMENTATION
from asanai_tui.data.progress import Stopped
from asanai_tui.data.spec import Images, Segmentation, Source
from asanai_tui.errors import InputError
from asanai_tui.files import reason
from asanai_tui.network.layers.debug import LOGGER as DEBUG_LAYERS
from asanai_tui.project import Project
from asanai_tui.runs import history, known
from asanai_tui.runs.checkpoint import digest_of
from asanai_tui.runs.health_log import HealthLog
from asanai_tui.runs.information import Origin, RunInformation
from asanai_tui.runs.log import RunLog
from asanai_tui.runs.resuming import Resumed, check_data, what_is_trained
from asanai_tui.runs.series import SeriesRun
from asanai_tui.runs.server import RunServer
from asanai_tui.runs.writer import RunWriter, created
from asanai_tui.training.control import Control, Wishes
from asanai_tui.training.findings import Health
from asanai_tui.training.live import changed, live
from asanai_tui.training.per_class import NO_CLASSES
from asanai_tui.training.recorder import Epoch, Recorder, State
from asanai_tui.training.stopping import monitored
from asanai_tui.training.trials import Result, best_of, line, plan, sentence, table

if TYPE_CHECKING:
    from asanai_tui.data.dataset import Dataset
    from asanai_tui.training.loop import Trainer
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
        self.recorder = Recorder()
        self.control = Control()
        self.notes: tuple[str, ...] = ()  # what was left out of the data and why
        self.log = RunLog()
        self.health = Health()  # as it was looked at last
        self.classes = self._newest_classes = NO_CLASSES  # how well the best weights tell each, at the end
        self._health_log = HealthLog()
        self._runs = runs
        self._start = start
        self._resumed = resumed
        self._ranks = ranks
        self._writer: RunWriter | None = None
        self._series: SeriesRun | None = None  # what the trials, each with a writer, are parts of
        self._read: tuple[Source, Dataset] | None = None  # kept for the trials that learn from the same
        self._server: RunServer | None = None
        self._ending = threading.Lock()  # the state after the end is final
        self._thread = threading.Thread(target=self._run, name="training")

    @property
    def directory(self) -> Path | None:
        """The run's directory, once there is one."""
        run = self._series or self._writer
        return run.directory.path if run else None

    @property
    def model_path(self) -> Path | None:
        """The best model so far, once one is written."""
        found = (run.model_path for run in (self._series, self._writer) if run)
        return next((path for path in found if path), None)

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
        if self._start:
            return None
        information = RunInformation.of_this_process()
        try:
            directory, _ = created(self.project, self._runs, msgspec.structs.replace(information, state="stopped"))
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
            self._end(*self._outcome(self._train))
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
            self._remark(f"Nobody can attach to this run: {reason(error)}.")

    def _outcome(self, work: Callable[[], tuple[State, str]]) -> tuple[State, str]:
        """What `work` gives, or its trouble in words."""
        try:
            return work()
        except InputError as error:
            return "failed", str(error)
        except Stopped:
            return "stopped", "Stopped before training began."
        except MemoryError:
            return "failed", "The memory is full; a smaller batch_size or smaller layers need less."
        except Exception as error:
            return "failed", logs.record(error)

    def _train(self) -> tuple[State, str]:
        if problems := self.project.problems():
            raise InputError(problems[0])
        if plan(self.project.training):
            if self._ranks:
                raise InputError("folds and seeds are trained by one process; leave out --devices, or torchrun.")
            return self._train_series()
        return self._train_once(self.project, self._runs, resumed=self._resumed)

    def _train_once(
        self, project: Project, runs: Path, name: str = "", resumed: Resumed | None = None
    ) -> tuple[State, str]:
        dataset = self._loaded(project)
        if self.control.stopping:
            raise Stopped
        self._say("Starting PyTorch")
        digest = digest_of(dataset)
        check_data(project, resumed, digest)
        if self._ranks:
            what = what_is_trained(project, digest, resumed)
            self._ranks.meet(project.training.device, what, lambda: self.control.stopping)
        trainer = self._trainer(project, dataset, resumed)
        if self._ranks and self._ranks.rank:
            return trainer.run()[:2]
        self._writer = RunWriter(
            project, dataset.preprocessing, runs, str(trainer.device), Origin.of(self._start), name, digest, resumed
        )
        self.log.write = self._writer.log
        if self._ranks:
            self._ranks.writes(self._writer.directory.path)
        if not self._series:
            self._be_seen(self._writer.directory.path)
        for note in self._remarks(resumed):
            self._writer.log(note)
        try:
            return self._trained(trainer, self._writer)
        finally:
            if self._series:
                self._series.wished |= trainer.wished
            self._writer.close()

    def _train_series(self) -> tuple[State, str]:
        """A plain training for each trial; the first that does not finish is the last."""
        series = self._series = SeriesRun(self.project, self._runs, self._resumed)
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
            self.classes = self._newest_classes
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
        self._say("Reading the data")
        from asanai_tui.data.dataset import load

        self._read = None  # two would need twice the memory
        dataset = load(project.data, self._say, lambda: self.control.stopping, self._enough)
        self.recorder.update(arriving=False)
        self.notes = dataset.notes
        if self._series:
            self._read = project.data, dataset
        return dataset

    def _enough(self) -> bool:
        """Asked while what has arrived could be trained on."""
        if not self.recorder.snapshot().arriving:
            self.recorder.update(arriving=True)
        return self.control.beginning_now

    def _trainer(self, project: Project, dataset: "Dataset", resumed: Resumed | None) -> "Trainer":
        from asanai_tui.training.loop import Trainer

        data = project.data
        trainer = Trainer(
            project.network,
            project.input_shape,
            project.training,
            data.targets,
            dataset,
            self.control,
            self.recorder,
            augmentation=data.augmentation if isinstance(data, Images | Segmentation) else NO_AUGMENTATION,
            weights=self._start.weights if self._start else {},
            standing=resumed.standing if resumed else None,
            ranks=self._ranks,
            on_epoch=self._epoch_ended,
            on_moment=self._moment,
            on_health=self._looked_at,
            say=self._remark,
            on_change=self.log.add,
        )
        if resumed:
            self.recorder.begin_with(resumed.history, trainer.best)
        if self._start and not self._series:
            self._start = self._start._replace(weights={})  # they are the trainer's now
        return trainer

    def _remarks(self, resumed: Resumed | None) -> Iterator[str]:
        """What log.txt begins with."""
        if resumed:
            yield resumed.told
        if self._start:
            yield f"Begins with {self._start.model}: {self._start.alignment.sentence}"
        yield from self.notes

    def _trained(self, trainer: "Trainer", writer: RunWriter) -> tuple[State, str]:
        if self._start:
            writer.begin(trainer)
        state, message, test_loss, test_metrics, diverged, self._newest_classes = trainer.run()
        writer.tested(test_loss, test_metrics, self._newest_classes)
        if not self._series:
            self.classes = self._newest_classes
        if diverged and not self._series:  # trials with different learning rates could not be compared
            writer.diverged(trainer.learning_rate)
        self.recorder.update(test_loss=test_loss, test_metrics=test_metrics)
        writer.finish(trainer, state, message)
        self.recorder.update(retry=writer.retry)
        if writer.moved:
            message = f"{message} {writer.moved}"
            self.notes = (*self.notes, writer.moved)
        return state, message

    def _epoch_ended(self, trainer: "Trainer", epoch: Epoch) -> None:
        if self._writer:
            self._writer.epoch_ended(trainer, epoch)
            if self._writer.problem != self.recorder.snapshot().message:
                self._say(self._writer.problem)

    def _looked_at(self, health: Health) -> None:
        self.health = health
        for news in self._health_log.news(health):
            self.log.add(news)
        grave = sum(each.level != "note" for each in health.findings)
        self.recorder.update(findings=grave, health=self.recorder.snapshot().health + 1)

    def _moment(self, trainer: "Trainer") -> None:
        if self._writer:
            self._writer.moment(trainer)

    def _remark(self, sentence: str) -> None:
        self.notes = (*self.notes, sentence)
        if self._writer:
            self._writer.log(sentence)

    def _say(self, message: str) -> None:
        self.recorder.update(message=message)
