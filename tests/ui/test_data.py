"""The data screen: what each column means is changed by keys, and the network follows."""

import os
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from asanai_tui.data.augmentation_spec import Augmentation
from asanai_tui.data.spec import Column, Images, Split, Table
from asanai_tui.network.layers.basic import Dense
from asanai_tui.tui.widgets.data_pane import ColumnRows, DataPane, class_line, split_line
from asanai_tui.tui.widgets.options_pane import OptionRows, OptionsPane
from asanai_tui.tui.widgets.rows import Rows
from asanai_tui.tui.widgets.sample_grid import SampleGrid
from tests.ui.driving import Desk, desk


def table(each: Desk) -> Table:
    assert isinstance(each.project.data, Table)
    return each.project.data


def column(each: Desk, name: str) -> Column:
    return next(column for column in table(each).columns if column.name == name)


async def select(each: Desk, name: str) -> None:
    place = next(place for place, column in enumerate(table(each).columns) if column.name == name)
    each.one(ColumnRows).select(str(place))
    await each.settle()


def last(each: Desk) -> Dense:
    layer = each.project.network[-1]
    assert isinstance(layer, Dense)
    return layer


async def test_every_column_with_its_reason_and_the_first_rows(samples: Path) -> None:
    async with desk(samples / "penguins", size=(160, 40)) as each:
        await each.press("2")
        assert each.focus == "ColumnRows"
        columns = each.text_of(each.one(ColumnRows))
        for name in ("species", "island", "bill_length_mm", "sex", "year"):
            assert name in columns
        sex = next(line for line in columns.splitlines() if line.startswith("sex"))
        assert "11" in sex
        assert "own category, one-hot 3" in sex
        rows = each.text_of(each.one(Rows, "#rows"))
        assert "Torgersen" in rows
        assert "·" in rows  # a gap
        assert "Adelie 152" in each.text


