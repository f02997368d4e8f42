"""Folds: parts that take turns, runs that follow one another, and what they give together."""

import json
from pathlib import Path
from statistics import mean, stdev

import msgspec
import numpy as np
import pytest

from asanai_tui import cli
from asanai_tui import project as projects
from asanai_tui.data.dataset import load
from asanai_tui.data.preprocessing import TablePreprocessing
from asanai_tui.data.spec import Method, Split
from asanai_tui.data.split import divided, group_counts, grouped
from asanai_tui.errors import InputError
from asanai_tui.project import Project
from asanai_tui.runs import history, information
from asanai_tui.runs.session import TrainingSession
from asanai_tui.training.folds import of_fold
from tests.waiting import until

CLASSES = np.random.default_rng(2).permutation(np.repeat([0, 1, 2], [60, 30, 11]))
GROUPS = np.random.default_rng(3).integers(0, 12, 101)


@pytest.fixture
def iris(samples: Path) -> Project:
    return projects.load(samples / "iris" / "project.toml")


def with_training(project: Project, **changes: object) -> Project:
    return msgspec.structs.replace(project, training=msgspec.structs.replace(project.training, **changes))


@pytest.mark.parametrize("method", ["random", "order", "group"])
@pytest.mark.parametrize("test_split", [0.0, 0.2])
def test_each_example_is_validated_once_and_the_test_part_stays(method: Method, test_split: float) -> None:
    split = Split(method=method, test_split=test_split)
    folds = [
        divided(101, msgspec.structs.replace(split, fold=(n, 5)), CLASSES, GROUPS if method == "group" else None)
        for n in range(1, 6)
    ]
    test = folds[0].test
    assert all(np.array_equal(parts.test, test) for parts in folds)
    validated = np.concatenate([parts.validation for parts in folds])
    assert np.array_equal(np.sort(np.concatenate([validated, test])), np.arange(101))
    for parts in folds:
        assert len(parts.train) + len(parts.validation) + len(parts.test) == 101
        assert not set(parts.train.tolist()) & {*parts.validation.tolist(), *test.tolist()}


def test_folds_are_as_large_as_counted() -> None:
    for split in (Split(test_split=0.1, fold=(n, 7)) for n in range(1, 8)):
        assert tuple(len(part) for part in divided(101, split, CLASSES)) == split.counts(101)
        in_order = msgspec.structs.replace(split, method="order")
        assert tuple(len(part) for part in divided(101, in_order)) == split.counts(101)
    by_groups = Split(method="group", fold=(2, 4))
    counts = group_counts(grouped(GROUPS).sizes, by_groups)
    assert counts == tuple(len(part) for part in divided(101, by_groups, marks=GROUPS))


def test_each_class_has_its_share_in_every_fold() -> None:
    for number in range(1, 6):
        validation = divided(101, Split(fold=(number, 5)), CLASSES).validation
        assert np.bincount(CLASSES[validation]) == pytest.approx([12, 6, 2.2], abs=1)


