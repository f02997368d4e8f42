"""What training writes and the screen reads: a small object with a lock. Neither side waits for the other."""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from asanai_tui.training.batch_losses import BatchLosses, Means
from asanai_tui.training.epochs import MOST, Epochs

if TYPE_CHECKING:
    from asanai_tui.training.live import Live
    from asanai_tui.training.trials import Result, Trial

State = Literal["preparing", "training", "paused", "stopping", "finished", "stopped", "failed"]
ENDED: tuple[State, ...] = ("finished", "stopped", "failed")


class Epoch(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the history. Losses include the regularizers; a value is None where there is no validation part."""

    epoch: int  # from 1
    loss: float
    val_loss: float | None = None
    metrics: dict[str, float | None] = {}  # by the names that Keras gives them: accuracy, val_accuracy; None: unknown
    learning_rate: float = 0.0
    seconds: float = 0.0  # since the start of the run, pauses left out
    changes: dict[str, float] = {}  # of settings while it was trained, by their names
    trial: int = 0  # of a series, from 1; 0: there is only this training

    def value(self, name: str) -> float | None:
        """`loss`, `val_loss`, or a metric by its name; None where there is none."""
        if name in ("loss", "val_loss"):
            return self.val_loss if name == "val_loss" else self.loss
        return self.metrics.get(name)

    @property
    def monitored(self) -> float:
        """What the best epoch has the least of: the loss, of the validation part where there is one."""
        return self.loss if self.val_loss is None else self.val_loss

    @property
    def curves(self) -> dict[str, float]:
        """The values that are drawn, by name; those that are no number are gaps."""
        named = (("loss", self.loss), ("val_loss", self.val_loss), *self.metrics.items())
        return {name: value for name, value in named if value is not None and value == value}


class Retry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a training that diverged can go on: from its last finite checkpoint, with a lower learning rate."""

    epoch: int = 0  # the last whole one in the checkpoint; 0 without batches: it begins again
    batch: int = 0  # batches of the next epoch in it
    learning_rate: float  # before the schedule


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
    learning_rate: float = 0.0  # of the last step that was told
    live: "Live | None" = None  # what can be changed, as it is now; None: it has not begun
    recorded: int = 0  # epochs in the history
    last: Epoch | None = None
    best: Epoch | None = None
    test_loss: float | None = None  # at the end, where there is a test part
    test_metrics: Mapping[str, float | None] = {}  # never changed
    retry: Retry | None = None  # at the end of one that diverged
    findings: int = 0  # about its health, notes left out
    health: int = 0  # how often it was looked at
    metrics: tuple[str, ...] = ()  # their names
    device: str = ""  # in words: `cpu · 2 threads`
    trial: "Trial | None" = None  # of a series, the one in progress; epochs, best and test are its own
    trials: int = 0  # that the series has; 0: this is none
    trial_began: int = 0  # epochs in the history before it
    results: "tuple[Result, ...]" = ()  # of the trials that have ended

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def share(self) -> float:
        """How much of all epochs of all trials is done, from 0 to 1."""
        return (self.trial.number - 1 + self._share) / self.trials if self.trial else self._share

    @property
    def all_seconds_left(self) -> float | None:
        """Those of this trial, and of the trials to come at the same pace."""
        left, to_come = self.seconds_left, self.trials - self.trial.number if self.trial else 0
        if left is None or not to_come:
            return left
        return left + to_come * left / (1 - self._share) if self._share < 1 else None

    @property
    def _share(self) -> float:
        done = max(0, self.epoch - 1) + self.batch / max(1, self.batches)
        return min(1.0, done / max(1, self.epochs))


class Recorder:
    """Written by the training thread, read from anywhere. Its memory does not grow with the length of the training."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshot = Snapshot()
        self._epochs = Epochs()
        self._batches = BatchLosses()
        self._followers: list[deque[Epoch]] = []

    def update(self, **changes: object) -> None:
        """Change fields of the snapshot."""
        with self._lock:
            self._snapshot = self._snapshot._replace(revision=self._snapshot.revision + 1, **changes)  # type: ignore[arg-type]

    def begin_trial(self, trial: "Trial", count: int) -> None:
        """The next of so many trials begins, with no epoch of its own yet; the history goes on."""
        with self._lock:
            before = self._snapshot
            self._batches = BatchLosses(trial=trial.number)
            self._snapshot = Snapshot(
                revision=before.revision + 1,
                state=before.state if before.state == "stopping" else "preparing",
                epochs=before.epochs,
                recorded=len(self._epochs),
                metrics=before.metrics,
                device=before.device,
                trial=trial,
                trials=count,
                trial_began=len(self._epochs),
                results=before.results,
            )

    def add(self, epoch: Epoch, best: Epoch) -> None:
        """An epoch has ended."""
        with self._lock:
            if trial := self._snapshot.trial:
                epoch = msgspec.structs.replace(epoch, trial=trial.number)
            self._epochs.add(epoch)
            for follower in self._followers:
                follower.append(epoch)
            self._snapshot = self._snapshot._replace(
                revision=self._snapshot.revision + 1, recorded=len(self._epochs), last=epoch, best=best
            )

    def add_batches(self, losses: Sequence[float]) -> None:
        """Batches are done, with these mean losses."""
        with self._lock:
            self._batches.extend(losses)

    def begin_with(self, history: Epochs, best: Epoch | None) -> None:
        """The epochs of a training, or of the trial in progress, that goes on."""
        with self._lock:
            self._epochs.extend(history, self._snapshot.trial.number if self._snapshot.trial else 0)
            self._snapshot = self._snapshot._replace(
                revision=self._snapshot.revision + 1,
                recorded=len(self._epochs),
                last=self._epochs.last if len(history) else None,
                best=best,
            )

    def begin_with_batches(self, batches: BatchLosses) -> None:
        """The batches of a training, or of the trial in progress, that goes on."""
        with self._lock:
            self._batches = msgspec.structs.replace(batches, trial=self._batches.trial, means=list(batches.means))

    def mirror(self, snapshot: Snapshot, known: int, more: Sequence[Epoch], means: Means) -> None:
        """What another recorder holds: its snapshot, and what is not known here yet.

        Args:
            known: how many epochs there were up to the last of `more`.
        """
        with self._lock:
            first = known - len(more)
            for number, epoch in enumerate(more, first):
                self._epochs.add(epoch, number)
            self._batches.take(means)
            self._snapshot = snapshot._replace(revision=self._snapshot.revision + 1, recorded=len(self._epochs))

    def snapshot(self) -> Snapshot:
        """The state now; immutable."""
        with self._lock:
            return self._snapshot

    def epochs(self, since: int = 0, at_most: int = MOST) -> tuple[int, list[Epoch]]:
        """The index after the last of these epochs, and the epochs from index `since` on, as far as they are kept."""
        with self._lock:
            return self._epochs.since(since, at_most)

    def history(self, since: int = 0) -> Sequence[Epoch]:
        """The epochs from index `since` on, as far as they are kept: all of some thousands."""
        return self.epochs(since)[1]

    def batch_losses(self) -> BatchLosses:
        """The losses of the batches so far, or of those of the trial in progress; a copy."""
        with self._lock:
            return msgspec.structs.replace(self._batches, means=list(self._batches.means))

    def means(self, known: Means = Means()) -> Means:  # noqa: B008 (a tuple)
        """The same for someone who knows the means before `known.since`."""
        with self._lock:
            return self._batches.since(known)

    def follow(self) -> deque[Epoch]:
        """A queue that gets every epoch from now on; to be emptied by who asked for it."""
        with self._lock:
            queue: deque[Epoch] = deque()
            self._followers.append(queue)
            return queue