async def test_roles_and_the_shape_that_arrives(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("2")
        await select(each, "petal_width_cm")
        await each.press("r")
        assert column(each, "petal_width_cm").role == "ignore"
        assert each.project.input_shape == (3,)
        assert "x 3" in each.words_of(each.one(OptionsPane))
        await each.press("r")
        assert column(each, "petal_width_cm").role == "input"
        await each.press("a")
        assert column(each, "petal_width_cm").role == "target"
        await each.press("a")
        assert column(each, "petal_width_cm").role == "input"
        await each.press("u", "u", "u", "u")
        assert each.project.input_shape == (4,)
        assert column(each, "species").role == "target"


async def test_last_layer_loss_and_metric_follow_the_target(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        before = each.project
        await each.press("2")
        await select(each, "petal_width_cm")
        await each.press("a")
        assert column(each, "species").role == "input"  # a category is learned alone
        assert (last(each).units, last(each).activation) == (1, "linear")
        assert (each.project.training.loss, each.project.training.metrics[0]) == (
            "mean_squared_error",
            "mean_absolute_error",
        )
        assert each.project.problems() == []
        await select(each, "species")
        await each.press("a")
        assert (last(each).units, last(each).activation) == (3, "softmax")
        assert each.project.training.loss == "categorical_crossentropy"
        await each.press("u", "u")
        assert each.project == before
        await each.until_shown("setosa 50")


async def test_without_a_target_or_an_input_it_says_so(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("2")
        await select(each, "species")
        await each.press("r")
        assert column(each, "species").role == "ignore"
        assert "no column is a target" in each.words_of(each.one(OptionsPane))
        await each.press("t")
        assert "no column is a target" in each.said[-1]
        assert each.app.session is None


async def test_type_is_read_from_the_file(samples: Path) -> None:
    async with desk(samples / "penguins") as each:
        await each.press("2")
        await select(each, "body_mass_g")
        await each.press("y")
        await each.until(lambda: column(each, "body_mass_g").type == "integer_category")
        assert "3750" in column(each, "body_mass_g").categories
        await each.press("y")
        await each.until(lambda: column(each, "body_mass_g").type == "number")
        assert column(each, "body_mass_g").categories == ()
        await each.press("u")
        assert column(each, "body_mass_g").type == "integer_category"


async def test_categories_of_an_ignored_column_are_read_when_it_is_used(samples: Path) -> None:
    async with desk(samples / "penguins") as each:
        await each.press("2")
        await select(each, "year")
        await each.press("y")
        await each.until(lambda: column(each, "year").type == "integer_category")
        await each.press("a")
        await each.until(lambda: column(each, "year").role == "target")
        assert column(each, "year").categories == ("2007", "2008", "2009")
        await each.press("a")
        assert column(each, "year").role == "input"


async def test_edit_while_the_type_is_read_is_not_lost(samples: Path) -> None:
    async with desk(samples / "penguins") as each:
        await each.press("2")
        place = [column.name for column in table(each).columns].index("year")
        each.app.editor.column("type", place)
        each.app.editor.column("role", place - 1)  # at once: the thread that reads cannot have answered
        await each.until(lambda: column(each, "year").type == "integer_category")
        assert column(each, "sex").role == "ignore"
        await each.press("u")
        assert column(each, "year").type == "number"
        assert column(each, "sex").role == "ignore"


async def test_gaps_and_scaling(samples: Path) -> None:
    async with desk(samples / "penguins") as each:
        await each.press("2")
        await select(each, "bill_length_mm")
        await each.press("m")
        assert column(each, "bill_length_mm").missing == "mean"
        await each.press("m", "c")
        assert column(each, "bill_length_mm") == Column(name="bill_length_mm", missing="drop_row", scaling="min_max")
        await select(each, "sex")
        await each.press("c", "m")
        assert column(each, "sex").missing == "most_frequent"
        assert each.project.input_shape == (10,)  # no column of its own for the gaps
        assert each.said == []


async def test_header_is_read_anew(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        before = each.project
        await each.press("2")
        await each.press("tab", "tab")
        assert each.focus == "OptionRows"
        each.one(OptionRows).select("header")
        await each.settle()
        await each.press("space")
        await each.until(lambda: not table(each).header)
        assert [each.name for each in table(each).columns] == [f"column_{number}" for number in range(1, 6)]
        assert column(each, "column_5").role == "target"  # decided as of a new file
        assert not table(each).problem
        await each.press("u")
        assert each.project == before
        await each.until(lambda: each.app.preview.columns[0].name == "sepal_length_cm")


async def test_split_is_typed(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("2", "tab", "tab")
        each.one(OptionRows).select("split.validation_split")
        await each.settle()
        await each.press("enter")
        await each.write("0.5")
        await each.press("enter")
        assert table(each).split.validation_split == 0.5
        assert "75 train (50%) · 75 validation (50%)" in each.text
        await each.press("enter")
        await each.write("1")
        assert "below 1" in each.words_of(each.one(OptionsPane))
        assert table(each).split.validation_split == 0.5


async def test_pictures_have_size_and_colour(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("2")
        assert "▀" in each.text
        await each.press("tab", "down", "enter")
        assert each.focus == "LineInput#value"
        await each.write("12")
        await each.press("enter")
        assert isinstance(each.project.data, Images)
        assert each.project.input_shape in ((8, 12, 1), (12, 8, 1))
        await each.press("1")
        assert "12" in each.text.splitlines()[3]


async def test_keys_of_columns_work_on_the_workbench_too(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("tab", "tab")
        assert each.focus == "ColumnRows"
        await each.press("c")
        assert column(each, "sepal_length_cm").scaling == "min_max"
        await each.press("u")
        assert column(each, "sepal_length_cm").scaling == "standardise"


async def test_project_whose_data_is_gone_still_opens(samples: Path, tmp_path: Path) -> None:
    text = (samples / "iris" / "project.toml").read_text().replace("iris.csv", "gone.csv")
    (tmp_path / "project.toml").write_text(text)
    async with desk(tmp_path) as each:
        assert "gone.csv" in each.app.preview_problem
        await each.press("2")
        assert "no such file" in each.words_of(each.one(DataPane))
        await each.press("t")
        await each.until_ended()
        assert each.app.snapshot.state == "failed"
        assert "gone.csv" in each.said[-1]


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ([("a", 3), ("b", 4)], "a 3 · b 4"),
        ([("a", 10), ("b", 40)], "a 10 · b 40  ⚠ differ 4.0 to 1"),
        ([(str(number), 50) for number in range(5)], "5, 50 each"),
        ([(str(number), 100 + number) for number in range(5)], "5, of 100 to 104 each"),
        ([("a", 0), ("b", 4)], "a 0 · b 4"),
    ],
)
def test_class_line(counts: list[tuple[str, int]], line: str) -> None:
    assert class_line(counts) == line


def test_split_line() -> None:
    assert split_line(Split().counts(1797)) == "1,438 train (80%) · 359 validation (20%)"
    assert split_line((4, 0, 0)) == "4 train (100%)"
    assert split_line(Split(test_split=0.1).counts(100)) == "70 train (70%) · 20 validation (20%) · 10 test (10%)"


async def test_pictures_are_augmented_by_options_of_the_data(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("2", "tab")
        rows = each.one(OptionRows)
        rows.select("augmentation.rotate")
        await each.press("enter")
        await each.write("15")
        await each.press("enter")
        assert isinstance(each.project.data, Images)
        assert each.project.data.augmentation == Augmentation(rotate=15)
        await each.press("u")
        assert not each.project.data.augmentation.on


async def test_a_key_divides_by_groups_then_in_order_then_at_random(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    rows = [f"p{n % 10},{n},{n % 7},{'ab'[n % 2]}" for n in range(100)]
    path.write_text("\n".join(["patient,x,time,kind", *rows]) + "\n")
    async with desk(path) as each:
        await each.press("2")
        await select(each, "patient")
        await each.press("b")
        assert (table(each).split.method, table(each).split.column) == ("group", "patient")
        assert column(each, "patient").role == "ignore"
        await each.until_shown("80 train (80%) · 20 validation (20%) by 10 groups of patient")
        await each.until(lambda: "stay in one part" in each.words_of(each.one(OptionsPane)))
        await select(each, "time")
        await each.press("b", "b")
        assert (table(each).split.method, table(each).split.column) == ("order", "time")
        assert column(each, "time").role == "ignore"
        await each.until_shown("in the order of time")
        await each.press("b")
        assert (table(each).split.method, table(each).split.column) == ("random", "")
        await each.press("u", "u", "u", "u")
        assert column(each, "patient").role == "input"


async def test_too_few_groups_are_told(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    path.write_text("patient,x,y\n" + "".join(f"p,{n},{n * n}\n" for n in range(40)))
    async with desk(path) as each:
        await each.press("2")
        await select(each, "patient")
        await each.press("b")
        await each.until_shown("Only 1 group for 2 parts")
        assert table(each).split.by == "patient"


async def test_quotes_are_changed_in_the_form_and_the_file_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,t,y\n" + "".join(f"{n},'{'ab'[n % 2]}',{n * n}\n" for n in range(40)))
    async with desk(path) as each:
        assert table(each).quote == "'"
        each.app.editor.data(msgspec.structs.replace(table(each), quote='"'), 'quote "')
        await each.until(lambda: column(each, "t").categories == ("'a'", "'b'"))
        await each.press("u")
        assert column(each, "t").categories == ("a", "b")


async def test_thousands_are_an_option_that_reads_the_file_anew(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("x,y\n" + "".join(f'"{n * 1000:,}",{n}.5\n' for n in range(40)))
    async with desk(path) as each:
        assert table(each).thousands == "comma"
        await each.press("2", "tab", "tab", "x")
        each.one(OptionRows).select("thousands")
        await each.press("left")
        await each.until(lambda: table(each).thousands == "none")
        assert " 39 " in each.text_of(each.one(ColumnRows)).splitlines()[1]  # all but 0 are no numbers now
        await each.press("u", "x")
        assert table(each).thousands == "comma"


async def test_what_follows_the_data_can_be_switched_off(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("2", "tab", "tab")
        each.one(OptionRows).select("adjust.loss")
        await each.press("space")
        await each.press("shift+tab", "shift+tab")
        await select(each, "petal_width_cm")
        await each.press("a")
        assert (last(each).units, last(each).activation) == (1, "linear")
        assert each.project.training.loss == "categorical_crossentropy"
        await each.press("u")
        assert last(each).units == 3


async def test_whether_a_target_is_0_or_1_follows_the_column(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("z,x,bit,y\n" + "".join(f"{n % 7}.5,{n * 1.5},{n % 2},{n}.25\n" for n in range(60)))
    async with desk(path) as each:
        assert each.project.training.loss == "mean_squared_error"
        await each.press("2")
        await select(each, "y")
        await each.press("r")
        await select(each, "bit")
        await each.press("a")
        assert each.project.training.loss == "binary_crossentropy"
        await select(each, "x")
        await each.press("a")
        assert each.project.training.loss == "mean_squared_error"
        assert last(each).activation == "linear"


async def test_how_uneven_zeros_and_ones_are_follows_the_target(tmp_path: Path) -> None:
    path = tmp_path / "rare.csv"
    path.write_text("a,b,y\n" + "".join(f"{int(n % 4 == 0)},{n / 7},{int(n % 20 == 0)}\n" for n in range(200)))
    async with desk(path) as each:
        await each.press("2")
        assert "classes 0 190 · 1 10 ⚠ differ 19.0 to 1" in each.words_of(each.one(DataPane))
        await select(each, "a")
        await each.press("a")
        await select(each, "y")
        await each.press("a")
        assert "classes 0 150 · 1 50 ⚠ differ 3.0 to 1" in each.words_of(each.one(DataPane))


async def test_separator_and_encoding_are_typed(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("größe~b~y\n" + "".join(f"{n},5~{n % 7},2~{n % 3},1\n" for n in range(60)), "latin-1")
    async with desk(path) as each:
        assert table(each).separator == "," and not table(each).header
        await each.press("2", "tab", "tab", "x")
        each.one(OptionRows).select("separator")
        await each.settle()
        await each.press("enter")
        await each.write("~~")
        assert "text of 1 character" in each.words_of(each.one(OptionsPane))
        await each.press("escape", "enter")
        await each.write("~")
        await each.press("enter")
        await each.until(lambda: table(each).separator == "~")
        assert table(each).header and table(each).decimal == ","
        assert [each.type for each in table(each).columns] == ["number"] * 3
        await each.press("enter")
        await each.write("tab")
        await each.press("enter")
        await each.until(lambda: each.said != [])
        assert "only one column" in each.said[-1]
        assert table(each).separator == "~"
        each.one(OptionRows).select("encoding")
        await each.settle()
        await each.press("enter")
        await each.write("cp1250")
        await each.press("enter")
        await each.until(lambda: table(each).encoding == "cp1250")
        assert len(each.said) == 1  # nothing on "c" and "cp", which are no encodings
        await each.press("u", "u")
        assert table(each).separator == ","


async def test_long_texts_use_the_room_and_most_columns_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    texts = (f"{'ham' if n % 2 else 'spam'},you can read all of this message number {n}" for n in range(40))
    path.write_text("kind,message\n" + "\n".join(texts))
    async with desk(path, size=(80, 24)) as each:
        await each.press("2")
        assert "you can read all of this message number 0" in each.text
        assert each.one(DataPane).size.height > 1.8 * each.app.screen.query_one("#rows").size.height


async def test_rows_without_a_number_to_learn_are_in_no_part(tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text("a,b,y\n" + "".join(f"{n * n},{n / 7},{n / 3 if n % 4 else ''}\n" for n in range(200)))
    async with desk(path) as each:
        await each.press("2")
        assert "120 train (80%) · 30 validation (20%)" in each.text


async def test_pictures_are_looked_at_larger_up_to_all_their_pixels(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    for name in ("a", "b"):
        for number in range(20):
            (tmp_path / "large" / name).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(tmp_path / "large" / name / f"{number}.png"), pixels)
    async with desk(tmp_path / "large", size=(140, 60)) as each:
        await each.press("2")
        grid = each.one(SampleGrid)
        await each.until(lambda: grid.pictures)
        widths = [grid._box(*grid.size)[0]]
        for _ in range(4):
            await each.press("z")
            widths.append(grid._box(*grid.size)[0])
        assert widths[1:4] == [16, 32, 64]
        assert widths[4] == widths[0] < 16
        assert [label for label, _ in grid.pictures[:4]] == ["a", "b", "a", "b"]
        await each.press("z", "down")
        assert [label for label, _ in grid.pictures[:4]] == ["b"] * 4


async def test_all_files_that_were_set_aside_are_listed(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "some" / name).mkdir(parents=True)
        for number in range(4):
            cv2.imwrite(str(tmp_path / "some" / name / f"{number}.png"), np.zeros((8, 8), np.uint8))
    for number in range(5):
        (tmp_path / "some" / "b" / f"torn{number}.png").write_text("no picture")
    os.mkfifo(tmp_path / "some" / "b" / "pipe.png")
    async with desk(tmp_path / "some") as each:
        await each.press("2")
        await each.until_shown("6 set aside (m lists them), the first:")
        assert "torn4.png" not in each.text
        await each.press("m")
        await each.until_shown("b/torn4.png")
        assert "b/pipe.png   a pipe or a device, not a file" in each.text
        await each.press("enter")
        assert each.screen == "DataScreen"
