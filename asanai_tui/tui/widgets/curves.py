"""The history of a training as bounded series."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from asanai_tui.plotting.series import Series
from asanai_tui.training.batch_losses import Means
from asanai_tui.training.recorder import Epoch, Recorder
from asanai_tui.tui.widgets.chart_parts import Line

PAST = 8  # trials before whose curves stay


class Curves:
    """Takes from the recorder what it does not have yet, and keeps it by epoch and by batch.

    Of several trials it keeps the newest, and what those before gave by epoch.
    """

    def __init__(self, metrics: Sequence[str]) -> None:
        self.metrics = tuple(metrics)
        self._names = [f"{part}{name}" for name in ("loss", *metrics) for part in ("", "val_")]
        self._known = 0  # epochs of all trials
        self._past: deque[dict[str, Series]] = deque(maxlen=PAST)
        self._known_means = Means()
        self._batches = Series()
        self._begin(0)

    def _begin(self, trial: int) -> None:
        self._trial = trial
        self._epochs = {name: Series() for name in self._names}
        self._validations = Series()  # at the last batches of epochs

    def pull(self, recorder: Recorder, batches: int) -> None:
        """Add what is new; an epoch has so many batches."""
        self._known, epochs = recorder.epochs(self._known)
        self._add_epochs(epochs, batches)
        self._add_means(recorder.means(self._known_means))

    def of_epochs(self, name: str, label: str) -> list[Line]:
        """The training curve, and that of the validation part where there is one; below them those of other trials."""
        validation = self._epochs[f"val_{name}"]
        shown = name if validation.last is None else f"val_{name}"
        past = [Line("", series[shown], "past") for series in self._past]
        return [*past, *_with_validation(Line(label, self._epochs[name]), validation)]

    def of_batches(self, label: str) -> list[Line]:
        """The loss of the batches, and that of the validation part where epochs ended."""
        return _with_validation(Line(label, self._batches), self._validations)

    def _add_epochs(self, epochs: Sequence[Epoch], batches: int) -> None:
        for epoch in epochs:
            if epoch.trial != self._trial:
                if self._trial:
                    self._past.append(self._epochs)
                self._begin(epoch.trial)
            for name, series in self._epochs.items():
                series.append(epoch.value(name), epoch.epoch)
            if batches:
                self._validations.append(epoch.val_loss, epoch.epoch * batches)

    def _add_means(self, news: Means) -> None:
        if news.since == 0:
            self._batches = Series()
        for place, mean in enumerate(news.means, news.since + 1):
            self._batches.append(mean, news.before + place * news.stride)
        self._known_means = news.known


def _with_validation(line: Line, validation: Series) -> list[Line]:
    return [line] if validation.last is None else [line, Line("val", validation, "validation")]
