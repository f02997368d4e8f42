"""Edits of several layers at once."""

import re
from pathlib import Path

import pytest

from asanai_tui.errors import InputError
from asanai_tui.network import nesting
from asanai_tui.network.initializers import HeNormal
from asanai_tui.network.layers.basic import Dense, Flatten
from asanai_tui.network.layers.convolution import Conv2D
from asanai_tui.network.network import MAXIMUM_LAYERS, Network
from asanai_tui.tui import stack_edits

END = (Dense(units=16, activation="relu"), Dense(units=3, activation="softmax"))
STACK = Network([Conv2D(filters=8), Flatten(), *END])


def test_freezing_twice_changes_nothing() -> None:
    once, label = stack_edits.frozen(STACK, [0, 1, 2])
    assert label == "freeze 2 layers"
    assert [getattr(layer, "trainable", None) for layer in once] == [False, None, False, True]
    again, label = stack_edits.frozen(once, [0, 2])
    assert label == "train 2 layers"
    assert again == STACK


def test_what_has_no_weights_cannot_be_frozen() -> None:
    with pytest.raises(InputError) as told:
        stack_edits.frozen(STACK, [1])
    assert "no weights" in str(told.value)


def test_an_option_is_set_in_all_layers_that_have_it() -> None:
    names = [option.name for option in stack_edits.shared_options(STACK)]
    assert "activation" in names
    assert "kernel_initializer" in names
    assert "filters" not in names  # one layer alone has it
    elu = stack_edits.set_everywhere(STACK, "activation", "elu", but_last=True)
    assert [getattr(layer, "activation", None) for layer in elu] == ["elu", None, "elu", "softmax"]
    he = stack_edits.set_everywhere(STACK, "kernel_initializer", HeNormal())
    assert all(layer.kernel_initializer == HeNormal() for layer in he if hasattr(layer, "kernel_initializer"))


def test_copied_layers_come_back_in_another_project(home: Path) -> None:
    with pytest.raises(InputError, match="Nothing was copied yet"):
        stack_edits.kept()
    stack_edits.keep(stack_edits.written(STACK.layers[:3]))
    assert stack_edits.kept() == STACK.layers[:3]
    assert (home / "state" / "copied.toml").is_file()


@pytest.mark.parametrize("text", ["[[network]]\nlayer = 'dens'", "network = 3", "[["])
def test_what_is_no_layer_is_a_sentence(text: str) -> None:
    with pytest.raises(InputError) as told:
        stack_edits.read(text)
    assert re.search(r"network|TOML", str(told.value))


def test_too_many_layers_and_none_are_refused() -> None:
    with pytest.raises(InputError) as told:
        nesting.checked(Network([Dense()] * (MAXIMUM_LAYERS + 1)))
    assert "2,001 layers; at most 2,000" in str(told.value)
    with pytest.raises(InputError) as told:
        stack_edits.without(STACK, range(len(STACK)))
    assert "needs a layer" in str(told.value)
