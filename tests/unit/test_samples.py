"""The samples are whole and their projects are ready."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from asanai_tui import project
from asanai_tui.data.spec import Images, Table

DIGITS = {"0": 178, "1": 182, "2": 177, "3": 183, "4": 181, "5": 182, "6": 181, "7": 179, "8": 174, "9": 180}
PARAMETERS = {"iris": 403, "penguins": 963, "xor": 65, "digits": 38_282}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", PARAMETERS)
def test_project_is_ready(samples: Path, name: str) -> None:
    loaded = project.load(samples / name / "project.toml")
    assert loaded.problems() == []
    assert loaded.network.parameters(loaded.input_shape) == (PARAMETERS[name], PARAMETERS[name])
    assert project.from_toml(project.to_toml(loaded)) == loaded


@pytest.mark.parametrize(("name", "rows"), [("iris", 150), ("penguins", 344), ("xor", 4)])
def test_table_agrees_with_its_project(samples: Path, name: str, rows: int) -> None:
    source = project.load(samples / name / "project.toml").data
    assert isinstance(source, Table)
    table = read(Path(source.path))
    assert len(table) == rows
    assert [column.name for column in source.columns] == list(table[0])
    for column in source.columns:
        found = {row[column.name] for row in table} - {""}
        if column.type == "category":
            assert sorted(found) == list(column.categories)
        else:
            assert all(np.isfinite(float(cell)) for cell in found)


def test_penguins_have_gaps(samples: Path) -> None:
    table = read(samples / "penguins" / "penguins.csv")
    gaps = {name: sum(row[name] == "" for row in table) for name in table[0]}
    assert {name: count for name, count in gaps.items() if count} == {
        "bill_length_mm": 2,
        "bill_depth_mm": 2,
        "flipper_length_mm": 2,
        "body_mass_g": 2,
        "sex": 11,
    }


def test_xor_is_exclusive_or(samples: Path) -> None:
    table = read(samples / "xor" / "xor.csv")
    assert all(int(row["y"]) == int(row["x1"]) ^ int(row["x2"]) for row in table)


def test_digits_are_1797_pictures_of_8_by_8(samples: Path) -> None:
    source = project.load(samples / "digits" / "project.toml").data
    assert isinstance(source, Images)
    pictures = {label: sorted((Path(source.path) / label).glob("*.png")) for label in source.classes}
    assert {label: len(paths) for label, paths in pictures.items()} == DIGITS
    first = cv2.imread(str(pictures["0"][0]), cv2.IMREAD_UNCHANGED)
    assert first is not None
    assert first.shape == (8, 8)
    assert first.dtype == np.uint8
    assert first[0].tolist() == [0, 0, 80, 207, 143, 16, 0, 0]  # 0 0 5 13 9 1 0 0 of 16 in the source


def test_every_sample_states_origin_and_licence(samples: Path) -> None:
    text = (samples / "README.md").read_text(encoding="utf-8")
    assert all(f"`{folder.name}/`" in text for folder in samples.iterdir() if folder.is_dir())
