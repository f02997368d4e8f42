"""A run that another process trains, or that has ended, with the face of a training of one's own."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec

from asanai_tui import project as projects
from asanai_tui.errors import InputError, clean
from asanai_tui.opening import PROJECT_FILE, model_at
from asanai_tui.project import Project
from asanai_tui.runs import checkpoint, history, information
from asanai_tui.runs.frames import SOCKET, Request, View, receive, send, short_path, snapshot_of
from asanai_tui.runs.known import run_at
from asanai_tui.runs.lock import is_locked
from asanai_tui.runs.log import RunLog
from asanai_tui.training.control import Control, Wishes
from asanai_tui.training.epochs import Epochs
from asanai_tui.training.findings import Health
from asanai_tui.training.live import changed, live
from asanai_tui.training.per_class import NO_CLASSES
from asanai_tui.training.recorder import ENDED, Recorder, Snapshot
from asanai_tui.training.trials import plan

GONE = "The process that trained this run has gone; asanai-tui resume goes on with it."
LOOK = 0.25  # seconds between two looks
_WAIT = 20.0  # seconds for an answer


@contextlib.contextmanager
def connected(folder: Path) -> Iterator[socket.socket]:
    """The way to the process that trains the run in `folder`.

    Raises:
        OSError: there is none.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_WAIT)
        with short_path(folder) as path:
            connection.connect(path)
        yield connection


def asked(folder: Path, request: Request) -> View:
    """What the process that trains the run in `folder` answers.

    Raises:
        InputError: nobody trains it, or the request is refused.
    """
    try:
        with connected(folder) as connection:
            send(connection, request)
            view = receive(connection, View)
    except (OSError, msgspec.MsgspecError) as error:
        raise InputError(f"{clean(folder)}: {GONE}") from error
    if view is None or view.problem:
        raise InputError(view.problem if view else f"{clean(folder)}: {GONE}")
    return view


def whole(folder: Path) -> Path:
    """The run that answers for `folder`: of a trial of a series that is being trained, that of the series."""
    above = folder.resolve().parent
    return above if not (folder / SOCKET).exists() and (above / SOCKET).exists() else folder


