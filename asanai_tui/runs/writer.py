"""What a training run leaves on disk while it trains and when it ends."""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from asanai_tui import project as projects
from asanai_tui.errors import DivergenceError, InputError, clean
from asanai_tui.files import sweep
from asanai_tui.project import Project
from asanai_tui.runs import checkpoint, history
from asanai_tui.runs.directory import RunDirectory, fallback_folder
from asanai_tui.runs.information import Origin, RunInformation, now
from asanai_tui.runs.lock import RunLock
from asanai_tui.runs.resuming import Resumed
from asanai_tui.training.per_class import PerClass
from asanai_tui.training.recorder import Epoch, Retry, State
from asanai_tui.training.settings import scaled_rate

if TYPE_CHECKING:
    import torch

    from asanai_tui.data.preprocessing import Preprocessing
    from asanai_tui.training.loop import Trainer

INTERVAL = 2.0  # seconds between checkpoints at the ends of epochs
MOMENT = 120.0  # seconds between checkpoints within long epochs
SHARE = 0.05  # of the time may go into writing checkpoints
TENTH = 0.1  # of the learning rate at which a training diverged is offered to go on with


class RunWriter:
    """Writes one run. Trouble with the disk never ends the training: it is told in `problem` and tried again."""

    def __init__(
        self,
        project: Project,
        preprocessing: "Preprocessing",
        runs: Path,
        device: str,
        origin: Origin | None = None,
        name: str = "",
        digest: str = "",
        resumed: Resumed | None = None,
    ) -> None:
        """
        Args:
            runs: the folder for the run's directory.
            name: of that directory, where it is not named after the time and the data.
            digest: of the data that is learned from.
            resumed: the run to go on writing, instead of a new one.

        Raises:
            InputError: no directory can be made, or the one to go on with is in use.
        """
        self.project = project
        self.preprocessing = preprocessing
        self._digest = digest
        self.problem = ""  # why the last writing failed
        self.model_path: Path | None = None
        self._information = msgspec.structs.replace(RunInformation.of_this_process(), device=device, start=origin)
        self._best: Epoch | None = None  # the one that is on disk
        self._next = 0.0
        self._last = time.monotonic()  # when the last checkpoint was written
        self._kept = (0, 0)  # epochs and batches that it holds
        self._diverged_at: float | None = None
        self.moved = ""  # why the run is not in `runs`
        if resumed:
            self.directory, self._lock = self._taken_up(resumed)
        else:
            self.directory, self.moved = created(project, runs, self._information, name)
            self._lock = RunLock(self.directory.path)

    def log(self, text: str) -> None:
        """Add a line to the run's log."""
        self._try(lambda: self.directory.log(text))

    def keep(self, trainer: "Trainer") -> None:
        """Write the checkpoints now."""
        self._try(lambda: self._checkpoint(trainer, "training", ""))

    def epoch_ended(self, trainer: "Trainer", epoch: Epoch) -> None:
        """Keep the epoch's line; write the checkpoints when it is time."""
        self._try(lambda: self.directory.history.add(epoch))
        if time.monotonic() >= self._next:
            self._timed_checkpoint(trainer)

    def moment(self, trainer: "Trainer") -> None:
        """Within an epoch: write the checkpoints when the last ones are minutes old."""
        if time.monotonic() >= max(self._last + MOMENT, self._next):
            self._timed_checkpoint(trainer)

    def close(self) -> None:
        """Let others write the run."""
        self.directory.history.close()
        self._lock.release()

    def _timed_checkpoint(self, trainer: "Trainer") -> None:
        began = time.monotonic()
        self._try(lambda: self._checkpoint(trainer, "training", ""))
        self._last = time.monotonic()
        self._next = self._last + max(INTERVAL, (self._last - began) / SHARE)

    def tested(self, loss: float | None, metrics: Mapping[str, float | None], classes: PerClass) -> None:
        """What the best weights gave at the end, for run.json; written by `finish`."""
        self._information = msgspec.structs.replace(
            self._information, test_loss=loss, test_metrics=dict(metrics), classes=classes
        )

    def diverged(self, learning_rate: float) -> None:
        """The training left the finite numbers at this rate, before its schedule; to be told before `finish`."""
        self._diverged_at = learning_rate

    @property
    def retry(self) -> Retry | None:
        """How a training that diverged can go on from the checkpoint on disk."""
        if self._diverged_at is None or (rate := scaled_rate(self._diverged_at, TENTH)) >= self._diverged_at:
            return None
        epoch, batch = self._kept
        return Retry(epoch=epoch, batch=batch, learning_rate=rate)

    def finish(self, trainer: "Trainer", state: State, message: str) -> None:
        """Write everything that is still to be written, somewhere else if it cannot be here.

        Raises:
            InputError: it can be written nowhere.
        """
        try:
            self._finish_here(trainer, state, message)
        except InputError as error:
            self._finish_elsewhere(trainer, state, message, str(error))

    def _finish_here(self, trainer: "Trainer", state: State, message: str) -> None:
        self._checkpoint(trainer, state, message)
        self.directory.history.flush()
        self.directory.log(message or state)

    def _finish_elsewhere(self, trainer: "Trainer", state: State, message: str, why: str) -> None:
        before = self.directory
        for place in _others():
            try:
                self.directory = _directory([place], self.project, self._information)
                self.moved = _moved(why, self.directory)
                self._best = self.model_path = None
                self._kept = (0, 0)
                self.directory.history.take_over(before.history)
                self.directory.log(why)
                self._finish_here(trainer, state, message)
            except InputError:
                continue
            return
        raise InputError(f"{why} Nothing could be written elsewhere either, so what was learned is lost.")

    def _taken_up(self, resumed: Resumed) -> tuple[RunDirectory, RunLock]:
        """The directory of a run that goes on, its history cut to where it stood."""
        lock, before = RunLock(resumed.folder), resumed.information
        try:
            sweep(resumed.folder)
            history.cut(resumed.folder, resumed.history_size)
            directory = RunDirectory(resumed.folder)
            if before.best and before.best.epoch <= len(resumed.history) and directory.best_model.is_file():
                self.model_path = directory.best_model  # it may be that of an epoch to come, so it is written again
            if resumed.standing:
                self._kept = (resumed.standing.numbers.epoch - 1, resumed.standing.numbers.batch)
            self._information = msgspec.structs.replace(
                self._information,
                started=before.started,
                start=before.start,
                best=before.best,
                resumed=(*before.resumed, self._information.started),
            )
            self._information.save(resumed.folder)
        except InputError:
            lock.release()
            raise
        return directory, lock

    def _checkpoint(self, trainer: "Trainer", state: State, message: str) -> None:
        if not self.directory.path.is_dir():
            raise InputError(f"{clean(self.directory.path)} is gone; training goes on without it.")
        best, last = trainer.best, trainer.recorder.snapshot().last
        self._information = msgspec.structs.replace(self._information, best=best)
        if best is not None and best != self._best:
            self._save(self.directory.best_model, trainer, trainer.best_weights, best)
            self._best, self.model_path = best, self.directory.best_model
        if state != "failed":  # the weights are then those of a broken epoch; the last checkpoint stays
            self._keep(trainer, state)
        self._information = msgspec.structs.replace(
            self._information,
            state=state,
            epochs=last.epoch if last else 0,
            reason=message,
            retry=self.retry,
            ended=None if state == "training" else now(),
        )
        self._information.save(self.directory.path)
        self.problem = ""

    def _keep(self, trainer: "Trainer", state: State) -> None:
        """The last model and where the training stands; what is not finite never replaces what is.

        Raises:
            DivergenceError: while it trains, where that is so.
            InputError: they cannot be written.
        """
        standing = trainer.standing()
        if standing.broken:
            if state == "training":
                raise trainer.broken(standing)
            return
        self._save(self.directory.last_model, trainer, trainer.last_weights, trainer.recorder.snapshot().last)
        self.model_path = self.model_path or self.directory.last_model
        self.directory.history.flush()
        checkpoint.save(self.directory.path / checkpoint.STATE, standing, self._digest)
        self._kept = (standing.numbers.epoch - 1, standing.numbers.batch)

    def _save(self, path: Path, trainer: "Trainer", weights: "Mapping[str, torch.Tensor]", epoch: Epoch | None) -> None:
        from asanai_tui.training import model_file

        network, training = self.project.network, self.project.training
        model_file.save(
            path,
            model_file.ModelFile(
                network=network,
                input_shape=self.project.input_shape,
                preprocessing=self.preprocessing,
                targets=self.project.data.targets,
                loss=training.loss,
                metrics=training.metrics,
                note=self._note(epoch),
                weights={name: value.cpu() for name, value in weights.items()},
            ),
        )

    def _note(self, epoch: Epoch | None) -> dict[str, Any]:
        """The numbers of the epoch that gave the weights, and what opening the model file needs for a project."""
        numbers = msgspec.to_builtins(epoch) if epoch else {"epoch": 0}
        plain = projects.encoded(self.project)
        best = self._information.best
        return {
            **numbers,
            "best_epoch": best.epoch if best else None,
            "data": plain["data"],
            "training": plain["training"],
        }

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except DivergenceError:
            raise
        except InputError as error:
            self.problem = str(error)


def created(project: Project, runs: Path, information: RunInformation, name: str = "") -> tuple[RunDirectory, str]:
    """A directory in `runs`, or in the first place that can be written, and a sentence why it is not in `runs`.

    Raises:
        InputError: it can be made nowhere.
    """
    try:
        return _directory([runs], project, information, name), ""
    except InputError as error:
        directory = _directory(_others(), project, information)
        return directory, _moved(str(error), directory)


def _directory(places: Sequence[Path], project: Project, information: RunInformation, name: str = "") -> RunDirectory:
    for number, place in enumerate(places, 1):
        try:
            directory = RunDirectory.create(place, project, name)
            information.save(directory.path)
        except InputError:
            if number == len(places):
                raise
        else:
            break
    return directory


def _moved(why: str, directory: RunDirectory) -> str:
    return f"{why} The run is in {clean(directory.path)}."


def _others() -> tuple[Path, ...]:
    """Where a run may go when its own place cannot be written."""
    return fallback_folder(), Path(tempfile.gettempdir()) / "asanai-tui-runs"