@pytest.mark.parametrize(
    ("split", "sentence"),
    [
        (Split(fold=(1, 200)), "Only 101 examples for 200 folds"),
        (Split(method="group", fold=(1, 20)), "Only 12 groups"),
    ],
)
def test_too_many_folds_are_told(split: Split, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        divided(101, split, CLASSES, GROUPS)


def test_a_fold_that_is_none_is_told() -> None:
    assert "3 2 is none" in Split(fold=(3, 2)).problem
    assert not Split(fold=(2, 2), validation_split=0.9, test_split=0.5).problem


def test_folds_of_given_parts_are_refused(iris: Project) -> None:
    split = msgspec.structs.replace(iris.data.split, method="folders")
    project = msgspec.structs.replace(iris, data=msgspec.structs.replace(iris.data, split=split))
    assert "there can be no folds" in with_training(project, folds=3).problems()[0]


def test_preprocessing_is_fitted_on_each_training_part(iris: Project) -> None:
    found = [load(of_fold(iris.data, number, 3)) for number in (1, 2)]
    means = []
    for dataset in found:
        assert isinstance(dataset.preprocessing, TablePreprocessing)
        means.append([fit.center for fit in dataset.preprocessing.inputs])
        assert dataset.inputs[dataset.train].mean(0) == pytest.approx(np.zeros(4), abs=1e-5)
    assert means[0] != means[1]


def test_folds_give_values_mean_deviation_and_the_model_of_the_best(iris: Project, tmp_path: Path) -> None:
    session = TrainingSession(with_training(iris, folds=3, epochs=4), tmp_path)
    session.start()
    assert session.join(60)
    shot = session.recorder.snapshot()
    assert (shot.state, shot.recorded, len(shot.folds)) == ("finished", 12, 3)
    assert session.directory is not None and session.model_path is not None
    told = information.read(session.directory)
    losses = [fold.best.val_loss or 0.0 for fold in told.folds]
    assert told.over_folds["val_loss"].mean == pytest.approx(mean(losses))
    assert told.over_folds["val_loss"].deviation == pytest.approx(stdev(losses))
    assert told.best is not None and told.best.fold == 1 + losses.index(min(losses))
    best = session.directory / f"fold-{told.best.fold}" / "checkpoints" / "best" / "model.safetensors"
    assert session.model_path.read_bytes() == best.read_bytes()
    assert session.model_path == session.directory / "checkpoints" / "best" / "model.safetensors"
    assert [epoch.fold for epoch in history.read(session.directory)] == [1] * 4 + [2] * 4 + [3] * 4
    assert shot.message == told.reason and "3 folds: val_accuracy" in told.reason
    assert "Fold 3 of 3: val_accuracy" in (session.directory / "log.txt").read_text()


def test_a_fold_is_the_plain_run_with_its_split(iris: Project, tmp_path: Path) -> None:
    session = TrainingSession(with_training(iris, folds=2, epochs=3), tmp_path / "all")
    session.start()
    assert session.join(60)
    assert session.directory is not None
    second = session.directory / "fold-2"
    alone = TrainingSession(projects.load(second / "project.toml"), tmp_path / "alone")
    assert alone.project.data.split.fold == (2, 2)
    alone.start()
    assert alone.join(60)
    losses = [[epoch.val_loss for epoch in found] for found in (alone.recorder.history(), history.read(second))]
    assert losses[0] == losses[1]


def test_stopped_inside_a_fold_the_finished_ones_count(iris: Project, tmp_path: Path) -> None:
    session = TrainingSession(with_training(iris, folds=4, epochs=300), tmp_path)
    session.start()
    until(lambda: session.recorder.snapshot().folds or not session.alive)
    session.stop()
    assert session.join(60)
    shot = session.recorder.snapshot()
    assert shot.state == "stopped" and 1 <= len(shot.folds) < 4
    assert session.directory is not None and session.model_path is not None
    told = information.read(session.directory)
    assert told.state == "stopped" and len(told.folds) == len(shot.folds)
    assert f"Fold {len(shot.folds) + 1} of 4: Stopped. {len(shot.folds)} fold" in told.reason
    assert session.model_path.parent.parent.parent == session.directory


def test_stopped_in_the_first_fold_its_model_is_kept(iris: Project, tmp_path: Path) -> None:
    session = TrainingSession(with_training(iris, folds=4, epochs=1_000_000), tmp_path)
    session.start()
    until(lambda: session.recorder.snapshot().recorded or not session.alive)
    session.stop()
    assert session.join(60)
    assert session.directory is not None
    assert (session.directory / "checkpoints" / "best" / "model.safetensors").is_file()
    told = information.read(session.directory)
    assert told.folds == () and told.reason == "Fold 1 of 4: Stopped."


def test_a_fold_that_fails_ends_the_run_with_its_number(iris: Project, tmp_path: Path) -> None:
    session = TrainingSession(with_training(iris, folds=100, epochs=1, device="cuda:77"), tmp_path)
    session.start()
    assert session.join(60)
    shot = session.recorder.snapshot()
    assert shot.state == "failed" and shot.message.startswith("Fold 1 of 100: ")
    assert session.directory is not None
    assert information.read(session.directory).state == "failed"


def test_command_tells_folds(samples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", str(samples / "iris" / "project.toml"), "--folds", "2", "--epochs", "2", "--runs"]
    assert cli.main([*arguments, str(tmp_path / "json"), "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["fold"], each["epoch"]) for each in events if each["event"] == "epoch"] == [
        (1, 1), (1, 2), (2, 1), (2, 2),
    ]  # fmt: skip
    folds = [each for each in events if each["event"] == "fold"]
    assert [each["fold"] for each in folds] == [1, 2]
    end = events[-1]
    assert end["event"] == "finished" and end["best_fold"] in (1, 2)
    assert end["over_folds"]["val_loss"]["mean"] == pytest.approx(mean(each["val_loss"] for each in folds))
    assert cli.main([*arguments, str(tmp_path / "text")]) == 0
    text = capsys.readouterr().out
    assert "Fold 2, epoch 2/2:" in text and "2 folds: val_accuracy" in text and "Best fold" in text
