"""What a path becomes: projects, tables, folders of pictures, model files, runs."""

import os
import re
import shutil
from pathlib import Path

import msgspec
import pytest

from asanai_tui import project as projects
from asanai_tui.data.preview import ImagesPreview, TablePreview
from asanai_tui.data.spec import Images, Table, Targets
from asanai_tui.errors import InputError
from asanai_tui.files import existing
from asanai_tui.network.layers.basic import Dense
from asanai_tui.opening import model_at, open_path, suggest, with_data
from asanai_tui.runs.session import TrainingSession
from asanai_tui.suggestion import objective, suggested_training


@pytest.fixture(scope="module")
def run(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a short run on iris."""
    project = projects.load(samples / "iris" / "project.toml")
    project = msgspec.structs.replace(project, training=msgspec.structs.replace(project.training, epochs=2))
    session = TrainingSession(project, tmp_path_factory.mktemp("runs"))
    session.start()
    assert session.join(60)
    assert session.directory is not None
    return session.directory


def test_project_file(samples: Path) -> None:
    opened = open_path(samples / "iris" / "project.toml")
    assert opened.path == samples / "iris" / "project.toml"
    assert opened.project == projects.load(opened.path)
    assert isinstance(opened.preview, TablePreview)
    assert opened.preview.rows == 150
    assert opened.problem == ""


def test_folder_with_a_project(samples: Path) -> None:
    opened = open_path(samples / "digits", look=False)
    assert opened.path == samples / "digits" / "project.toml"
    assert opened.preview is None


def test_table_becomes_a_project_that_can_be_trained(samples: Path) -> None:
    opened = open_path(samples / "iris" / "iris.csv")
    assert isinstance(opened.project.data, Table)
    assert opened.project.data.targets == Targets("classes", ("setosa", "versicolor", "virginica"))
    assert opened.project.problems() == []
    assert opened.project.training.loss == "categorical_crossentropy"
    assert opened.path is None


def test_pictures_become_a_project_that_can_be_trained(samples: Path, tmp_path: Path) -> None:
    for label in "38":
        shutil.copytree(samples / "digits" / label, tmp_path / "pictures" / label)
    opened = open_path(tmp_path / "pictures")
    assert isinstance(opened.project.data, Images)
    assert isinstance(opened.preview, ImagesPreview)
    assert opened.project.data.classes == ("3", "8")
    assert opened.project.training.loss == "binary_crossentropy"
    assert opened.project.problems() == []


def test_xor_learns_all_rows(samples: Path) -> None:
    project = open_path(samples / "xor" / "xor.csv").project
    assert project.data.split.validation_split == 0
    assert project.training.loss == "binary_crossentropy"
    assert project.training.metrics == ("accuracy",)


def test_numbers_to_learn_are_measured_in_their_own_units(tmp_path: Path) -> None:
    rows = "".join(f"{number},{number * 37.5}\n" for number in range(100))
    (tmp_path / "numbers.csv").write_text("x,y\n" + rows)
    training = open_path(tmp_path / "numbers.csv").project.training
    assert (training.loss, training.metrics) == ("mean_squared_error", ("mean_absolute_error",))


def test_one_class_opens_and_gets_its_network_when_there_are_more(samples: Path, tmp_path: Path) -> None:
    shutil.copytree(samples / "digits" / "3", tmp_path / "3")
    project = open_path(tmp_path).project
    assert len(project.network) == 0
    assert "only one class" in project.problems()[0]
    assert isinstance(project.data, Images)
    repaired = with_data(project, msgspec.structs.replace(project.data, classes=("3", "8", "9")))
    assert repaired.problems() == []
    assert repaired.training.loss == "categorical_crossentropy"
    assert len(repaired.network) > 2


@pytest.mark.parametrize("name", ["checkpoints/best/model.safetensors", "checkpoints/last/model.safetensors"])
def test_model_file_brings_its_project(run: Path, name: str) -> None:
    opened = open_path(run / name)
    assert opened.model_path == run / name
    assert opened.project == projects.load(run / "project.toml")


def test_run_opens_with_its_best_model(run: Path) -> None:
    opened = open_path(run)
    assert opened.model_path == run / "checkpoints" / "best" / "model.safetensors"
    assert opened.project == projects.load(run / "project.toml")


def test_model_alone_needs_nothing_else(run: Path, tmp_path: Path) -> None:
    alone = tmp_path / "flowers.safetensors"
    shutil.copy(run / "checkpoints" / "best" / "model.safetensors", alone)
    assert open_path(alone, look=False).project.network == projects.load(run / "project.toml").network


def test_model_at(run: Path, tmp_path: Path) -> None:
    best = run / "checkpoints" / "best" / "model.safetensors"
    assert model_at(run) == best
    assert model_at(best) == best
    with pytest.raises(InputError, match="no model in this folder"):
        model_at(tmp_path)


def test_project_without_its_data_still_opens(samples: Path, tmp_path: Path) -> None:
    shutil.copy(samples / "iris" / "project.toml", tmp_path)
    opened = open_path(tmp_path / "project.toml")
    assert opened.preview is None
    assert str(tmp_path / "iris.csv") in opened.problem
    assert opened.project.problems() == []


def test_missing_file_is_told_with_a_name_that_is_near(samples: Path) -> None:
    with pytest.raises(InputError) as told:
        open_path(samples / "iris" / "iris.cvs")
    assert re.search(r"iris\.cvs: no such file or folder; did you mean .*iris\.csv\?", str(told.value))


def test_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as told:
        open_path(tmp_path / "nowhere" / "iris.csv")
    assert re.search(r"its folder .* cannot be read: no such file or directory", str(told.value))


@pytest.mark.parametrize("path", ["~nobody-has-this-name/x.csv", "a\0b.csv", "x" * 5000])
def test_impossible_paths_are_told_in_a_sentence(path: str) -> None:
    with pytest.raises(InputError) as told:
        existing(Path(path))
    assert "\0" not in str(told.value)


def test_name_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.csv")
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError) as told:
        open_path(path)
    assert "caf�.csv: this name is not UTF-8 text" in str(told.value)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.csv", b"", "empty"),
        ("empty.toml", b"", "data"),
        ("broken.toml", b"[data\n", "not valid TOML"),
        ("latin.toml", b"\xff\xfe", "not UTF-8"),
        ("paper.pdf", b"%PDF", "this kind of file is not known here"),
        ("cat.jpg", b"", "one picture; give a folder"),
        ("torn.safetensors", b"\x10\0\0\0", "not a model file"),
        ("zero.safetensors", b"", "not a model file"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=sentence) as told:
        open_path(tmp_path / name)
    assert str(tmp_path / name) in str(told.value)
    assert "\n" not in str(told.value)


def test_folder_without_pictures(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing to see")
    with pytest.raises(InputError) as told:
        open_path(tmp_path)
    assert "no picture" in str(told.value)


@pytest.mark.parametrize(
    ("targets", "loss", "metric"),
    [
        (Targets("classes", ("a", "b", "c")), "categorical_crossentropy", "accuracy"),
        (Targets("classes", ("a", "b")), "binary_crossentropy", "accuracy"),
        (Targets("numbers", ("y",), binary=True), "binary_crossentropy", "accuracy"),
        (Targets("numbers", ("y", "z")), "mean_squared_error", "mean_absolute_error"),
    ],
)
def test_objective_follows_the_targets(targets: Targets, loss: str, metric: str) -> None:
    assert objective(targets) == (loss, metric)


@pytest.mark.parametrize("learned", [1, 4, 120, 1_000, 50_000, 10_000_000])
def test_suggested_training_is_neither_too_short_nor_too_long(learned: int) -> None:
    training = suggested_training(Targets("classes", ("a", "b")), learned)
    steps = -(-learned // training.batch_size) * training.epochs
    assert steps >= 500
    assert 20 <= training.epochs <= 500


def test_last_layer_follows_the_data(samples: Path) -> None:
    project = open_path(samples / "iris" / "iris.csv").project
    assert isinstance(project.data, Table)
    columns = list(project.data.columns)
    columns[-1] = msgspec.structs.replace(columns[-1], role="ignore")
    columns[0] = msgspec.structs.replace(columns[0], role="target")
    changed = with_data(project, msgspec.structs.replace(project.data, columns=tuple(columns)))
    last = changed.network[len(changed.network) - 1]
    assert isinstance(last, Dense)
    assert (last.units, last.activation) == (1, "linear")
    assert changed.training.loss == "mean_squared_error"
    assert changed.problems() == []
    assert changed.training.epochs == project.training.epochs


def test_suggest_takes_what_was_previewed(samples: Path) -> None:
    opened = open_path(samples / "iris" / "iris.csv")
    assert opened.preview is not None
    assert suggest(opened.preview) == opened.project


def test_a_folder_of_arrays_names_the_files_that_can_be_opened(tmp_path: Path) -> None:
    for name in ("one.npz", "two.csv", "three.npy", "four.tsv"):
        (tmp_path / name).write_text("x")
    sentence = f"{tmp_path} holds no pictures, but four.tsv, one.npz, three.npy and 1 other; open one of these files."
    with pytest.raises(InputError, match=re.escape(sentence)):
        open_path(tmp_path)
    (tmp_path / "some.png").write_text("x")
    with pytest.raises(InputError, match="pictures lie here without a folder"):
        open_path(tmp_path)
