"""run.json: what a run is, where it runs, how far it came and why it ended."""

import os
import platform
import socket
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from asanai_tui import __version__
from asanai_tui.errors import InputError, clean
from asanai_tui.files import reason, write_atomically
from asanai_tui.runs import earlier
from asanai_tui.training.per_class import NO_CLASSES, PerClass
from asanai_tui.training.recorder import Epoch, Retry, State
from asanai_tui.training.trials import Result, Spread

if TYPE_CHECKING:
    from asanai_tui.training.starting import Start

FILE_NAME = "run.json"
_PACKAGES = ("torch", "numpy", "pandas", "opencv-python-headless", "safetensors")


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The model whose weights a training began with."""

    model: str  # its file
    epoch: int | None = None
    kept: tuple[int, ...]  # positions of the layers that kept all their weights, from 0
    new: tuple[int, ...]  # of those that began anew, at least in part

    @classmethod
    def of(cls, start: "Start | None") -> "Origin | None":
        """Where the weights of `start` come from."""
        if start is None:
            return None
        kept, new = start.alignment.kept, start.alignment.new
        return cls(model=str(start.model), epoch=start.epoch, kept=kept, new=new)


class RunInformation(msgspec.Struct, frozen=True, kw_only=True):
    """The content of run.json. Times are ISO 8601 with the offset from UTC."""

    state: State = "training"
    pid: int
    host: str
    started: str
    resumed: tuple[str, ...] = ()  # when it went on after it had been stopped or killed
    ended: str | None = None
    device: str = ""
    start: Origin | None = None  # where the first weights come from; None: they were fresh
    versions: dict[str, str] = {}
    epochs: int = 0  # recorded so far
    best: Epoch | None = None
    test_loss: float | None = None  # of the best weights on the test part, once, at the end
    test_metrics: dict[str, float | None] = {}
    classes: PerClass = NO_CLASSES  # how well each is told by the best weights, at the end
    trials: tuple[Result, ...] = ()  # of a series, those that have ended; best is that of the best
    wished: dict[str, float] = {}  # of settings while a series was trained, for the trials to come
    over_trials: dict[str, Spread] = {}  # the statistics of what they gave
    reason: str = ""  # why it ended, a sentence
    retry: Retry | None = None  # how it can go on, where it diverged

    @classmethod
    def of_this_process(cls) -> "RunInformation":
        """A run that begins now."""
        return cls(pid=os.getpid(), host=socket.gethostname(), started=now(), versions=_versions())

    def save(self, folder: Path) -> None:
        """Write `run.json` into the run directory.

        Raises:
            InputError: it cannot be written.
        """
        write_atomically(folder / FILE_NAME, msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n")


def read(folder: Path) -> RunInformation:
    """The `run.json` of a run directory.

    Raises:
        InputError: absent, unreadable or not a run.json.
    """
    path = folder / FILE_NAME
    try:
        content = path.read_bytes()
        metric = earlier.metric_of(folder, content)
        content = earlier.of_today(content, metric) if metric else content
        return msgspec.convert(_as_now(msgspec.json.decode(content)), RunInformation)
    except OSError as error:
        raise InputError(f"{clean(path)}: {reason(error)}.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, LookupError, TypeError) as error:
        raise InputError(f"{clean(path)} does not describe a run: {clean(error)}.") from error


def _as_now(content: Any) -> Any:
    """Runs were first repeated in folds alone, which had keys of their own."""
    if not isinstance(content, dict) or "folds" not in content:
        return content
    return {**content, "trials": [_trial(each) for each in content["folds"]], "best": _best(content.get("best"))}


def _trial(fold: dict[str, Any]) -> dict[str, Any]:
    return {**fold, "number": fold["fold"], "best": _best(fold["best"])}


def _best(epoch: dict[str, Any] | None) -> dict[str, Any] | None:
    return epoch and {**epoch, "trial": epoch.get("fold", 0)}


def now() -> str:
    """The time as it is written in run.json and log.txt."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _versions() -> dict[str, str]:
    found = {"asanai-tui": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue  # cv2, for one, comes in several packages
    return found
