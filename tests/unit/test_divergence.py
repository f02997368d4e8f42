"""A training that leaves the finite numbers: the checkpoint stays finite, and a tenth of the rate goes on from it."""

import shlex
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from asanai_tui import project as projects
from asanai_tui.cli.program import main
from asanai_tui.errors import DivergenceError
from asanai_tui.network.layers.normalization import BatchNormalization
from asanai_tui.opening import open_path
from asanai_tui.project import Project
from asanai_tui.runs import checkpoint, history, information, writer
from asanai_tui.runs.resuming import resumed
from asanai_tui.runs.session import TrainingSession
from asanai_tui.training.loop import Trainer
from asanai_tui.training.optimizer_settings import SGD, Adam, AnyOptimizer
from asanai_tui.training.recorder import Epoch, Retry
from asanai_tui.training.schedules import CosineDecay
from tests.unit.trainings import dense, network

COSINE = CosineDecay()


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint at the end of every epoch."""
    monkeypatch.setattr(writer, "INTERVAL", 0.0)
    monkeypatch.setattr(writer, "SHARE", 1e9)


def line(folder: Path, optimizer: AnyOptimizer, **settings: object) -> Project:
    """A regression on 120 rows."""
    inputs = np.random.default_rng(1).normal(size=(120, 3))
    rows = "".join(f"{a},{b},{c},{a + 2 * b - c}\n" for a, b, c in inputs)
    (folder / "line.csv").write_text("a,b,c,y\n" + rows)
    project = open_path(folder / "line.csv").project
    training = msgspec.structs.replace(project.training, optimizer=optimizer, epochs=40, threads=1, **settings)
    split = msgspec.structs.replace(project.data.split, validation_split=0.0)
    return msgspec.structs.replace(project, training=training, data=msgspec.structs.replace(project.data, split=split))


def trained(project: Project, runs: Path) -> TrainingSession:
    session = TrainingSession(project, runs)
    session.start()
    assert session.join(60)
    return session


def broken(folder: Path) -> str:
    found = checkpoint.load(folder / checkpoint.STATE)
    assert found
    return found[0].broken


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize(("momentum", "rate"), [(0.0, 4.0), (0.9, 1.5)])
def test_it_goes_on_from_the_last_finite_checkpoint_at_a_tenth(
    tmp_path: Path, momentum: float, rate: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rate is raised too far after 20 epochs."""
    project = line(tmp_path, SGD(learning_rate=0.001, momentum=momentum), schedule=COSINE, batch_size=2)
    project = msgspec.structs.replace(project, network=network(dense(1)))
    session = TrainingSession(project, tmp_path / "runs")
    ended = session._work._epoch_ended

    def raised(trainer: Trainer, epoch: Epoch) -> None:
        ended(trainer, epoch)
        if epoch.epoch == 20:
            session.control.wish(learning_rate=rate)

    monkeypatch.setattr(session._work, "_epoch_ended", raised)
    session.start()
    assert session.join(60)
    folder, about = session.directory, information.read(session.directory or Path())
    assert folder
    assert (about.state, about.reason) == ("failed", session.recorder.snapshot().message)
    assert "layer " in about.reason
    assert broken(folder) == ""
    retry = session.recorder.snapshot().retry
    assert retry == about.retry
    assert retry
    assert retry.learning_rate == pytest.approx(rate / 10)
    assert retry.epoch >= 20

    wishes = {"learning_rate": retry.learning_rate}
    found = resumed(folder, wishes)
    assert len(found.history) == retry.epoch
    later = TrainingSession(found.project, folder.parent, resumed=found)
    later.control.wish(**wishes)
    later.start()
    assert later.join(60)
    assert later.recorder.snapshot().state == "finished"
    assert later.recorder.snapshot().retry is None
    assert information.read(folder).retry is None
    epochs = history.read(folder)
    assert [epoch.epoch for epoch in epochs] == list(range(1, 41))
    assert epochs[retry.epoch].changes == wishes
    assert epochs[29].learning_rate == pytest.approx(rate / 10 * COSINE.factor(30, 40))


