"""Training without a screen: follows a session, tells it, and stops it at a signal."""

import contextlib
import signal
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from asanai_tui.cli.output import drop, write_json
from asanai_tui.cli.reports import Report, SilentReport, report_for
from asanai_tui.cli.signals import RESUME_ME, Arrived, status_of, stops_caught
from asanai_tui.errors import InputError
from asanai_tui.opening import model_at
from asanai_tui.project import Project
from asanai_tui.runs.retrying import sentence
from asanai_tui.runs.session import TrainingSession
from asanai_tui.training.recorder import Epoch

if TYPE_CHECKING:
    from asanai_tui.training.starting import Start

LOOK = 0.1  # seconds between two looks at the session


def started_from(origin: Path, project: Project, as_json: bool, messages: TextIO, silent: bool = False) -> "Start":
    """The weights of the model or run at `origin` that fit; says which do, unless it is to be `silent`.

    Raises:
        InputError: there is no model, or it cannot be used.
    """
    from asanai_tui.training.starting import start_from

    start = start_from(model_at(origin), project.network, project.input_shape)
    if silent:
        return start
    print(start.alignment.sentence, file=messages)
    if as_json:
        kept, new = start.alignment.kept, start.alignment.new
        write_json({"event": "weights", "from": str(start.model), "kept": kept, "new": new})
    return start


def told(session: TrainingSession, as_json: bool, messages: TextIO, silent: bool) -> int:
    """Train to the end and tell how it went, on standard output and what was left out on `messages`.

    Args:
        silent: nothing is told.

    Raises:
        InputError: training failed; the sentence says why.
    """
    training = session.project.training
    status = train(session, SilentReport() if silent else report_for(as_json, training))
    for note in () if silent else session.notes:
        print(note, file=messages)
    return status


def train(session: TrainingSession, report: Report) -> int:
    """Train to the end and tell how it went; the exit status.

    Returns:
        0 when finished; 128 + the signal's number when stopped, as shells do, but `RESUME_ME` after SIGUSR1.

    Raises:
        InputError: training failed; the sentence says why.
    """
    with stopping(session) as received:
        epochs = session.recorder.follow()
        session.start()
        try:
            _follow(session, epochs, report)
            report.ended(session)
        except BrokenPipeError:
            drop()
            received.append(signal.SIGPIPE)
            session.stop()
            session.join()
        except InputError:  # nothing more can be told, but the training is worth its end
            session.join()
            raise
        except Exception:
            session.stop()
            session.join()
            raise
    snapshot = session.recorder.snapshot()
    if snapshot.state == "failed":
        offer = f" {sentence(session.directory, snapshot.retry)}" if session.directory and snapshot.retry else ""
        raise InputError(f"{snapshot.message}{offer}")
    if snapshot.state != "stopped":
        return 0
    if not received:  # if nobody wished it here, a signal did to another process of this training
        return 0 if session.control.stopping else RESUME_ME
    return status_of(received[0])


@contextlib.contextmanager
def stopping(session: TrainingSession) -> Iterator[Arrived]:
    """SIGINT, SIGTERM and SIGUSR1 stop the session at the next batch; a hung-up terminal does not. Gives what arrived.

    A handler may run while this thread holds any lock, so it touches none but that of the wish to stop, and that once.
    """

    def stop(arrived: Arrived) -> None:
        if len(arrived) == 1:
            session.control.stop()

    with stops_caught(stop) as received:
        yield received


def _follow(session: TrainingSession, epochs: deque[Epoch], report: Report) -> None:
    heard = trials = 0
    running = True
    while running:
        running = not session.join(LOOK)
        snapshot = session.recorder.snapshot()
        heard, lines = session.log.lines(heard)
        for result in snapshot.results[trials:]:
            report.epochs(_taken(epochs, result.number), snapshot)
            report.trials((result,))
        trials = len(snapshot.results)
        report.epochs(_taken(epochs, trials), snapshot)
        report.said(lines)
        report.epochs(_taken(epochs, trials + 1), snapshot)
        if not snapshot.ended:
            report.progress(snapshot)


def _taken(epochs: deque[Epoch], trial: int) -> list[Epoch]:
    """Out of the queue: the epochs of all trials up to this one."""
    taken = []
    while epochs and epochs[0].trial <= trial:
        taken.append(epochs.popleft())
    return taken
