"""All options of a column as a form: from the list with enter, checked as they are typed, each edit undone by a key."""

from pathlib import Path

from asanai_tui.data.spec import Column, Table
from asanai_tui.tui.widgets.options_pane import OptionRows, OptionsPane
from tests.ui.driving import Desk, desk
from tests.ui.test_data import column, select


async def open_form(each: Desk, name: str) -> None:
    """The form of a column, on the screen that is there."""
    await select(each, name)
    await each.press("enter")
    assert each.focus == "OptionRows"


async def choose(each: Desk, option: str) -> None:
    each.one(OptionRows).select(option)
    await each.settle()


def form(each: Desk) -> str:
    return each.words_of(each.one(OptionsPane))


async def test_enter_opens_all_options_with_the_reason(samples: Path) -> None:
    async with desk(samples / "penguins") as each:
        await each.press("2")
        await open_form(each, "bill_length_mm")
        assert "Options · bill_length_mm" in form(each)
        for name in ("type", "role", "missing", "scaling"):
            assert name in form(each)
        assert "divisor" not in form(each)  # it divides nothing
        assert "2 gaps filled with the median" in form(each)
        await each.press("escape")
        assert each.focus == "ColumnRows"
        assert "Options · data" in form(each)


async def test_a_constant_and_a_divisor_are_typed_and_checked(samples: Path) -> None:
    async with desk(samples / "penguins") as each:
        await each.press("2")
        await open_form(each, "body_mass_g")
        before = column(each, "body_mass_g")
        await choose(each, "missing")
        await each.press("right", "right", "right", "right")
        assert column(each, "body_mass_g").missing == "indicator"
        await choose(each, "constant")
        await each.press("enter")
        await each.write("-1.5")
        await each.press("enter")
        assert column(each, "body_mass_g").constant == -1.5
        assert each.project.input_shape == (12,)
        await choose(each, "scaling")
        await each.press("right", "right")
        await choose(each, "divisor")
        await each.press("enter")
        await each.write("0")
        assert "divisor: expected a number, above 0" in form(each)
        await each.write(".5")
        await each.press("enter")
        assert column(each, "body_mass_g").divisor == 0.5
        await each.press("u", "u")
        assert column(each, "body_mass_g").scaling == "standardise"
        await each.press("u", "u")
        assert column(each, "body_mass_g") == before


async def test_a_type_is_chosen_from_the_list_and_read_from_the_file(samples: Path) -> None:
    async with desk(samples / "penguins") as each:
        await each.press("2")
        await open_form(each, "body_mass_g")
        await choose(each, "type")
        await each.press("right")
        await each.until(lambda: column(each, "body_mass_g").type == "integer_category")
        assert "3750" in column(each, "body_mass_g").categories
        assert "scaling" not in form(each)
        await choose(each, "missing")
        await each.press("left")
        assert column(each, "body_mass_g").missing == "own_category"
        await each.press("u", "u")
        assert column(each, "body_mass_g") == Column(name="body_mass_g")


async def test_a_target_in_the_form_is_the_only_category_to_be_learned(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("2")
        await open_form(each, "petal_width_cm")
        await choose(each, "role")
        await each.press("right")
        assert isinstance(each.project.data, Table)
        assert [target.name for target in each.project.data.with_role("target")] == ["petal_width_cm"]
        assert column(each, "species").role == "input"
        assert "missing" not in form(each)  # without a target a row is left out


async def test_the_form_stands_on_the_workbench_too(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("tab", "tab")
        assert each.focus == "ColumnRows"
        await open_form(each, "sepal_width_cm")
        await choose(each, "scaling")
        await each.press("right")
        assert column(each, "sepal_width_cm").scaling == "min_max"
        await each.press("escape")
        assert each.focus == "ColumnRows"


async def test_the_first_rows_are_a_key_away(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("2", "v")
        assert each.focus == "Rows#rows"


async def test_names_of_columns_are_no_markup(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("[bold]x[/],y\n" + "".join(f"{n},{n}.5\n" for n in range(40)))
    async with desk(path) as each:
        await each.press("2")
        await open_form(each, "[bold]x[/]")
        assert "Options · [bold]x[/]" in form(each)
