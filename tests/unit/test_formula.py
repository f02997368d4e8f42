"""Tables from a formula: ranges, grids, what is refused, and files that read back as the same numbers."""

import re
from pathlib import Path

import numpy as np
import pytest

from asanai_tui.cli.program import main
from asanai_tui.data.formula import free_path, points, write
from asanai_tui.data.formula_line import Wish, wish
from asanai_tui.errors import InputError


def test_line() -> None:
    table = points("2*(x + 1)")
    assert table.names == ("x", "y")
    assert table.columns[0].tolist() == list(range(-10, 11))
    assert table.columns[1].tolist() == list(range(-18, 23, 2))
    assert table.left_out == 0


def test_grid_of_x_and_y() -> None:
    table = points("x - 10*y", 0, 2, 1)
    assert table.names == ("x", "y", "z")
    rows = list(zip(*(column.tolist() for column in table.columns), strict=True))
    assert rows == [(0, 0, 0), (0, 1, -10), (0, 2, -20), (1, 0, 1), (1, 1, -9), (1, 2, -19), (2, 0, 2), (2, 1, -8),
                    (2, 2, -18)]  # fmt: skip


def test_end_is_included_and_signs_do_not_matter() -> None:
    axis = points("x", 0, 1, 0.1).columns[0]
    assert len(axis) == 11
    assert axis[-1] == 1
    assert points("x", 0, 1, -0.1).columns[0].tolist() == points("x", 1, 0, 0.1).columns[0].tolist() == axis.tolist()
    assert points("x", 0, 1, 0.4).columns[0].tolist() == [0, 0.4, 0.8]


def test_long_ranges_are_computed_part_by_part() -> None:
    table = points("x^2", 0, 250_000, 1)
    assert np.array_equal(table.columns[1], np.arange(250_001.0) ** 2)


def test_undefined_points_are_left_out() -> None:
    table = points("log(x)")
    assert table.columns[0].tolist() == list(range(1, 11))
    assert table.about == "10 rows, 11 points without a finite value left out"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("x", 0, 1, 0), "a step other than 0"),
        (("x", 3, 3, 1), "an end other than the start, 3"),
        (("2*3",), "expected x or y"),
        (("x", 0, 1e8, 1), "at most 10,000,000 points"),
        (("x*y", 0, 4000, 1), "at most 10,000,000 points"),
        (("x*y", 0, 1, 1e-300), "at most 10,000,000 points"),
        (("x", -1e308, 1e308, 1e-10), "at most 10,000,000 points"),
        (("sqrt(-1 - x^2)",), "no finite value from -10 to 10"),
        (("x", 0, float("inf"), 1), "finite number as end"),
        (("x +",), "column 4"),
    ],
)
def test_refused(arguments: tuple[str, float, float, float], sentence: str) -> None:
    with pytest.raises(InputError, match=re.escape(sentence)):
        points(*arguments)


def test_file_reads_back_to_the_bit(tmp_path: Path) -> None:
    table = points("sin(x)*exp(y)/3", -1, 1, 0.1)
    write(tmp_path / "made.csv", table)
    assert (tmp_path / "made.csv").read_text().startswith("x,y,z\n-1.0,-1.0,")
    read = np.loadtxt(tmp_path / "made.csv", delimiter=",", skiprows=1)
    assert np.array_equal(read, np.stack(table.columns, axis=1))


def test_what_a_formula_gives_is_the_target(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for formula, name in (("2*(x + 1)", "y"), ("x*y", "z")):
        write(tmp_path / "made.csv", points(formula))
        assert main(["data", str(tmp_path / "made.csv")]) == 0
        roles = dict(re.findall(r"^([xyz]) +(input|target)", capsys.readouterr().out, re.MULTILINE))
        assert [each for each, role in roles.items() if role == "target"] == [name]


def test_wish_in_one_line() -> None:
    assert wish("2*(x + 1), -10, 10, 1") == Wish("2*(x + 1)", -10, 10, 1)
    assert wish("min(x, 1), 0, 5") == Wish("min(x, 1)", 0, 5)
    with pytest.raises(InputError, match="a number as end, not two"):
        wish("x, 1, two")
    with pytest.raises(InputError, match="not 5 parts"):
        wish("x, 1, 2, 3, 4")


def test_free_path(tmp_path: Path) -> None:
    assert free_path(tmp_path).name == "formula.csv"
    (tmp_path / "formula.csv").touch()
    (tmp_path / "formula-2.csv").symlink_to("nowhere")
    assert free_path(tmp_path).name == "formula-3.csv"


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "line.csv"
    wanted = ["formula", "2*(x + 1)", "--end", "0", "--step", "0.5", "-o", str(path)]
    assert main(wanted) == 0
    assert capsys.readouterr().out == f"{path} written, 21 rows. Next: asanai-tui {path}\n"
    assert len(path.read_text().splitlines()) == 22
    assert main(wanted) == 1
    assert "--force" in capsys.readouterr().err
    assert main([*wanted, "--force"]) == 0
    assert main(["formula", "2*", "-o", str(path), "--force"]) == 1
    assert capsys.readouterr().err.startswith("Formula, column 3: expected a number")
