"""Folds and seeds: parts that take turns, runs that follow one another, and what they give together."""

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
from asanai_tui.opening import BEST_MODEL, open_path
from asanai_tui.project import Project
from asanai_tui.runs import history, information
from asanai_tui.runs.session import TrainingSession
from asanai_tui.training import trials
from asanai_tui.training.recorder import Epoch
from asanai_tui.training.settings import Training
from asanai_tui.training.trials import Result, of_fold
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
    assert (shot.state, shot.recorded, len(shot.results)) == ("finished", 12, 3)
    assert session.directory is not None and session.model_path is not None
    told = information.read(session.directory)
    losses = [fold.best.val_loss or 0.0 for fold in told.trials]
    assert told.over_trials["val_loss"].mean == pytest.approx(mean(losses))
    assert told.over_trials["val_loss"].deviation == pytest.approx(stdev(losses))
    assert told.best is not None and told.best.trial == 1 + losses.index(min(losses))
    best = session.directory / f"fold-{told.best.trial}" / "checkpoints" / "best" / "model.safetensors"
    assert session.model_path.read_bytes() == best.read_bytes()
    assert session.model_path == session.directory / "checkpoints" / "best" / "model.safetensors"
    assert [epoch.trial for epoch in history.read(session.directory)] == [1] * 4 + [2] * 4 + [3] * 4
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
    until(lambda: session.recorder.snapshot().results or not session.alive)
    session.stop()
    assert session.join(60)
    shot = session.recorder.snapshot()
    assert shot.state == "stopped" and 1 <= len(shot.results) < 4
    assert session.directory is not None and session.model_path is not None
    told = information.read(session.directory)
    assert told.state == "stopped" and len(told.trials) == len(shot.results)
    assert f"Fold {len(shot.results) + 1} of 4: Stopped. {len(shot.results)} fold" in told.reason
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
    assert told.trials == () and told.reason == "Fold 1 of 4: Stopped."


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
    folds = [each for each in events if each["event"] == "trial"]
    assert [each["fold"] for each in folds] == [1, 2]
    end = events[-1]
    assert end["event"] == "finished" and end["best_trial"] in (1, 2)
    assert end["over_trials"]["val_loss"]["mean"] == pytest.approx(mean(each["val_loss"] for each in folds))
    assert cli.main([*arguments, str(tmp_path / "text")]) == 0
    text = capsys.readouterr().out
    assert "Fold 2, epoch 2/2:" in text and "2 folds: val_accuracy" in text and "Best fold" in text


def result(number: int, val_loss: float, val_accuracy: float) -> Result:
    metrics = {"accuracy": 0.9, "val_accuracy": val_accuracy}
    best = Epoch(epoch=3, loss=0.5, val_loss=val_loss, metrics=metrics, trial=number)
    return Result(number, 0, number + 6, best=best, epochs=5)


def test_statistics_of_each_value() -> None:
    found = trials.spreads([result(1, 0.2, 0.8), result(2, 0.1, 0.9), result(3, 0.3, 0.7)], ("accuracy",))
    loss, accuracy = found["val_loss"], found["val_accuracy"]
    assert (loss.mean, loss.deviation) == pytest.approx((mean([0.2, 0.1, 0.3]), stdev([0.2, 0.1, 0.3])))
    assert (loss.min, loss.max, loss.best, loss.worst, loss.best_trial, loss.worst_trial) == (0.1, 0.3, 0.1, 0.3, 2, 3)
    assert (accuracy.best, accuracy.worst, accuracy.best_trial, accuracy.worst_trial) == (0.9, 0.7, 2, 3)
    assert (loss.variation, accuracy.variation) == pytest.approx((0.5, 0.125))
    assert (loss.noise, accuracy.noise, found["loss"].noise) == ("high", "medium", "low")
    assert found["loss"].deviation == 0
    assert "test_loss" not in found


def test_statistics_in_words() -> None:
    three = [result(1, 0.2, 0.8), result(2, 0.1, 0.9), result(3, 0.3, 0.7)]
    assert trials.sentence(three, ("accuracy",)) == (
        "3 runs: val_accuracy 0.8 ± 0.1 (medium noise), val_loss 0.2 ± 0.1 (high noise)."
    )
    assert "val_loss 0.2 ± 0.1, 50.0% high noise, min 0.1 run 2 (best), max 0.3 run 3 (worst)" in (
        trials.table(three, ("accuracy",))
    )
    assert trials.sentence(three[:1], ("accuracy",)) == "1 run: val_accuracy 0.8, val_loss 0.2."
    assert trials.spreads(three[:1], ("accuracy",))["val_loss"].noise is None
    zero = [result(1, 0.0, 0.0), result(2, 0.0, 0.0)]
    assert trials.spreads(zero, ("accuracy",))["val_loss"].variation is None


