"""The thread that trains: from a project to a run directory. It writes into the recorder and never calls the screen."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from asanai_tui import logs
from asanai_tui.data.augmentation_spec import NO_AUGMENTATION
from asanai_tui.data.progress import Stopped
from asanai_tui.data.spec import Images
from asanai_tui.errors import InputError
from asanai_tui.network.layers.debug import LOGGER as DEBUG_LAYERS
from asanai_tui.project import Project
from asanai_tui.runs.information import Origin
from asanai_tui.runs.log import RunLog
from asanai_tui.runs.writer import RunWriter
from asanai_tui.training.control import Control
from asanai_tui.training.recorder import Epoch, Recorder, State

if TYPE_CHECKING:
    from asanai_tui.data.dataset import Dataset
    from asanai_tui.training.loop import Trainer
    from asanai_tui.training.starting import Start


class TrainingSession:
    """One training, owned by the application or the command line. Its thread is waited for when the program ends."""

    def __init__(self, project: Project, runs: Path, start: "Start | None" = None) -> None:
        """
        Args:
            project: what is trained; an immutable value, so later edits do not reach it.
            runs: the folder in which the run's directory is made.
            start: the weights to begin with, where they are not fresh ones.
        """
        self.project = project
        self.origin = start.origin if start else ""  # what the weights come from, in words
        self.recorder = Recorder()
        self.control = Control()
        self.notes: tuple[str, ...] = ()  # what was left out of the data and why
        self.log = RunLog()
        self._runs = runs
        self._start = start
        self._writer: RunWriter | None = None
        self._ending = threading.Lock()  # the state after the end is final
        self._thread = threading.Thread(target=self._run, name="training")

    @property
    def directory(self) -> Path | None:
        """The run's directory, once there is one."""
        return self._writer.directory.path if self._writer else None

    @property
    def model_path(self) -> Path | None:
        """The best model so far, once one is written."""
        return self._writer.model_path if self._writer else None

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

    def join(self, timeout: float | None = None) -> bool:
        """Wait until everything is written, at most `timeout` seconds; whether it is."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

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
            self._end(*self._train())
        except InputError as error:
            self._end("failed", str(error))
        except Stopped:
            self._end("stopped", "Stopped before training began.")
        except MemoryError:
            self._end("failed", "The memory is full; a smaller batch_size or smaller layers need less.")
        except Exception as error:
            self._end("failed", logs.record(error))
        finally:
            DEBUG_LAYERS.removeHandler(self.log)

    def _train(self) -> tuple[State, str]:
        if problems := self.project.problems():
            raise InputError(problems[0])
        dataset = self._loaded()
        if self.control.stopping:
            return "stopped", "Stopped before training began."
        self._say("Starting PyTorch")
        trainer = self._trainer(dataset)
        self._writer = RunWriter(self.project, dataset.preprocessing, self._runs, str(trainer.device), self._origin)
        self.log.write = self._writer.log
        for note in self._remarks():
            self._writer.log(note)
        return self._trained(trainer, self._writer)

    def _loaded(self) -> "Dataset":
        self._say("Reading the data")
        from asanai_tui.data.dataset import load

        dataset = load(self.project.data, self._say, lambda: self.control.stopping, self._enough)
        self.recorder.update(arriving=False)
        self.notes = dataset.notes
        return dataset

    def _enough(self) -> bool:
        """Asked while what has arrived could be trained on."""
        if not self.recorder.snapshot().arriving:
            self.recorder.update(arriving=True)
        return self.control.beginning_now

    def _trainer(self, dataset: "Dataset") -> "Trainer":
        from asanai_tui.training.loop import Trainer

        data = self.project.data
        trainer = Trainer(
            self.project.network,
            self.project.input_shape,
            self.project.training,
            data.targets,
            dataset,
            self.control,
            self.recorder,
            augmentation=data.augmentation if isinstance(data, Images) else NO_AUGMENTATION,
            weights=self._start.weights if self._start else {},
            on_epoch=self._epoch_ended,
        )
        if self._start:
            self._start = self._start._replace(weights={})  # they are the trainer's now
        return trainer

    @property
    def _origin(self) -> Origin | None:
        if (start := self._start) is None:
            return None
        kept, new = start.alignment.kept, start.alignment.new
        return Origin(model=str(start.model), epoch=start.epoch, kept=kept, new=new)

    def _remarks(self) -> Iterator[str]:
        """What log.txt begins with."""
        if self._start:
            yield f"Begins with {self._start.model}: {self._start.alignment.sentence}"
        yield from self.notes

    def _trained(self, trainer: "Trainer", writer: RunWriter) -> tuple[State, str]:
        state, message, test_loss, test_metric = trainer.run()
        writer.tested(test_loss, test_metric)
        self.recorder.update(test_loss=test_loss, test_metric=test_metric)
        writer.finish(trainer, list(self.recorder.history()), state, message)
        if writer.moved:
            message = f"{message} {writer.moved}"
            self.notes = (*self.notes, writer.moved)
        return state, message

    def _epoch_ended(self, trainer: "Trainer", epoch: Epoch) -> None:
        if self._writer:
            self._writer.epoch_ended(trainer, epoch)
            if self._writer.problem != self.recorder.snapshot().message:
                self._say(self._writer.problem)

    def _say(self, message: str) -> None:
        self.recorder.update(message=message)
