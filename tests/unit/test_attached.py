"""A run seen by another one than its trainer, over the socket and from its files; both in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from asanai_tui import project as projects
from asanai_tui.project import Project
from asanai_tui.runs.attached import AttachedSession
from asanai_tui.runs.session import TrainingSession
from tests.waiting import until


@pytest.fixture
def iris(samples: Path) -> Project:
    return projects.load(samples / "iris" / "project.toml")


def of(project: Project, **settings: object) -> Project:
    return msgspec.structs.replace(project, training=msgspec.structs.replace(project.training, **settings))


@contextmanager
def running(project: Project, runs: Path) -> Iterator[TrainingSession]:
    session = TrainingSession(project, runs)
    session.start()
    try:
        yield session
    finally:
        session.stop()
        assert session.join(60)


def test_epochs_and_batches_arrive_and_stay_after_the_end(iris: Project, tmp_path: Path) -> None:
    with running(of(iris, epochs=100_000, batch_size=4), tmp_path) as session:
        until(lambda: session.recorder.snapshot().recorded > 30)
        assert session.directory is not None
        other = AttachedSession(session.directory)
        other.start()
        until(lambda: other.recorder.snapshot().recorded > 40)
        assert list(other.recorder.history())[:30] == list(session.recorder.history())[:30]
        other.stop()
        assert other.join(20)
    told, own = other.recorder.snapshot(), session.recorder.snapshot()
    assert (told.state, told.recorded, told.batches) == ("stopped", own.recorded, own.batches)
    assert list(other.recorder.history()) == list(session.recorder.history())
    assert other.recorder.batch_losses() == session.recorder.batch_losses()
    assert other.recorder.batch_losses().count >= own.recorded * own.batches


def test_a_run_that_has_ended_has_both_curves(iris: Project, tmp_path: Path) -> None:
    with running(of(iris, epochs=5, batch_size=32), tmp_path) as session:
        assert session.join(60)
    assert session.directory is not None
    later = AttachedSession(session.directory)
    later.start()
    snapshot = later.recorder.snapshot()
    assert (snapshot.state, snapshot.recorded, snapshot.batches) == ("finished", 5, 4)
    assert later.recorder.batch_losses() == session.recorder.batch_losses()
    assert len(later.recorder.means().means) == 20


def test_the_last_fold_of_an_ended_run_has_its_curves(iris: Project, tmp_path: Path) -> None:
    with running(of(iris, epochs=3, folds=2), tmp_path) as session:
        assert session.join(60)
    assert session.directory is not None
    later = AttachedSession(session.directory)
    later.start()
    snapshot = later.recorder.snapshot()
    assert snapshot.trial
    assert (snapshot.trial.number, snapshot.trials, snapshot.recorded) == (2, 2, 6)
    assert later.recorder.batch_losses().means == session.recorder.batch_losses().means
