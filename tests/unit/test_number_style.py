"""Decimal marks and thousands separators: guessed, read strictly, the same in training and prediction."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from asanai_tui.data import dataset, table
from asanai_tui.data.column import Column
from asanai_tui.data.preprocessing import TablePreprocessing
from asanai_tui.data.spec import Table
from asanai_tui.errors import InputError
from asanai_tui.number_style import Decimal, NumberStyle, Thousands
from asanai_tui.options import fields_of
from asanai_tui.tui.input_form import form_of, row_of
from asanai_tui.values import parsed
from tests.unit.test_column_treatments import trained

ROWS = 60


def written(folder: Path, cells: Sequence[str], separator: str = ",", name: str = "table.csv") -> Path:
    path = folder / name
    quoted = (f'"{cell}"' if separator in cell else cell for cell in cells)
    lines = [separator.join([cell, str(place * 2)]) for place, cell in enumerate(quoted)]
    path.write_text("\n".join([f"x{separator}y", *lines]) + "\n")
    return path


def cells_of(numbers: Sequence[float], thousands: str, decimal: str) -> list[str]:
    """As a German, a Swiss or a clerk would write them."""
    marks = str.maketrans({",": thousands, ".": decimal})
    return [f"{number:,}".translate(marks) for number in numbers]


NUMBERS = [(-1) ** n * (n**3 * 17 + n / 4) for n in range(ROWS)]


@pytest.mark.parametrize(
    ("thousands", "decimal", "separator"),
    [(",", ".", ","), (".", ",", ";"), (" ", ",", ";"), (" ", ".", ","), ("'", ".", ","), ("\u202f", ",", ";")],
)
def test_separators_are_guessed_and_read(tmp_path: Path, thousands: str, decimal: str, separator: str) -> None:
    path = written(tmp_path, cells_of(NUMBERS, thousands, decimal), separator)
    preview = table.inspect(path)
    assert preview.spec.numbers == (decimal, " " if thousands == "\u202f" else thousands)
    assert [column.type for column in preview.spec.columns] == ["number", "number"]
    assert preview.columns[0].missing == 0
    read = dataset.load(preview.spec)
    assert isinstance(read.preprocessing, TablePreprocessing)
    fitted = read.preprocessing.inputs[0]
    assert np.allclose(read.inputs[:, 0] * fitted.scale + fitted.center, NUMBERS, rtol=1e-5, atol=0.5)
    rows = table.read_rows(path, preview.spec).frame
    assert np.allclose(read.preprocessing.transform(rows), read.inputs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("cells", "separator", "decimal", "thousands"),
    [
        (["1,234", "12,500", "999"], ",", ".", "comma"),  # in quotes, so that they are one cell
        (["1,5", "2,25", "3,125"], ",", ",", "none"),
        (["1,234", "12,500", "3,750"], ";", ",", "none"),  # as well decimal commas, which are more usual here
        (["1.234", "12.500", "3.750"], ";", ".", "none"),
        (["1.234.567", "2.000.000", "3"], ";", ",", "point"),
        (["030 123 456", "040 987 654", "7"], ",", ".", "none"),
    ],
)
def test_doubtful_marks(
    tmp_path: Path, cells: list[str], separator: str, decimal: Decimal, thousands: Thousands
) -> None:
    spec = table.inspect(written(tmp_path, [cells[n % 3] for n in range(ROWS)], separator)).spec
    assert (spec.decimal, spec.thousands) == (decimal, thousands)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234,567.5", 1234567.5), ("-1,234", -1234.0), ("1234.5", 1234.5), ("12", 12.0), ("1e3", 1000.0),
        ("1,23,4", None), ("1,2345", None), (",123", None), ("1,234,", None), ("0,123", None), ("1.234,5", None),
        ("12 345", None), ("", None),
    ],
)  # fmt: skip
def test_numbers_are_read_strictly(text: str, number: float | None) -> None:
    style = NumberStyle(".", ",")
    assert style.reads(text) is (number is not None)
    if number is not None:
        assert float(style.plain(text)) == number


def test_what_is_no_number_counts_as_missing(tmp_path: Path) -> None:
    path = written(tmp_path, ["1,23,4" if n == 7 else f"{n * 1000:,}" for n in range(ROWS)])
    preview = table.inspect(path)
    assert preview.columns[0].missing == 1
    assert "x: 1 cell cannot be read as a number up to 1e+30 and counts as missing." in dataset.load(preview.spec).notes


def test_rows_to_predict_are_read_as_in_training(tmp_path: Path) -> None:
    path = written(tmp_path, [f"{n * 1000:,}" for n in range(ROWS)])
    predictor = trained(path, [], tmp_path)
    plain = predictor.predict_rows([{"x": "5000"}])[0].values
    for name, cells, separator in [
        ("a", ["5,000"], ";"),
        ("b", ["5000", "7"], ","),
        ("c", ["5.000,0", "1.234,5"], ";"),
    ]:
        said = list(predictor.predict_paths([written(tmp_path, cells, separator, f"{name}.csv")]))
        assert said[0].values == pytest.approx(plain, rel=1e-5)
    assert predictor.problems == []
    assert predictor.predict_rows([{"x": "5,000"}])[0].values == pytest.approx(plain, rel=1e-5)
    with pytest.raises(InputError, match="'5,00,0' is not a number"):
        predictor.predict_rows([{"x": "5,00,0"}])


def test_the_form_takes_numbers_as_the_table_has_them(tmp_path: Path) -> None:
    spec = table.inspect(written(tmp_path, [f"{n * 1000:,}" for n in range(ROWS)])).spec
    form = form_of(spec.columns, {"x": "12,000"}, spec.numbers)
    assert row_of(form, spec.columns, spec.numbers) == {"x": "12000.0"}
    option = fields_of(form)[0].option
    assert parsed(option, "1,234.5") == 1234.5
    with pytest.raises(InputError, match="expected a number"):
        parsed(option, "1,23")


def test_two_meanings_of_a_mark_are_a_sentence() -> None:
    columns = (Column(name="x"), Column(name="y", role="target"))
    spec = Table(path="t.csv", columns=columns, decimal=",", thousands="comma")
    assert spec.problem == "t.csv: decimal and thousands are the same mark; choose another for one of them."
