"""The workbench by keyboard: layers come, go and move, and every edit can be taken back exactly."""

from pathlib import Path

import pytest

from asanai_tui.network.layers.basic import Dense
from asanai_tui.tui.screens.pick import PickRows
from asanai_tui.tui.widgets.key_bar import KeyBar
from asanai_tui.tui.widgets.layer_list import LayerList
from asanai_tui.tui.widgets.options_pane import OptionsPane
from asanai_tui.tui.widgets.title_bar import TitleBar
from tests.ui.driving import Desk, desk


def selected(each: Desk) -> int:
    (index,) = each.one(LayerList).selected
    return index


async def test_opens_on_the_first_layer_with_everything_in_view(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        assert each.focus == "LayerList"
        assert selected(each) == 0
        for text in ("iris (sample)", "150 rows", "403 parameters", "sepal_length_cm", "Options · 1 dense", "t trains"):
            assert text in each.text
        assert "●" not in each.text.splitlines()[0]


async def test_add_by_part_of_the_name(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("a")
        assert each.screen == "PickScreen"
        assert "Add below 1 dense · 16 arrives" in each.text
        await each.write("batch")
        assert "16 → 16" in each.text_of(each.one(PickRows))
        await each.press("enter")
        assert each.layers == ["dense", "batch_normalization", "dense", "dense"]
        assert selected(each) == 1
        assert each.focus == "LayerList"
        assert "467 parameters" in each.text
        assert each.text.splitlines()[0].count("●") == 1


async def test_insert_above(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("i")
        assert "Add as the first layer · 4 arrives" in each.text
        await each.write("dropout")
        await each.press("enter")
        assert each.layers == ["dropout", "dense", "dense", "dense"]
        assert selected(each) == 0


async def test_what_does_not_fit_is_last_with_its_reason_and_cannot_be_chosen(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("a")
        before = each.project
        await each.write("conv2d")
        rows = each.text_of(each.one(PickRows))
        assert "✕ conv2d" in rows
        assert "an image (3 dimensions)" in rows
        await each.press("enter")
        assert each.screen == "PickScreen"
        assert each.project is before
        await each.press("escape")
        assert each.screen == "WorkbenchScreen"
        assert each.project is before
        await each.press("a")
        listed = each.text_of(each.one(PickRows))
        assert 0 < listed.find("dense") < (listed.find("✕") % 10_000)


async def test_search_finds_by_explanation_and_nothing_is_said(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("a")
        await each.write("overfitting")
        assert "dropout" in each.text_of(each.one(PickRows))
        await each.press("ctrl+u")
        await each.write("zzz")
        await each.press("enter")
        assert each.screen == "PickScreen"
        await each.press("escape")
        assert each.layers == ["dense"] * 3


async def test_duplicate_move_and_delete_by_keys(samples: Path) -> None:
    async with desk(samples / "penguins") as each:
        assert each.layers == ["dense", "dropout", "dense", "dense"]
        await each.press("down", "D")
        assert each.layers == ["dense", "dropout", "dropout", "dense", "dense"]
        assert selected(each) == 2
        await each.press("J")
        assert each.layers == ["dense", "dropout", "dense", "dropout", "dense"]
        assert selected(each) == 3
        await each.press("shift+up", "K")
        assert each.layers == ["dense", "dropout", "dropout", "dense", "dense"]
        assert selected(each) == 1
        await each.press("d")
        assert each.layers == ["dense", "dropout", "dense", "dense"]
        assert selected(each) == 1
        await each.press("end", "delete")
        assert each.layers == ["dense", "dropout", "dense"]
        assert selected(each) == 2
        await each.press("J")
        await each.press("g", "K")
        assert each.layers == ["dense", "dropout", "dense"]


async def test_undo_and_redo_bring_back_exactly(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        states = [each.project]
        for keys in (("D",), ("d",), ("i", *"drop", "enter"), ("J",)):
            await each.press(*keys)
            states.append(each.project)
        for before in states[-2::-1]:
            await each.press("u")
            assert each.project == before
        assert each.said[-1] == "Undone: duplicate dense."
        await each.press("u")
        assert each.said[-1] == "There is nothing to undo."
        await each.press(*"UUUUU")
        assert each.said[-1] == "There is nothing to redo."
        await each.press(*"uuuu")
        assert "●" not in each.text.splitlines()[0]
        for after in states[1:3]:
            await each.press("U")
            assert each.project == after
        await each.press("ctrl+r", "ctrl+r")
        assert each.project == states[-1]
        assert each.said[-1] == "Again: move dropout."


async def test_the_only_layer_stays(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("d", "d", "d")
        assert each.layers == ["dense"]
        assert each.said[-1].startswith("A stack needs a layer")


async def test_a_problem_is_marked_where_it_is_and_training_does_not_start(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("down", "down", "J")  # the second convolution below the flatten
        assert each.layers[2:4] == ["flatten", "conv2d"]
        problem = each.project.problems()[0]
        assert problem.startswith("Layer 4 (conv2d): needs an image (3 dimensions), 256 arrives")
        lines = each.text_of(each.one(LayerList)).splitlines()
        marked = next(place for place, line in enumerate(lines) if "✕" in line)
        assert lines[marked].split()[1:4] == ["✕", "4", "conv2d"]
        assert "needs an image" in lines[marked + 1]
        assert "✕ 256 arrives; needs an image" in each.text_of(each.one(OptionsPane))
        await each.press("down")
        assert "waits for the layer above that has a problem" in each.words_of(each.one(OptionsPane))
        await each.press("t")
        assert each.app.session is None
        assert each.said[-1] == problem
        await each.press("u")
        assert each.project.problems() == []
        assert "✕" not in each.text


async def test_an_end_that_does_not_fit_the_data_is_said(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("end", "d")
        said = "The last layer gives 64, but 10 classes need 10."
        assert f"✕ {said}" in each.words_of(each.one(LayerList))
        await each.press("t")
        assert each.said[-1] == said
        assert each.app.session is None


async def test_suggest_replaces_all_layers_in_one_step(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        before = each.project
        await each.press("d", "d", "f")
        assert len(each.layers) > 1
        assert each.project.problems() == []
        assert each.project.network[-1] == Dense(units=3, activation="softmax")
        await each.press("u", "u", "u")
        assert each.project == before


async def test_tab_goes_round_the_panes_and_enter_and_escape_between_layer_and_options(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        stops = []
        for _ in range(4):
            await each.press("tab")
            stops.append(each.focus)
        assert stops == ["OptionRows", "ColumnRows", "TrainingPane", "LayerList"]
        await each.press("shift+tab")
        assert each.focus == "TrainingPane"
        assert each.one(OptionsPane).border_title == "Options · training"
        await each.press("tab", "down", "enter")
        assert each.focus == "OptionRows"
        assert each.one(OptionsPane).border_title == "Options · 2 dense"
        await each.press("escape")
        assert each.focus == "LayerList"


@pytest.mark.parametrize("key", ["1", "2", "3", "4"])
async def test_numbers_lead_to_the_screens(samples: Path, key: str) -> None:
    names = {"1": "WorkbenchScreen", "2": "DataScreen", "3": "TrainingScreen", "4": "PredictScreen"}
    async with desk(samples / "iris") as each:
        await each.press(key)
        assert each.screen == names[key]
        assert each.focus
        await each.press("1")
        assert each.screen == "WorkbenchScreen"
        assert each.focus == "LayerList"


async def test_everything_by_mouse(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        options = each.one(OptionsPane)
        await each.pilot.click(LayerList, offset=(8, 4))
        await each.settle()
        assert selected(each) == 1
        assert options.border_title == "Options · 2 dense"
        await each.pilot.click(LayerList, offset=(8, 4))
        await each.settle()
        assert each.focus == "OptionRows"
        line = next(y for y, text in enumerate(each.text_of(options).splitlines()) if "use_bias" in text)
        for _ in range(2):
            await each.pilot.click(OptionsPane, offset=(6, line))
            await each.settle()
        assert not each.project.network[1].use_bias


async def test_tabs_and_keys_are_clicked(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        tabs = each.text.splitlines()[1]
        await each.pilot.click(TitleBar, offset=(tabs.index("Data"), 1))
        assert each.screen == "DataScreen"
        await each.pilot.click(TitleBar, offset=(tabs.index("Workbench"), 1))
        assert each.screen == "WorkbenchScreen"
        await each.pilot.click(TitleBar, offset=(tabs.index("Workbench"), 0))  # the line above the tabs
        assert each.screen == "WorkbenchScreen"
        await each.pilot.click(KeyBar, offset=(each.text.splitlines()[-1].index("delete"), 0))
        await each.settle()
        assert each.layers == ["dense"] * 2


async def test_the_add_list_stands_in_groups_until_something_is_searched_for(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("a")
        lines = [line.strip(" │╭╮╰╯─") for line in each.text_of(each.one(PickRows)).splitlines()]
        assert lines[0] == "basic"
        assert lines[1].startswith("dense")
        await each.write("dense")
        assert "basic" not in each.text_of(each.one(PickRows)).split()


async def test_the_network_is_repaired_from_its_options_too(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("enter", "down", "enter", "ctrl+u", *"99", "enter")
        await each.press("down", "down", "left", "left", "left")
        assert each.focus == "OptionRows"
        assert each.project.problems()
        await each.press("R")
        assert not each.project.problems()
        await each.press("N")
        assert each.screen == "NetworkScreen"
