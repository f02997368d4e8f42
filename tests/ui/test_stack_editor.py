"""Freeze, repair, mark, cut, copy, paste and set an option everywhere, by keyboard."""

from pathlib import Path

from asanai_tui.tui.widgets.fitting import Dialog
from asanai_tui.tui.widgets.layer_list import LayerList
from tests.ui.driving import desk


async def test_marked_layers_are_copied_into_another_project(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("space", "space")
        assert each.text_of(each.one(LayerList)).count("●") == 2
        await each.press("y")
        assert each.said[-1].startswith("Copied 2 layers")
    async with desk(samples / "iris") as each:
        await each.press("v")
        assert each.layers == ["dense", "conv2d", "max_pooling2d", "dense", "dense"]
        assert each.project.problems()
        await each.press("u")
        assert each.layers == ["dense", "dense", "dense"]


async def test_cut_and_paste_move_layers(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        before = each.layers
        await each.press("x")
        assert each.layers == before[1:]
        await each.press("K", "v")
        assert sorted(each.layers) == sorted(before)
        await each.press("u", "u")
        assert each.layers == before


async def test_repair_until_it_trains(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("down", "down", "J")  # the second convolution below the flatten
        assert each.project.problems()
        await each.press("R")
        assert not each.project.problems()
        assert each.said[-1].startswith("Repaired: 4 conv2d: above the flatten")
        await each.press("R")
        assert each.said[-1] == "Nothing to repair."


async def test_freeze_is_seen_and_counted(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("z")
        assert "1* conv2d" in " ".join(each.text_of(each.one(LayerList)).split()).replace("1*conv2d", "1* conv2d")
        assert "160 fixed" in each.text_of(each.one(LayerList))
        await each.press("z")
        assert "fixed" not in each.text_of(each.one(LayerList))


async def test_an_activation_is_set_everywhere_but_at_the_end(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("A", *"activ", "enter", *"elu", "enter")
        found = [getattr(layer, "activation", None) for layer in each.project.network]
        assert found == ["elu", None, "elu", None, "elu", None, "softmax"]


async def test_a_value_that_no_layer_takes_stays_to_be_mended(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        before = each.project
        await each.press("A", *"units", "enter")
        await each.press("0", "enter")
        assert "expected a whole number, 1…1,000,000, not 0" in each.words_of(each.one(Dialog))
        await each.press("backspace", *"many", "enter")
        assert "not 'many'" in each.words_of(each.one(Dialog))
        assert each.project is before
        await each.press("ctrl+u", *"10", "enter")
        assert [layer.units for layer in each.project.network if hasattr(layer, "units")] == [10, 10]


async def test_a_frozen_layer_is_marked_also_below_a_problem(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("down", "down", "J", "end", "z")  # the second convolution below the flatten
        assert each.project.problems()
        assert "7*dense" in each.text
        await each.press("z")
        assert "7*dense" not in each.text
