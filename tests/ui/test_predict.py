"""The predict screen: examples of the data, values typed by hand, files."""

import re
from pathlib import Path

import msgspec
import pytest
from textual import events

from asanai_tui import project as projects
from asanai_tui.runs.session import TrainingSession
from asanai_tui.tui.input_form import form_of, row_of
from asanai_tui.tui.widgets.answers import bar_of
from asanai_tui.tui.widgets.options_pane import OptionRows, OptionsPane
from asanai_tui.tui.widgets.path_input import PathInput
from asanai_tui.tui.widgets.rows import Rows
from tests.ui.driving import Desk, desk


@pytest.fixture(scope="module")
def models(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A model of each kind, trained a little."""
    runs = tmp_path_factory.mktemp("runs")
    found = {}
    for name, epochs in (("iris", 60), ("digits", 2), ("xor", 5)):
        project = projects.load(samples / name / "project.toml")
        training = msgspec.structs.replace(project.training, epochs=epochs)
        session = TrainingSession(msgspec.structs.replace(project, training=training), runs)
        session.start()
        assert session.join(60)
        assert session.model_path is not None, session.recorder.snapshot().message
        found[name] = session.model_path
    return found


def answer(each: Desk) -> str:
    return each.words_of(each.one(Rows, "#answer"))


async def enter_path(each: Desk, path: Path | str) -> None:
    await each.press("enter")
    assert each.focus == "PathInput"
    each.one(PathInput).value = str(path)
    await each.press("enter")


async def test_without_a_model_it_says_what_to_do(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("4")
        assert "No trained network yet: t trains this one" in answer(each)
        await each.press("n", "b")
        assert not each.one(OptionsPane).display
        await each.press("enter", "1", "escape", "1")  # in the line for the path a digit is a digit
        assert each.screen == "WorkbenchScreen"


async def test_a_key_that_follows_at_once_is_a_key(samples: Path) -> None:
    async with desk(samples / "xor") as each:
        for key in "4t":  # as one who knows the way types them: without a wait
            each.app.post_message(events.Key(key, key))
        await each.until(lambda: each.app.desk.session is not None)
        assert not each.one(PathInput).value


async def test_without_a_model_of_pictures_it_asks_for_pictures(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("4")
        assert each.one(PathInput).placeholder == "a picture, a folder or an .npy array"
        assert "No trained network yet: t trains this one; its answers stand here then." in each.text


async def test_a_path_is_gone_when_something_else_is_asked(models: dict[str, Path], samples: Path) -> None:
    async with desk(models["digits"]) as each:
        await each.until(lambda: "example 1 of" in answer(each))
        await enter_path(each, samples / "digits" / "7")
        await each.until(lambda: "example 1 of" not in answer(each))
        assert each.one(PathInput).value
        await each.press("n")
        await each.until(lambda: "example 2 of" in answer(each))
        assert not each.one(PathInput).value


async def test_a_training_that_ends_is_asked_at_once(samples: Path, tmp_path: Path) -> None:
    project = projects.load(samples / "iris" / "project.toml")
    training = msgspec.structs.replace(project.training, epochs=3)
    projects.save(msgspec.structs.replace(project, training=training), tmp_path / "project.toml")
    async with desk(tmp_path) as each:
        await each.press("4", "t")
        await each.until(lambda: "the data says" in answer(each))
        assert "example 1 of 60; the data says setosa" in answer(each)
        assert "model.safetensors · epoch" in each.text


async def test_examples_and_their_truth(models: dict[str, Path]) -> None:
    async with desk(models["iris"]) as each:
        assert each.screen == "PredictScreen"
        await each.until(lambda: "setosa" in answer(each) and "%" in answer(each))
        assert "example 1 of 60; the data says setosa" in answer(each)
        lines = each.text_of(each.one(Rows, "#answer")).splitlines()
        best = next(line for line in lines if "✓" in line)
        assert "setosa" in best
        assert "█" in best
        await each.press("b")
        await each.until(lambda: "example 60 of 60; the data says virginica" in answer(each))
        await each.press("n")
        await each.until(lambda: "example 1 of 60" in answer(each))


async def test_another_value_gives_another_answer(models: dict[str, Path]) -> None:
    async with desk(models["iris"]) as each:
        await each.until(lambda: "the data says" in answer(each))
        await each.press("tab")
        assert each.focus == "OptionRows"
        each.one(OptionRows).select("c2")
        await each.press("enter")
        await each.write("6.5")
        await each.press("enter", "down", "enter")
        await each.write("2.3")
        await each.press("enter")
        await each.until(lambda: "virginica" in answer(each).partition("✓")[0].split("setosa")[0])
        assert "the data says" not in answer(each)  # the truth is not known of what is typed
        await each.press("enter")
        await each.write("wide")
        assert "expected a number" in each.words_of(each.one(OptionsPane))
        await each.press("escape", "escape")
        assert each.focus == "AnswerPane#answer"


async def test_a_value_may_be_missing(models: dict[str, Path]) -> None:
    async with desk(models["iris"]) as each:
        await each.until(lambda: "the data says" in answer(each))
        await each.press("tab", "enter")
        await each.write("none")
        await each.press("enter")
        await each.until(lambda: "the data says" not in answer(each))
        assert "%" in answer(each)


async def test_a_file_gives_a_line_for_each_row(models: dict[str, Path], samples: Path) -> None:
    async with desk(models["iris"]) as each:
        await each.until(lambda: "the data says" in answer(each))
        await enter_path(each, samples / "iris" / "iris.csv")
        assert each.focus == "AnswerPane#answer"
        await each.until(lambda: "iris.csv:1" in answer(each))
        await each.press("end")
        assert "iris.csv:150" in answer(each)
        assert "virginica" in answer(each)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing.csv", "no such file or folder"),
        ("~nobody-of-that-name/x.csv", "cannot be opened"),
        ("x" * 3000, "cannot be opened"),
        ("other.csv", "is missing"),
        ("picture.png", "takes rows of a table, not pictures"),
    ],
)
async def test_wrong_files_are_sentences(models: dict[str, Path], tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "picture.png").write_bytes(b"PNG")
    async with desk(models["iris"]) as each:
        await each.until(lambda: "the data says" in answer(each))
        await enter_path(each, name if name[0] in "~x" else tmp_path / name)
        await each.until(lambda: said in answer(each))
        assert "Traceback" not in each.text


async def test_rows_that_cannot_be_used_are_said_and_the_others_answered(
    models: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "some.csv"
    names = "sepal_length_cm,sepal_width_cm,petal_length_cm,petal_width_cm"
    path.write_text(f"{names}\n5.1,3.5,1.4,0.2\n5.1,wide,1.4,0.2\n5.1,,1.4,0.2\n")
    async with desk(models["iris"]) as each:
        await each.until(lambda: "the data says" in answer(each))
        await enter_path(each, path)
        await each.until(lambda: "'wide' is not a number" in answer(each))
        assert "some.csv:1" in answer(each)
        assert "some.csv:3" in answer(each)


async def test_pictures(models: dict[str, Path], samples: Path) -> None:
    async with desk(models["digits"]) as each:
        await each.until(lambda: "the data says 0" in answer(each))
        assert "▀" in each.text
        assert not each.one(OptionsPane).display
        await enter_path(each, samples / "digits" / "3")
        await each.until(lambda: "0003.png" in answer(each))
        await enter_path(each, samples / "digits" / "3" / "0003.png")
        await each.until(lambda: "%" in answer(each))


async def test_numbers_have_no_percent(tmp_path: Path) -> None:
    (tmp_path / "line.csv").write_text("x,y\n" + "".join(f"{x},{2.5 * x}\n" for x in range(30)))
    async with desk(tmp_path / "line.csv") as each:
        await each.press("4", "t")
        await each.until(lambda: "the data says" in answer(each))
        assert "%" not in answer(each)


async def test_yes_or_no_is_a_probability_and_what_it_makes(models: dict[str, Path]) -> None:
    async with desk(models["xor"]) as each:
        await each.until(lambda: "example 1 of 4; the data says 0" in answer(each))
        words = answer(each)
        share, said = re.search(r"([\d.]+)% ([01]) (?:✓ right|✕ wrong)", words).groups()
        assert (float(share) > 50) == (said == "1") == ("✕ wrong" in words)


async def test_model_of_another_document_is_forgotten(models: dict[str, Path], samples: Path) -> None:
    async with desk(models["xor"]) as each:
        await each.until(lambda: "the data says" in answer(each))
        await each.press("o")
        each.app.opener.open(samples / "iris")
        await each.until(lambda: each.screen == "WorkbenchScreen")
        await each.press("4", "n")
        assert "No trained network yet" in answer(each)
        assert each.one(Rows, "#answer").border_title == "Answer"


async def test_model_file_that_is_gone_is_said(models: dict[str, Path], samples: Path, tmp_path: Path) -> None:
    path = tmp_path / "[b].safetensors"
    path.write_bytes(models["iris"].read_bytes())
    async with desk(path) as each:
        await each.until(lambda: "the data says" in answer(each))
        assert "[b].safetensors" in each.text
        await each.press("1")
        path.unlink()
        await each.press("4")
        await each.until(lambda: "no such file" in answer(each))


def test_form_goes_from_text_and_back(samples: Path) -> None:
    data = projects.load(samples / "penguins" / "project.toml").data
    columns = data.columns
    row = {"island": "Biscoe", "bill_length_mm": "39.5", "bill_depth_mm": "", "flipper_length_mm": "x", "sex": "?"}
    form = form_of(columns, row)
    assert row_of(form, columns) == {
        "island": "Biscoe", "bill_length_mm": "39.5", "bill_depth_mm": "", "flipper_length_mm": "",
        "body_mass_g": "", "sex": "",
    }  # fmt: skip


def test_categories_of_any_name_can_be_chosen() -> None:
    from asanai_tui.data.spec import Column
    from asanai_tui.options import fields_of
    from asanai_tui.values import parsed

    column = Column(name="[/]", type="category", categories=(" a", "none", "\x1b[2J", "a"))
    form = form_of([column], {"[/]": "none"})
    (field,) = fields_of(form)
    assert row_of(form, [column]) == {"[/]": "none"}
    assert [parsed(field.option, each) for each in column.categories] == list(column.categories)


@pytest.mark.parametrize(
    ("share", "bar"), [(0.0, ""), (0.5, "██"), (1.0, "████"), (0.53, "██▏"), (0.99, "████"), (2.0, "████"), (-1.0, "")]
)
def test_bar(share: float, bar: str) -> None:
    assert bar_of(share, 4) == bar


async def test_a_training_is_asked_while_it_runs(samples: Path, tmp_path: Path) -> None:
    project = projects.load(samples / "iris" / "project.toml")
    training = msgspec.structs.replace(project.training, epochs=100_000)
    projects.save(msgspec.structs.replace(project, training=training), tmp_path / "project.toml")
    async with desk(tmp_path) as each:
        await each.press("4", "t")
        await each.until(lambda: "the data says" in answer(each))
        assert each.app.desk.alive
        assert "No trained network yet" not in answer(each)
