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
from asanai_tui.data.preview import ColumnNote
from asanai_tui.data.spec import Column, Table, TableSplit
from asanai_tui.inspection.predictions import Predictor
from asanai_tui.opening import open_path
from asanai_tui.runs.session import TrainingSession
from asanai_tui.tui.column_edits import edited
from asanai_tui.tui.widgets.data_pane import treatment

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
    read = dataset.load(Table(path=str(path), columns=(column, target), split=TableSplit(validation_split=0.25)))
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


GAPPY = ["" if place % 4 == 3 else str(1_000_000_000 + place) for place in range(ROWS)]


def test_a_constant_fills_gaps(tmp_path: Path) -> None:
    path = written(tmp_path, GAPPY)
    read, fitted = loaded(path, Column(name="x", missing="constant", constant=-7.0, scaling="none"))
    assert read.inputs.shape == (ROWS, 1)
    assert (read.inputs[3::4, 0] == -7).all()
    assert np.array_equal(fitted.transform(table.read_rows(path, fitted.spec).frame), read.inputs)


@pytest.mark.parametrize(("scaling", "filled"), [("log", np.log(8)), ("divide_by", 7 / 255), ("none", 7.0)])
def test_the_constant_is_scaled_as_the_others(tmp_path: Path, scaling: str, filled: float) -> None:
    path = written(tmp_path, GAPPY)
    read, _ = loaded(
        path, msgspec.convert({"name": "x", "missing": "constant", "constant": 7, "scaling": scaling}, Column)
    )
    assert np.allclose(read.inputs[3::4, 0], filled)


@pytest.mark.parametrize("scaling", ["standardise", "min_max", "log", "none"])
def test_an_indicator_tells_gaps(tmp_path: Path, scaling: str) -> None:
    path = written(tmp_path, GAPPY)
    column = msgspec.convert({"name": "x", "missing": "indicator", "scaling": scaling}, Column)
    read, fitted = loaded(path, column)
    assert column.width == 2
    assert read.inputs.shape == (ROWS, 2)
    assert read.inputs[:, 1].tolist() == [float(cell == "") for cell in GAPPY]
    assert np.allclose(fitted.transform(table.read_rows(path, fitted.spec).frame), read.inputs, rtol=1e-5)


def test_an_indicator_beside_categories_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,x,b,y\n" + "".join(f"{'uv'[n % 2]},{'' if n % 4 == 3 else n},{n},{n}.5\n" for n in range(ROWS)))
    a = Column(name="a", type="category", categories=("u", "v"), missing="most_frequent")
    x, b = Column(name="x", missing="indicator", constant=-1.0, scaling="none"), Column(name="b", scaling="none")
    spec = Table(path=str(path), columns=(a, x, b, TARGET))
    assert spec.input_shape == (5,)
    assert dataset.load(spec).inputs[2:4].tolist() == [[1, 0, 2, 0, 2], [0, 1, -1, 1, 3]]


def test_a_column_without_any_number_is_its_constant(tmp_path: Path) -> None:
    read, _ = loaded(
        written(tmp_path, [""] * ROWS), Column(name="x", missing="indicator", constant=3.0, scaling="none")
    )
    assert read.inputs.tolist() == [[3.0, 1.0]] * ROWS


def test_numbers_are_taken_from_the_training_rows_alone(tmp_path: Path) -> None:
    """Other numbers in the validation rows change nothing."""
    column = Column(name="x", missing="indicator", constant=2.0)
    path = written(tmp_path, ["" if place % 4 == 3 else str(place) for place in range(ROWS)])
    read, fitted = loaded(path, column)
    kept = [
        str(1000 + place) if place in read.validation else "" if place % 4 == 3 else str(place) for place in range(ROWS)
    ]
    other, again = loaded(written(tmp_path, kept), column)
    assert np.array_equal(other.train, read.train)
    numbers, same = msgspec.structs.astuple(fitted.inputs[0]), msgspec.structs.astuple(again.inputs[0])
    assert same == pytest.approx(numbers, rel=1e-9)


def test_gaps_in_a_model_file(tmp_path: Path) -> None:
    path = written(tmp_path, GAPPY)
    predictor = trained(path, [Column(name="x", missing="indicator", constant=5.0)], tmp_path)
    rows = tmp_path / "rows.csv"
    rows.write_text("y,x\n1,1000000004\n2,\n3,1000000005\n")
    assert transformed(predictor, rows)[:, 1].tolist() == [0, 1, 0]
    assert len(list(predictor.predict_paths([rows]))) == 3
    assert predictor.problems == []


def test_keys_go_through_the_treatments_of_gaps() -> None:
    data = Table(path="table.csv", columns=(Column(name="x"), TARGET))
    seen = []
    for _ in range(5):
        data = edited(data, 0, "missing")
        seen.append(data.columns[0].missing)
    assert seen == ["mean", "drop_row", "constant", "indicator", "median"]
    assert treatment(data.columns[0], None) == "standardise"
    told = msgspec.structs.replace(data.columns[0], missing="indicator", scaling="divide_by")
    assert treatment(told, ColumnNote("x", 3, "", (), 9)) == "fill 0 + mark, ÷ 255"


def test_keys_go_through_the_scalings() -> None:
    data = Table(path="table.csv", columns=(Column(name="x"), TARGET))
    seen = []
    for _ in range(5):
        data = edited(data, 0, "scaling")
        seen.append(data.columns[0].scaling)
    assert seen == ["min_max", "divide_by", "log", "none", "standardise"]


def test_category_whose_gaps_would_be_a_number_is_a_problem_in_one_sentence() -> None:
    columns = (
        Column(name="kind", type="category", missing="constant", categories=("a", "b")),
        Column(name="y", role="target"),
    )
    assert "the gaps of the category kind cannot be a number" in Table(path="some.csv", columns=columns).problem
