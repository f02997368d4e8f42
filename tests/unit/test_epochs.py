"""The epochs of a training in bounded memory: nothing that a curve needs is lost."""

import numpy as np
import pytest

from asanai_tui.training import epochs as module
from asanai_tui.training.epochs import MOST, Epochs
from asanai_tui.training.recorder import Epoch, Recorder


def wave(count: int) -> list[Epoch]:
    random = np.random.default_rng(3)
    values = random.random((count, 4)).tolist()
    return [
        Epoch(epoch=number, loss=a, val_loss=b, metrics={"f1": c, "val_f1": d})
        for number, (a, b, c, d) in enumerate(values, 1)
    ]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NEWEST", 64)
    monkeypatch.setattr(module, "OLDER", 128)


def test_some_thousands_are_all_there() -> None:
    epochs = wave(4000)
    assert Epochs(epochs).since(0) == (4000, epochs)
    assert Epochs(epochs).since(3990) == (4000, epochs[3990:])
    assert Epochs(epochs).since(10, at_most=5) == (15, epochs[10:15])


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("count", [500, 5000, 20_000])
def test_the_newest_and_the_extremes_of_every_curve_remain(count: int) -> None:
    every = wave(count)
    epochs = Epochs(every)
    total, kept = epochs.since(0)
    assert (total, len(epochs)) == (count, count)
    assert len(kept) <= 2 * 64 + 128
    assert kept[-64:] == every[-64:]
    assert [epoch.epoch for epoch in kept] == sorted({epoch.epoch for epoch in kept})
    for name in ("loss", "val_loss", "f1", "val_f1"):
        values = [epoch.value(name) for epoch in every]
        assert {min(values), max(values)} <= {epoch.value(name) for epoch in kept}


@pytest.mark.usefixtures("small")
def test_changes_of_settings_remain() -> None:
    every = [
        Epoch(epoch=number, loss=1.0, changes={"learning_rate": 0.1} if number == 333 else {})
        for number in range(1, 5001)
    ]
    assert 333 in [epoch.epoch for epoch in Epochs(every).since(0)[1]]


@pytest.mark.usefixtures("small")
def test_who_follows_gets_every_one_and_who_comes_late_the_curve() -> None:
    every, epochs, known, followed = wave(3000), Epochs(), 0, []
    for place in range(0, 3000, 50):
        for epoch in every[place : place + 50]:
            epochs.add(epoch)
        known, more = epochs.since(known)
        followed += more
    assert followed == every
    late, known = [], 0
    while known < 3000:
        known, more = epochs.since(known, at_most=40)
        late += more
    assert late == epochs.since(0)[1]


@pytest.mark.usefixtures("small")
def test_trials_stand_one_after_another() -> None:
    first, second, both = Epochs(wave(1000)), Epochs(wave(300)), Epochs()
    both.extend(first, 1)
    both.extend(second, 2)
    total, kept = both.since(1000)
    assert (total, len(both)) == (1300, 1300)
    assert {epoch.trial for epoch in kept} == {2}
    assert both.last == kept[-1]


def test_a_value_that_is_no_number_is_no_extreme() -> None:
    assert Epoch(epoch=1, loss=float("nan"), metrics={"f1": 2.0, "auc": None}).curves == {"f1": 2.0}


def test_a_follower_gets_every_epoch_from_then_on() -> None:
    recorder = Recorder()
    first, second = wave(2)
    recorder.add(first, first)
    queue = recorder.follow()
    recorder.add(second, first)
    assert list(queue) == [second]


def test_a_mirror_holds_what_the_other_holds() -> None:
    recorder, mirror = Recorder(), Recorder()
    for epoch in wave(MOST + 5000):
        recorder.add(epoch, epoch)
    recorder.add_batches([0.5] * 1000)
    for _ in range(2):
        known, more = recorder.epochs(mirror.snapshot().recorded, 7000)
        means = recorder.means(mirror.means().known)
        mirror.mirror(recorder.snapshot(), known, more, means)
    assert mirror.snapshot().recorded == MOST + 5000
    assert mirror.batch_losses().means == recorder.batch_losses().means
    assert list(mirror.history(MOST + 4000)) == list(recorder.history(MOST + 4000))