@pytest.mark.usefixtures("often")
def test_within_an_epoch_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MOMENT", 0.0)
    project = line(tmp_path, SGD(learning_rate=50.0), schedule=CosineDecay(warmup_epochs=1.0), batch_size=1)
    session = trained(project, tmp_path / "runs")
    assert session.directory
    assert session.recorder.snapshot().state == "failed"
    found = checkpoint.load(session.directory / checkpoint.STATE)
    if found:  # a tenth of a second has gone by before it diverged
        assert found[0].broken == ""
        assert session.recorder.snapshot().retry == Retry(epoch=0, batch=found[0].numbers.batch, learning_rate=5.0)


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("part", ["weights", "buffer.0", "optimizer.velocity", "average"])
def test_what_is_not_finite_never_replaces_what_is(tmp_path: Path, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One number breaks after the third epoch, where no loss sees it."""
    project = line(tmp_path, Adam(learning_rate=0.001), ema_momentum=0.9)
    project = msgspec.structs.replace(project, network=project.network.inserted(1, BatchNormalization()))
    session = TrainingSession(project, tmp_path / "runs")
    ended = session._work._epoch_ended

    def breaks(trainer: Trainer, epoch: Epoch) -> None:
        if epoch.epoch == 3:
            stepper = trainer._stepper
            tensors = {
                "weights": trainer._weights.values,
                "buffer.0": next(trainer.model.buffers()),
                "optimizer.velocity": stepper.update.averages["velocity"],
                "average": stepper.average,
            }
            tensors[part].view(-1)[5] = torch.inf
        ended(trainer, epoch)

    monkeypatch.setattr(session._work, "_epoch_ended", breaks)
    session.start()
    assert session.join(60)
    snapshot, folder = session.recorder.snapshot(), session.directory
    assert folder
    assert snapshot.state == "failed"
    assert snapshot.retry == Retry(epoch=2, learning_rate=0.0001)
    assert broken(folder) == ""
    if part == "optimizer.velocity":
        assert "The gradient of layer 1 (dense) grew too large: the velocity that is kept" in snapshot.message
    else:
        assert "layer " in snapshot.message


def test_before_the_first_checkpoint_it_begins_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = line(tmp_path, SGD(learning_rate=2.0, momentum=0.9))
    projects.save(project, tmp_path / "project.toml")
    assert main(["train", str(tmp_path / "project.toml"), "--runs", str(tmp_path / "my runs")]) == 1
    (run,) = (tmp_path / "my runs").iterdir()
    told = capsys.readouterr().err
    command = f"asanai-tui resume '{run}' --learning-rate 0.2"
    assert told.endswith(f"{command} begins again with a tenth of the learning rate.\n")
    assert "layer " in told
    assert main(shlex.split(command)[1:]) == 1  # this rate is too high as well
    assert history.read(run)[0].changes == {"learning_rate": 0.2}


def test_json_tells_how_it_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    projects.save(line(tmp_path, SGD(learning_rate=50.0)), tmp_path / "project.toml")
    assert main(["train", str(tmp_path / "project.toml"), "--json"]) == 1
    end = msgspec.json.decode(capsys.readouterr().out.splitlines()[-1])
    assert end["event"] == "failed"
    assert end["retry"] == {"epoch": 0, "batch": 0, "learning_rate": 5.0}


def test_wrong_data_is_no_matter_of_the_learning_rate(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="hold a value") as told:
        from asanai_tui.training.diagnosis import what_went_wrong

        raise what_went_wrong(None, torch.tensor([torch.nan]), torch.zeros(1))  # type: ignore[arg-type]
    assert not isinstance(told.value, DivergenceError)


@pytest.mark.usefixtures("often")
def test_weights_to_begin_with_are_kept_before_the_first_step(tmp_path: Path) -> None:
    from asanai_tui.opening import model_at
    from asanai_tui.training.starting import start_from

    first = trained(line(tmp_path, SGD(learning_rate=0.001)), tmp_path / "runs")
    assert first.directory
    project = line(tmp_path, SGD(learning_rate=100.0))
    start = start_from(model_at(first.directory), project.network, project.input_shape)
    session = TrainingSession(project, tmp_path / "runs", start)
    session.start()
    assert session.join(60)
    assert session.recorder.snapshot().state == "failed"
    assert session.directory
    found = checkpoint.load(session.directory / checkpoint.STATE)
    assert found
    assert (found[0].numbers.epoch, found[0].numbers.batch) == (1, 0)
    kept = start.weights["0.kernel"].flatten()
    assert torch.isin(kept, found[0].tensors["weights"]).all()
