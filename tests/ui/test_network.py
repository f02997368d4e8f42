"""The network as a table and as a picture: opened from the workbench, the same layer selected in all of them."""

from pathlib import Path

import pytest

from asanai_tui import project as projects
from asanai_tui.network.layers.basic import Dense
from asanai_tui.network.layers.convolution import Conv2D
from asanai_tui.network.layers.residual import Residual
from asanai_tui.network.network import Network
from asanai_tui.project import Project
from asanai_tui.tui import palette
from asanai_tui.tui.themes import THEMES
from asanai_tui.tui.widgets.key_bar import KeyBar
from asanai_tui.tui.widgets.layer_list import LayerList
from asanai_tui.tui.widgets.network_panes import CostPane, CostRows, NetworkPicture
from tests.ui.driving import Desk, desk


def selected(each: Desk) -> set[str]:
    """Keys of the layers that both panes have selected."""
    return {each.one(CostRows).cursor, each.one(NetworkPicture).cursor}


def stored(project: Project, network: Network, path: Path) -> Path:
    """A project file with another network."""
    projects.save(Project(data=project.data, network=network, training=project.training), path)
    return path


def deep(samples: Path, folder: Path) -> Path:
    layers = [Conv2D(filters=8, padding="same")] * 100 + [Residual()] * 30
    network = projects.load(samples / "digits" / "project.toml")
    return stored(network, Network([*layers, *list(network.network)[3:]]), folder / "deep.toml")


async def test_opens_with_costs_and_picture_side_by_side(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("N")
        assert each.screen == "NetworkScreen"
        assert each.focus == "CostRows"
        costs = each.text_of(each.one(CostPane))
        assert "mul-adds" in costs
        assert "38,282 parameters" in costs
        assert "116 k multiply-adds for one example" in costs
        picture = each.text_of(each.one(NetworkPicture))
        assert "○   ⋯   ○" in picture or "○ ⋯ ○" in picture
        assert "512" in picture
        await each.press("escape")
        assert each.screen == "WorkbenchScreen"
        assert each.focus == "LayerList"


async def test_begins_at_the_layer_of_the_workbench_and_enter_goes_back_to_another(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("down", "down", "N")
        assert selected(each) == {"2"}
        await each.press("j", "j")
        assert selected(each) == {"4"}
        await each.press("escape")
        assert each.one(LayerList).cursor == "2"
        await each.press("N")
        assert selected(each) == {"2"}
        await each.press("tab", "k", "enter")
        assert each.screen == "WorkbenchScreen"
        assert each.one(LayerList).cursor == "1"
        assert "Options · 2 max_pooling2d" in each.text


async def test_at_80_columns_tab_goes_from_the_costs_to_the_picture_and_back(samples: Path) -> None:
    async with desk(samples / "iris", (80, 24)) as each:
        await each.press("N")
        assert "memory" in each.text
        assert "○" not in each.text
        await each.press("tab")
        assert each.focus == "NetworkPicture"
        assert "○     ○     ○" in each.text
        assert "memory" not in each.text
        await each.press("tab")
        assert each.focus == "CostRows"
        assert "memory" in each.text


async def test_edits_show_at_once(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("z", "N")
        assert "*1 dense" in each.text_of(each.one(CostPane))
        assert "80 frozen" in each.text_of(each.one(NetworkPicture))
        await each.press("u")
        assert "frozen" not in each.text
        each.app.editor.project(
            Project(data=each.project.data, network=Network([Dense()]), training=each.project.training), "x"
        )
        await each.settle()
        assert "✕ The last layer gives 2, but 3 classes need 3." in each.words_of(each.one(CostPane))
        assert each.text_of(each.one(NetworkPicture)).count("dense") == 1


async def test_problem_is_told_in_both(samples: Path, tmp_path: Path) -> None:
    project = projects.load(samples / "digits" / "project.toml")
    async with desk(stored(project, Network([Dense(), *list(project.network)[4:]]), tmp_path / "p.toml")) as each:
        await each.press("N")
        assert "✕ The last layer" in each.words_of(each.one(CostPane))
    bad = Network([Conv2D(kernel_size=(9, 9)), Dense()])
    async with desk(stored(project, bad, tmp_path / "q.toml"), (80, 24)) as each:
        await each.press("N")
        assert "the 9×9 kernel does not fit into 8×8" in each.words_of(each.one(CostPane))
        await each.press("tab")
        assert "✕ the 9×9 kernel does not fit into 8×8" in each.words_of(each.one(NetworkPicture))


async def test_deep_network_scrolls_by_layers_and_pages(samples: Path, tmp_path: Path) -> None:
    async with desk(deep(samples, tmp_path), (80, 24)) as each:
        await each.press("N", "tab")
        picture = each.one(NetworkPicture)
        await each.press("pagedown")
        first = int(picture.cursor)
        assert 1 < first < 12
        await each.press("pagedown")
        assert int(picture.cursor) > first
        assert picture.scroll_offset.y > 0
        await each.press("pageup", "pageup")
        assert picture.cursor == "0"
        assert picture.scroll_offset.y == 0
        await each.press("G")
        assert picture.cursor == "133"
        assert "134 dense" in each.text
        await each.press("pagedown")
        assert picture.cursor == "133"
        await each.press("g", "pageup")
        assert picture.cursor == "0"
        await each.press("G", *["k"] * 8)
        assert "." in picture.cursor
        assert "⊕" in each.text
        await each.press("enter")
        assert each.one(LayerList).selected == tuple(int(part) for part in picture.cursor.split("."))


async def test_a_click_on_a_figure_selects_its_layer_and_a_second_one_opens_it(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("N")
        picture = each.one(NetworkPicture)
        lines = each.text_of(picture).splitlines()
        row = next(place for place, line in enumerate(lines) if "2 max_pooling2d" in line)
        for expected in ("NetworkScreen", "WorkbenchScreen"):
            await each.pilot.click(NetworkPicture, offset=(30, row + 1))
            await each.settle()
            assert each.screen == expected
        assert each.one(LayerList).cursor == "1"


@pytest.mark.parametrize(
    ("size", "theme"), zip([(20, 5), (40, 12), (80, 24), (100, 30), (140, 40)], THEMES, strict=True), ids=str
)
async def test_every_size_and_theme(samples: Path, tmp_path: Path, size: tuple[int, int], theme: str) -> None:
    async with desk(deep(samples, tmp_path), size, theme) as each:
        await each.press("N")
        for _ in range(2):
            await each.press("G", "pageup", "tab")
            focused = each.app.screen.focused
            assert focused is not None
            assert each.app.screen.find_widget(focused).visible_region.area


async def test_resizing_draws_anew_and_keeps_the_layer(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("N", "tab", "j", "j")
        for size in ((20, 5), (80, 24), (200, 60), (1, 1), (140, 40)):
            await each.pilot.resize_terminal(*size)
            await each.settle()
            assert selected(each) == {"2"}
        assert each.focus == "NetworkPicture"
        assert "3 conv2d" in each.text_of(each.one(NetworkPicture))


async def test_keys_of_the_view_are_shown_and_help_is_for_the_layer(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        assert "N network" in (each.one(LayerList).border_subtitle or "")
        await each.press("N")
        assert "enter layer" in each.text_of(each.one(KeyBar))
        assert "Costs and picture: layer" in [command.choice.key for command in palette.commands(each.app.screen, {})]
        await each.press("1")
        assert each.screen == "WorkbenchScreen"
