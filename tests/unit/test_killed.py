"""Runs that are killed at random moments, and disks that fail at each moment in turn."""

import contextlib
import errno
import multiprocessing
import os
import random
import signal
import threading
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest
import safetensors.torch
import torch

from asanai_tui import project as projects
from asanai_tui.checking import decoded
from asanai_tui.errors import InputError
from asanai_tui.runs import checkpoint, history, information, writer
from asanai_tui.runs.lock import RunLock
from asanai_tui.runs.resuming import resumed
from asanai_tui.runs.session import TrainingSession
from asanai_tui.training.settings import Training
from asanai_tui.training.stopping import EarlyStopping
from asanai_tui.training.trials import plan
from tests.unit.trainings import classifier

KILLS = 50
REAL_FDOPEN = os.fdopen
FORKS = multiprocessing.get_context("forkserver")
SETTINGS = decoded(
    {
        "epochs": 12,
        "batch_size": 16,
        "loss": "categorical_crossentropy",
        "metrics": ["accuracy", "f1", "auc"],
        "schedule": "cosine",
        "ema_momentum": 0.9,
        "early_stopping": {"patience": 9},
        "threads": 1,
    },
    Training,
)


@pytest.fixture
def project(samples, tmp_path):
    """Iris with dropout, in a folder of its own."""
    source = projects.load(samples / "iris" / "project.toml")
    layers = msgspec.structs.replace(source, network=classifier(16), training=SETTINGS)
    projects.save(layers, tmp_path / "project.toml")
    return projects.load(tmp_path / "project.toml")


def doomed(session, looks, delay):
    """Ends the process by SIGKILL, `delay` seconds after the loop has looked so many times for wishes; 0: never."""
    look = type(session.control).stopping

    class Doomed(type(session.control)):
        left = looks

        @property
        def stopping(self):
            self.left -= 1
            if self.left == 0:
                threading.Timer(delay, os.kill, (os.getpid(), signal.SIGKILL)).start()
            return look.fget(self)

    session.control.__class__ = Doomed


def hurry():
    """Checkpoints all the time; in a process of its own."""
    writer.INTERVAL, writer.MOMENT, writer.SHARE = 0.0, 0.01, 1.0


def begin(path, runs, looks=0, delay=0.0):
    hurry()
    session = TrainingSession(projects.load(Path(path)), Path(runs))
    doomed(session, looks, delay)
    session.start()
    session.join()


def go_on(folder, looks, delay):
    hurry()
    found = resumed(Path(folder), {})
    session = TrainingSession(found.project, found.folder.parent, resumed=found)
    doomed(session, looks, delay)
    session.start()
    session.join()


def in_a_process(function, *arguments):
    """Run it in a process of its own; whether it was killed."""
    process = FORKS.Process(target=function, args=arguments)
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def only(runs):
    (folder,) = [path for path in runs.iterdir() if path.is_dir()]
    return folder


def left(folder):
    """All that a run leaves, without times."""
    standing, _ = checkpoint.load(folder / checkpoint.STATE)
    numbers = msgspec.to_builtins(standing.numbers) | {"seconds": 0}
    numbers["best"]["seconds"] = 0
    epochs = [msgspec.structs.replace(epoch, seconds=0.0) for epoch in history.read(folder)]
    best = safetensors.torch.load_file(folder / "checkpoints" / "best" / "model.safetensors")
    return numbers, epochs, standing.tensors, best


