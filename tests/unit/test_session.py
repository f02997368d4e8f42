"""The thread that trains: stopping, pausing, trouble with the disk; what was learned is never lost."""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from asanai_tui import project as projects
from asanai_tui.cli.reports import JsonReport
from asanai_tui.data.dataset import load
from asanai_tui.inspection.predictions import Predictor
from asanai_tui.network.layers import layer_from
from asanai_tui.network.layers.debug import LOGGER
from asanai_tui.project import Project
from asanai_tui.runs import checkpoint, history, information, writer
from asanai_tui.runs.directory import fallback_folder
from asanai_tui.runs.session import TrainingSession
from asanai_tui.training import loop, model_file
from asanai_tui.training.settings import Training
from tests.waiting import until

FOREVER = 1_000_000


def of_epochs(project: Project, epochs: int) -> Project:
    return msgspec.structs.replace(project, training=msgspec.structs.replace(project.training, epochs=epochs))


@pytest.fixture
def iris(samples: Path) -> Project:
    return projects.load(samples / "iris" / "project.toml")


def training(project: Project, runs: Path, epochs: int = 3) -> TrainingSession:
    """A session that has finished some epochs; it goes on."""
    session = TrainingSession(of_epochs(project, FOREVER), runs)
    session.start()
    until(lambda: session.recorder.snapshot().recorded >= epochs or not session.alive)
    return session


def test_finished_run(iris: Project, tmp_path: Path) -> None:
    session = TrainingSession(of_epochs(iris, 4), tmp_path)
    session.start()
    assert session.join(60)
    snapshot = session.recorder.snapshot()
    assert (snapshot.state, snapshot.recorded, snapshot.epochs) == ("finished", 4, 4)
    assert not session.alive
    assert session.directory is not None
    assert session.model_path == session.directory / "checkpoints" / "best" / "model.safetensors"
    assert history.read(session.directory) == list(session.recorder.history())