class AttachedSession:
    """Shows and controls a run of another process. Its screen may close at any time: the training does not notice."""

    def __init__(self, folder: Path) -> None:
        """
        Raises:
            InputError: no run, or a damaged one.
        """
        self._folder = whole(run_at(folder))
        self.directory: Path | None = self._folder
        self.project: Project = projects.load(self._folder / PROJECT_FILE)
        self.origin = ""
        self.health = Health()
        self.classes = NO_CLASSES
        self.notes: tuple[str, ...] = ()
        self.recorder, self.control, self.log = Recorder(), _RemoteControl(self), RunLog()
        self.model_path: Path | None = None
        self._wishes: list[Request] = []
        self._wishing = threading.Condition()
        self._thread = threading.Thread(target=self._follow, name="attached", daemon=True)
        self._over = False

    @property
    def alive(self) -> bool:
        """Whether the run is being trained."""
        return not self._over

    def start(self) -> None:
        """Begin to look. Returns when the first look has been taken."""
        if not is_locked(self._folder):
            self._read_ended()
            return
        self._thread.start()

    def stop(self) -> None:
        """End at the next batch and write what there is."""
        self.ask(Request(do="stop"))

    def pause(self) -> None:
        """Hold at the next batch."""
        self.ask(Request(do="pause"))

    def go_on(self) -> None:
        """End the pause."""
        self.ask(Request(do="go_on"))

    def begin_now(self) -> None:
        """Train on the examples that have arrived."""
        self.ask(Request(do="begin_now"))

    def wish(self, wishes: Wishes) -> str:
        """New settings from the next batch on; why they are not taken, or nothing."""
        try:
            changed(live(self.project.training), wishes)
        except InputError as error:
            return str(error)
        self.control.wish(**wishes)
        return ""

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end of the training, at most `timeout` seconds; whether it has ended."""
        if self._thread.is_alive():
            self._thread.join(timeout)
        return self._over

    def ask(self, request: Request) -> None:
        """Send a request with the next look, at once."""
        with self._wishing:
            self._wishes.append(request)
            self._wishing.notify()

    def _follow(self) -> None:
        try:
            with connected(self._folder) as connection:
                while self._look(connection):
                    with self._wishing:
                        self._wishing.wait_for(lambda: bool(self._wishes), LOOK)
        except (OSError, msgspec.MsgspecError):
            pass  # the process has gone, or is at its end: its files tell how it ended
        self._read_ended()

    def _look(self, connection: socket.socket) -> bool:
        """One question and its answer; whether there will be more to see."""
        with self._wishing:
            request = self._wishes.pop(0) if self._wishes else Request()
        snapshot, means = self.recorder.snapshot(), self.recorder.means().known
        known = {"epochs": snapshot.recorded, "lines": self.log.total, "means": means, "health": snapshot.health}
        send(connection, msgspec.structs.replace(request, **known))
        view = receive(connection, View)
        if view is None:
            return False
        self._show(view)
        return not self.recorder.snapshot().ended

    def _show(self, view: View) -> None:
        self.notes, self.origin = view.notes, view.origin
        self.health = view.health or self.health
        self.model_path = Path(view.model) if view.model else None
        self.control.seen(view.paused)
        for line in view.lines:
            self.log.take(line)
        known = self.recorder.snapshot().recorded + len(view.epochs) if view.known is None else view.known
        self.recorder.mirror(snapshot_of(view.snapshot), known, view.epochs, view.means)

    def _read_ended(self) -> None:
        """How a run stands that nobody trains, from its files."""
        try:
            about, (epochs, _) = information.read(self._folder), history.recorded(self._folder)
        except InputError as error:
            self._end(self.recorder.snapshot()._replace(state="failed", message=str(error)), Epochs())
            return
        with contextlib.suppress(InputError):  # it ended before its first model
            self.model_path = model_at(self._folder)
        ended, self.classes = about.state in ENDED, about.classes
        last = epochs.last
        trials = plan(self.project.training)
        trial = trials[last.trial - 1] if last and last.trial else None
        batches = self._read_batches(self._folder / trial.folder if trial else self._folder)
        snapshot = self.recorder.snapshot()._replace(
            state=about.state if ended else "stopped",
            message=about.reason if ended else GONE,
            epoch=last.epoch if last else 0,
            epochs=self.project.training.epochs,
            batches=batches,
            trial=trial,
            trials=len(trials),
            last=last,
            learning_rate=last.learning_rate if last else 0.0,
            best=about.best,
            test_loss=about.test_loss,
            test_metrics=about.test_metrics,
            metrics=self.project.training.metrics,
            device=about.device,
            retry=about.retry,
            results=about.trials,
        )
        self._end(snapshot, epochs)

    def _read_batches(self, folder: Path) -> int:
        """The curve of the batches; how many an epoch has, as far as that is known."""
        try:
            curve = checkpoint.curve(folder / checkpoint.STATE)
        except InputError:
            return 0
        self.recorder.begin_with_batches(curve.batch_losses)
        return curve.batches

    def _end(self, snapshot: Snapshot, epochs: Epochs) -> None:
        known, more = epochs.since(self.recorder.snapshot().recorded)
        self.recorder.mirror(snapshot, known, more, self.recorder.means())
        self._over = True


class _RemoteControl(Control):
    """The wishes of this screen, for the process that trains."""

    def __init__(self, session: AttachedSession) -> None:
        super().__init__()
        self._session, self._paused, self._looks = session, False, 0

    def seen(self, paused: bool) -> None:
        """Whether the training is held, as it was seen last. What was wished two looks ago has been seen too."""
        self._paused, self._looks = paused, self._looks + 1
        if self._looks > 2:
            self.take_wishes()

    @property
    def paused(self) -> bool:
        return self._paused

    def wish(self, **wishes: float) -> None:
        super().wish(**wishes)
        self._looks = 0
        self._session.ask(Request(do="wish", wishes=wishes))
