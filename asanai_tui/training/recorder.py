"""What training writes and the screen reads: a small object with a lock. Neither side waits for the other."""

import threading
from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

State = Literal["preparing", "training", "paused", "stopping", "finished", "stopped", "failed"]
ENDED: tuple[State, ...] = ("finished", "stopped", "failed")


class Epoch(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the history. Losses include the regularizers; a value is None where there is no validation part."""

    epoch: int  # from 1
    loss: float
    val_loss: float | None = None
    metric: float | None = None
    val_metric: float | None = None
    learning_rate: float = 0.0
    seconds: float = 0.0  # since the start of the run, pauses left out


class Snapshot(NamedTuple):
    """All that a screen shows of a run at one moment."""

    revision: int = 0  # rises with every change
    state: State = "preparing"
    message: str = ""  # what is being prepared, or why it ended
    arriving: bool = False  # examples arrive, and those that have may be trained on without the others
    epoch: int = 0  # the one in progress, from 1
    epochs: int = 0
    batch: int = 0  # batches of this epoch that are done
    batches: int = 0
    loss: float | None = None  # mean of the epoch so far
    samples_per_second: float = 0.0
    seconds_left: float | None = None
    learning_rate: float = 0.0
    recorded: int = 0  # epochs in the history
    last: Epoch | None = None
    best: Epoch | None = None
    test_loss: float | None = None  # at the end, where there is a test part
    test_metric: float | None = None
    metric_name: str = ""
    device: str = ""  # in words: `cpu · 2 threads`

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def share(self) -> float:
        """How much of all epochs is done, from 0 to 1."""
        done = max(0, self.epoch - 1) + self.batch / max(1, self.batches)
        return min(1.0, done / max(1, self.epochs))


class Recorder:
    """Written by the training thread, read from anywhere."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshot = Snapshot()
        self._history: list[Epoch] = []

    def update(self, **changes: object) -> None:
        """Change fields of the snapshot."""
        with self._lock:
            self._snapshot = self._snapshot._replace(revision=self._snapshot.revision + 1, **changes)  # type: ignore[arg-type]

    def add(self, epoch: Epoch, best: Epoch) -> None:
        """An epoch has ended."""
        with self._lock:
            self._history.append(epoch)
            self._snapshot = self._snapshot._replace(
                revision=self._snapshot.revision + 1, recorded=len(self._history), last=epoch, best=best
            )

    def snapshot(self) -> Snapshot:
        """The state now; immutable."""
        with self._lock:
            return self._snapshot

    def history(self, since: int = 0) -> Sequence[Epoch]:
        """The epochs from index `since` on."""
        with self._lock:
            return self._history[since:]
