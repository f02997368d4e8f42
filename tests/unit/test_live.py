"""Changes while it trains: what counts from when, in the history, after a stop, in the trials to come, from outside."""

from pathlib import Path

import pytest
from msgspec.structs import replace as replaced

from asanai_tui import cli
from asanai_tui import project as projects
from asanai_tui.errors import InputError
from asanai_tui.runs import history, information
from asanai_tui.runs.resuming import resumed
from asanai_tui.runs.session import TrainingSession
from asanai_tui.training.control import Control
from asanai_tui.training.live import changed, live, told, with_wishes
from asanai_tui.training.recorder import Epoch
from asanai_tui.training.schedules import CosineDecay
from asanai_tui.training.settings import Training
from tests.unit.trainings import CLASSES, classifier, dataset, table, trainer
from tests.waiting import until

FOREVER = 1_000_000


class At(Control):
    """Wishes when the loop looks for the `number`th time."""

    def __init__(self, number: int, **wishes: float) -> None:
        super().__init__()
        self.left, self.later = number, wishes

    @property
    def stopping(self) -> bool:
        self.left -= 1
        if self.left == 0:
            self.wish(**self.later)
        return super().stopping


def history_of(control: Control, settings: Training) -> list[Epoch]:
    run = trainer(classifier(), dataset(*table(), validation=16), replaced(settings, threads=1), control)
    assert run.run().state == "finished"
    return list(run.recorder.history())


LOOKS = 1 + 6 + 1  # before the first epoch, at each of its batches, and at that of its validation


@pytest.mark.parametrize(("epochs", "trained"), [(8, 8), (3, 3), (1, 2)])
def test_more_epochs_fewer_and_fewer_than_are_done(epochs: int, trained: int) -> None:
    found = history_of(At(LOOKS + 3, epochs=epochs), replaced(CLASSES, epochs=5))
    assert len(found) == trained
    assert [each.changes for each in found[:2]] == [{}, {"epochs": epochs}]


def test_early_stopping_is_switched_on_and_off() -> None:
    stuck = replaced(CLASSES, epochs=12, optimizer=replaced(CLASSES.optimizer, learning_rate=1e-9))
    assert len(history_of(At(LOOKS, patience=3, min_delta=1.0), stuck)) == 4
    patient = replaced(stuck, early_stopping=replaced(stuck.early_stopping, patience=3, min_delta=1.0))
    assert len(history_of(Control(), patient)) == 4
    assert len(history_of(At(LOOKS, patience=0), patient)) == 12
    assert len(history_of(At(LOOKS, min_delta=0.0), patient)) > 4


def test_the_rate_is_that_before_the_schedule() -> None:
    control = At(LOOKS + 1, learning_rate=0.5)
    found = history_of(control, replaced(CLASSES, epochs=4, schedule=CosineDecay()))
    assert [each.learning_rate for each in found[1:]] == pytest.approx([0.25, 0.5 * 0.146447, 0], abs=1e-6)
    assert found[1].changes == {"learning_rate": 0.5}


def test_a_change_within_an_epoch_stands_in_its_history_after_a_stop() -> None:
    class Stops(At):
        @property
        def stopping(self) -> bool:
            return super().stopping or self.left <= -2

    data = dataset(*table(), validation=16)
    first = trainer(classifier(), data, CLASSES, Stops(LOOKS + 2, learning_rate=0.125, min_delta=0.25))
    assert first.run().state == "stopped"
    later = trainer(classifier(), data, CLASSES, standing=first.standing())
    assert later.wished == {"learning_rate": 0.125, "min_delta": 0.25}
    assert later.run().state == "finished"
    assert later.recorder.history()[0].changes == {"learning_rate": 0.125, "min_delta": 0.25}
    assert later.recorder.history()[1].changes == {}


def test_what_can_be_wished() -> None:
    training = with_wishes(Training(), {"learning_rate": 0.5, "epochs": 7.0, "patience": 2.0, "min_delta": 0.1})
    assert (training.epochs, training.early_stopping.patience, training.early_stopping.min_delta) == (7, 2, 0.1)
    assert training.optimizer.learning_rate == 0.5
    for wishes, sentence in (
        ({"batch_size": 4}, "batch_size cannot be changed while training runs"),
        ({"epochs": 0}, "epochs: expected a whole number"),
        ({"epochs": 2.5}, "epochs: expected a whole number"),
        ({"patience": float("nan")}, "patience: expected a whole number"),
        ({"learning_rate": -1.0}, "learning_rate: expected a number, above 0"),
    ):
        with pytest.raises(InputError, match=sentence):
            changed(live(training), wishes)


