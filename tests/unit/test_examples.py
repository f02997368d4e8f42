"""Examples come from all over a table."""

from pathlib import Path

from asanai_tui.data import examples, table
from asanai_tui.data.spec import Column
from asanai_tui.number_style import NumberStyle
from asanai_tui.tui.input_form import form_of, row_of


def test_examples_of_a_sorted_table_are_of_every_class(samples: Path) -> None:
    spec = table.inspect(samples / "iris" / "iris.csv").spec
    found = examples.rows(spec)
    assert len(found) == examples.MOST
    assert {row["species"] for row in found} == {"setosa", "versicolor", "virginica"}
    assert all(float(row["petal_width_cm"]) > 0 for row in found)


def test_small_odd_and_absent_tables(tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_bytes('name;größe;y\n"a;b";1,5;0\n"two\nlines";2,5;1\nc;3,5;1\n'.encode())
    spec = table.inspect(path).spec
    found = [dict(row) for row in examples.rows(spec)]
    assert {"name": "a;b", "größe": "1,5", "y": "0"} in found
    assert {"name": "c", "größe": "3,5", "y": "1"} in found
    path.write_text("name;größe;y\n")
    assert examples.rows(spec) == ()
    path.unlink()
    assert examples.rows(spec) == ()


def test_a_decimal_comma_goes_into_the_form_and_back() -> None:
    columns = [Column(name="size"), Column(name="y", role="target")]
    form = form_of(columns, {"size": "0,13"}, NumberStyle(","))
    assert form == type(form)(c0=0.13)
    assert row_of(form, columns, NumberStyle(",")) == {"size": "0,13"}
