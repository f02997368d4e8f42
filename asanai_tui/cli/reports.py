"""What `train` says: one JSON object a line for programs; one line rewritten, or a few lines, for people."""

import shutil
import sys
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from asanai_tui.cli.output import write, write_json, write_line
from asanai_tui.errors import clean
from asanai_tui.files import typed
from asanai_tui.quantities import clock
from asanai_tui.runs.log import Line
from asanai_tui.runs.session import TrainingSession
from asanai_tui.training import trials as of_trials
from asanai_tui.training.per_class import table
from asanai_tui.training.recorder import Epoch, Snapshot
from asanai_tui.training.settings import Training
from asanai_tui.training.trials import Result, Trial, plan

SHORTEST_BAR, LONGEST_BAR = 5, 30  # characters
LINES = 20  # of epochs, for people without a terminal
CLASSES = 10  # of the worst


class Report(Protocol):
    """How training is told."""

    def progress(self, snapshot: Snapshot) -> None: ...

    def epochs(self, epochs: Sequence[Epoch], snapshot: Snapshot) -> None: ...

    def said(self, lines: Sequence[Line]) -> None: ...

    def trials(self, results: Sequence[Result]) -> None: ...

    def ended(self, session: TrainingSession) -> None: ...


class SilentReport:
    """Of a process that trains together with others, of which the first one tells."""

    def progress(self, snapshot: Snapshot) -> None: ...

    def epochs(self, epochs: Sequence[Epoch], snapshot: Snapshot) -> None: ...

    def said(self, lines: Sequence[Line]) -> None: ...

    def trials(self, results: Sequence[Result]) -> None: ...

    def ended(self, session: TrainingSession) -> None: ...


class JsonReport:
    """The contract for scripts; every epoch is told."""

    def __init__(self, training: Training) -> None:
        self._metrics, self._plan = training.metrics, plan(training)

    def progress(self, snapshot: Snapshot) -> None:
        """Batches are not told."""

    def epochs(self, epochs: Sequence[Epoch], snapshot: Snapshot) -> None:
        for epoch in epochs:
            place = _place(self._plan[epoch.trial - 1]) if self._plan and epoch.trial else {}
            write_json({"event": "epoch", **place, "epoch": epoch.epoch, **values(epoch, self._metrics)})

    def trials(self, results: Sequence[Result]) -> None:
        for result in results:
            write_json({"event": "trial", **self._plain(result)})

    def said(self, lines: Sequence[Line]) -> None:
        for line in lines:
            write_json({"event": "log", "text": line.text})

    def ended(self, session: TrainingSession) -> None:
        snapshot = session.recorder.snapshot()
        content: dict[str, Any] = {"event": snapshot.state}
        if snapshot.state == "failed":
            content["message"] = snapshot.message
        if snapshot.retry:
            content["retry"] = msgspec.structs.asdict(snapshot.retry)
        content["run"] = str(session.directory) if session.directory else None
        content["model"] = str(session.model_path) if session.model_path else None
        content["best_epoch"] = snapshot.best.epoch if snapshot.best else None
        content["val_loss"] = snapshot.best.val_loss if snapshot.best else None
        if snapshot.test_loss is not None:
            content["test_loss"] = snapshot.test_loss
            content |= {f"test_{name}": value for name, value in snapshot.test_metrics.items()}
        if session.classes.known:
            content["classes"] = msgspec.to_builtins(session.classes)
        if self._plan:
            best = of_trials.best_of(snapshot.results)
            content["best_trial"] = best.number if best else None
            content["trials"] = [self._plain(result) for result in snapshot.results]
            content["over_trials"] = msgspec.to_builtins(of_trials.spreads(snapshot.results, self._metrics))
        write_json(content)

    def _plain(self, result: Result) -> dict[str, Any]:
        known = {name: value for name, value in of_trials.values(result, self._metrics).items() if value is not None}
        return {**_place(result), "best_epoch": result.best.epoch, **known}


class LinesReport:
    """For a file or a pipe that a person will read: about 20 lines of epochs."""

    def __init__(self, training: Training) -> None:
        self._metrics, self._plan = training.metrics, plan(training)
        self._message = ""

    def progress(self, snapshot: Snapshot) -> None:
        if snapshot.state == "preparing" and snapshot.message and not self._message:
            self._message = snapshot.message
            write_line(clean(snapshot.message))

    def epochs(self, epochs: Sequence[Epoch], snapshot: Snapshot) -> None:
        step = max(1, round(snapshot.epochs / LINES))
        for epoch in epochs:
            if epoch.epoch in (1, snapshot.epochs) or epoch.epoch % step == 0:
                trial = self._plan[epoch.trial - 1] if self._plan and epoch.trial else None
                write_line(epoch_line(epoch, snapshot.epochs, self._metrics, trial))

    def trials(self, results: Sequence[Result]) -> None:
        """The log tells them."""

    def said(self, lines: Sequence[Line]) -> None:
        for line in lines:
            write_line(f"{line.time} {clean(line.text, 2000)}")

    def ended(self, session: TrainingSession) -> None:
        for line in ending(session, self._metrics):
            write_line(line)