def assert_same(ours, wanted):
    assert ours[0] == wanted[0]
    assert ours[1] == wanted[1]
    for one, other in zip(ours[2:], wanted[2:], strict=True):
        assert one.keys() == other.keys()
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_killed_at_fifty_random_moments(project, tmp_path):
    """Each kill leaves files that are whole, and at the end everything is as without kills."""
    FORKS.set_forkserver_preload(["asanai_tui.training.loop", "asanai_tui.data.dataset", "pandas", __name__])
    dice, kills, path, wanted = random.Random(3), 0, tmp_path / "project.toml", tmp_path / "whole"

    def doom():
        return dice.randrange(1, 45), dice.choice([0.0, dice.uniform(0, 0.01)])

    assert not in_a_process(begin, path, wanted)
    for number in range(KILLS):
        runs = tmp_path / f"killed{number}"
        killed = in_a_process(begin, path, runs, *doom())
        while killed:
            kills += 1
            unfinished = any(runs.glob("*/run.json")) and information.read(only(runs)).state != "finished"
            killed = unfinished and in_a_process(go_on, only(runs), *doom())
        if any(runs.glob("*/run.json")):
            assert_same(left(only(runs)), left(only(wanted)))
        if kills >= KILLS:
            break
    assert kills >= KILLS


@pytest.mark.parametrize(
    ("looks", "done", "repeats"), [(4, 0, "folds"), (60, 1, "folds"), (100, 2, "folds"), (100, 2, "seeds")]
)
def test_trials_go_on_where_they_were_killed(project, tmp_path, looks, done, repeats):
    """In the first, the second and the third of three folds, and in the third of three runs with other seeds."""
    settings = msgspec.structs.replace(SETTINGS, **{repeats: 3}, epochs=4)
    projects.save(msgspec.structs.replace(project, training=settings), tmp_path / "project.toml")
    wanted, runs = tmp_path / "whole", tmp_path / "killed"
    assert not in_a_process(begin, tmp_path / "project.toml", wanted)
    assert in_a_process(begin, tmp_path / "project.toml", runs, looks, 0.0)
    assert len(information.read(only(runs)).trials) == done
    assert not in_a_process(go_on, only(runs), 0, 0.0)
    for trial in plan(settings):
        assert_same(left(only(runs) / trial.folder), left(only(wanted) / trial.folder))
    whole, ended = information.read(only(wanted)), information.read(only(runs))
    assert (ended.state, len(ended.trials)) == ("finished", 3)
    assert ended.over_trials == whole.over_trials
    histories = [history.read(only(each)) for each in (wanted, runs)]
    without_times = [[msgspec.structs.replace(epoch, seconds=0.0) for epoch in each] for each in histories]
    assert len(without_times[0]) == 12
    assert without_times[0] == without_times[1]


class Fails:
    """Lets calls through and makes one of them fail."""

    def __init__(self, call, number):
        self.call, self.left = call, number

    def __call__(self, *args, **kwargs):
        reads = self.call is REAL_FDOPEN and "w" not in args[1]
        if threading.current_thread().name == "training" and not reads:
            self.left -= 1
            if self.left == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.call(*args, **kwargs)


@pytest.mark.parametrize("call", ["fsync", "replace", "fdopen", "chmod"])
def test_every_write_flush_and_rename_may_fail(project, tmp_path, monkeypatch, call):
    """One call after the other fails; the run ends whole and can go on, here or in another place that it names."""
    monkeypatch.setattr(writer, "INTERVAL", 0.0)
    monkeypatch.setattr(writer, "SHARE", 1.0)
    short = msgspec.structs.replace(project, training=msgspec.structs.replace(SETTINGS, epochs=3))
    for number in range(1, 25):
        failing = Fails(getattr(os, call), number)
        with monkeypatch.context() as patch:
            patch.setattr(os, call, failing)
            session = TrainingSession(short, tmp_path / f"{call}{number}")
            session.start()
            assert session.join(30)
        snapshot = session.recorder.snapshot()
        assert snapshot.state == "finished", snapshot.message
        assert information.read(session.directory).state == "finished"
        assert len(history.read(session.directory)) == 3
        standing, _ = checkpoint.load(session.directory / checkpoint.STATE)
        assert standing.numbers.epoch == 4
        assert not list(session.directory.rglob(".*.safetensors*"))
        if failing.left > 0:
            break
    assert number > 4