def test_changes_in_words() -> None:
    assert told({"learning_rate": 0.01, "epochs": 50}, 12) == "learning_rate 0.01, epochs 50."
    assert told({"epochs": 5}, 12) == "epochs 5; epoch 12, which is being trained, is the last."
    assert told({"patience": 3}, 12) == "patience 3; the epochs since the best one count."
    assert told({"patience": 0}, 12) == "patience 0."


@pytest.fixture
def running(samples: Path, tmp_path: Path):
    project = projects.load(samples / "iris" / "project.toml")
    session = TrainingSession(replaced(project, training=replaced(project.training, epochs=FOREVER)), tmp_path)
    session.start()
    until(lambda: session.recorder.snapshot().recorded)
    yield session
    session.stop()
    assert session.join(30)


def test_the_command_changes_a_run_that_trains(running: TrainingSession, capsys: pytest.CaptureFixture[str]) -> None:
    run = str(running.directory)
    assert cli.main(["change", run, "--learning-rate", "0.125", "--epochs", "500000", "--pause"]) == 0
    said = capsys.readouterr().out
    assert "From the next batch on: learning_rate 0.125, epochs 500000." in said
    assert f"asanai-tui change {run} --go-on" in said
    until(lambda: running.recorder.snapshot().state == "paused")
    assert cli.main(["change", run, "--go-on"]) == 0
    until(lambda: running.recorder.snapshot().epochs == 500_000)
    shot = running.recorder.snapshot()
    assert shot.live is not None
    assert (shot.live.learning_rate, shot.live.epochs) == (0.125, 500_000)
    assert "epochs 500000." in running.log.lines()[1][-1].text
    assert cli.main(["change", run, "--stop"]) == 0
    assert running.join(30)
    changes = [epoch.changes for epoch in history.read(Path(run)) if epoch.changes]
    assert changes in ([{"learning_rate": 0.125, "epochs": 500_000}], [])  # stopped within that epoch
    found = resumed(Path(run), {})
    assert found.project.training.epochs == 500_000
    capsys.readouterr()
    assert cli.main(["change", run, "--epochs", "3"]) == 1
    assert f"is not being trained, it has stopped; asanai-tui resume {run} goes on" in capsys.readouterr().err


def test_the_command_without_a_wish_and_with_a_wrong_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["change", str(tmp_path)]) == 2
    assert "Say what to change" in capsys.readouterr().err
    assert cli.main(["change", str(tmp_path), "--epochs", "0"]) == 2
    assert "expected a whole number" in capsys.readouterr().err
    assert cli.main(["change", str(tmp_path), "--epochs", "3"]) == 1
    assert "is not the directory of a run" in capsys.readouterr().err


def test_what_was_changed_in_a_trial_counts_for_those_after_it(samples: Path, tmp_path: Path) -> None:
    project = projects.load(samples / "iris" / "project.toml")
    training = replaced(project.training, epochs=6, seeds=3)
    session = TrainingSession(replaced(project, training=training), tmp_path)
    assert session.wish({"epochs": 2.0, "learning_rate": 0.5}) == ""
    assert session.wish({"batch_size": 4}).startswith("batch_size cannot be changed")
    session.start()
    assert session.join(60)
    assert session.directory is not None
    epochs = history.read(session.directory)
    assert [(epoch.trial, epoch.epoch) for epoch in epochs] == [(trial, n) for trial in (1, 2, 3) for n in (1, 2)]
    assert {epoch.learning_rate for epoch in epochs} == {0.5}
    assert information.read(session.directory).wished == {"epochs": 2, "learning_rate": 0.5}


def test_what_was_changed_in_a_trial_holds_after_a_stop_within_it(samples: Path, tmp_path: Path) -> None:
    project = projects.load(samples / "iris" / "project.toml")
    training = replaced(project.training, epochs=FOREVER, seeds=3)
    first = TrainingSession(replaced(project, training=training), tmp_path)
    first.start()
    until(lambda: first.recorder.snapshot().recorded)
    first.pause()
    until(lambda: first.recorder.snapshot().state == "paused")
    done = first.recorder.snapshot().recorded
    assert first.directory is not None
    assert cli.main(["change", str(first.directory / "seed-1"), "--min-delta", "0.0"]) == 0  # reaches the whole
    assert first.wish({"epochs": done + 2, "patience": 100_000}) == ""
    first.go_on()
    until(lambda: first.recorder.snapshot().epochs == done + 2)
    first.stop()
    assert first.join(60) and first.directory is not None
    found = resumed(first.directory, {})
    later = TrainingSession(found.project, tmp_path, resumed=found)
    later.start()
    assert later.join(60)
    epochs = history.read(first.directory)
    assert [sum(epoch.trial == trial for epoch in epochs) for trial in (1, 2, 3)] == [done + 2] * 3
    assert information.read(first.directory).wished == {"epochs": done + 2, "patience": 100_000, "min_delta": 0}
