"""Types of table columns: guessed with a reason, read into numbers, kept in the model file, changed by keys."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest

from asanai_tui import project as projects
from asanai_tui.data import dataset, table
from asanai_tui.data.column import Column, ColumnType
from asanai_tui.data.date_times import format_of, numbers_of, parts_of, problem_of
from asanai_tui.data.preprocessing import TablePreprocessing
from asanai_tui.data.preview import TablePreview
from asanai_tui.data.spec import Images, Table, TableSplit
from asanai_tui.tui.column_edits import edited, placed
from asanai_tui.tui.input_form import form_of, row_of
from tests.unit.test_column_treatments import trained, transformed

ROWS = 60
DAYS = [f"2024-{1 + n % 12:02}-{1 + n % 28:02}" for n in range(ROWS)]
TIMES = [f"{day} {n % 24:02}:30:00" for n, day in enumerate(DAYS)]


def written(folder: Path, **columns: Sequence[object]) -> Path:
    """A file with these columns and the target y, which is a number."""
    path = folder / "table.csv"
    rows = zip(*columns.values(), (n + 0.5 for n in range(ROWS)), strict=True)
    lines = [",".join([*columns, "y"]), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def cycled(values: Iterable[object]) -> list[object]:
    values = list(values)
    return [values[n % len(values)] for n in range(ROWS)]


def decided(path: Path, name: str = "x") -> tuple[Column, str]:
    """The column and its reason."""
    preview = table.inspect(path)
    place = [column.name for column in preview.spec.columns].index(name)
    return preview.spec.columns[place], preview.columns[place].reason


def inputs(path: Path, column: Column) -> np.ndarray:
    """What the network gets of one column, unscaled numbers of all rows, and the same for the raw rows of the file."""
    target = Column(name="y", role="target")
    read = dataset.load(Table(path=str(path), columns=(column, target), split=TableSplit(validation_split=0.25)))
    assert isinstance(read.preprocessing, TablePreprocessing)
    rows = table.read_rows(path, read.preprocessing.spec).frame
    assert np.allclose(read.preprocessing.transform(rows), read.inputs, atol=1e-6)
    assert read.inputs.shape[1] == column.width
    return read.inputs


@pytest.mark.parametrize(
    ("cells", "kind", "reason"),
    [
        (["true", "false"], "boolean", "only false and true"),
        (["Yes", "No", ""], "boolean", "only No and Yes, 20 gaps filled with the most frequent value"),
        (["t", "f"], "boolean", "only f and t"),
        (["1", "0", "0"], "boolean", "only 0 and 1"),
        (["TRUE", "True", "false"], "boolean", "only false and true"),
        (["yes", "no", "perhaps"], "category", "3 values of text"),
        (["1", "2", "3"], "number", "all numbers, only 3 different ones"),
        (["7"], "constant", "always 7"),
        ([""], "constant", "no cell has a value"),
        (range(ROWS), "identifier", "counts up like a row number"),
        ([f"name {n}" for n in range(ROWS)], "identifier", "every text is different, like a name"),
        (DAYS, "date_time", "dates such as 2024-01-31"),
        (["3/14/2024", "12/31/2023"], "date_time", "dates such as 01/31/2024"),
        (["1/2/2024", "3/4/2024"], "date_time", "dates such as 31/01/2024; day before month, as far as one can tell"),
        (["14:30", "9:05", ""], "date_time", "dates such as 14:30, 20 gaps filled with the median"),
        ([*DAYS[:9], "soon"], "date_time", "dates such as 2024-01-31, but 6 cells cannot be read and count as missing"),
        (["cat/1.png", "cat/2.jpg"], "picture_path", "paths of pictures"),
    ],
)
def test_a_type_and_its_reason(tmp_path: Path, cells: Iterable[object], kind: str, reason: str) -> None:
    column, why = decided(written(tmp_path, x=cycled(cells), z=[n * 1.5 for n in range(ROWS)]))
    assert column.type == kind
    assert why.startswith(reason)
    assert column.role == ("ignore" if kind in ("constant", "identifier", "picture_path") else "input")


@pytest.mark.parametrize(("name", "kind"), [("product_code", "integer_category"), ("rooms", "number")])
def test_few_whole_numbers_are_categories_where_the_name_says_so(tmp_path: Path, name: str, kind: str) -> None:
    column, _ = decided(written(tmp_path, **{name: cycled([10, 20, 30])}), name)
    assert column.type == kind


def test_days_without_marks_are_dates_where_the_name_says_so(tmp_path: Path) -> None:
    cells = [day.replace("-", "") for day in DAYS]
    assert decided(written(tmp_path, x=cells))[0].type == "number"
    column, _ = decided(written(tmp_path, order_date=cells), "order_date")
    assert (column.type, column.format) == ("date_time", "%Y%m%d")


def test_booleans_are_zero_and_one(tmp_path: Path) -> None:
    path = written(tmp_path, x=cycled(["no", "YES", "", "yes"]))
    column = Column(name="x", type="boolean", categories=("no", "yes"), missing="indicator", constant=0.5)
    found = inputs(path, column)
    assert found[:4].tolist() == [[0, 0], [1, 0], [0.5, 1], [1, 0]]


def test_dates_are_year_month_day_weekday_and_hour(tmp_path: Path) -> None:
    column = Column(name="x", type="date_time", format="%Y-%m-%d %H:%M:%S", scaling="none")
    found = inputs(written(tmp_path, x=TIMES), column)
    assert found[0].tolist() == [2024, 1, 1, 0, 0.5]  # a Monday
    assert found[25].tolist() == [2024, 2, 26, 0, 1.5]


def test_scaling_of_each_part_is_its_own(tmp_path: Path) -> None:
    column = Column(name="x", type="date_time", format="%Y-%m-%d", scaling="min_max", missing="indicator")
    found = inputs(written(tmp_path, x=["", *DAYS[1:]]), column)
    assert found.shape == (ROWS, 5)
    assert found[:, 4].tolist() == [1.0] + [0.0] * (ROWS - 1)
    assert found[:, 1:4].min() >= 0 and found[:, 1:4].max() <= 1.2


def test_what_is_no_date_is_missing_and_told(tmp_path: Path) -> None:
    path = written(tmp_path, x=[*DAYS[:-1], "soon"])
    source = Table(path=str(path), columns=(decided(path)[0], Column(name="y", role="target")))
    assert "x: 1 cell cannot be read as a date and counts as missing." in dataset.load(source).notes


@pytest.mark.parametrize(
    ("texts", "written", "first"),
    [
        (["2024-01-31T14:30:15.123Z", "2024-02-01T00:00:00+02:00"], "%Y-%m-%d %H:%M:%S", [2024, 1, 31, 2, 14.504]),
        (["31.12.1999", "1.2.2024"], "%d.%m.%Y", [1999, 12, 31, 4]),
        (["Jan 3, 2024"], "%b %d, %Y", [2024, 1, 3, 2]),
        (["3 May 2021 5:10 PM"], "%d %b %Y %I:%M %p", [2021, 5, 3, 0, 17.167]),
        (["1066-10-14"], "%Y-%m-%d", [1066, 10, 14, 6]),
        (["2024-01"], "%Y-%m", [2024, 1]),
        (["2024-13-01"], "", []),
        (["version 1.2", "12"], "", []),
    ],
)
def test_how_dates_are_written(texts: list[str], written: str, first: list[float]) -> None:
    assert format_of(texts) == written
    if written:
        assert numbers_of(texts, written)[0].tolist() == pytest.approx(first, abs=1e-3)
        assert len(parts_of(written)) == len(first)


def test_a_format_that_says_nothing_is_a_sentence() -> None:
    assert problem_of("%Q") == "%Q means nothing in a date"
    columns = (Column(name="when", type="date_time", format="%H %H"), Column(name="y", role="target"))
    assert Table(path="t.csv", columns=columns).problem.startswith("t.csv: the format '%H %H' of the dates in when")


@pytest.mark.parametrize("kind", ["identifier", "constant", "picture_path"])
def test_what_is_left_out_is_no_input(kind: ColumnType) -> None:
    columns = (Column(name="a", type=kind), Column(name="b"), Column(name="y", role="target"))
    spec = Table(path="t.csv", columns=columns)
    assert spec.input_shape == (1,)
    assert f"the column a has the type {kind}" in spec.problem
    date = Column(name="y", type="date_time", format="%Y", role="target")
    assert "a date, which cannot be learned" in Table(path="t.csv", columns=(Column(name="b"), date)).problem


def test_words_as_a_target_are_classes_and_0_and_1_are_numbers(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("x,y\n" + "".join(f"{n / 3},{('no', 'yes')[n % 3 == 0]}\n" for n in range(ROWS)))
    preview = table.inspect(path)
    assert (preview.spec.columns[1].type, preview.spec.targets.names) == ("boolean", ("no", "yes"))
    assert preview.class_counts == (("no", 40), ("yes", 20))
    assert dataset.load(preview.spec).targets[:4].tolist() == [1, 0, 0, 1]
    digits = Column(name="y", type="boolean", role="target", categories=("0", "1"))
    targets = Table(path="t.csv", columns=(Column(name="x"), digits)).targets
    assert (targets.kind, targets.binary) == ("numbers", True)


def test_integer_categories_are_the_same_however_they_are_written(tmp_path: Path) -> None:
    path = written(tmp_path, x=cycled(["1", "2.0", "03", ""]))
    column = Column(name="x", type="integer_category", categories=("1", "2", "3"), missing="own_category")
    assert inputs(path, column)[:4].tolist() == np.eye(4).tolist()
    given = Table(path=str(path), columns=(Column(name="x", type="integer_category"), Column(name="y", role="target")))
    assert table.inspect(path, given).spec.columns[0].categories == ("1", "2", "3")


def test_a_model_file_reads_raw_rows_the_same_way(tmp_path: Path) -> None:
    path = written(
        tmp_path, day=[f"{1 + n % 28}/{1 + n % 12}/2024" for n in range(ROWS)], ok=cycled(["no", "yes"]),
        code=cycled([1, 2, 3]), n=[n * 1.5 for n in range(ROWS)],
    )  # fmt: skip
    predictor = trained(path, [], tmp_path)
    assert isinstance(predictor.preprocessing, TablePreprocessing)
    kinds = [column.type for column in predictor.preprocessing.spec.columns]
    assert kinds == ["date_time", "boolean", "integer_category", "number", "number"]
    assert transformed(predictor, path).shape == (ROWS, 4 + 1 + 3 + 1)
    rows = tmp_path / "rows.csv"
    rows.write_text("ok,code,n,day\nYES,1,2,2/1/2024\n,4,,soon\nmaybe,1,2,2/1/2024\nno,2,0,\n")
    said = list(predictor.predict_paths([rows]))
    assert len(said) == 2
    assert any("'soon' is not a date such as 31/01/2024" in problem for problem in predictor.problems)
    assert any("'maybe' is not yes or no" in problem for problem in predictor.problems)
    plain = {"ok": "yes", "code": "1", "n": "2", "day": "2/1/2024"}
    assert predictor.predict_rows([plain])[0].values == pytest.approx(said[0].values, rel=1e-5)


def test_the_form_for_prediction_has_a_field_for_each_column() -> None:
    columns = (
        Column(name="ok", type="boolean", categories=("no", "yes")),
        Column(name="code", type="integer_category", categories=("1", "2")),
        Column(name="when", type="date_time", format="%d.%m.%Y"),
        Column(name="id", type="identifier", role="ignore"),
    )
    row = {"ok": "YES", "code": "2.0", "when": "31.1.2024", "id": "7"}
    form = form_of(columns, row)
    assert row_of(form, columns) == {"ok": "yes", "code": "2", "when": "31.1.2024"}
    help_lines = [field.type.__metadata__[0].description for field in msgspec.structs.fields(form)]  # type: ignore[attr-defined]
    assert "a date such as 31.01.2024" in help_lines[2]


def fits(preview: TablePreview, name: str) -> tuple[ColumnType, ...]:
    return next(note.fits for note in preview.columns if note.name == name)


def test_keys_go_through_the_types_that_fit(tmp_path: Path) -> None:
    path = written(tmp_path, bit=cycled([0, 1]), day=DAYS, size=[n / 7 for n in range(ROWS)], word=cycled("abc"))
    preview = table.inspect(path)
    assert fits(preview, "bit") == ("number", "integer_category", "boolean")
    assert fits(preview, "day") == ("category", "date_time")
    assert fits(preview, "size") == ("number", "category")
    assert fits(preview, "word") == ("category",)
    seen, spec = [], preview.spec
    for _ in range(3):
        spec = table.inspect(path, edited(spec, 0, "type", fits(preview, "bit"))).spec
        seen.append((spec.columns[0].type, spec.columns[0].categories))
    assert seen == [("number", ()), ("integer_category", ("0", "1")), ("boolean", ("0", "1"))]


def test_what_was_left_out_becomes_what_it_can_be_when_it_is_used(tmp_path: Path) -> None:
    path = written(tmp_path, nr=range(ROWS), name=[f"n{n}" for n in range(ROWS)], x=[n * 1.5 for n in range(ROWS)])
    preview = table.inspect(path)
    for place in (0, 1):
        preview = table.inspect(path, edited(preview.spec, place, "role"))
    assert [(column.type, column.role) for column in preview.spec.columns[:2]] == [
        ("number", "input"),
        ("category", "input"),
    ]
    assert preview.spec.columns[1].missing == "most_frequent"


def test_a_type_that_does_not_fit_says_how_much_of_it(tmp_path: Path) -> None:
    path = written(tmp_path, word=cycled("abc"))
    spec = table.inspect(path).spec
    dates = placed(spec, 0, msgspec.structs.replace(spec.columns[0], type="date_time"))
    note = table.inspect(path, dates).columns[0]
    assert note.missing == ROWS
    assert "60 cells cannot be read and count as missing" in note.reason


def test_types_are_kept_in_the_project_file(tmp_path: Path) -> None:
    path = written(tmp_path, day=DAYS, ok=cycled(["no", "yes"]))
    from asanai_tui.opening import open_path

    project = open_path(path).project
    projects.save(project, tmp_path / "project.toml")
    again = projects.load(tmp_path / "project.toml")
    assert again.data.columns == project.data.columns
    assert 'format = "%Y-%m-%d"' in (tmp_path / "project.toml").read_text()


def test_rows_are_put_in_order_by_dates_in_their_format(tmp_path: Path) -> None:
    days = [f"{1 + n % 28:02}.{12 - n // 28:02}.2024" for n in range(ROWS)]
    path = written(tmp_path, day=days, x=[n / 7 for n in range(ROWS)])
    spec = table.inspect(path).spec
    split = TableSplit(validation_split=0.2, method="order", column="day")
    found = dataset.load(msgspec.structs.replace(spec, split=split))
    last = sorted(range(ROWS), key=lambda n: days[n].split(".")[::-1])[-12:]
    assert found.validation.tolist() == sorted(last)


def test_the_folder_of_pictures_that_a_column_names_is_opened_in_its_place(tmp_path: Path) -> None:
    import cv2

    from asanai_tui.opening import open_path

    names = [f"shots/{n}.png" for n in range(ROWS)]
    (tmp_path / "shots").mkdir()
    for n, name in enumerate(names):
        cv2.imwrite(str(tmp_path / name), np.full((4, 4, 3), 4 * n, np.uint8))
    path = written(tmp_path, photo=names, kind=cycled(["dark", "bright"]))
    preview = table.inspect(path)
    assert preview.spec.columns[0].type == "picture_path"
    assert any(f"open the folder {tmp_path} in place of this table" in note for note in preview.notes)
    direct = open_path(path)
    assert isinstance(direct.project.data, Images)
    assert direct.preview.notes[0].startswith(f"{path.name} names pictures, so these are the inputs; left out: kind.")
    opened = open_path(tmp_path).project.data
    assert opened == direct.project.data
    assert (opened.table.file, opened.table.label, opened.table.kind) == ("photo", "y", "numbers")


def test_a_table_whose_pictures_are_not_there_stays_a_table(tmp_path: Path) -> None:
    from asanai_tui.data import sources

    path = written(tmp_path, photo=[f"shots/{n}.png" for n in range(ROWS)], kind=cycled(["dark", "bright"]))
    assert sources.guess(path) == table.inspect(path)
