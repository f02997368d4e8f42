"""What the thread of a session does: from a project to a run directory."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from asanai_tui import logs
from asanai_tui.data.progress import Stopped
from asanai_tui.data.spec import augmentation_of
from asanai_tui.errors import InputError
from asanai_tui.project import Project
from asanai_tui.runs.checkpoint import digest_of
from asanai_tui.runs.health_log import HealthLog
from asanai_tui.runs.information import Origin
from asanai_tui.runs.log import RunLog
from asanai_tui.runs.resuming import Resumed, check_data, what_is_trained
from asanai_tui.runs.writer import RunWriter
from asanai_tui.training.control import Control
from asanai_tui.training.findings import Health
from asanai_tui.training.per_class import NO_CLASSES, PerClass
from asanai_tui.training.recorder import Epoch, Recorder, State

if TYPE_CHECKING:
    from asanai_tui.data.dataset import Dataset
    from asanai_tui.training.loop import Trainer
    from asanai_tui.training.ranks import Ranks
    from asanai_tui.training.starting import Start

Ending = tuple[State, str]  # how a training ended, in words


class Work:
    """One training. It writes into the recorder and never calls the screen."""

    offers_retry = True  # at a tenth of the learning rate, when it diverges

    def __init__(
        self,
        project: Project,
        runs: Path,
        start: "Start | None",
        resumed: Resumed | None,
        ranks: "Ranks | None",
        be_seen: Callable[[Path], None],
    ) -> None:
        """
        Args:
            project: what is trained; an immutable value, so later edits do not reach it.
            runs: the folder in which the run's directory is made.
            start: the weights to begin with, where they are not fresh ones.
            resumed: the run to go on with, instead of a new one.
            ranks: the processes that train it together; the first of them alone writes.
            be_seen: takes the run's directory, once there is one.
        """
        self.project, self.runs = project, runs
        self.recorder, self.control, self.log = Recorder(), Control(), RunLog()
        self.notes: tuple[str, ...] = ()  # what was left out of the data and why
        self.health = Health()  # as it was looked at last
        self.classes = NO_CLASSES  # how well the best weights tell each, at the end
        self.start = start
        self._resumed, self._ranks, self._be_seen = resumed, ranks, be_seen
        self._health_log = HealthLog()
        self._writer: RunWriter | None = None

    @property
    def directory(self) -> Path | None:
        """The run's directory, once there is one."""
        return self._writer.directory.path if self._writer else None

    @property
    def model_path(self) -> Path | None:
        """The best model so far, once one is written."""
        return self._writer.model_path if self._writer else None

    def done(self) -> Ending:
        """Train to the end. Raises nothing; trouble is told in words."""
        return self._outcome(self._train)

    def _outcome(self, work: Callable[[], Ending]) -> Ending:
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

    def _train(self) -> Ending:
        if problems := self.project.problems():
            raise InputError(problems[0])
        return self._train_whole()

    def _train_whole(self) -> Ending:
        return self._train_once(self.project, self.runs, resumed=self._resumed)

    def _train_once(self, project: Project, runs: Path, name: str = "", resumed: Resumed | None = None) -> Ending:
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
            project, dataset.preprocessing, runs, str(trainer.device), Origin.of(self.start), name, digest, resumed
        )
        self.log.write = self._writer.log
        if self._ranks:
            self._ranks.writes(self._writer.directory.path)
        self._begun(self._writer)
        for note in self._remarks(resumed):
            self._writer.log(note)
        try:
            return self._trained(trainer, self._writer)
        finally:
            self._ended(trainer)
            self._writer.close()

    def _begun(self, writer: RunWriter) -> None:
        """The trainer and its directory are there."""
        if self.start:
            self.start = self.start._replace(weights={})  # they are the trainer's now
        self._be_seen(writer.directory.path)

    def _learned(self, classes: PerClass) -> None:
        """How well the best weights tell each class."""
        self.classes = classes

    def _ended(self, trainer: "Trainer") -> None:
        """No more steps; the directory is still ours."""

    def _loaded(self, project: Project) -> "Dataset":
        self._say("Reading the data")
        from asanai_tui.data.dataset import load

        dataset = load(project.data, self._say, lambda: self.control.stopping, self._enough)
        self.recorder.update(arriving=False)
        self.notes = dataset.notes
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
            augmentation=augmentation_of(data),
            weights=self.start.weights if self.start else {},
            standing=resumed.standing if resumed else None,
            ranks=self._ranks,
            on_epoch=self._epoch_ended,
            on_moment=self._moment,
            on_stop=self._stopped,
            on_health=self._looked_at,
            say=self.remark,
            on_change=self.log.add,
        )
        if resumed:
            self.recorder.begin_with(resumed.history, trainer.best)
        return trainer

    def _remarks(self, resumed: Resumed | None) -> Iterator[str]:
        """What log.txt begins with."""
        if resumed:
            yield resumed.told
        if self.start:
            yield f"Begins with {self.start.model}: {self.start.alignment.sentence}"
        yield from self.notes

    def _trained(self, trainer: "Trainer", writer: RunWriter) -> Ending:
        if self.start:
            writer.keep(trainer)  # nothing but a file of others holds what it begins with
        state, message, test_loss, test_metrics, diverged, classes = trainer.run()
        writer.tested(test_loss, test_metrics, classes)
        self._learned(classes)
        if diverged and self.offers_retry:
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

    def _stopped(self, trainer: "Trainer") -> None:
        if self._writer:
            self._writer.keep(trainer)

    def remark(self, sentence: str) -> None:
        """Keep a sentence for the log and for the end."""
        self.notes = (*self.notes, sentence)
        if self._writer:
            self._writer.log(sentence)

    def _say(self, message: str) -> None:
        self.recorder.update(message=message)
