"""Arrays as a source: what they are taken for, how they are scaled and divided, and what is learned from them."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from asanai_tui import project as projects
from asanai_tui.data import array_targets, large, sources
from asanai_tui.data.array_preprocessing import ArrayScale, ArraysPreprocessing, fitted, scaled
from asanai_tui.data.dataset import load
from asanai_tui.data.leaks import repeated
from asanai_tui.data.preview import ArraysPreview
from asanai_tui.data.spec import Arrays, Split
from asanai_tui.errors import InputError
from asanai_tui.inspection.predictions import Predictor
from asanai_tui.opening import open_path
from asanai_tui.project import Project
from asanai_tui.runs.session import TrainingSession

RANDOM = np.random.default_rng(1)


def saved(folder: Path, **arrays: np.ndarray) -> Path:
    np.savez(folder / "data.npz", **arrays)
    return folder / "data.npz"


def looked_at(path: Path) -> ArraysPreview:
    preview = sources.guess(path)
    assert isinstance(preview, ArraysPreview)
    return preview


def trained(project: Project, runs: Path, epochs: int) -> Predictor:
    training = msgspec.structs.replace(project.training, epochs=epochs)
    session = TrainingSession(msgspec.structs.replace(project, training=training), runs)
    session.start()
    assert session.join(100)
    assert session.recorder.snapshot().state == "finished", session.recorder.snapshot().message
    assert session.model_path is not None
    return Predictor(session.model_path)


@pytest.mark.parametrize(
    ("y", "learned", "names", "shape"),
    [
        (np.arange(40) % 3, "classes", ("0", "1", "2"), ()),
        (np.arange(40).reshape(-1, 1) % 2, "classes", ("0", "1"), ()),
        (np.arange(40) % 3 - 1, "classes", ("-1", "0", "1"), ()),
        (np.array(["cat", "dog"] * 20), "classes", ("cat", "dog"), ()),
        (np.eye(4)[np.arange(40) % 4], "one_hot", ("0", "1", "2", "3"), ()),
        ((np.arange(40) % 3).astype(float), "classes", ("0", "1", "2"), ()),
        ((np.arange(40) % 2).astype(float), "numbers", ("y",), ()),
        (np.linspace(0, 1, 40), "numbers", ("y",), ()),
        (np.arange(40), "numbers", ("y",), ()),
        (RANDOM.normal(size=(40, 3)), "numbers", ("y_0", "y_1", "y_2"), ()),
        (RANDOM.integers(0, 3, (40, 6, 6)), "classes", ("0", "1", "2"), (6, 6)),
        (RANDOM.integers(0, 3, (40, 6, 6, 1)), "classes", ("0", "1", "2"), (6, 6)),
        (np.eye(3)[RANDOM.integers(0, 3, (40, 6, 6))], "one_hot", ("0", "1", "2"), (6, 6)),
        (RANDOM.normal(size=(40, 6, 6, 2)), "numbers", ("y_0", "y_1"), (6, 6)),
        (RANDOM.normal(size=(40, 6, 6)), "numbers", ("y",), (6, 6)),
        (RANDOM.integers(0, 256, (40, 6, 6, 3), np.uint8), "numbers", ("y_0", "y_1", "y_2"), (6, 6)),
    ],
)
def test_what_targets_are_taken_for(
    tmp_path: Path, y: np.ndarray, learned: str, names: tuple[str, ...], shape: tuple[int, ...]
) -> None:
    source = looked_at(saved(tmp_path, x=RANDOM.normal(size=(40, 6, 6, 1)), y=y)).spec
    assert (source.learned, source.targets.names, source.targets.shape) == (learned, names, shape)
    assert load(source).targets.shape[:1] == (40,)


@pytest.mark.parametrize(
    ("x", "shape", "first"),
    [
        (RANDOM.normal(size=40), (1,), "dense"),
        (RANDOM.normal(size=(40, 5)), (5,), "dense"),
        (RANDOM.normal(size=(40, 8, 3)), (8, 3), "lstm"),
        (RANDOM.normal(size=(40, 50, 3)), (50, 3), "conv1d"),
        (RANDOM.integers(0, 256, (40, 8, 8), np.uint8), (8, 8, 1), "conv2d"),
        (RANDOM.normal(size=(40, 3, 8, 8)), (8, 8, 3), "conv2d"),
        (RANDOM.normal(size=(40, 8, 8, 8, 1)), (8, 8, 8, 1), "conv3d"),
    ],
)
def test_network_that_is_suggested_for_each_rank_learns(
    tmp_path: Path, x: np.ndarray, shape: tuple[int, ...], first: str
) -> None:
    project = open_path(saved(tmp_path, x=x, y=np.arange(40) % 2)).project
    assert project.input_shape == shape and project.network[0].name == first
    assert project.problems() == []
    predictor = trained(project, tmp_path / "runs", 1)
    assert len(list(predictor.predict_array(x[:3]))) == 3


def test_scaling_is_fitted_on_the_training_part_alone(tmp_path: Path) -> None:
    x = RANDOM.normal(5, 3, (100, 4)) * [1, 10, 100, 0]
    x[80:] += 1000
    source = looked_at(saved(tmp_path, x=x, y=RANDOM.normal(size=(100, 2)) + 7)).spec
    split = Split(validation_split=0.2, method="order")
    dataset = load(msgspec.structs.replace(source, scaling="standardise", split=split))
    inputs, targets = dataset.inputs[dataset.train], dataset.targets[dataset.train]
    assert np.allclose(inputs.mean(0), 0, atol=1e-5) and np.allclose(inputs.std(0), [1, 1, 1, 0], atol=1e-5)
    assert np.allclose(targets.mean(0), 0, atol=1e-5) and np.allclose(targets.std(0), 1, atol=1e-5)
    assert dataset.inputs[dataset.validation].mean() > 2
    assert isinstance(dataset.preprocessing, ArraysPreprocessing)
    again = dataset.preprocessing.transform(x)
    assert np.array_equal(again, dataset.inputs)
    assert np.allclose(dataset.preprocessing.targets_back(dataset.targets).mean(), 7, atol=0.3)


def test_each_way_to_scale() -> None:
    array = np.array([[[0.0], [10.0]], [[20.0], [30.0]]])
    rows = np.arange(2)
    assert scaled(array, fitted(array, rows, "min_max", 1)).ravel().tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert scaled(array, fitted(array, rows, "divide_by", 10)).ravel().tolist() == [0, 1, 2, 3]
    assert scaled(array, fitted(array, rows, "none", 10)).ravel().tolist() == [0, 10, 20, 30]
    assert fitted(array, rows, "standardise", 1).centers == (15.0,)


def test_bytes_stay_bytes_and_floats_stay_mapped(tmp_path: Path) -> None:
    pictures = RANDOM.integers(0, 256, (40, 8, 8, 3), np.uint8)
    dataset = load(looked_at(saved(tmp_path, x=pictures, y=np.arange(40) % 2)).spec)
    assert dataset.inputs.dtype == np.uint8 and isinstance(dataset.inputs, np.memmap)
    dataset = load(looked_at(saved(tmp_path, x=RANDOM.random((40, 5), np.float32), y=np.arange(40) % 2)).spec)
    assert dataset.inputs.dtype == np.float32 and isinstance(dataset.inputs, np.memmap)


def test_examples_with_nan_are_in_no_part_and_told(tmp_path: Path) -> None:
    x, y = RANDOM.normal(size=(40, 3)), RANDOM.normal(size=40)
    x[4, 1], x[7, 0], y[9] = np.nan, 1e300, np.inf
    dataset = load(looked_at(saved(tmp_path, x=x, y=y)).spec)
    used = np.concatenate([dataset.train, dataset.validation, dataset.test])
    assert sorted({*range(40)} - {*used.tolist()}) == [4, 7, 9]
    assert np.isfinite(dataset.inputs[used]).all() and np.isfinite(dataset.targets[used]).all()
    assert dataset.notes == ("3 examples left out for NaN, infinite or too large values, the first at 4.",)


def test_parts_have_equal_shares_of_each_class_and_leaks_are_found(tmp_path: Path) -> None:
    x = np.repeat(RANDOM.normal(size=(50, 3)), 2, 0)
    dataset = load(looked_at(saved(tmp_path, x=x, y=np.arange(100) % 4 // 3)).spec)
    assert dataset.targets[dataset.validation].sum() == 5 and len(dataset.validation) == 20
    assert repeated(dataset, dataset.validation) > 5


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"x": np.zeros((4, 2)), "y": np.zeros(3)}, "3 targets for 4 examples of x; both must have the same length"),
        ({"x": np.array(["a", "b"]), "y": np.zeros(2)}, "x holds texts; numbers are expected"),
        ({"x": np.zeros((0, 2)), "y": np.zeros(0)}, "empty array"),
    ],
)
def test_arrays_that_do_not_belong_together(tmp_path: Path, arrays: dict[str, np.ndarray], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        sources.guess(saved(tmp_path, **arrays))


def test_all_nan_is_one_sentence(tmp_path: Path) -> None:
    source = looked_at(saved(tmp_path, x=np.full((30, 2), np.nan), y=np.arange(30.0))).spec
    with pytest.raises(InputError, match="every example holds NaN"):
        load(source)


def test_without_targets_it_is_said_what_to_do_and_can_be_done(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", RANDOM.normal(size=(40, 3)))
    project = open_path(tmp_path / "x.npy").project
    assert "name their array or file in y" in project.problems()[0] and not len(project.network)
    np.save(tmp_path / "answers.npy", np.arange(40) % 2)
    preview = sources.inspect(msgspec.structs.replace(project.data, y="answers.npy"))
    assert preview.spec.problem == "" and preview.spec.targets.count == 2


def test_a_wish_that_cannot_be_met_is_one_sentence() -> None:
    with pytest.raises(InputError, match="not one-hot"):
        array_targets.meaning(np.arange(10), "one_hot")
    with pytest.raises(InputError, match="no classes"):
        array_targets.meaning(np.linspace(0, 1, 10), "classes")
    assert array_targets.meaning(np.arange(10) % 2, "numbers").binary


def test_values_that_are_new_in_the_file_are_told(tmp_path: Path) -> None:
    source = looked_at(saved(tmp_path, x=np.zeros((40, 2)), y=np.arange(40) % 2)).spec
    saved(tmp_path, x=np.zeros((40, 2)), y=np.arange(40) % 4)
    with pytest.raises(InputError, match="'2', which is none of the classes"):
        load(source)


def test_project_file_holds_arrays(tmp_path: Path) -> None:
    x, y = tmp_path / "set_x.npy", tmp_path / "set_y.npy"
    np.save(x, RANDOM.normal(size=(40, 3)))
    np.save(y, np.arange(40) % 2)
    project = open_path(y).project
    projects.save(project, tmp_path / "project.toml")
    assert projects.load(tmp_path / "project.toml") == project
    assert isinstance(project.data, Arrays) and (Path(project.data.path).name, project.data.y) == (x.name, y.name)


def test_model_predicts_from_files_in_the_units_of_y(tmp_path: Path) -> None:
    x = RANDOM.normal(size=(200, 3)) * 50
    y = 1000 + x @ [3.0, -2.0, 1.0]
    project = open_path(saved(tmp_path, x=x, y=y)).project
    predictor = trained(project, tmp_path / "runs", 30)
    said = [each.values[0] for each in predictor.predict_paths([tmp_path / "data.npz"])]
    assert np.abs(np.array(said) - y).mean() < 0.2 * y.std()
    np.save(tmp_path / "wrong.npy", np.zeros((200, 4)))
    assert list(predictor.predict_paths([tmp_path / "wrong.npy"])) == []
    assert "an array of N×4; expected N×3" in predictor.take_problems()[0]


def test_scale_of_bytes() -> None:
    assert ArrayScale((0.0,), (255.0,)).of_bytes(np.zeros(1, np.uint8))
    assert not ArrayScale((0.0,), (255.0,)).of_bytes(np.zeros(1)) and ArrayScale().nothing


def test_what_is_too_large_for_memory_is_scaled_when_it_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = looked_at(saved(tmp_path, x=RANDOM.normal(9, 4, (200, 3, 5)), y=np.arange(200) % 2)).spec
    at_once = load(source)
    monkeypatch.setattr(large, "LIMIT", 1000)
    later = load(source)
    rows = np.array([7, 3, 190])
    assert isinstance(later.inputs, large.Large) and later.inputs.shape == (200, 3, 5)
    assert np.array_equal(later.inputs[rows], at_once.inputs[rows])
