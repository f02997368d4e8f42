"""Rows divided by groups of a column, or in its order; pictures by groups of a folder."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from asanai_tui import cli
from asanai_tui.data import sources
from asanai_tui.data.dataset import load
from asanai_tui.data.spec import Column, Images, Split, Table, TableSplit
from asanai_tui.data.split import divided, group_counts, grouped
from asanai_tui.errors import InputError

GROUPS = np.random.default_rng(3).integers(0, 40, 1000)
COLUMNS = (
    Column(name="patient", type="category", role="ignore"),
    Column(name="time", role="ignore"),
    Column(name="x"),
    Column(name="y", role="target"),
)


def table(folder: Path, rows: list[str], split: TableSplit) -> Table:
    path = folder / "visits.csv"
    path.write_text("\n".join(["patient,time,x,y", *rows]) + "\n")
    return Table(path=str(path), columns=COLUMNS, split=split)


def visits(count: int = 200, patients: int = 20) -> list[str]:
    return [f"p{(7 * n) % patients},{(31 * n) % count},{n},{2 * n}" for n in range(count)]


def test_groups_stay_in_one_part_and_shares_are_near() -> None:
    split = Split(method="group", validation_split=0.2, test_split=0.1)
    parts = divided(1000, split, marks=GROUPS)
    of_parts = [set(GROUPS[rows].tolist()) for rows in parts]
    assert not (of_parts[0] & of_parts[1] or of_parts[0] & of_parts[2] or of_parts[1] & of_parts[2])
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(1000))
    assert [len(rows) / 1000 for rows in parts] == pytest.approx([0.7, 0.2, 0.1], abs=0.02)
    assert group_counts(grouped(GROUPS).sizes, split) == tuple(map(len, parts))


def test_seed_decides_which_groups() -> None:
    first, same, other = (
        divided(1000, Split(method="group", seed=seed), marks=GROUPS).validation for seed in (1, 1, 2)
    )
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_what_the_groups_are_called_does_not_matter() -> None:
    split = Split(method="group")
    renamed = np.random.default_rng(1).permutation(40)[GROUPS]
    assert np.array_equal(divided(1000, split, marks=GROUPS).train, divided(1000, split, marks=renamed).train)


@pytest.mark.parametrize(("number", "test_split"), [(1, 0.0), (2, 0.2)])
def test_too_few_groups_are_told(number: int, test_split: float) -> None:
    split = Split(method="group", validation_split=0.2, test_split=test_split)
    with pytest.raises(InputError, match=rf"Only {number} groups? for {number + 1} parts; choose"):
        divided(50, split, marks=np.arange(50) % number)


def test_one_large_group_leaves_some_for_every_part() -> None:
    split = Split(method="group", validation_split=0.2, test_split=0.2)
    marks = np.repeat([0, 1, 2], [98, 1, 1])
    assert all(len(rows) for rows in divided(100, split, marks=marks))


def test_rows_of_a_table_keep_together(tmp_path: Path) -> None:
    source = table(tmp_path, visits(), TableSplit(method="group", column="patient"))
    dataset = load(source)
    patients = np.array([row.split(",")[0] for row in visits()])
    assert not set(patients[dataset.train]) & set(patients[dataset.validation])
    assert len(dataset.validation) == 40
    preview = sources.inspect(source)
    assert preview.group_sizes is not None and preview.group_sizes.tolist() == [10] * 20
    assert "stay in one part" in preview.columns[0].reason


def test_gaps_are_one_group_and_numbers_group_too(tmp_path: Path) -> None:
    rows = [row if n % 5 else row.replace(row.split(",")[0], "", 1) for n, row in enumerate(visits())]
    dataset = load(table(tmp_path, rows, TableSplit(method="group", column="patient")))
    empty = {n for n, row in enumerate(rows) if row.startswith(",")}
    assert len(empty) == 40
    assert empty <= set(dataset.train.tolist()) or empty <= set(dataset.validation.tolist())
    by_time = load(table(tmp_path, visits(patients=4), TableSplit(method="group", column="x")))
    assert len(by_time.validation) == 40


def test_rows_in_the_order_of_a_column(tmp_path: Path) -> None:
    source = table(tmp_path, visits(), TableSplit(method="order", column="time", test_split=0.1))
    dataset = load(source)
    times = np.array([int(row.split(",")[1]) for row in visits()])
    assert times[dataset.train].max() < times[dataset.validation].min()
    assert times[dataset.validation].max() < times[dataset.test].min()
    assert (np.diff(dataset.train) > 0).all()


def test_rows_in_the_order_of_dates_without_those_that_have_none(tmp_path: Path) -> None:
    rows = [f"p,2026-{1 + n % 12:02}-{1 + n // 12:02}T08:00,{n},{n}" for n in range(200)]
    rows[5] = "p,soon,5,5"
    dataset = load(table(tmp_path, rows, TableSplit(method="order", column="time")))
    assert "1 row left out: nothing in time to put it in order by." in dataset.notes
    dates = np.array([row.split(",")[1] for n, row in enumerate(rows) if n != 5])
    assert max(dates[dataset.train].tolist()) <= min(dates[dataset.validation].tolist())


@pytest.mark.parametrize(
    ("split", "sentence"),
    [
        (TableSplit(method="group"), "split, column is empty"),
        (TableSplit(method="group", column="who"), "no column is called who"),
        (TableSplit(method="group", column="y"), "the target y cannot group the rows"),
        (TableSplit(method="order", column="patient"), "'p0' is neither a number nor a date"),
    ],
)
def test_what_cannot_divide_is_told(tmp_path: Path, split: TableSplit, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        load(table(tmp_path, visits(), split))


def test_too_few_groups_in_a_table_are_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"visits\.csv: Only 1 group for 2 parts"):
        load(table(tmp_path, visits(patients=1), TableSplit(method="group", column="patient")))


def test_command_tells_groups_and_what_was_achieved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table(tmp_path, visits(30, 3), TableSplit())
    (tmp_path / "project.toml").write_text(
        '[data]\ntype = "table"\npath = "visits.csv"\n'
        '[data.split]\nmethod = "group"\ncolumn = "patient"\n'
        + "".join(f'[[data.columns]]\nname = "{c.name}"\ntype = "{c.type}"\nrole = "{c.role}"\n' for c in COLUMNS)
    )
    assert cli.main(["data", str(tmp_path / "project.toml")]) == 0
    assert "split    20 train (66.7%) · 10 validation (33.3%), by groups of patient" in capsys.readouterr().out
    assert cli.main(["data", str(tmp_path / "project.toml"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["split_method"], told["split_column"]) == ("group", "patient")


def pictures(root: Path, *names: str) -> None:
    for number, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(root / name), np.full((4, 4, 3), number, np.uint8))


def test_pictures_of_a_folder_below_the_class_keep_together(tmp_path: Path) -> None:
    names = [f"{kind}/p{n % 5}/{n}.png" for kind in ("sick", "well") for n in range(10)]
    pictures(tmp_path, *names)
    preview = sources.inspect(Images(path=str(tmp_path), height=4, width=4, split=Split(method="group")))
    assert preview.group_sizes is not None and preview.group_sizes.tolist() == [4] * 5
    dataset = load(preview.spec)
    patients = np.array([names[number].split("/")[1] for number in dataset.inputs[:, 0, 0, 0]])
    assert len(dataset.validation) == 4
    assert not set(patients[dataset.train]) & set(patients[dataset.validation])


def test_pictures_without_such_folders_are_told(tmp_path: Path) -> None:
    pictures(tmp_path, "a/1.png", "b/1.png")
    with pytest.raises(InputError, match="no folders below those of the classes"):
        load(Images(path=str(tmp_path), classes=("a", "b"), split=Split(method="group")))