def test_the_best_weights_are_judged_on_the_test_part(
    iris: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split = msgspec.structs.replace(iris.data.split, test_split=0.2)
    project = of_epochs(msgspec.structs.replace(iris, data=msgspec.structs.replace(iris.data, split=split)), 4)
    session = TrainingSession(project, tmp_path)
    session.start()
    assert session.join(60)
    assert session.directory is not None
    assert session.model_path is not None
    told, message = information.read(session.directory), session.recorder.snapshot().message
    accuracy = told.test_metrics["accuracy"]
    assert message == f"Trained for 4 epochs. Test: loss {told.test_loss:.4g}, accuracy {accuracy:.4g}."
    JsonReport(Training(metrics=("accuracy",))).ended(session)
    end = msgspec.json.decode(capsys.readouterr().out)
    assert (end["test_loss"], end["test_accuracy"]) == (told.test_loss, accuracy)
    data = load(project.data)
    outputs = Predictor(session.model_path)._outputs(data.inputs[data.test])
    right = outputs.argmax(1) == data.targets[data.test]
    assert len(right) == 30
    assert accuracy == pytest.approx(right.mean())
    of_right = outputs[range(30), data.targets[data.test]]
    assert told.test_loss == pytest.approx(-np.log(of_right).mean(), rel=1e-4)


def test_a_stop_is_kept_before_the_test_part_is_judged(
    iris: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = msgspec.structs.replace(iris.data.split, test_split=0.2)
    session = training(msgspec.structs.replace(iris, data=msgspec.structs.replace(iris.data, split=split)), tmp_path)
    kept, judged = [], loop.judged_at_the_end

    def looked(*arguments: Any) -> Any:
        assert session.directory is not None
        kept.append(checkpoint.load(session.directory / checkpoint.STATE))
        return judged(*arguments)

    monkeypatch.setattr(loop, "judged_at_the_end", looked)
    session.stop()
    assert session.join(60)
    assert session.directory is not None
    at_the_end = checkpoint.load(session.directory / checkpoint.STATE)
    assert kept[0] is not None
    assert at_the_end is not None
    assert kept[0][0].numbers == msgspec.structs.replace(at_the_end[0].numbers, seconds=kept[0][0].numbers.seconds)


def test_without_a_test_part_nothing_is_tested(iris: Project, tmp_path: Path) -> None:
    session = TrainingSession(of_epochs(iris, 1), tmp_path)
    session.start()
    assert session.join(60)
    assert session.directory is not None
    assert session.recorder.snapshot().message == "Trained for 1 epoch."
    assert information.read(session.directory).test_loss is None


def test_stop_keeps_best_and_last(iris: Project, tmp_path: Path) -> None:
    session = training(iris, tmp_path)
    session.stop()
    assert session.join(10)
    assert session.recorder.snapshot().state == "stopped"
    assert session.directory is not None
    told = information.read(session.directory)
    assert told.state == "stopped"
    assert told.ended is not None
    assert told.epochs == session.recorder.snapshot().recorded == len(history.read(session.directory))
    assert model_file.load(session.directory / "checkpoints" / "last" / "model.safetensors").weights
    assert session.model_path is not None
    note = model_file.load(session.model_path).note
    best = session.recorder.snapshot().best
    assert best is not None
    assert (note["best_epoch"], note["val_loss"]) == (best.epoch, best.val_loss)


def test_stop_after_the_end_changes_nothing(iris: Project, tmp_path: Path) -> None:
    session = TrainingSession(of_epochs(iris, 1), tmp_path)
    session.start()
    assert session.join(60)
    session.stop()
    assert session.recorder.snapshot().state == "finished"


def test_stop_before_the_data_is_read_leaves_no_run(iris: Project, tmp_path: Path) -> None:
    session = TrainingSession(iris, tmp_path / "runs")
    session.stop()
    session.start()
    assert session.join(60)
    assert session.recorder.snapshot().state == "stopped"
    assert session.directory is None
    assert not (tmp_path / "runs").exists()


def test_pause_holds_and_a_stop_ends_it(iris: Project, tmp_path: Path) -> None:
    session = training(iris, tmp_path)
    session.pause()
    until(lambda: session.recorder.snapshot().state == "paused")
    recorded = session.recorder.snapshot().recorded
    time.sleep(0.2)
    assert session.recorder.snapshot().recorded == recorded
    session.go_on()
    until(lambda: session.recorder.snapshot().recorded > recorded)
    session.pause()
    until(lambda: session.recorder.snapshot().state == "paused")
    session.stop()
    assert session.join(10)
    assert session.recorder.snapshot().state == "stopped"


def test_data_that_is_missing_is_a_sentence(iris: Project, tmp_path: Path) -> None:
    session = TrainingSession(projects.relocated(iris, tmp_path / "gone.csv"), tmp_path / "runs")
    session.start()
    assert session.join(60)
    snapshot = session.recorder.snapshot()
    assert snapshot.state == "failed"
    assert str(tmp_path / "gone.csv") in snapshot.message
    assert session.directory is None


def test_project_with_a_problem_is_told_before_anything_is_read(iris: Project, tmp_path: Path) -> None:
    session = TrainingSession(msgspec.structs.replace(iris, network=iris.network.removed(2)), tmp_path / "runs")
    session.start()
    assert session.join(60)
    assert session.recorder.snapshot().message.startswith("The last layer gives 16, but 3 classes need 3.")


def test_run_goes_elsewhere_when_its_folder_cannot_be_made(iris: Project, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("in the way")
    session = TrainingSession(of_epochs(iris, 2), tmp_path / "runs")
    session.start()
    assert session.join(60)
    assert session.recorder.snapshot().state == "finished"
    assert session.directory is not None
    assert session.directory.parent == fallback_folder()
    assert "runs is a file" in session.recorder.snapshot().message
    assert "runs is a file" in session.notes[-1]
    assert session.model_path is not None
    assert model_file.load(session.model_path).weights


def test_removed_run_is_written_again_elsewhere(iris: Project, tmp_path: Path) -> None:
    session = training(iris, tmp_path)
    assert session.directory is not None
    shutil.rmtree(session.directory)
    recorded = session.recorder.snapshot().recorded
    until(lambda: session.recorder.snapshot().recorded > recorded + 3)
    session.stop()
    assert session.join(10)
    assert session.recorder.snapshot().state == "stopped"
    assert session.directory.parent == fallback_folder()
    assert history.read(session.directory) == list(session.recorder.history())
    assert information.read(session.directory).state == "stopped"
    assert session.model_path is not None
    assert model_file.load(session.model_path).weights
    assert f"The run is in {session.directory}" in session.recorder.snapshot().message


def test_trouble_while_training_is_told_and_goes_by(
    iris: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "INTERVAL", 0.0)
    session = training(iris, tmp_path)
    assert session.directory is not None
    checkpoints = session.directory / "checkpoints"
    shutil.rmtree(checkpoints)
    checkpoints.write_text("in the way")
    until(lambda: "cannot be written" in session.recorder.snapshot().message)
    assert session.alive
    checkpoints.unlink()
    until(lambda: session.recorder.snapshot().message == "")
    session.stop()
    assert session.join(10)
    assert session.model_path is not None
    assert session.model_path.is_relative_to(checkpoints)
    assert model_file.load(session.model_path).weights


def test_two_at_once_do_not_meet(iris: Project, tmp_path: Path) -> None:
    sessions = [TrainingSession(of_epochs(iris, 3), tmp_path) for _ in range(2)]
    for session in sessions:
        session.start()
    assert all(session.join(60) for session in sessions)
    assert {session.recorder.snapshot().state for session in sessions} == {"finished"}
    assert len({session.directory for session in sessions}) == 2


def test_what_was_learned_is_kept_where_there_is_still_room(
    iris: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """Neither the run's own directory nor the state folder can be written at the end."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    session = training(iris, tmp_path / "runs")
    shutil.rmtree(tmp_path / "runs")
    (home / "state").mkdir(exist_ok=True)
    (home / "state" / "runs").write_text("in the way")
    session.stop()
    assert session.join(10)
    assert session.recorder.snapshot().state == "stopped"
    assert session.model_path is not None
    assert session.model_path.is_relative_to(tmp_path / "temporary" / "asanai-tui-runs")
    assert model_file.load(session.model_path).weights


def test_nowhere_to_write_is_a_failure_that_says_so(
    iris: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    session = training(iris, tmp_path / "runs")
    shutil.rmtree(tmp_path / "runs")
    (home / "state").mkdir(exist_ok=True)
    (home / "state" / "runs").write_text("in the way")
    session.stop()
    assert session.join(10)
    assert session.recorder.snapshot().state == "failed"
    assert "what was learned is lost" in session.recorder.snapshot().message


def test_what_debug_layers_say_is_kept_and_stands_in_the_log(iris: Project, tmp_path: Path) -> None:
    layers = iris.network.inserted(1, layer_from({"layer": "debug", "label": "hidden"}, "test"))
    session = TrainingSession(of_epochs(msgspec.structs.replace(iris, network=layers), 2), tmp_path)
    session.start()
    assert session.join(60)
    said, (line, *_) = session.log.lines()
    assert line.text.startswith("hidden, debug 2: ")
    assert session.log.lines(said) == (said, [])
    assert session.directory is not None
    assert line.text in (session.directory / "log.txt").read_text()
    assert session.log not in LOGGER.handlers


def test_what_debug_layers_say_in_another_thread_is_not_of_the_training(iris: Project, tmp_path: Path) -> None:
    session = TrainingSession(of_epochs(iris, FOREVER), tmp_path)
    session.start()
    until(lambda: session.log in LOGGER.handlers)
    LOGGER.info("a prediction meanwhile")
    session.stop()
    assert session.join(60)
    assert session.log.lines() == (0, [])
