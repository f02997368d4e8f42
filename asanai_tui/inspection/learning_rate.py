"""A learning rate for a project: the sweep of `training.rate_finder` over its data, in this thread or another."""

import threading
from pathlib import Path

import msgspec
import torch

from asanai_tui import logs
from asanai_tui import project as projects
from asanai_tui.data.dataset import load
from asanai_tui.data.progress import Stopped
from asanai_tui.data.spec import augmentation_of
from asanai_tui.errors import InputError, clean
from asanai_tui.project import Project
from asanai_tui.resources import resource
from asanai_tui.training import device, threads
from asanai_tui.training.augmentation import Augmenter, Pairs
from asanai_tui.training.rate_finder import Found, Point, Sweep, checked, swept
from asanai_tui.training.settings import with_rate
from asanai_tui.training.task import Task


class RateSearch:
    """One sweep with the weights that training would begin with. What it has found may be read from any thread."""

    def __init__(self, project: Project, sweep: Sweep) -> None:
        self.sweep = sweep
        self.message = "Reading the data"  # what is being done
        self.problem = ""  # why it failed
        self._project = project
        self._points: list[Point] = []
        self._diverged = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rate finder", daemon=True)

    @property
    def found(self) -> Found:
        """As far as the sweep has come."""
        return Found(points=tuple(self._points), diverged=self._diverged)

    @property
    def alive(self) -> bool:
        """Whether it is still looking."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Look in a thread of its own. Returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End at the next batch; what was found stays."""
        self._stop.set()

    def look(self) -> Found:
        """Look now.

        Raises:
            InputError: the project has a problem, its data cannot be used, or the sweep has no way up.
            Stopped: `stop` was called.
        """
        checked(self.sweep)
        if problems := self._project.problems():
            raise InputError(problems[0])
        training = self._project.training
        with device.memory_errors_told(device.chosen(training.device), training.batch_size):
            task = self._task()
            self.message = ""
            try:
                self._choose_threads(task)
                for point, diverged in swept(task, self._augmenter, self.sweep, self._heed):
                    self._points.append(point)
                    self._diverged = diverged
            finally:
                torch.set_num_threads(threads.all_threads())
        return self.found

    def _run(self) -> None:
        try:
            self.look()
        except Stopped:
            self.message = ""
        except InputError as error:
            self.problem = str(error)
        except Exception as error:
            self.problem = logs.record(error)

    def _heed(self) -> None:
        if self._stop.is_set():
            raise Stopped

    def _say(self, message: str) -> None:
        self.message = message

    def _task(self) -> Task:
        project = self._project
        dataset = load(project.data, self._say, self._stop.is_set)
        self._heed()
        self._say("Starting PyTorch")
        return Task(
            project.network, project.input_shape, project.training, project.data.targets, dataset, {}, self._say
        )

    @property
    def _augmenter(self) -> Augmenter:
        return Augmenter(augmentation_of(self._project.data), self._project.training.seed)

    def _choose_threads(self, task: Task) -> None:
        """As training does, which takes over what was measured here."""
        settings = task.settings
        if task.device.type != "cpu":
            return
        if settings.threads:
            torch.set_num_threads(settings.threads)
            return
        inputs, targets = task.first_batch()
        before = task.weights.copy()
        key = threads.key_of(self._project.network, self._project.input_shape, settings)
        threads.set_fastest(key, lambda: task.stepper.gradients(inputs, Pairs(targets), seed=0) and None)
        task.weights.restore(before)


def check_file(path: Path, file: Path | None) -> Path:
    """The project file that a rate can be saved in.

    Raises:
        InputError: what was given is none, or belongs to the samples.
    """
    if file is None:
        raise InputError(f"{clean(path)} is no project file; asanai-tui new {clean(path)} writes one.")
    if file.resolve().is_relative_to(resource("samples").resolve()):
        raise InputError(f"{clean(file)} belongs to the samples, which stay as they are; save a copy first.")
    return file


def save(project: Project, file: Path, rate: float) -> None:
    """Write the project with another learning rate.

    Raises:
        InputError: it cannot be written.
    """
    projects.save(msgspec.structs.replace(project, training=with_rate(project.training, rate)), file)
