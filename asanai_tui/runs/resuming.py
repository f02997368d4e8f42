"""From the directory of a run that was stopped or killed to where it stood."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from asanai_tui import project as projects
from asanai_tui.errors import InputError, clean, counted
from asanai_tui.files import typed
from asanai_tui.opening import PROJECT_FILE
from asanai_tui.project import Project
from asanai_tui.runs import checkpoint, history, information
from asanai_tui.runs.information import RunInformation
from asanai_tui.runs.known import run_at
from asanai_tui.training.control import Wishes
from asanai_tui.training.epochs import Epochs
from asanai_tui.training.live import with_wishes
from asanai_tui.training.trials import plan

if TYPE_CHECKING:
    from asanai_tui.training.standing import Standing


class Resumed(NamedTuple):
    """A run to go on with."""

    folder: Path
    project: Project  # as it was wished last
    information: RunInformation
    history: Epochs  # up to where it stood
    history_size: int  # bytes of history.jsonl that hold them
    standing: "Standing | None"  # None: it ended before its first checkpoint, and begins again
    digest: str  # of its data; nothing where it is not known
    trial: "Resumed | None" = None  # the one that had begun, of a series

    @property
    def told(self) -> str:
        """Where it goes on, in words."""
        if trials := plan(self.project.training):
            inner = f" {self.trial.told}" if self.trial else ""
            return f"Goes on after {counted(len(self.information.trials), trials[0].noun)}.{inner}"
        if self.standing is None:
            return "There is no checkpoint yet, so the run begins again."
        numbers = self.standing.numbers
        place = f"after {counted(numbers.epoch - 1, 'epoch')}"
        batches = f" and {counted(numbers.batch, 'batch', 'batches')}" if numbers.batch else ""
        return f"Goes on {place}{batches}."


def resumed(path: Path, wishes: Wishes) -> Resumed:
    """What is in the directory of a run. Nothing is written.

    Args:
        wishes: settings to change.

    Raises:
        InputError: no run, a damaged one, or one that is at its end.
    """
    folder = run_at(path)
    project, about = projects.load(folder / PROJECT_FILE), information.read(folder)
    if plan(project.training):
        return _series(folder, project, about)
    if about.state == "finished" and not wishes:
        raise _at_its_end(folder, about)
    found = _from_checkpoint(folder, project, about, wishes)
    if about.state == "finished":
        if found.project.training.epochs <= about.epochs:
            raise _at_its_end(folder, about)
        if found.standing:
            found.standing.numbers.waiting.waited = 0  # else one that stopped early would stop after one epoch more
    return found


def _from_checkpoint(folder: Path, project: Project, about: RunInformation, wishes: Wishes) -> Resumed:
    found = checkpoint.load(folder / checkpoint.STATE)
    standing, digest = found or (None, "")
    if standing:
        numbers = standing.numbers
        before = {**numbers.wished, "epochs": numbers.epochs, "patience": numbers.patience}
        training = with_wishes(with_wishes(project.training, before), wishes)
        project = msgspec.structs.replace(project, training=training)
    done = standing.numbers.epoch - 1 if standing else 0
    epochs, size = history.recorded(folder, lambda epoch: epoch.epoch <= done)
    if len(epochs) < done:
        raise InputError(
            f"{clean(folder / history.FILE_NAME)} ends after {counted(len(epochs), 'epoch')}, but the checkpoint is "
            f"that after {done}; the history was damaged."
        )
    return Resumed(folder, project, about, epochs, size, standing, digest)


def _series(folder: Path, project: Project, about: RunInformation) -> Resumed:
    done, trials = len(about.trials), plan(project.training)
    if done == len(trials):
        raise InputError(
            f"{clean(folder)} has finished all its {counted(done, trials[0].noun)}; "
            f"asanai-tui resume {typed(folder / trials[0].folder)} --epochs N makes one of them longer."
        )
    begun, trial = folder / trials[done].folder, None
    if (begun / PROJECT_FILE).is_file() and (begun / information.FILE_NAME).is_file():
        trial = _from_checkpoint(begun, projects.load(begun / PROJECT_FILE), information.read(begun), {})
    epochs, size = history.recorded(folder, lambda epoch: epoch.trial <= done)
    return Resumed(folder, project, about, epochs, size, None, "", trial)


def _at_its_end(folder: Path, about: RunInformation) -> InputError:
    return InputError(
        f"{clean(folder)} has finished after {counted(about.epochs, 'epoch')}; "
        "give a larger number with --epochs to go on."
    )


def check_data(project: Project, resumed: Resumed | None, digest: str) -> None:
    """Raises: InputError: the data is not that of the run that goes on."""
    if resumed and resumed.digest not in ("", digest):
        raise InputError(
            f"{clean(project.data.path)} has changed since this run was trained on it, so the run cannot go on as it "
            f"was; train --from {typed(resumed.folder)} begins a new one with its weights."
        )


def what_is_trained(project: Project, digest: str, resumed: Resumed | None) -> str:
    """What every process of a training must have found alike; where it lies may differ from machine to machine."""
    numbers = resumed.standing.numbers if resumed and resumed.standing else None
    place = (numbers.epoch, numbers.batch) if numbers else None
    plain = projects.encoded(project)
    return f"{plain['network']} {plain['training']} {digest} {place}"
