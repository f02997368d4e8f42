"""The command line: what scripts rely on. Exit status, lines of JSON, CSV, one sentence for what is wrong."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from safetensors import safe_open
from safetensors.torch import save_file
from torch import zeros

from asanai_tui import __version__, cli, logs
from asanai_tui import project as projects
from asanai_tui.network.layers import catalogue
from asanai_tui.network.layers.basic import Dense
from asanai_tui.network.network import Network
from asanai_tui.runs import history, information
from asanai_tui.training import model_file
from asanai_tui.training.optimizer_settings import SGD

PROGRAM = (sys.executable, "-m", "asanai_tui")


class Said(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str]):
    """Run the command line in this process."""

    def run(*arguments: object) -> Said:
        capfd.readouterr()
        status = cli.main([str(argument) for argument in arguments])
        return Said(status, *capfd.readouterr())

    return run


def started(*arguments: object, **options) -> subprocess.CompletedProcess[str]:
    """Run the program as a shell does."""
    command = [*PROGRAM, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)


@pytest.fixture(scope="module")
def iris_run(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict], Path]:
    """What `train --json` said on iris, and the folder of runs."""
    runs = tmp_path_factory.mktemp("runs")
    said = started("train", samples / "iris" / "project.toml", "--epochs", 5, "--runs", runs, "--json")
    assert (said.returncode, said.stderr) == (0, "")
    return [json.loads(line) for line in said.stdout.splitlines()], runs


def test_json_is_one_object_for_each_epoch_and_one_at_the_end(iris_run: tuple[list[dict], Path]) -> None:
    *epochs, end = iris_run[0]
    assert [epoch["epoch"] for epoch in epochs] == [1, 2, 3, 4, 5]
    assert all(
        list(epoch) == ["event", "epoch", "loss", "val_loss", "accuracy", "val_accuracy"] and epoch["event"] == "epoch"
        for epoch in epochs
    )
    assert list(end) == ["event", "run", "model", "best_epoch", "val_loss", "classes"]
    assert end["event"] == "finished"
    best = min(epochs, key=lambda epoch: epoch["val_loss"])
    assert (end["best_epoch"], end["val_loss"]) == (best["epoch"], best["val_loss"])


def test_run_directory_is_whole(iris_run: tuple[list[dict], Path], samples: Path) -> None:
    *epochs, end = iris_run[0]
    run = Path(end["run"])
    assert run.parent == iris_run[1]
    assert Path(end["model"]) == run / "checkpoints" / "best" / "model.safetensors"
    assert projects.load(run / "project.toml").training.epochs == 5
    told = information.read(run)
    assert (told.state, told.epochs, told.device) == ("finished", 5, "cpu")
    assert told.best is not None
    assert told.best.epoch == end["best_epoch"]
    assert told.ended is not None
    assert [epoch.loss for epoch in history.read(run)] == [epoch["loss"] for epoch in epochs]
    assert (run / "log.txt").read_text().endswith("Trained for 5 epochs.\n")


def test_model_file_is_safetensors_with_a_note(iris_run: tuple[list[dict], Path]) -> None:
    end = iris_run[0][-1]
    with safe_open(end["model"], "pt") as file:
        assert list(file.get_tensor("0.kernel").shape) == [4, 16]
        assert "asanai" in file.metadata()
    content = model_file.header(Path(end["model"]))
    assert content.note["best_epoch"] == end["best_epoch"]
    assert content.note["val_loss"] == end["val_loss"]


def test_predict_csv(iris_run: tuple[list[dict], Path], samples: Path, say) -> None:
    end = iris_run[0][-1]
    said = say("predict", end["model"], samples / "iris" / "iris.csv")
    rows = list(csv.reader(io.StringIO(said.out)))
    assert (said.status, said.err) == (0, "")
    assert rows[0] == ["input", "prediction", "setosa", "versicolor", "virginica"]
    assert len(rows) == 151
    assert rows[1][0] == f"{samples / 'iris' / 'iris.csv'}:1"
    assert rows[1][1] in rows[0][2:]
    assert abs(sum(float(cell) for cell in rows[1][2:]) - 1) < 1e-4


def test_predict_json_from_a_run(iris_run: tuple[list[dict], Path], samples: Path, say) -> None:
    end = iris_run[0][-1]
    said = say("predict", end["run"], samples / "iris" / "iris.csv", "--json")
    assert said.status == 0
    assert len(said.objects) == 150
    assert list(said.objects[0]) == ["input", "prediction", "values"]
    assert max(said.objects[0]["values"], key=said.objects[0]["values"].get) == said.objects[0]["prediction"]


def test_predict_with_some_that_are_broken(
    iris_run: tuple[list[dict], Path], samples: Path, tmp_path: Path, say
) -> None:
    model = iris_run[0][-1]["model"]
    (tmp_path / 'a "quoted", name.csv').write_text(
        "sepal_length_cm,sepal_width_cm,petal_length_cm,petal_width_cm\n5.1,3.5,1.4,0.2\n5,x,1,1\n"
    )
    said = say("predict", model, tmp_path / 'a "quoted", name.csv', tmp_path / "absent.csv")
    rows = list(csv.reader(io.StringIO(said.out)))
    assert said.status == 0
    assert [row[0] for row in rows[1:]] == [f'{tmp_path}/a "quoted", name.csv:1']
    assert "name.csv:2: column sepal_width_cm: 'x' is not a number." in said.err
    assert "absent.csv: no such file" in said.err


def test_predict_nothing(iris_run: tuple[list[dict], Path], tmp_path: Path, say) -> None:
    model = iris_run[0][-1]["model"]
    said = say("predict", model, tmp_path / "absent.csv")
    assert (said.status, said.out) == (1, "")
    assert said.err == f"{tmp_path / 'absent.csv'}: no such file or folder.\n"


def test_number_targets_have_their_own_metric(tmp_path: Path, say) -> None:
    (tmp_path / "line.csv").write_text("x,y\n" + "".join(f"{x},{3 * x}\n" for x in range(50)))
    said = say("train", tmp_path / "line.csv", "--epochs", 2, "--json")
    assert said.status == 0
    assert list(said.objects[0])[-2:] == ["mean_absolute_error", "val_mean_absolute_error"]
    assert Path(said.objects[-1]["run"]).parent == tmp_path / "runs"
    said = say("predict", said.objects[-1]["model"], tmp_path / "line.csv")
    assert said.out.startswith("input,prediction,y\n")


def test_without_a_validation_part_its_values_are_null(samples: Path, tmp_path: Path, say) -> None:
    said = say("train", samples / "xor" / "project.toml", "--epochs", 3, "--runs", tmp_path, "--json")
    assert said.objects[0]["val_loss"] is None
    assert said.objects[-1]["val_loss"] is None
    assert said.objects[-1]["best_epoch"] in (1, 2, 3)


def test_train_for_people(samples: Path, tmp_path: Path, say) -> None:
    said = say("train", samples / "xor", "--epochs", 100, "--runs", tmp_path)
    lines = said.out.splitlines()
    epochs = [line for line in lines if line.startswith("Epoch ")]
    assert said.status == 0
    assert 20 <= len(epochs) <= 22
    assert epochs[0].startswith("Epoch 1/100: loss ")
    assert epochs[-1].startswith("Epoch 100/100: loss ")
    assert any(line.startswith("Model  ") and Path(line[7:]).is_file() for line in lines)


def test_options_change_the_training(samples: Path, tmp_path: Path, say) -> None:
    options = ("--epochs", 3, "--batch-size", 50, "--learning-rate", 0.5, "--seed", 9, "--device", "cpu")
    said = say("train", samples / "iris", *options, "--runs", tmp_path, "--json")
    training = projects.load(Path(said.objects[-1]["run"]) / "project.toml").training
    assert (training.epochs, training.batch_size, training.seed, training.device) == (3, 50, 9, "cpu")
    assert training.optimizer.learning_rate == 0.5


def test_train_from_a_run_says_first_what_keeps_its_weights(
    iris_run: tuple[list[dict], Path], samples: Path, tmp_path: Path, say
) -> None:
    end = iris_run[0][-1]
    project = projects.load(samples / "iris" / "project.toml")
    network = project.network.replaced(1, Dense(units=9))
    projects.save(msgspec.structs.replace(project, network=network), tmp_path / "project.toml")
    options = ("--epochs", 1, "--runs", tmp_path / "runs")
    said = say("train", tmp_path / "project.toml", "--from", end["run"], *options, "--json")
    assert said.status == 0
    assert said.objects[0] == {"event": "weights", "from": end["model"], "kept": [0], "new": [1, 2]}
    assert [each["event"] for each in said.objects[1:]] == ["epoch", "finished"]
    assert said.err == (
        "1 of 3 layers keeps its trained weights; dense 2 and dense 3 begin anew: their shapes changed.\n"
    )
    said = say("train", samples / "iris", "--from", end["model"], *options)
    assert (said.status, said.err) == (0, "All layers keep their trained weights.\n")
    assert "Epoch 1/1: loss " in said.out


def test_train_from_what_is_no_model_is_one_sentence(
    iris_run: tuple[list[dict], Path], samples: Path, tmp_path: Path, say
) -> None:
    (tmp_path / "torn.safetensors").write_bytes(Path(iris_run[0][-1]["model"]).read_bytes()[:-4])
    save_file({"0.kernel": zeros(4, 16)}, tmp_path / "foreign.safetensors")
    for name, why in (
        ("absent.safetensors", "no such file"),
        ("torn.safetensors", "cut off or damaged"),
        ("foreign.safetensors", "not written by asanai-tui"),
        (samples / "iris" / "iris.csv", "not a model file"),
        (samples, "no model in this folder"),
    ):
        said = say("train", samples / "iris", "--from", tmp_path / name, "--runs", tmp_path / "runs", "--json")
        assert (said.status, said.out) == (1, "")
        assert why in said.err
        assert said.err.count("\n") == 1
    assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").iterdir())


def test_train_from_with_a_project_that_has_a_problem_says_only_that(
    iris_run: tuple[list[dict], Path], samples: Path, tmp_path: Path, say
) -> None:
    project = projects.load(samples / "iris" / "project.toml")
    projects.save(msgspec.structs.replace(project, network=Network([Dense(units=9)])), tmp_path / "project.toml")
    said = say("train", tmp_path / "project.toml", "--from", iris_run[0][-1]["model"])
    assert said.status == 1
    assert said.err == "The last layer gives 9, but 3 classes need 3.\n"


def test_same_seed_gives_the_same_numbers(samples: Path, tmp_path: Path, say) -> None:
    def losses(seed: int) -> list[float]:
        said = say("train", samples / "iris", "--epochs", 2, "--seed", seed, "--runs", tmp_path, "--json")
        return [line["loss"] for line in said.objects[:-1]]

    assert losses(3) == losses(3) != losses(4)


@pytest.mark.parametrize(
    "arguments",
    [
        ("train",),
        ("train", "x.csv", "--epochs", "0"),
        ("train", "x.csv", "--epochs", "many"),
        ("train", "x.csv", "--batch-size", "-1"),
        ("train", "x.csv", "--learning-rate", "0"),
        ("train", "x.csv", "--learning-rate", "nan"),
        ("train", "x.csv", "--seed", "-5"),
        ("train", "x.csv", "--device", "tpu"),
        ("train", "x.csv", "--device", "cuda:"),
        ("train", "x.csv", "--nonsense"),
        ("predict", "model.safetensors"),
        ("summary",),
        ("trian", "x.csv"),
        ("a.csv", "b.csv"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], say) -> None:
    said = say(*arguments)
    assert said.status == 2
    assert said.err.startswith("Usage: asanai-tui")
    assert "Traceback" not in said.err


@pytest.mark.parametrize("command", ["train", "summary", "new", "open"])
def test_what_cannot_be_opened_is_one_sentence(command: str, tmp_path: Path, say) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    for name in ("absent.csv", "empty.csv") if command != "open" else ("absent.csv",):
        words = [] if command == "open" else [command]
        said = say(*words, tmp_path / name)
        assert (said.status, said.out) == (1, "")
        assert said.err.startswith(str(tmp_path / name))
        assert said.err.count("\n") == 1


def test_data_that_cannot_be_trained_on(samples: Path, tmp_path: Path, say) -> None:
    (tmp_path / "only" / "one").mkdir(parents=True)
    (tmp_path / "only" / "one" / "x.png").write_bytes((samples / "digits" / "1" / "0001.png").read_bytes())
    said = say("train", tmp_path / "only", "--json")
    assert said.status == 1
    assert "only one class" in said.err
    assert said.err.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_missing_gpu_is_a_failure_with_a_sentence(samples: Path, tmp_path: Path, say) -> None:
    import torch

    number = torch.cuda.device_count()
    said = say("train", samples / "iris", "--device", f"cuda:{number}", "--runs", tmp_path, "--json")
    assert said.status == 1
    assert f"cuda:{number}" in said.err
    assert said.objects == [
        {**said.objects[0], "event": "failed", "run": None, "model": None, "best_epoch": None, "val_loss": None}
    ]


def test_loss_that_is_no_number_fails_with_the_layer(tmp_path: Path, say) -> None:
    (tmp_path / "line.csv").write_text("x,y\n" + "".join(f"{x},{x * x}\n" for x in range(-50, 50)))
    say("new", tmp_path / "line.csv", "-o", tmp_path / "project.toml")
    project = projects.load(tmp_path / "project.toml")
    training = msgspec.structs.replace(project.training, optimizer=SGD())
    projects.save(msgspec.structs.replace(project, training=training), tmp_path / "project.toml")
    said = say("train", tmp_path / "project.toml", "--learning-rate", 100, "--epochs", 50)
    assert said.status == 1
    assert "layer" in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(("batch_size", "whole"), [(1, False), (16, True)])
def test_failed_training_tells_only_of_a_model_of_a_whole_epoch(
    batch_size: int, whole: bool, tmp_path: Path, say
) -> None:
    """With small batches the loss overflows within the first epoch, with larger ones after some."""
    (tmp_path / "line.csv").write_text("x,y\n" + "".join(f"{x},{3 * x}\n" for x in range(-50, 50)))
    say("new", tmp_path / "line.csv", "-o", tmp_path / "project.toml")
    project = projects.load(tmp_path / "project.toml")
    training = msgspec.structs.replace(project.training, optimizer=SGD(learning_rate=2), batch_size=batch_size)
    network = Network([Dense(units=1)])
    projects.save(msgspec.structs.replace(project, network=network, training=training), tmp_path / "project.toml")
    said = say("train", tmp_path / "project.toml", "--json")
    end = said.objects[-1]
    assert (said.status, end["event"]) == (1, "failed")
    run = Path(end["run"])
    assert len(history.read(run)) == len(said.objects) - 1
    assert (len(said.objects) > 1) == whole
    assert (run / "history.jsonl").is_file()
    assert (end["model"] is not None) == (end["best_epoch"] is not None) == whole
    assert bool(list(run.rglob("*.safetensors"))) == whole
    if whole:
        weights = model_file.load(Path(end["model"])).weights
        assert all(bool(value.isfinite().all()) for value in weights.values())


def test_runs_must_be_a_folder(samples: Path, tmp_path: Path, say) -> None:
    (tmp_path / "file").write_text("")
    said = say("train", samples / "iris", "--runs", tmp_path / "file")
    assert said.status == 1
    assert said.err == f"{tmp_path / 'file'} is a file; runs need a folder.\n"


def test_summary(samples: Path, say) -> None:
    said = say("summary", samples / "xor" / "project.toml")
    assert said.status == 0
    assert "65 parameters, 65 of them trainable" in said.out
    said = say("summary", samples / "digits" / "project.toml", "--json")
    assert said.objects[0]["input_shape"] == [8, 8, 1]
    assert said.objects[0]["parameters"] == sum(layer["parameters"] for layer in said.objects[0]["layers"]) == 38_282
    assert said.objects[0]["layers"][-1]["layer"] == "dense"
    assert said.objects[0]["layers"][-1]["output_shape"] == [10]
    assert said.objects[0]["problems"] == []


def test_summary_of_a_network_with_a_problem(samples: Path, tmp_path: Path, say) -> None:
    text = (samples / "digits" / "project.toml").read_text().replace('layer = "flatten"', 'layer = "dense"')
    (tmp_path / "project.toml").write_text(text)
    said = say("summary", tmp_path / "project.toml")
    assert said.status == 0
    assert "The last layer gives" in said.out
    said = say("summary", tmp_path / "project.toml", "--json")
    assert len(said.objects[0]["problems"]) == 1


def test_new_writes_the_suggested_project_once(samples: Path, tmp_path: Path, say) -> None:
    out = tmp_path / "flowers.toml"
    said = say("new", samples / "iris" / "iris.csv", "-o", out)
    assert (said.status, said.err) == (0, "")
    assert projects.load(out).problems() == []
    said = say("new", samples / "xor" / "xor.csv", "-o", out)
    assert said.status == 1
    assert "--force" in said.err
    assert say("new", samples / "xor" / "xor.csv", "-o", out, "--force").status == 0
    assert projects.load(out).input_shape == (2,)


def test_new_says_how_the_data_was_read_and_what_keeps_it_from_training(tmp_path: Path, say) -> None:
    rows = "".join(f'{"one" if n % 2 else "two"}{n},"{500 + 37 * n:,}"\n' for n in range(100))
    (tmp_path / "prices.csv").write_text(f"name,name\n{rows}1,2,3,4\n")
    said = say("new", tmp_path / "prices.csv", "-o", tmp_path / "project.toml")
    assert (said.status, said.out) == (0, f"{tmp_path / 'project.toml'} written.\n")
    notes = said.err.splitlines()
    assert notes[0] == "Two columns are called name: column 2 is now name_2."
    assert "set aside" in notes[1]
    assert notes[2].endswith("prices.csv: no column is an input; give one the role input.")
    assert notes[3] == "The column name is ignored: every text is different, like a name."
    assert len(notes) == 4
    assert projects.load(tmp_path / "project.toml").problems()
    assert "cannot be trained yet is written too" in " ".join(say("new", "--help").out.split())


def test_new_of_pictures_of_one_class(samples: Path, tmp_path: Path, say) -> None:
    (tmp_path / "only" / "one").mkdir(parents=True)
    (tmp_path / "only" / "one" / "x.png").write_bytes((samples / "digits" / "1" / "0001.png").read_bytes())
    said = say("new", tmp_path / "only", "-o", tmp_path / "project.toml")
    assert said.status == 0
    assert "only one class" in said.err
    assert (tmp_path / "project.toml").is_file()


def test_new_in_a_folder_that_is_not_there(samples: Path, tmp_path: Path, say) -> None:
    folder = tmp_path / "nowhere"
    said = say("new", samples / "iris" / "iris.csv", "-o", folder / "project.toml")
    assert said.status == 1
    why = f"folder {folder} does not exist; make it first or choose another path."
    assert said.err == f"{folder / 'project.toml'} cannot be written: {why}\n"
    assert not folder.exists()


def test_path_called_like_a_command(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say) -> None:
    (tmp_path / "train").mkdir()
    monkeypatch.chdir(tmp_path)
    assert "no picture" in say("summary", "./train").err
    assert say("train").status == 2


def test_screen_without_a_terminal(samples: Path) -> None:
    said = started(samples / "iris", stdin=subprocess.DEVNULL)
    assert said.returncode == 1
    assert said.stderr.startswith("The screen needs a terminal")
    assert said.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [("--theme", "nosuch"), ("a.csv", "--theme", "nosuch")])
def test_unknown_theme_is_wrong_usage_and_the_themes_are_named(arguments: tuple[str, ...], say) -> None:
    said = say(*arguments)
    assert said.status == 2
    assert "'nosuch' is not one of 'dark', 'light', 'terminal-dark'" in said.err


def test_version_and_help(say) -> None:
    assert __version__ in say("--version").out
    assert "PATH is a project.toml" in say("--help").out
    assert "--learning-rate" in say("train", "--help").out


def test_error_inside_is_logged_and_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch, samples: Path, say) -> None:
    monkeypatch.setattr(projects, "load", lambda path: 1 / 0)
    said = say("summary", samples / "iris" / "project.toml")
    assert said.status == 1
    assert str(logs.log_path()) in said.err
    assert "Traceback" not in said.err
    assert "ZeroDivisionError" in logs.log_path().read_text()


def test_what_libraries_print_goes_to_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    with logs.diverted_stderr() as before:
        os.write(2, b"a warning from C++\n")
        print("our own sentence", file=before)
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "our own sentence\nafterwards\n"
    assert "a warning from C++" in logs.log_path().read_text()


def test_summary_needs_neither_torch_nor_pandas(samples: Path) -> None:
    check = (
        "import sys; from asanai_tui.cli import main; main(sys.argv[1:]); "
        "print(sorted({'torch', 'pandas', 'cv2', 'textual'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", check, "summary", str(samples / "iris")]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert said.stdout.splitlines()[-1] == "[]"


def test_reader_that_goes_away_ends_training_quietly(samples: Path, tmp_path: Path) -> None:
    command = [*PROGRAM, "train", str(samples / "xor"), "--epochs", "1000000", "--runs", str(tmp_path), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["epoch"] == 1
        process.stdout.close()
        assert process.wait(60) == 141
        assert process.stderr.read() == ""
    (run,) = tmp_path.iterdir()
    assert information.read(run).state == "stopped"
    assert model_file.load(run / "checkpoints" / "best" / "model.safetensors").weights


def test_full_disk_under_standard_output(iris_run: tuple[list[dict], Path], samples: Path, tmp_path: Path) -> None:
    model, data = iris_run[0][-1]["model"], str(samples / "iris" / "iris.csv")
    train = ["train", str(samples / "iris"), "--epochs", "3", "--runs", str(tmp_path), "--json"]
    for arguments in (["summary", str(samples / "iris")], ["predict", model, data], train):
        with open("/dev/full", "w") as full:
            said = subprocess.run([*PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert said.returncode == 1
        assert said.stderr == "Standard output cannot be written: no space left on device.\n"
    (run,) = tmp_path.iterdir()
    assert information.read(run).state == "finished"


def test_layers_lists_the_catalogue(say) -> None:
    status, output, _ = say("layers", "--json")
    listed = {layer["layer"]: layer for layer in map(json.loads, output.splitlines())}
    assert status == 0
    assert set(listed) == set(catalogue())
    units = next(option for option in listed["dense"]["options"] if option["name"] == "units")
    assert (units["type"], units["default"], units["minimum"], units["mode"]) == ("integer", 2, 1, "beginner")
    status, output, _ = say("layers")
    assert status == 0
    assert len(output.splitlines()) == len(listed) + 1


def test_layers_with_a_name_shows_its_page_computed(say) -> None:
    status, output, said = say("layers", "global_max_pooling1d")
    assert (status, said) == (0, "")
    lines = output.splitlines()
    assert lines[0] == "global_max_pooling1d"
    assert lines[lines.index("→ output 2, 0 parameters") + 1] == "   4  -2"
    assert "keepdims = off (expert; on or off)" in lines
    assert all(len(line) <= 100 for line in lines)


def test_layers_with_a_name_as_json(say) -> None:
    status, output, said = say("layers", "global_max_pooling1d", "--json")
    assert (status, said) == (0, "")
    layer = json.loads(output)
    assert layer["layer"] == "global_max_pooling1d"
    assert layer["options"][0]["name"] == "keepdims"
    assert layer["page"].startswith("# global_max_pooling1d\n")
    assert layer["examples"] == [
        {
            "layers": [{"layer": "global_max_pooling1d"}],
            "weights": [{}],
            "training": False,
            "arrives": [3, 2],
            "inputs": [[[1, -5], [4, -2], [3, -9]]],
            "leaves": [2],
            "outputs": [[4, -2]],
            "moved": {},
            "parameters": 0,
            "trainable": 0,
        }
    ]


def test_layers_with_an_unknown_name_is_a_sentence(say) -> None:
    assert say("layers", "denze") == (1, "", "No layer is called 'denze'; did you mean 'dense'?\n")
    assert say("layers", "\x1b[2J", "--json").err == "No layer is called '�[2J'.\n"


def test_the_first_paint_waits_for_nothing_that_it_does_not_show() -> None:
    code = (
        "import sys; import asanai_tui.tui.app; "
        "wanted = ('torch', 'pandas', 'cv2', 'numpy', 'asanai_tui.project', 'asanai_tui.training.settings'); "
        "print(sorted(set(wanted) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
