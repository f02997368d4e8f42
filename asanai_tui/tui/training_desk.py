"""The training that the screen looks at: starts it, pulls what is new, and keeps the path of its model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

import msgspec

from asanai_tui.files import typed
from asanai_tui.training.recorder import Snapshot

if TYPE_CHECKING:
    from asanai_tui.project import Project
    from asanai_tui.runs.attached import AttachedSession
    from asanai_tui.runs.resuming import Resumed
    from asanai_tui.runs.session import TrainingSession
    from asanai_tui.training.live import Live
    from asanai_tui.training.starting import Start

    AnySession: TypeAlias = TrainingSession | AttachedSession


class TrainingDesk:
    """At most one training at a time, outside the widget tree."""

    def __init__(self) -> None:
        self.session: AnySession | None = None
        self.attached = False  # the training is another process's, which goes on without this screen
        self.to_background = False  # at the end it is handed to a process of its own
        self.snapshot = Snapshot()
        self.model_path: Path | None = None

    @property
    def alive(self) -> bool:
        """Whether a training runs, or is still writing."""
        return self.session is not None and self.session.alive

    @property
    def occupied(self) -> bool:
        """Whether a training runs that ends with this program."""
        return self.alive and not self.attached

    @property
    def best_so_far(self) -> Path | None:
        """The newest model there is: of the training that runs, once it has written one, else of the last."""
        return (self.session.model_path if self.session is not None else None) or self.model_path

    @property
    def may_continue(self) -> bool:
        """Whether there are trained weights and no training that runs."""
        return self.best_so_far is not None and (self.session is None or self.snapshot.ended)

    @property
    def labels(self) -> dict[str, str]:
        """What keys do while a training runs, where it is not what they do else."""
        if not self.alive:
            return {}
        return {"training.toggle": "stop", "training.pause": "go on" if self.snapshot.state == "paused" else "pause"}

    @property
    def notes(self) -> tuple[str, ...]:
        """What the training left out of the data, and why."""
        return self.session.notes if self.session is not None else ()

    def start(self, project: Project, path: Path | None, start: Start | None = None) -> None:
        """Train `project`, whose file is `path`, with fresh weights or those of `start`."""
        from asanai_tui.runs.directory import runs_folder
        from asanai_tui.runs.session import TrainingSession

        self.session = TrainingSession(project, runs_folder(project, path), start)
        self.snapshot, self.attached = Snapshot(), False
        self.session.start()

    def go_on(self, found: Resumed, wishes: dict[str, float]) -> None:
        """Go on with a run that has ended, with other settings from its next batch on."""
        from asanai_tui.runs.session import TrainingSession

        self.session = TrainingSession(found.project, found.folder.parent, resumed=found)
        self.session.control.wish(**wishes)
        self.snapshot, self.attached = Snapshot(), False
        self.session.start()

    def watch(self, session: AttachedSession) -> None:
        """Show a run that another process trains, or that has ended."""
        self.session, self.attached, self.snapshot = session, True, Snapshot()
        self.model_path = session.model_path

    def stop(self) -> None:
        """End at the next batch; the model is written."""
        if self.session is not None:
            self.session.stop()

    def toggle_pause(self) -> None:
        """Hold, or go on."""
        if self.session is None or not self.session.alive:
            return
        if self.session.control.paused:
            self.session.go_on()
        else:
            self.session.pause()

    @property
    def live(self) -> Live | None:
        """What can be changed of the training that runs, with what was wished last; None: none runs."""
        now = self.session.recorder.snapshot().live if self.session is not None and self.alive else None
        if self.session is None or now is None:
            return None
        return msgspec.structs.replace(now, **self.session.control.wished)

    def wish(self, wishes: dict[str, float]) -> str:
        """Other settings for the training that runs, from its next batch on; why they are not taken, or nothing."""
        if self.session is None or not self.session.alive:
            return "Nothing is being trained."
        return self.session.wish(wishes)

    @property
    def steady(self) -> bool:
        """Whether nothing has begun or ended since the last snapshot."""
        return self.session is None or self.session.recorder.snapshot().state == self.snapshot.state

    def pull(self) -> bool:
        """Take a snapshot; whether it differs from the one before."""
        if self.session is None:
            return False
        snapshot = self.session.recorder.snapshot()
        if snapshot.revision == self.snapshot.revision:
            return False
        self.snapshot = snapshot
        if snapshot.ended and self.session.model_path:
            self.model_path = self.session.model_path
        return True

    def forget(self, model_path: Path | None) -> None:
        """Another document: no training yet, perhaps a model that came with it."""
        self.session, self.snapshot, self.model_path = None, Snapshot(), model_path
        self.attached = self.to_background = False

    def end(self, patience: float) -> list[str]:
        """Stop, wait at most `patience` seconds until the model is written; what to tell the user afterwards."""
        session = self.session
        if session is None:
            return []
        if self.attached:
            how = f"Training goes on; asanai-tui attach {typed(session.directory)} shows it."
            return [how] if session.alive else []
        return self._end(cast("TrainingSession", session), patience)

    def _end(self, session: TrainingSession, patience: float) -> list[str]:
        """The end of a training of this process."""
        words = []
        if session.alive:
            if self.to_background and session.origin:
                session.await_directory(patience)  # the first weights are in no file that another process could take
            session.stop()
            if not session.join(patience):
                words.append("The training did not end in time; its last checkpoint is in its run.")
            elif self.to_background and self._unfinished and (folder := session.directory or session.laid_down()):
                return [handed_over(folder)]
        if session.model_path:
            words.append(f"Model: {session.model_path}")
        return words

    @property
    def _unfinished(self) -> bool:
        return self.session is not None and self.session.recorder.snapshot().state == "stopped"


def handed_over(folder: Path) -> str:
    """A process of its own goes on with a run that has been stopped; a sentence that says so, or why not."""
    from asanai_tui.runs.background import go_on_without

    return go_on_without(folder)
