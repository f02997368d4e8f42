"""Scaling, gaps and thousands of table columns: from a CSV file through training and the model file to raw rows."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest

from asanai_tui import project as projects
from asanai_tui.data import dataset, table
from asanai_tui.data.dataset import Dataset
from asanai_tui.data.preprocessing import TablePreprocessing
from asanai_tui.data.spec import Column, Split, Table
from asanai_tui.inspection.predictions import Predictor
from asanai_tui.opening import open_path
from asanai_tui.runs.session import TrainingSession
from asanai_tui.tui.column_edits import edited

ROWS = 40
TARGET = Column(name="y", role="target", missing="drop_row", scaling="none")


def written(folder: Path, cells: Sequence[str], answers: Sequence[str] = ()) -> Path:
    """A file with the columns x and y."""
    path = folder / "table.csv"
    answers = answers or [f"{place}.5" for place in range(len(cells))]
    rows = (f"{cell},{answer}\n" for cell, answer in zip(cells, answers, strict=True))
    path.write_text("".join(["x,y\n", *rows]))
    return path


def loaded(path: Path, column: Column, target: Column = TARGET) -> tuple[Dataset, TablePreprocessing]:
    read = dataset.load(Table(path=str(path), columns=(column, target), split=Split(validation_split=0.25)))
    assert isinstance(read.preprocessing, TablePreprocessing)
    return read, read.preprocessing


def trained(path: Path, columns: Sequence[Column], folder: Path) -> Predictor:
    """The model of a project that was written to a file and read again."""
    project = open_path(path).project
    assert isinstance(project.data, Table)
    changed = {column.name: column for column in columns}
    data = msgspec.structs.replace(
        project.data, columns=tuple(changed.get(column.name, column) for column in project.data.columns)
    )
    training = msgspec.structs.replace(project.training, epochs=2)
    projects.save(msgspec.structs.replace(project, data=data, training=training), folder / "project.toml")
    again = projects.load(folder / "project.toml")
    assert again.data.columns == data.columns
    session = TrainingSession(again, folder / "runs")
    session.start()
    assert session.join(100)
    assert session.recorder.snapshot().state == "finished", session.recorder.snapshot().message
    assert session.model_path is not None
    return Predictor(session.model_path)


def transformed(predictor: Predictor, path: Path) -> np.ndarray:
    """What the network of a model file is given for the raw rows of a file."""
    assert isinstance(predictor.preprocessing, TablePreprocessing)
    return predictor.preprocessing.transform(table.read_rows(path, predictor.preprocessing.spec).frame)


def test_divide_by(tmp_path: Path) -> None:
    path = written(tmp_path, [str(5 * place) for place in range(ROWS)])
    read, fitted = loaded(path, Column(name="x", scaling="divide_by", divisor=50.0))
    assert np.allclose(read.inputs[:, 0], np.arange(ROWS) / 10)
    assert np.array_equal(fitted.transform(table.read_rows(path, fitted.spec).frame), read.inputs)


def test_divisor_is_above_zero() -> None:
    assert Column(name="x").divisor == 255.0
    with pytest.raises(msgspec.ValidationError, match="divisor"):
        msgspec.convert({"name": "x", "divisor": 0.0}, Column)


def test_log_is_taken_of_the_raw_number(tmp_path: Path) -> None:
    """Far from zero, and of both signs: nothing is taken off before."""
    numbers = [(-1) ** place * (1e9 + 10.0**place) for place in range(12)] + [0.0, 0.5]
    path = written(tmp_path, [repr(number) for number in numbers])
    read, fitted = loaded(path, Column(name="x", scaling="log"))
    expected = np.sign(numbers) * np.log1p(np.abs(numbers))
    assert np.allclose(read.inputs[:, 0], expected, rtol=1e-6)
    assert np.array_equal(fitted.transform(table.read_rows(path, fitted.spec).frame), read.inputs)


@pytest.mark.parametrize(("scaling", "unit"), [("log", 1.0), ("divide_by", 255.0)])
def test_targets_are_turned_back(tmp_path: Path, scaling: str, unit: float) -> None:
    answers = [f"{(-3.0) ** (place % 9)}" for place in range(ROWS)]
    path = written(tmp_path, [str(place) for place in range(ROWS)], answers)
    read, fitted = loaded(path, Column(name="x"), msgspec.structs.replace(TARGET, scaling=scaling))
    raw = np.array([float(answer) for answer in answers])
    expected = raw / 255 if scaling == "divide_by" else np.sign(raw) * np.log1p(np.abs(raw))
    assert np.allclose(read.targets[:, 0], expected, rtol=1e-6)
    assert fitted.target_scale.tolist() == [unit]
    assert np.allclose(fitted.targets_back(read.targets)[:, 0], raw, rtol=1e-5)


def test_an_untrained_network_overflows_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, [str(place) for place in range(ROWS)])
    _, fitted = loaded(path, Column(name="x"), msgspec.structs.replace(TARGET, scaling="log"))
    assert np.isfinite(fitted.targets_back(np.array([[500.0], [-500.0]], np.float32))).all()


def test_scaled_columns_in_a_model_file(tmp_path: Path) -> None:
    path = written(
        tmp_path, [str(place**4) for place in range(ROWS)], [str(10**place) for place in range(ROWS // 2)] * 2
    )
    log = Column(name="x", scaling="log")
    predictor = trained(path, [log, msgspec.structs.replace(TARGET, scaling="log")], tmp_path)
    inputs = transformed(predictor, path)
    assert np.allclose(inputs[:, 0], np.log1p(np.arange(ROWS, dtype=float) ** 4))
    said = list(predictor.predict_paths([path]))
    assert len(said) == ROWS
    assert all(np.isfinite(one.values).all() for one in said)


def test_keys_go_through_the_scalings() -> None:
    data = Table(path="table.csv", columns=(Column(name="x"), TARGET))
    seen = []
    for _ in range(5):
        data = edited(data, 0, "scaling")
        seen.append(data.columns[0].scaling)
    assert seen == ["min_max", "divide_by", "log", "none", "standardise"]
