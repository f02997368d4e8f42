"""What a trained network says about rows, pictures and arrays."""

import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
import torch

from asanai_tui import project as projects
from asanai_tui.data.dataset import load
from asanai_tui.errors import InputError
from asanai_tui.inspection.predictions import Prediction, Predictor
from asanai_tui.opening import open_path
from asanai_tui.project import Project
from asanai_tui.runs.session import TrainingSession
from asanai_tui.training import model_file
from asanai_tui.training.batches import prepared

IRIS = "sepal_length_cm,sepal_width_cm,petal_length_cm,petal_width_cm"


def trained(project: Project, runs: Path, epochs: int) -> Path:
    """A model of `project` after some epochs."""
    training = msgspec.structs.replace(project.training, epochs=epochs)
    session = TrainingSession(msgspec.structs.replace(project, training=training), runs)
    session.start()
    assert session.join(100)
    assert session.recorder.snapshot().state == "finished", session.recorder.snapshot().message
    assert session.model_path is not None
    return session.model_path


@pytest.fixture(scope="module")
def iris(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(projects.load(samples / "iris" / "project.toml"), tmp_path_factory.mktemp("runs"), 30)


@pytest.fixture(scope="module")
def xor(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(projects.load(samples / "xor" / "project.toml"), tmp_path_factory.mktemp("runs"), 500)


@pytest.fixture(scope="module")
def digits(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that tells 3 from 8 by a single probability."""
    folder = tmp_path_factory.mktemp("digits")
    for label in "38":
        shutil.copytree(samples / "digits" / label, folder / label)
    return trained(open_path(folder).project, tmp_path_factory.mktemp("runs"), 4)


def test_rows_of_a_csv_file(iris: Path, samples: Path) -> None:
    predictor = Predictor(iris)
    found = list(predictor.predict_paths([samples / "iris" / "iris.csv"]))
    assert predictor.names == ("setosa", "versicolor", "virginica")
    assert len(found) == 150
    assert found[0].input == f"{samples / 'iris' / 'iris.csv'}:1"
    assert found[149].input.endswith(":150")
    labels = [line.rsplit(",", 1)[1] for line in (samples / "iris" / "iris.csv").read_text().splitlines()[1:]]
    assert np.mean([one.prediction == label for one, label in zip(found, labels, strict=True)]) > 0.93
    assert all(abs(sum(one.values) - 1) < 1e-5 for one in found)
    assert predictor.problems == []


def test_the_best_model_gives_the_numbers_of_training(iris: Path) -> None:
    """The same inputs through the file and through the data of the run: the same loss as the best epoch's."""
    content = model_file.load(iris)
    data = load(open_path(iris, look=False).project.data)
    outputs = Predictor(iris)._outputs(data.inputs[data.validation])
    chosen = torch.from_numpy(outputs[np.arange(len(outputs)), data.targets[data.validation]])
    assert float(-chosen.log().mean()) == pytest.approx(content.note["val_loss"], rel=1e-4)


def test_columns_are_found_by_name_and_others_left_out(iris: Path, tmp_path: Path) -> None:
    (tmp_path / "mixed.csv").write_text(
        "petal_width_cm;note;petal_length_cm;sepal_width_cm;sepal_length_cm\n0.2;x;1.4;3.5;5.1\n0.2;y;1.4;3.5;5.1\n"
    )
    (tmp_path / "plain.csv").write_text(f"{IRIS}\n5.1,3.5,1.4,0.2\n")
    mixed, again, plain = Predictor(iris).predict_paths([tmp_path / "mixed.csv", tmp_path / "plain.csv"])
    assert mixed.values == again.values == pytest.approx(plain.values)
    assert plain.prediction == "setosa"


def test_broken_rows_are_listed_and_the_others_predicted(iris: Path, tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_text(f"{IRIS}\n5.1,3.5,1.4,0.2\n5.1,wide,1.4,0.2\n6.3,,6.0,2.5\n5.8,2.7,5.1,1.9\n")
    predictor = Predictor(iris)
    found = list(predictor.predict_paths([tmp_path / "some.csv"]))
    assert [one.input.rsplit(":", 1)[1] for one in found] == ["1", "3", "4"]
    assert predictor.problems == [f"{tmp_path / 'some.csv'}:2: column sepal_width_cm: 'wide' is not a number."]


def test_missing_column_is_named(iris: Path, tmp_path: Path) -> None:
    (tmp_path / "short.csv").write_text("sepal_length_cm,petal_length_cm\n5.1,1.4\n4.9,1.3\n")
    predictor = Predictor(iris)
    assert list(predictor.predict_paths([tmp_path / "short.csv"])) == []
    assert "sepal_width_cm" in predictor.problems[0]


def test_rows_that_a_person_wrote(iris: Path) -> None:
    row = dict(zip(IRIS.split(","), ["6.3", "3.3", "6.0", "2.5"], strict=True))
    (found,) = Predictor(iris).predict_rows([row])
    assert found.prediction == "virginica"
    assert found.input == "row 1"
    with pytest.raises(InputError, match="Row 2, column petal_width_cm: 'big' is not a number"):
        Predictor(iris).predict_rows([row, {**row, "petal_width_cm": "big"}])
    with pytest.raises(InputError, match="petal_width_cm is missing"):
        Predictor(iris).predict_rows([{"sepal_length_cm": "1", "sepal_width_cm": "2", "petal_length_cm": "3"}])


def test_gap_is_filled_as_in_training(iris: Path) -> None:
    row = dict(zip(IRIS.split(","), ["6.3", "", "6.0", "2.5"], strict=True))
    (found,) = Predictor(iris).predict_rows([row])
    assert all(np.isfinite(found.values))


def test_binary_numbers(xor: Path, samples: Path) -> None:
    predictor = Predictor(xor)
    found = list(predictor.predict_paths([samples / "xor" / "xor.csv"]))
    assert [one.prediction for one in found] == ["0", "1", "1", "0"]
    assert all(abs(one.values[0] - int(one.prediction)) < 0.2 for one in found)
    assert predictor.names == ("y",)


def test_numbers_come_back_in_their_own_units(tmp_path: Path) -> None:
    rows = "".join(f"{x},{x * 1000 + 5000}\n" for x in range(-50, 51))
    (tmp_path / "line.csv").write_text("x,y\n" + rows)
    predictor = Predictor(trained(open_path(tmp_path / "line.csv").project, tmp_path, 60))
    (found,) = predictor.predict_rows([{"x": "20"}])
    assert found.values[0] == pytest.approx(25_000, rel=0.1)
    assert float(found.prediction) == pytest.approx(found.values[0], rel=1e-5)


def test_array_is_what_the_csv_says(iris: Path, samples: Path, tmp_path: Path) -> None:
    table = np.loadtxt(samples / "iris" / "iris.csv", delimiter=",", skiprows=1, usecols=range(4))
    np.save(tmp_path / "rows.npy", table)
    predictor = Predictor(iris)
    from_array = list(predictor.predict_paths([tmp_path / "rows.npy"]))
    from_table = list(predictor.predict_paths([samples / "iris" / "iris.csv"]))
    assert [one.prediction for one in from_array] == [one.prediction for one in from_table]
    np.testing.assert_allclose([one.values for one in from_array], [one.values for one in from_table], atol=1e-6)
    assert from_array[3].input == f"{tmp_path / 'rows.npy'}[3]"


def test_pictures_and_folders(digits: Path, samples: Path) -> None:
    predictor = Predictor(digits)
    found = list(predictor.predict_paths([samples / "digits" / "8", samples / "digits" / "3" / "0001.png"]))
    assert len(found) == 175
    assert np.mean([one.prediction == "8" for one in found[:-1]]) > 0.95
    assert found[-1].prediction == "3"
    assert found[0].input == str(samples / "digits" / "8" / "0001.png")
    assert all(len(one.values) == 2 and abs(sum(one.values) - 1) < 1e-6 for one in found)


def test_broken_pictures_are_listed_and_the_others_predicted(digits: Path, samples: Path, tmp_path: Path) -> None:
    shutil.copy(samples / "digits" / "3" / "0001.png", tmp_path / "good.png")
    (tmp_path / "zero.jpg").write_bytes(b"")
    (tmp_path / "torn.png").write_bytes((tmp_path / "good.png").read_bytes()[:40])
    predictor = Predictor(digits)
    found = list(predictor.predict_paths([tmp_path]))
    assert [one.input for one in found] == [str(tmp_path / "good.png")]
    assert len(predictor.problems) == 2
    assert any("zero.jpg: " in problem for problem in predictor.problems)
    assert any("torn.png: " in problem for problem in predictor.problems)


@pytest.mark.parametrize(
    "convert",
    [
        lambda pixels: pixels,
        lambda pixels: pixels[:, :, 0],
        lambda pixels: pixels.astype(np.int64),
        lambda pixels: (pixels / 255).astype(np.float64),
    ],
)
def test_arrays_of_pictures(
    digits: Path, samples: Path, convert: Callable[[np.ndarray], np.ndarray], tmp_path: Path
) -> None:
    path = samples / "digits" / "3" / "0001.png"
    pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert pixels is not None
    np.save(tmp_path / "one.npy", np.stack([convert(pixels[:, :, np.newaxis])] * 3))
    predictor = Predictor(digits)
    picture, *from_array = predictor.predict_paths([path, tmp_path / "one.npy"])
    assert len(from_array) == 3
    assert from_array[0].values == pytest.approx(picture.values, abs=1e-6)


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.zeros((2, 9, 8, 1), np.uint8), "expected N×8×8×1"),
        (np.full((2, 8, 8, 1), 300), "0 to 255"),
        (np.full((2, 8, 8, 1), 7.5), "fractions from 0 to 1"),
        (np.full((2, 8, 8, 1), np.nan), "fractions from 0 to 1"),
        (np.zeros((2, 8, 8, 1), complex), "expected numbers"),
        (np.zeros((0, 8, 8, 1), np.uint8), "empty array"),
        (np.array(["a", "b"], object), "not an array"),
    ],
)
def test_arrays_that_do_not_fit(digits: Path, tmp_path: Path, array: np.ndarray, sentence: str) -> None:
    np.save(tmp_path / "x.npy", array, allow_pickle=True)
    predictor = Predictor(digits)
    assert list(predictor.predict_paths([tmp_path / "x.npy"])) == []
    assert sentence in predictor.problems[0]
    assert predictor.problems[0].startswith(str(tmp_path / "x.npy"))


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"text", b"PK\x03\x04"])
def test_files_that_are_no_arrays(iris: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.npy").write_bytes(content)
    predictor = Predictor(iris)
    assert list(predictor.predict_paths([tmp_path / "x.npy"])) == []
    assert len(predictor.problems) == 1


def test_inputs_of_the_other_kind_are_told(iris: Path, digits: Path, samples: Path, tmp_path: Path) -> None:
    table, images = Predictor(iris), Predictor(digits)
    assert list(table.predict_paths([samples / "digits" / "3"])) == []
    assert list(images.predict_paths([samples / "iris" / "iris.csv", tmp_path])) == []
    assert "takes rows of a table, not pictures" in table.problems[0]
    assert "takes pictures, not rows" in images.problems[0]
    assert "no pictures in this folder" in images.problems[1]


def test_predicting_spends_no_random_numbers(iris: Path, samples: Path) -> None:
    """A prediction while a network trains must not change what the training does."""
    before = torch.get_rng_state()
    found: list[Prediction] = list(Predictor(iris).predict_paths([samples / "iris" / "iris.csv"]))
    assert found
    assert torch.equal(before, torch.get_rng_state())


def test_model_is_the_one_that_was_saved(digits: Path) -> None:
    content = model_file.load(digits)
    predictor = Predictor(digits)
    weights = predictor._model.keras_weights()
    assert all(torch.equal(weights[name], content.weights[name]) for name in content.weights)
    assert not predictor._model.training
    outputs = predictor._model(prepared(torch.zeros(1, 8, 8, 1, dtype=torch.uint8)))
    assert outputs.shape == (1, 1)
