"""Layers within a residual layer are edited where they stand, with the keys of all others."""

from pathlib import Path

import pytest
from textual.events import Paste

from asanai_tui.network import nesting
from asanai_tui.tui.widgets.layer_list import LayerList
from asanai_tui.tui.widgets.options_pane import OptionsPane
from tests.ui.driving import Desk, desk


def places(each: Desk) -> list[str]:
    """`2.1 dense` for every layer."""
    found = nesting.placed(each.project.network, None)
    return [f"{nesting.number(one.place)} {one.stage.layer.name}" for one in found]


async def add(each: Desk, key: str, name: str) -> None:
    await each.press(key)
    await each.write(name)
    await each.press("enter")


async def test_inner_layers_come_go_and_move(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await add(each, "a", "residual")
        assert places(each)[1:4] == ["2 residual", "2.1 batch_normalization", "2.2 activation"]
        await each.press("down", "down")
        assert "Options · 2.2 activation" in each.text
        await each.press("a")
        assert "Add below 2.2 activation · 16 arrives" in each.text
        await each.write("dense")
        await each.press("enter")
        assert places(each)[2:5] == ["2.1 batch_normalization", "2.2 activation", "2.3 dense"]
        assert each.one(LayerList).selected == (1, 2)
        assert "its layers give 2" in each.words_of(each.one(LayerList))
        await each.press("enter", "enter")
        await each.press("ctrl+u")
        await each.write("16")
        await each.press("enter", "escape")
        assert not each.project.problems()
        assert "16×" not in each.words_of(each.one(OptionsPane))
        await each.press("K", "D")
        assert places(each)[2:6] == ["2.1 batch_normalization", "2.2 dense", "2.3 dense", "2.4 activation"]
        await each.press("d", "d", "d")
        assert places(each)[1:4] == ["2 residual", "2.1 batch_normalization", "3 dense"]
        await each.press("d")
        assert each.said[-1].startswith("A stack needs a layer")
        for _ in range(3):
            await each.press("u")
        assert places(each)[2:6] == ["2.1 batch_normalization", "2.2 dense", "2.3 dense", "2.4 activation"]


async def test_marks_stay_in_one_stack_and_are_cut_and_pasted_elsewhere(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await add(each, "a", "residual")
        await each.press("g", "space")  # the first layer of the network
        await each.press("down", "space", "down")
        assert each.one(LayerList).chosen == ((1, 0),)  # the mark outside is gone
        each.one(LayerList).select("0")
        await each.press("down", "down", "x")
        assert places(each)[1:3] == ["2 residual", "2.1 activation"]
        await each.press("g", "v")
        assert places(each)[:3] == ["1 dense", "2 batch_normalization", "3 residual"]


async def test_a_project_with_inner_layers_trains_and_freezes(samples: Path, tmp_path: Path) -> None:
    async with desk(samples / "iris") as each:
        await add(each, "a", "residual")
        await each.press("z")
        fixed = [one.stage.trainable for one in nesting.placed(each.project.network, (4,))]
        assert fixed[1:4] == [0, 0, 0]
        await each.press("down", "down")
        await add(each, "i", "residual")  # one in the other
        assert places(each)[3:5] == ["2.2 residual", "2.2.1 batch_normalization"]
        assert not each.project.problems()


async def test_layers_pasted_by_the_terminal_are_put_in(samples: Path) -> None:
    text = '[[network]]\nlayer = "dropout"\nrate = 0.5\n\n[[network]]\nlayer = "dense"\nunits = 7\n'
    async with desk(samples / "iris") as each:
        each.one(LayerList).post_message(Paste(text))
        await each.settle()
        assert each.layers == ["dense", "dropout", "dense", "dense", "dense"]
        assert each.one(LayerList).selected == (1,)
        await each.press("u")
        assert each.layers == ["dense"] * 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "holds no layers: not valid TOML"),
        ("a = " + "[" * 5000, "too deep to be read"),
        ("a = 1", "holds no layers"),
        ('[[network]]\nlayer = "dens"', "did you mean 'dense'"),
        ('[[network]]\nlayer = "dense"\nunits = 0', "units: expected a whole number"),
        ('[[network]]\nlayer = "dense"\n' * 10_000, "10,000 layers; at most 2,000"),
        ('[[network]]\nlayer = "dense"\n' * 1999, "2,002 layers; at most 2,000"),
    ],
    ids=["words", "too deep", "no layers", "unknown", "wrong value", "ten thousand", "one too many"],
)
async def test_what_cannot_be_pasted_is_a_sentence(samples: Path, text: str, said: str) -> None:
    async with desk(samples / "iris") as each:
        before = each.project
        each.one(LayerList).post_message(Paste(text))
        await each.settle()
        assert said in each.said[-1]
        assert each.project is before