def test_each_fold_with_each_seed() -> None:
    assert trials.plan(Training(folds=1, seeds=1)) == ()
    seeds = trials.plan(Training(seeds=3, seed=2**32 - 1))
    assert [(each.seed, each.folder) for each in seeds] == [
        (2**32 - 1, "seed-4294967295"),
        (0, "seed-0"),
        (1, "seed-1"),
    ]
    both = trials.plan(Training(folds=2, seeds=2, seed=7))
    assert [each.folder for each in both] == ["fold-1-seed-7", "fold-1-seed-8", "fold-2-seed-7", "fold-2-seed-8"]
    assert both[2].title(4) == "Run 3 of 4, fold 2, seed 7"


def test_a_seed_is_the_plain_run_with_that_seed(iris: Project, tmp_path: Path) -> None:
    session = TrainingSession(with_training(iris, seeds=3, seed=7, epochs=3), tmp_path / "all")
    session.start()
    assert session.join(60)
    assert session.directory is not None and session.model_path is not None
    third = session.directory / "seed-9"
    alone = TrainingSession(with_training(iris, seed=9, epochs=3), tmp_path / "alone")
    alone.start()
    assert alone.join(60)
    losses = [[epoch.val_loss for epoch in found] for found in (alone.recorder.history(), history.read(third))]
    assert losses[0] == losses[1]
    told = information.read(session.directory)
    assert [each.seed for each in told.trials] == [7, 8, 9]
    assert len({each.best.val_loss for each in told.trials}) == 3
    assert told.over_trials["val_loss"].noise in ("low", "medium", "high")
    assert session.model_path.read_bytes() == (session.directory / best_folder(told) / BEST_MODEL).read_bytes()
    assert open_path(third).model_path == third / BEST_MODEL


def best_folder(told: information.RunInformation) -> str:
    assert told.best is not None
    return told.trials[told.best.trial - 1].folder


def test_folds_of_older_versions_are_read(tmp_path: Path) -> None:
    epoch = {"epoch": 2, "loss": 0.5, "val_loss": 0.25, "fold": 2}
    folds = [
        {"fold": 1, "best": {**epoch, "fold": 1, "val_loss": 0.5}, "epochs": 3},
        {"fold": 2, "best": epoch, "epochs": 3},
    ]
    about = {"pid": 1, "host": "h", "started": "2026-11-23T10:00:00+00:00", "best": epoch, "folds": folds,
             "over_folds": {"val_loss": {"mean": 0.375}}}  # fmt: skip
    (tmp_path / "run.json").write_text(json.dumps(about))
    (tmp_path / "history.jsonl").write_text(
        "".join(json.dumps({**epoch, "fold": n}, separators=(",", ":")) + "\n" for n in (1, 1, 2))
    )
    told = information.read(tmp_path)
    assert [(each.number, each.fold, each.seed, each.best.trial) for each in told.trials] == [
        (1, 1, None, 1),
        (2, 2, None, 2),
    ]
    assert told.best is not None and told.best.trial == 2
    assert [each.trial for each in history.read(tmp_path)] == [1, 1, 2]


def test_command_tells_seeds_in_order(samples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", str(samples / "iris" / "project.toml"), "--seeds", "3", "--epochs", "2", "--runs"]
    assert cli.main([*arguments, str(tmp_path / "json"), "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = [(each["event"], each["seed"]) for each in events if each["event"] in ("epoch", "trial")]
    assert told == [(event, seed) for seed in (1, 2, 3) for event in ("epoch", "epoch", "trial")]
    end = events[-1]
    losses = [each["val_loss"] for each in end["trials"]]
    assert end["best_trial"] == 1 + losses.index(min(losses))
    assert end["over_trials"]["val_loss"]["min"] == min(losses)
    assert cli.main([*arguments, str(tmp_path / "text")]) == 0
    text = capsys.readouterr().out
    assert "Run 3, seed 3, epoch 2/2:" in text and "3 runs: val_accuracy" in text
    assert "Each run keeps its own model: asanai-tui" in text


def test_the_best_run_is_that_of_the_monitor(iris: Project, tmp_path: Path) -> None:
    session = TrainingSession(with_training(iris, seeds=4, epochs=4, monitor="accuracy"), tmp_path)
    session.start()
    assert session.join(60) and session.directory is not None
    told = information.read(session.directory)
    reached = [result.best.metrics["accuracy"] or 0.0 for result in told.trials]
    assert [result.score for result in told.trials] == [-each for each in reached]
    assert told.best is not None and told.best.trial == 1 + reached.index(max(reached))
