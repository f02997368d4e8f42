"""Layers within layers."""

import pytest

from asanai_tui.errors import InputError
from asanai_tui.network import nesting
from asanai_tui.network.layers.basic import Dense
from asanai_tui.network.layers.normalization import BatchNormalization
from asanai_tui.network.layers.residual import Residual
from asanai_tui.network.network import MAXIMUM_DEPTH, Network
from asanai_tui.tui import stack_edits

INSIDE = Network([Dense(units=8, activation="relu"), Dense(units=4)])
BLOCK = Residual(layers=INSIDE)
NETWORK = Network([Dense(units=4), BLOCK, Dense(units=2)])


def test_places_of_all_layers() -> None:
    found = {nesting.number(each.place): each.stage for each in nesting.placed(NETWORK, (3,))}
    assert list(found) == ["1", "2", "2.1", "2.2", "3"]
    assert found["2.1"].arrives == (4,)
    assert found["2.1"].leaves == (8,)
    assert found["2"].parameters == found["2.1"].parameters + found["2.2"].parameters == 4 * 8 + 8 + 8 * 4 + 4


def test_layers_behind_a_problem_are_placed_without_shapes() -> None:
    wrong = Network([Residual(layers=Network([Dense(units=5), BLOCK])), Dense(units=2)])
    found = {nesting.number(each.place): each.stage for each in nesting.placed(wrong, (3,))}
    assert found["1"].problem
    assert found["1.2.1"].arrives == (5,)
    assert found["1.2.2"].leaves == (4,)
    assert found["1.2"].problem
    assert found["2"].arrives is None


def test_a_frozen_layer_freezes_what_it_holds() -> None:
    frozen = Network([Residual(layers=INSIDE, trainable=False)])
    assert [each.stage.trainable for each in nesting.placed(frozen, (4,))] == [0, 0, 0]


def test_a_stack_is_taken_out_and_put_back() -> None:
    deep = Network([Residual(layers=Network([BLOCK]))])
    assert nesting.stack_at(deep, ()) == deep
    assert nesting.stack_at(deep, (0, 0)) == INSIDE
    assert nesting.layer_at(deep, (0, 0, 1)) == Dense(units=4)
    changed = nesting.with_stack(deep, (0, 0), INSIDE.removed(0))
    assert nesting.stack_at(changed, (0, 0)) == Network([Dense(units=4)])
    assert nesting.with_stack(changed, (0, 0), INSIDE) == deep
    assert nesting.arriving(deep, (0, 0), (4,)) == (4,)
    assert nesting.exists(deep, (0, 0, 1))
    assert not any(nesting.exists(deep, place) for place in ((), (1,), (0, 0, 2), (0, 0, 0, 0), (-1,)))


def test_too_deep_is_a_sentence() -> None:
    network = Network([Dense()])
    for _ in range(MAXIMUM_DEPTH - 1):
        network = Network([Residual(layers=network)])
    assert nesting.checked(network) is network
    with pytest.raises(InputError, match=f"9 deep; at most {MAXIMUM_DEPTH}"):
        nesting.checked(Network([Residual(layers=network)]))


def test_an_option_of_all_layers_reaches_those_inside() -> None:
    names = [option.name for option in stack_edits.shared_options(Network([BLOCK]))]
    assert "units" in names
    assert "layers" not in names
    elu = stack_edits.set_everywhere(NETWORK, "activation", "elu", but_last=True)
    inside = [getattr(each.stage.layer, "activation", None) for each in nesting.placed(elu, None)]
    assert inside == ["elu", None, "elu", "elu", "linear"]


def test_batch_normalization_inside_counts_what_is_fixed() -> None:
    network = Network([Residual(layers=Network([BatchNormalization()]))])
    outer, normalization = (each.stage for each in nesting.placed(network, (4,)))
    assert (outer.parameters, outer.trainable) == (normalization.parameters, normalization.trainable) == (16, 8)
