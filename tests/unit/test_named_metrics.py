"""Several metrics by their names: in projects, histories, reports, folds; and files of the time when there was one."""

import json
from pathlib import Path

import msgspec
import pytest

from asanai_tui import cli
from asanai_tui import project as projects
from asanai_tui.checking import checked
from asanai_tui.errors import InputError
from asanai_tui.opening import open_path
from asanai_tui.project import Project
from asanai_tui.runs import history, information
from asanai_tui.runs.frames import plain, snapshot_of
from asanai_tui.suggestion import with_data
from asanai_tui.training.recorder import Epoch, Snapshot
from asanai_tui.training.settings import Training
from asanai_tui.training.stopping import monitored

METRICS = ("accuracy", "f1", "mean_absolute_error")


@pytest.fixture
def iris(samples: Path) -> Project:
    return projects.load(samples / "iris" / "project.toml")


def said(capfd: pytest.CaptureFixture[str], *arguments: object) -> list[dict[str, object]]:
    assert cli.main([str(argument) for argument in arguments]) == 0
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_the_command_line_measures_several_and_the_best_epoch_follows_one(
    samples: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    command = ("train", samples / "iris" / "project.toml", "--epochs", 6, "--runs", tmp_path, "--json")
    *epochs, end = said(capfd, *command, "--metrics", "accuracy,f1,auc", "--monitor", "val_f1")
    names = [f"{part}{name}" for name in ("loss", "accuracy", "f1", "auc") for part in ("", "val_")]
    assert all(list(epoch) == ["event", "epoch", *names] for epoch in epochs)
    assert end["best_epoch"] == max(epochs, key=lambda epoch: epoch["val_f1"])["epoch"]
    run = Path(str(end["run"]))
    assert [epoch.metrics["val_auc"] for epoch in history.read(run)] == [epoch["val_auc"] for epoch in epochs]
    assert projects.load(run / "project.toml").training.metrics == ("accuracy", "f1", "auc")
    about = information.read(run)
    assert about.best is not None
    assert about.best.metrics["f1"] == epochs[about.best.epoch - 1]["f1"]
    assert open_path(run, look=False).project.training.metrics == ("accuracy", "f1", "auc")


def test_an_unknown_metric_is_wrong_usage(samples: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", str(samples / "iris" / "project.toml"), "--metrics", "accuracy,f2"]) == 2
    assert "metrics: expected one or more of accuracy, binary_accuracy" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("metrics", ["accuracy", "accurcy"], "metrics: 'accurcy' is not known; did you mean 'accuracy'?"),
        ("monitor", "val_acc", "monitor: 'val_acc' is not known; did you mean 'val_accuracy'?"),
        (
            "monitor",
            "best",
            "monitor: expected one of auto, loss, val_loss, metric, val_metric, accuracy, val_accuracy",
        ),
        ("loss", "mean_square_error", "loss: 'mean_square_error' is not known; did you mean 'mean_squared_error'?"),
        ("precision", "float64", "precision: expected one of float32, bfloat16, float16, not 'float64'."),
    ],
)
def test_a_name_that_is_nearly_known_is_said(name: str, value: object, said: str) -> None:
    with pytest.raises(InputError) as caught:
        checked(Training(), **{name: value})
    assert str(caught.value).startswith(said)
    assert len(str(caught.value)) < 200


def test_one_metric_may_stand_alone(iris: Project) -> None:
    content = projects.to_toml(iris).replace(b'metrics = ["accuracy"]', b'metrics = "f1"')
    assert projects.from_toml(content).training.metrics == ("f1",)


def test_folds_spread_every_metric(samples: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    command = ("train", samples / "iris" / "project.toml", "--epochs", 2, "--folds", 2, "--runs", tmp_path, "--json")
    *_, end = said(capfd, *command, "--metrics", "accuracy,f1")
    assert {"accuracy", "val_accuracy", "f1", "val_f1", "val_loss"} <= set(end["over_trials"])  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("monitor", "expected"),
    [
        ("auto", 0.4),
        ("loss", 0.3),
        ("metric", -0.9),
        ("val_metric", -0.8),
        ("val_f1", -0.7),
        ("f1", -0.75),
        ("val_mean_absolute_error", 2.5),
    ],
)
def test_the_smaller_the_better(monitor: str, expected: float) -> None:
    values = {"accuracy": 0.9, "val_accuracy": 0.8, "f1": 0.75, "val_f1": 0.7, "val_mean_absolute_error": 2.5}
    epoch = Epoch(epoch=1, loss=0.3, val_loss=0.4, metrics=values)
    assert monitored(epoch, monitor, METRICS) == expected  # type: ignore[arg-type]