class TerminalReport(LinesReport):
    """For a terminal: one line that is rewritten."""

    def __init__(self, training: Training) -> None:
        super().__init__(training)
        self._shown = ""

    def progress(self, snapshot: Snapshot) -> None:
        if snapshot.state == "preparing":
            self._show(clean(snapshot.message))
        else:
            self._show(progress_line(snapshot, self._metrics, _columns()))

    def epochs(self, epochs: Sequence[Epoch], snapshot: Snapshot) -> None:
        """The line shows the last one."""

    def said(self, lines: Sequence[Line]) -> None:
        if lines:
            self._show("")
            super().said(lines)

    def ended(self, session: TrainingSession) -> None:
        self._show("")
        super().ended(session)

    def _show(self, text: str) -> None:
        text = text[: _columns()]
        if text != self._shown:
            write("\r" + text.ljust(len(self._shown)) + ("\r" if not text else ""))
            self._shown = text


def report_for(as_json: bool, training: Training) -> Report:
    """The report that fits standard output."""
    if as_json:
        return JsonReport(training)
    return TerminalReport(training) if sys.stdout.isatty() else LinesReport(training)


def values(epoch: Epoch, metrics: Sequence[str]) -> dict[str, float | None]:
    """The numbers of an epoch under the names that Keras gives them."""
    names = (f"{part}{name}" for name in ("loss", *metrics) for part in ("", "val_"))
    return {name: epoch.value(name) for name in names}


def epoch_line(epoch: Epoch, epochs: int, metrics: Sequence[str], trial: Trial | None = None) -> str:
    """`Epoch 3/30: loss 0.31, val_loss 0.35, accuracy 0.9, val_accuracy 0.88`; of a trial `Fold 2, epoch 3/30: …`."""
    place = f"{trial.place}, epoch" if trial else "epoch"
    return f"{place.capitalize()} {epoch.epoch}/{epochs}: {_numbers(epoch, metrics)}"


def progress_line(snapshot: Snapshot, metrics: Sequence[str], columns: int) -> str:
    """The epoch in progress, a bar over all of them, time left, and the numbers of the last whole epoch."""
    trial = snapshot.trial
    place = f"{trial.noun} {trial.number}/{snapshot.trials} epoch" if trial else "epoch"
    begin = f"{place.capitalize()} {snapshot.epoch}/{snapshot.epochs} "
    parts = [""] if snapshot.state == "training" else ["", snapshot.state]
    if (left := snapshot.all_seconds_left) is not None:
        parts.append(f"{clock(left)} left")
    if snapshot.last:
        parts.append(_short_numbers(snapshot.last, metrics))
    end = "  ".join(parts)
    room = columns - len(begin) - len(end) - 2
    return f"{begin}[{_bar(snapshot, max(SHORTEST_BAR, min(LONGEST_BAR, room)))}]{end}"[:columns]


def ending(session: TrainingSession, metrics: Sequence[str]) -> list[str]:
    """How it ended, in a few lines."""
    snapshot = session.recorder.snapshot()
    lines = [] if snapshot.state == "failed" else [clean(snapshot.message, 1000)]
    if snapshot.best:
        trial = of_trials.best_of(snapshot.results)
        best = f"Best {trial.place}, epoch" if trial else "Best epoch"
        lines.append(f"{best} {snapshot.best.epoch}: {_numbers(snapshot.best, metrics)}")
    lines += [clean(line, 200) for line in table(session.classes, CLASSES)]
    if session.directory:
        lines.append(f"Run    {clean(session.directory, 4096)}")
    if session.model_path:
        lines.append(f"Model  {clean(session.model_path, 4096)}")
    if session.directory and snapshot.results:
        folder = session.directory / snapshot.results[0].folder
        lines.append(f"Each {snapshot.results[0].noun} keeps its own model: asanai-tui {typed(folder)}")
    if session.directory and snapshot.state == "stopped":
        lines.append(f"asanai-tui resume {typed(session.directory)} goes on with it.")
    return lines


def _place(trial: Trial) -> dict[str, int]:
    """Which of a series it is: `trial`, and `fold` and `seed` as far as it has them."""
    seed = {} if trial.seed is None else {"seed": trial.seed}
    return {"trial": trial.number, **({"fold": trial.fold} if trial.fold else {}), **seed}


def _numbers(epoch: Epoch, metrics: Sequence[str]) -> str:
    known = {name: value for name, value in values(epoch, metrics).items() if value is not None}
    return ", ".join(f"{name} {value:.4g}" for name, value in known.items())


def _short_numbers(epoch: Epoch, metrics: Sequence[str]) -> str:
    """`loss 0.49 val 0.32  accuracy 0.855 val 0.887`."""
    triples = ((name, epoch.value(name), epoch.value(f"val_{name}")) for name in ("loss", *metrics))
    return "  ".join(
        f"{name} {value:.3g}" + ("" if validation is None else f" val {validation:.3g}")
        for name, value, validation in triples
        if value is not None
    )


def _columns() -> int:
    return max(1, shutil.get_terminal_size().columns - 1)  # the last column would begin a new line


def _bar(snapshot: Snapshot, width: int) -> str:
    filled = int(width * snapshot.share)
    return "#" * filled + "-" * (width - filled)