def test_two_processes_do_not_train_one_run(project, tmp_path):
    session = TrainingSession(project, tmp_path / "runs")
    session.start()
    session.join()
    held = RunLock(session.directory)
    found = resumed(session.directory, {"epochs": 20})
    second = TrainingSession(found.project, found.folder.parent, resumed=found)
    second.start()
    second.join()
    held.release()
    assert second.recorder.snapshot().state == "failed"
    assert "is being trained by another process" in second.recorder.snapshot().message
    assert len(history.read(session.directory)) == len(found.history)


def test_data_that_changed_is_no_data_to_go_on_with(samples, tmp_path):
    text = (samples / "iris" / "iris.csv").read_text()
    (tmp_path / "iris.csv").write_text(text)
    projects.save(projects.load(samples / "iris" / "project.toml"), tmp_path / "project.toml")
    plan = projects.relocated(projects.load(samples / "iris" / "project.toml"), tmp_path / "iris.csv")
    session = TrainingSession(plan, tmp_path / "runs")
    session.start()
    session.join()
    (tmp_path / "iris.csv").write_text(text.replace("5.1", "5.2", 1))
    found = resumed(session.directory, {"epochs": 500})
    second = TrainingSession(found.project, found.folder.parent, resumed=found)
    second.start()
    second.join()
    assert "has changed since this run was trained on it" in second.recorder.snapshot().message


def test_what_a_kill_left_half_written_goes_when_the_run_goes_on(project, tmp_path):
    session = TrainingSession(project, tmp_path / "runs")
    session.start()
    session.join()
    mine = session.directory / ".notes"
    half = [
        session.directory / ".run.json.n_jx7oa7",
        session.directory / "checkpoints/best/.model.safetensors.ab3_d9zz",
    ]
    for path in (mine, *half):
        path.write_bytes(b"{")
    found = resumed(session.directory, {"epochs": 20})
    second = TrainingSession(found.project, found.folder.parent, resumed=found)
    second.start()
    second.join()
    assert second.recorder.snapshot().state == "finished"
    assert mine.exists()
    assert not any(path.exists() for path in half)


def test_a_finished_run_wants_more_epochs(project, tmp_path):
    session = TrainingSession(project, tmp_path / "runs")
    session.start()
    session.join()
    with pytest.raises(InputError, match=r"has finished after .* give a larger number with --epochs"):
        resumed(session.directory, {})
    for wishes in ({"epochs": session.project.training.epochs}, {"epochs": 1}, {"learning_rate": 0.5}):
        with pytest.raises(InputError, match="give a larger number with --epochs"):
            resumed(session.directory, wishes)


def test_a_run_that_stopped_early_goes_on_for_its_whole_patience(project, tmp_path):
    early = EarlyStopping(patience=3, min_delta=1e9)
    training = msgspec.structs.replace(project.training, epochs=30, early_stopping=early)
    first = TrainingSession(msgspec.structs.replace(project, training=training), tmp_path / "runs")
    first.start()
    first.join()
    assert information.read(first.directory).epochs == 4
    found = resumed(first.directory, {"learning_rate": 0.01})
    second = TrainingSession(found.project, found.folder.parent, resumed=found)
    second.start()
    second.join()
    assert information.read(first.directory).epochs == 7


def test_a_clock_that_goes_backwards_changes_nothing(project, tmp_path, monkeypatch):
    """Steps of time are measured with a clock that cannot go back; the clock on the wall only names things."""
    hours = iter(np.arange(1e9, 0, -3600.0))
    monkeypatch.setattr(time, "time", lambda: next(hours))
    session = TrainingSession(project, tmp_path / "runs")
    session.start()
    with contextlib.suppress(StopIteration):
        session.join()
    assert session.recorder.snapshot().state == "finished"
    seconds = [epoch.seconds for epoch in history.read(session.directory)]
    assert seconds == sorted(seconds)
