"""`asanai-tui data`: what was read, what was decided and why, and what to beware of."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from asanai_tui import cli


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]):
    def tell(*arguments: object) -> dict:
        assert cli.main(["data", *map(str, arguments), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return tell


@pytest.fixture
def uneven(tmp_path: Path) -> Path:
    """90 rows of one class, 10 of another; half of all rows are the same row."""
    path = tmp_path / "uneven.csv"
    lines = [f"{index if index < 50 else 7},5,{'a' if index < 90 else 'b'}" for index in range(100)]
    path.write_text("\n".join(["x,always,label", *lines]) + "\n")
    return path


def test_columns_have_role_type_and_reason(samples: Path, told) -> None:
    data = told(samples / "penguins" / "penguins.csv")
    columns = {column["name"]: column for column in data["columns"]}
    assert data["examples"] == 344 and data["input_shape"] == [11]
    assert columns["species"]["role"] == "target" and "named like a target" in columns["species"]["reason"]
    assert columns["bill_length_mm"]["missing_cells"] == 2 and columns["bill_length_mm"]["missing"] == "median"
    assert columns["sex"]["categories"] == 2 and columns["sex"]["scaling"] is None
    assert all(column["reason"] for column in data["columns"])


def test_parts_hold_every_example_once(samples: Path, told) -> None:
    split = told(samples / "digits")["split"]
    assert sum(split.values()) == 1797 and split["validation"] == round(0.2 * 1797)


def test_warns_of_uneven_classes_constant_columns_and_leaks(uneven: Path, told) -> None:
    data = told(uneven)
    warnings = data["warnings"]
    assert any("9.0 to 1: a has 90, b 10" in warning for warning in warnings)
    assert any("column always tells nothing: always 5" in warning for warning in warnings)
    leak = next(warning for warning in warnings if "training part" in warning)
    count, of = (int(word) for word in leak.split() if word.isdigit())
    assert 0 < count < of == data["split"]["validation"]


@pytest.mark.parametrize("gap", ["", "0,,\n"])
def test_a_target_of_zeros_and_ones_has_classes_too(tmp_path: Path, told, gap: str) -> None:
    path = tmp_path / "rare.csv"
    path.write_text("x,y,z\n" + "".join(f"{n / 3},{n % 2},{int(n % 20 == 0)}\n" for n in range(200)) + gap)
    data = told(path)
    assert data["targets"]["kind"] == "numbers" and data["classes"] == {"0": 190, "1": 10}
    assert data["warnings"] == ["The classes differ 19.0 to 1: 0 has 190, 1 10."]


def test_a_column_whose_gaps_tell_something_is_not_useless(tmp_path: Path, told) -> None:
    path = tmp_path / "marked.csv"
    path.write_text("a,mark,y\n" + "".join(f"{n / 3},{'' if n % 5 else 'x'},{n * 2.5}\n" for n in range(100)))
    data = told(path)
    assert data["columns"][1]["missing"] == "own_category" and data["warnings"] == []


def test_no_leak_is_told_where_all_inputs_differ(tmp_path: Path, told) -> None:
    path = tmp_path / "plain.csv"
    path.write_text("x,z,y\n" + "".join(f"{index * 1.5},{index % 7},{index * 2}\n" for index in range(200)))
    assert told(path)["warnings"] == []


def test_same_picture_in_both_parts_is_told(tmp_path: Path, told) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (20, 8, 8, 3), np.uint8)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number, picture in enumerate(pixels):
            cv2.imwrite(str(tmp_path / name / f"{number}.png"), picture)
    (tmp_path / "a" / "broken.png").write_bytes(b"no picture")
    data = told(tmp_path)
    assert [each["file"] for each in data["set_aside"]] == ["a/broken.png"] and data["set_aside"][0]["reason"]
    assert any("pictures also stand in the training part" in warning for warning in data["warnings"])


def test_data_that_cannot_be_trained_on_is_shown_with_the_problem(tmp_path: Path, told) -> None:
    path = tmp_path / "names.csv"
    path.write_text("name,same\n" + "".join(f"n{index},1\n" for index in range(30)))
    data = told(path)
    assert "no column is a target" in data["problem"] and data["split"] is None
    assert [column["role"] for column in data["columns"]] == ["ignore", "ignore"]


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_reasons_are_whole_at_every_width(
    columns: int, samples: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert cli.main(["data", str(samples / "penguins" / "penguins.csv")]) == 0
    lines = capsys.readouterr().out.splitlines()
    words = " ".join(" ".join(lines).split())
    assert "…" not in words and "own category" in words
    assert columns < 80 or max(map(len, lines[2:])) <= columns


def test_project_whose_data_is_gone_is_one_sentence(
    samples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "project.toml"
    project.write_bytes((samples / "iris" / "project.toml").read_bytes())
    assert cli.main(["data", str(project)]) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1 and "iris.csv" in said[0]


def test_more_columns_than_anyone_can_look_through_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("\n".join([",".join(f"c{place}" for place in range(20_001)), ",".join("1" * 20_001)]) + "\n")
    assert cli.main(["data", str(path)]) == 1
    assert capsys.readouterr().err.strip().splitlines() == [
        f"{path}: 20,001 columns; at most 20,000 are read as a table. Leave out those that are not needed."
    ]


def test_rows_without_any_value_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text("a,b,c\n" + ",,\n" * 50)
    assert cli.main(["data", str(path)]) == 1
    assert "no rows with a value below it" in capsys.readouterr().err


def test_constants_and_divisors_are_told(tmp_path: Path, told, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "table.csv"
    path.write_text("x,y\n" + "".join(f"{n if n % 3 else ''},{n}.5\n" for n in range(40)))
    project = tmp_path / "project.toml"
    project.write_text(
        "format = 1\n[data]\ntype = 'table'\npath = 'table.csv'\n[[data.columns]]\nname = 'x'\nmissing = 'constant'\n"
        "constant = 7.5\nscaling = 'divide_by'\ndivisor = 12.0\n[[data.columns]]\nname = 'y'\nrole = 'target'\n"
    )
    x, y = told(project)["columns"]
    assert (x["constant"], x["divisor"]) == (7.5, 12.0)
    assert (y["constant"], y["divisor"]) == (None, None)
    assert cli.main(["data", str(project)]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("x "))
    assert "14 constant 7.5" in line and "divide-by 12" in line