def test_without_a_validation_part_training_values_are_monitored_and_nothing_known_is_never_best() -> None:
    epoch = Epoch(epoch=1, loss=0.3, metrics={"accuracy": 0.9, "f1": None})
    assert monitored(epoch, "val_accuracy", METRICS) == -0.9  # type: ignore[arg-type]
    assert monitored(epoch, "auto", METRICS) == 0.3  # type: ignore[arg-type]
    assert monitored(epoch, "val_f1", METRICS) == float("inf")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"monitor": "val_f1"}, "Training, monitor: f1 is not among the metrics of the training; add it there or"),
        ({"metrics": ("f1", "f1")}, "Training, metrics: f1 stands there twice; leave one out."),
        ({"metrics": ("top_5_accuracy",)}, "Training, metric top_5_accuracy: there are only 3 classes"),
    ],
)
def test_what_cannot_be_measured_is_told_before_the_training(
    iris: Project, changes: dict[str, object], sentence: str
) -> None:
    training = msgspec.structs.replace(iris.training, **changes)
    (problem,) = msgspec.structs.replace(iris, training=training).problems()
    assert problem.startswith(sentence)


def test_no_metric_at_all_is_refused(iris: Project) -> None:
    content = projects.to_toml(iris).replace(b'metrics = ["accuracy"]', b"metrics = []")
    with pytest.raises(InputError, match="training, metrics: expected one or more of accuracy"):
        projects.from_toml(content)


def test_other_targets_get_their_own_metric_and_the_monitor_goes_with_it(iris: Project) -> None:
    training = msgspec.structs.replace(iris.training, metrics=("accuracy", "f1"), monitor="val_f1")
    before = msgspec.structs.replace(iris, training=training)
    roles = {"species": "input", "petal_width_cm": "target"}
    columns = [
        msgspec.structs.replace(column, role=roles.get(column.name, column.role))
        for column in iris.data.columns  # type: ignore[union-attr]
    ]
    after = with_data(before, msgspec.structs.replace(iris.data, columns=tuple(columns)))
    assert (after.training.metrics, after.training.monitor) == (("mean_absolute_error",), "auto")
    assert after.problems() == []


def test_projects_of_one_metric_still_open(iris: Project) -> None:
    content = projects.to_toml(iris).replace(b'metrics = ["accuracy"]', b'metric = "mean_squared_error"')
    assert projects.from_toml(content).training.metrics == ("mean_squared_error",)
    wrong = content.replace(b"mean_squared_error", b"sharpness")
    with pytest.raises(InputError, match="training, metrics: expected one or more of"):
        projects.from_toml(wrong)


def test_runs_of_one_metric_are_still_read(iris: Project, tmp_path: Path) -> None:
    content = projects.to_toml(iris).replace(b'metrics = ["accuracy"]', b'metric = "accuracy"')
    (tmp_path / "project.toml").write_bytes(content)
    line = '{"epoch":1,"loss":0.5,"val_loss":0.6,"metric":0.9,"val_metric":0.8,"learning_rate":0.01}'
    (tmp_path / "history.jsonl").write_text(f"{line}\n")
    (epoch,) = history.read(tmp_path)
    assert epoch == Epoch(
        epoch=1, loss=0.5, val_loss=0.6, metrics={"accuracy": 0.9, "val_accuracy": 0.8}, learning_rate=0.01
    )
    best, fold = json.loads(line), {"fold": 1, "best": json.loads(line), "epochs": 1, "test_metric": 0.7}
    about = {"pid": 1, "host": "h", "started": "", "best": best, "test_metric": 0.7, "folds": [fold]}
    (tmp_path / "run.json").write_text(json.dumps(about))
    told = information.read(tmp_path)
    assert told.best == epoch
    assert told.test_metrics == told.trials[0].test_metrics == {"accuracy": 0.7}
    assert told.trials[0].best == epoch


def test_a_snapshot_keeps_the_names_on_its_way() -> None:
    epoch = Epoch(epoch=1, loss=0.5, metrics={"f1": 0.5, "val_f1": None})
    shot = Snapshot(last=epoch, metrics=("f1", "auc"), test_metrics={"f1": 0.25})
    assert snapshot_of(msgspec.msgpack.decode(msgspec.msgpack.encode(plain(shot)))) == shot
