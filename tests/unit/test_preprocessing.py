"""Numbers fitted on the training part, and rows turned into what a network takes."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest

from asanai_tui.data.dataset import load
from asanai_tui.data.preprocessing import Preprocessing, TablePreprocessing
from asanai_tui.data.spec import Column, Table, TableSplit
from asanai_tui.errors import InputError

KIND = Column(name="kind", type="category", missing="most_frequent", categories=("a", "b", "c"))
TARGET = Column(name="y", role="target", scaling="none")


def fitted(folder: Path, rows: list[str], *columns: Column, split: TableSplit | None = None) -> TablePreprocessing:
    """The preprocessing of a table with these columns and a target y that counts up."""
    names = [column.name for column in columns]
    lines = [",".join([*names, "y"]), *(f"{row},{number}" for number, row in enumerate(rows))]
    path = folder / "table.csv"
    path.write_text("\n".join(lines) + "\n")
    source = Table(path=str(path), columns=(*columns, TARGET), split=split or TableSplit(validation_split=0))
    preprocessing = load(source).preprocessing
    assert isinstance(preprocessing, TablePreprocessing)
    return preprocessing


def test_standardise(tmp_path: Path) -> None:
    preprocessing = fitted(tmp_path, ["1", "3", "5", "7"], Column(name="x"))
    back = preprocessing.transform(pd.DataFrame({"x": [4.0, 4 + 5**0.5]}))
    assert back.dtype == np.float32
    assert back == pytest.approx(np.array([[0.0], [1.0]]))


def test_min_max_and_none(tmp_path: Path) -> None:
    columns = Column(name="x", scaling="min_max"), Column(name="z", scaling="none")
    preprocessing = fitted(tmp_path, ["1,5", "3,6", "5,7"], *columns)
    assert preprocessing.transform(pd.DataFrame({"z": [9], "x": [2]})) == pytest.approx(np.array([[0.25, 9]]))


def test_constant_column_keeps_scale_1(tmp_path: Path) -> None:
    preprocessing = fitted(tmp_path, ["4", "4", "4"], Column(name="x"))
    assert preprocessing.inputs[0].scale == 1
    assert preprocessing.transform(pd.DataFrame({"x": [4.0, 6.0]})) == pytest.approx(np.array([[0.0], [2.0]]))


@pytest.mark.parametrize(("missing", "filled"), [("median", 2), ("mean", 4), ("most_frequent", 1), ("drop_row", 2)])
def test_gaps_of_numbers(tmp_path: Path, missing: str, filled: float) -> None:
    column = msgspec.convert({"name": "x", "missing": missing, "scaling": "none"}, Column)
    preprocessing = fitted(tmp_path, ["1", "2", "1", "9", "7", ""], column)
    assert preprocessing.transform(pd.DataFrame({"x": [None, 3.0]})) == pytest.approx(np.array([[filled], [3]]))


def test_gaps_that_come_after_training(tmp_path: Path) -> None:
    preprocessing = fitted(tmp_path, ["100000", "100001", "100005"], Column(name="x", scaling="none"))
    assert preprocessing.transform(pd.DataFrame({"x": [np.nan]})) == pytest.approx(np.array([[100001]]))


def test_categories(tmp_path: Path) -> None:
    preprocessing = fitted(tmp_path, ["a", "b", "b", "c"], KIND)
    rows = pd.DataFrame({"kind": ["c", " a ", None, "nan", "zebra"]})
    assert preprocessing.transform(rows).tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 0]]


def test_gap_as_a_category_of_its_own(tmp_path: Path) -> None:
    preprocessing = fitted(tmp_path, ["a", "b", '""', "c"], msgspec.structs.replace(KIND, missing="own_category"))
    rows = pd.DataFrame({"kind": ["c", "", "zebra"]})
    assert preprocessing.transform(rows).tolist() == [[0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]]


def test_unknown_texts_are_named(tmp_path: Path) -> None:
    preprocessing = fitted(tmp_path, ["a", "b", "c"], KIND)
    assert preprocessing.unknown(pd.DataFrame({"kind": ["a", "zebra", "zebra", ""]})) == (
        "kind: 2 rows not one of the known categories (zebra).",
    )
    assert preprocessing.unknown(pd.DataFrame({"kind": ["a", "b"]})) == ()


def test_mixed_columns_in_any_order_and_as_text(tmp_path: Path) -> None:
    preprocessing = fitted(tmp_path, ["1,a", "2,b", "3,c"], Column(name="x", scaling="none"), KIND)
    rows = pd.DataFrame({"more": [0, 0], "kind": ["b", "c"], "x": ["5", "not a number"]})
    assert preprocessing.transform(rows).tolist() == [[5, 0, 1, 0], [2, 0, 0, 1]]


def test_missing_column_is_named(tmp_path: Path) -> None:
    preprocessing = fitted(tmp_path, ["1,a", "2,b"], Column(name="x"), KIND)
    with pytest.raises(InputError) as told:
        preprocessing.transform(pd.DataFrame({"x": [1.0]}))
    assert "The column kind is missing" in str(told.value)


def test_targets_back_in_their_own_units(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("x,p,q\n" + "".join(f"{n},{1000 * n},{n}\n" for n in range(5)))
    columns = (
        Column(name="x"),
        Column(name="p", role="target"),
        Column(name="q", role="target", scaling="none"),
    )
    dataset = load(Table(path=str(path), columns=columns, split=TableSplit(validation_split=0)))
    preprocessing = dataset.preprocessing
    assert isinstance(preprocessing, TablePreprocessing)
    assert dataset.targets.dtype == np.float32
    assert dataset.targets[:, 0].mean() == pytest.approx(0, abs=1e-6)
    assert preprocessing.target_scale == pytest.approx([1000 * 2**0.5, 1])
    back = preprocessing.targets_back(dataset.targets)
    assert back == pytest.approx(np.array([[1000 * n, n] for n in range(5)]), abs=1e-3)
    assert back.dtype == np.float32


def test_fitted_on_the_training_part_alone(tmp_path: Path) -> None:
    """Other numbers in the validation rows change nothing that was fitted."""
    split = TableSplit(validation_split=0.3, seed=3)
    columns = Column(name="x"), Column(name="z", missing="mean"), KIND
    rows = [f"{n},{n * n if n % 4 else ''},{'abc'[n % 3]}" for n in range(40)]
    first = fitted(tmp_path, rows, *columns, split=split)
    validation = load(first.spec).validation
    assert len(validation) == 12
    changed = [f"{1e6 + n},-5e7,c" if n in validation else row for n, row in enumerate(rows)]
    again = fitted(tmp_path, changed, *columns, split=split)
    assert again.inputs == first.inputs
    everything = fitted(tmp_path, changed, *columns)
    assert everything.inputs != first.inputs


def test_large_numbers_keep_their_digits(tmp_path: Path) -> None:
    """Seconds since 1970 differ by 1, which float32 could not hold."""
    path = tmp_path / "table.csv"
    path.write_text("t,y\n" + "".join(f"{1_700_000_000 + n},{n % 2}\n" for n in range(100)))
    columns = Column(name="t"), Column(name="y", role="target", scaling="none")
    dataset = load(Table(path=str(path), columns=columns, split=TableSplit(validation_split=0)))
    expected = (np.arange(100) - 49.5) / np.arange(100).std()
    assert dataset.inputs[:, 0] == pytest.approx(expected, abs=1e-5)
    assert isinstance(dataset.preprocessing, TablePreprocessing)
    rows = pd.DataFrame({"t": [1_700_000_000 + n for n in range(100)]})
    assert dataset.preprocessing.transform(rows) == pytest.approx(dataset.inputs, abs=1e-5)


def test_dataset_and_transform_agree(samples: Path) -> None:
    from asanai_tui.data import table

    spec = table.inspect(samples / "penguins" / "penguins.csv").spec
    dataset = load(spec)
    assert isinstance(dataset.preprocessing, TablePreprocessing)
    rows = pd.read_csv(samples / "penguins" / "penguins.csv")
    target = spec.with_role("target")[0].name
    rows = rows[rows[target].notna()]
    assert dataset.preprocessing.transform(rows) == pytest.approx(dataset.inputs, abs=1e-6)
    assert dataset.inputs.shape[1:] == spec.input_shape


def test_kept_as_json(tmp_path: Path) -> None:
    preprocessing = fitted(tmp_path, ["1,a", "2.5,b"], Column(name="x"), KIND)
    encoded = msgspec.json.encode(preprocessing)
    assert json.loads(encoded)["kind"] == "table"
    assert msgspec.json.decode(encoded, type=Preprocessing) == preprocessing
