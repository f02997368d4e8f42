"""The options form: values are checked as they are typed, apply at once, and can be taken back."""

from pathlib import Path

from textual.widgets import Input

from asanai_tui.network.layers.basic import Dense
from asanai_tui.network.layers.convolution import Conv2D
from asanai_tui.network.regularizers import L2
from asanai_tui.training.optimizer_settings import SGD, Adam
from asanai_tui.tui.widgets.layer_list import LayerList
from asanai_tui.tui.widgets.options_pane import OptionRows, OptionsPane
from tests.ui.driving import Desk, desk


def first(each: Desk) -> Dense:
    layer = each.project.network[0]
    assert isinstance(layer, Dense)
    return layer


async def select(each: Desk, name: str) -> None:
    """Go to the option whose key is `name`."""
    each.one(OptionRows).select(name)
    await each.settle()


def facts(each: Desk) -> str:
    return each.text_of(each.one(OptionsPane))


async def test_typing_applies_at_once_and_shapes_and_counts_follow(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("enter", "enter", "8")
        assert first(each).units == 8
        assert "4 → 8" in facts(each)
        assert "40 parameters, all trainable" in facts(each)
        assert "8 relu" in each.text_of(each.one(LayerList))
        await each.press("0")
        assert first(each).units == 80
        assert "400 parameters" in facts(each)
        assert "1,747 parameters" in each.text_of(each.one(LayerList))
        await each.press("enter")
        assert each.focus == "OptionRows"
        await each.press("u")
        assert first(each).units == 16
        assert each.said[-1] == "Undone: dense: units 80."


async def test_two_edits_of_one_option_are_two_steps(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("enter", "enter", "5", "enter", "enter", "7", "enter", "u")
        assert first(each).units == 5
        await each.press("u")
        assert first(each).units == 16


async def test_wrong_value_is_a_sentence_and_changes_nothing(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        before = each.project
        await each.press("enter", "enter")
        await each.write("0")
        assert "✕ units: expected a whole number" in facts(each)
        assert each.project == before
        await each.press("ctrl+u")
        await each.write("many")
        assert "not 'many'." in each.words_of(each.one(OptionsPane))
        await each.press("enter", "up", "down")
        assert each.focus == "LineInput#value"  # a wrong value cannot be left but by escape
        await each.press("escape")
        assert each.focus == "OptionRows"
        assert each.project == before
        assert "✕" not in facts(each)
        assert not each.app.document.dirty


async def test_escape_brings_back_what_was_there_and_leaves_no_step(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        before = each.project
        await each.press("enter", "enter", "9", "9")
        assert first(each).units == 99
        await each.press("escape")
        assert each.project == before
        await each.press("u")
        assert each.said[-1] == "There is nothing to undo."


async def test_tab_away_from_a_wrong_value_gives_it_up(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        before = each.project
        await each.press("enter", "enter", "x", "tab")
        assert each.project == before
        assert not each.one(Input, "#value").display
        await each.press("shift+tab")
        assert "✕" not in facts(each)


async def test_arrows_step_and_are_one_edit(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("enter", "right", "right", "right", "left")
        assert first(each).units == 18
        await select(each, "activation")
        await each.press("right")
        assert first(each).activation == "sigmoid"
        await each.press("left", "left")
        assert first(each).activation == "linear"
        await each.press("u", "u")
        assert first(each) == Dense(units=16, activation="relu")


async def test_choices_come_as_a_searchable_list(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("enter")
        await select(each, "activation")
        await each.press("enter")
        assert each.screen == "PickScreen"
        await each.write("tan")
        await each.press("enter")
        assert first(each).activation == "tanh"
        assert each.focus == "OptionRows"
        await each.press("enter", "escape")
        assert first(each).activation == "tanh"


async def test_switch_and_default(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("enter")
        await select(each, "use_bias")
        await each.press("space")
        assert not first(each).use_bias
        assert "64 parameters" in facts(each)
        await each.press("enter")
        assert first(each).use_bias
        await select(each, "units")
        await each.press("r")
        assert first(each).units == 2
        await each.press("space")
        assert first(each).units == 2


async def test_all_options_on_a_key_and_variants_open(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("enter")
        assert "kernel_regularizer" not in facts(each)
        await each.press("x")
        assert "kernel_regularizer" in facts(each)
        await select(each, "kernel_regularizer")
        await each.press("enter", "l", "2", "enter")
        assert first(each).kernel_regularizer == L2()
        await select(each, "kernel_regularizer.l2")
        await each.press("enter")
        await each.write("0.5")
        await each.press("enter")
        assert first(each).kernel_regularizer == L2(l2=0.5)
        await each.press("x")
        assert "kernel_regularizer" in facts(each)  # what differs from the default stays in sight
        await select(each, "kernel_regularizer")
        await each.press("r")
        assert first(each).kernel_regularizer is None
        assert "kernel_regularizer" not in facts(each)


async def test_sizes_are_typed_as_people_write_them(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("enter")
        await select(each, "kernel_size")
        await each.press("enter")
        await each.write("5x4")
        assert each.project.network[0] == Conv2D(filters=16, kernel_size=(5, 4), padding="same", activation="relu")
        await each.press("escape")
        assert each.project.network[0].summary() == "16 @ 3×3 relu"


async def test_options_of_the_training(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("e")
        assert each.focus == "OptionRows"
        assert each.one(OptionsPane).border_title == "Options · training"
        await each.press("enter")
        await each.write("250")
        await each.press("enter")
        assert each.project.training.epochs == 250
        await select(each, "optimizer")
        await each.press("enter", *"sgd", "enter")
        assert each.project.training.optimizer == SGD()
        assert "momentum" in facts(each)
        await select(each, "optimizer.learning_rate")
        await each.press("enter")
        await each.write("0,125")
        await each.press("enter")
        assert each.project.training.optimizer == SGD(learning_rate=0.125)
        assert "t trains 250 epochs" in each.text
        await each.press("escape", "u", "u", "u")
        assert each.project.training.optimizer == Adam(learning_rate=0.002)
        assert each.project.training.epochs == 100


async def test_another_layer_while_typing_ends_the_typing(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("enter", "enter", "7")
        each.one(LayerList).select("1")
        await each.settle()
        assert each.one(OptionsPane).border_title == "Options · 2 dense"
        assert not each.one(Input, "#value").display
        assert [layer.units for layer in each.project.network if isinstance(layer, Dense)] == [7, 16, 3]


async def test_all_options_stay_shown_in_other_panes_and_at_the_next_start(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("enter")
        assert "kernel_initializer" not in each.text
        await each.press("x")
        assert "kernel_initializer" in each.text
        assert "All options · 1 dense" in each.text
        await each.press("3")
        assert "All options · training" in each.text
    async with desk(samples / "iris") as each:
        assert "kernel_initializer" in each.text
        await each.press("enter", "x")
        assert "kernel_initializer" not in each.text
        assert "Options · 1 dense" in each.text


async def test_what_is_cut_off_shows_that_and_stands_below_in_full(samples: Path) -> None:
    async with desk(samples / "iris", (80, 24)) as each:
        await each.press("enter", "x")
        await select(each, "kernel_initializer")
        lines = facts(each).splitlines()
        assert any("kernel_initializer" in line and "…" in line for line in lines)
        assert any("glorot_uniform: Uniform" in line for line in lines)
        assert not any("…" in line for line in lines if "units" in line)
