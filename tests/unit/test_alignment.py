"""Which layers keep their trained weights after an edit."""

from typing import Any

import pytest

from asanai_tui.network.network import Network
from asanai_tui.training.alignment import Alignment, aligned
from tests.unit.trainings import dense, network

NORM: dict[str, Any] = {"layer": "batch_normalization"}
FLATTEN: dict[str, Any] = {"layer": "flatten"}
DROPOUT: dict[str, Any] = {"layer": "dropout"}
TABLE, PICTURE = (4,), (8, 8, 1)


def conv(filters: int, **options: Any) -> dict[str, Any]:
    return {"layer": "conv2d", "filters": filters, "padding": "same", **options}


def residual(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"layer": "residual", "layers": list(layers)}


def after(before: Network, now: Network, shape: tuple[int, ...] = TABLE) -> Alignment:
    return aligned(now, shape, before, shape)


def pairs(found: Alignment) -> list[tuple[int, int]]:
    """(position now, position before) of the outer layers that keep their weights."""
    return [(place[0], origin.place[0]) for place, origin in found.origins.items()]


STACK = network(dense(16, "relu"), dense(8, "tanh"), dense(8, "relu"), dense(3, "softmax"))


def test_the_same_network_keeps_everything() -> None:
    found = after(STACK, STACK)
    assert found.kept == (0, 1, 2, 3)
    assert found.new == ()
    assert found.weights == {f"{i}.{name}": f"{i}.{name}" for i in range(4) for name in ("kernel", "bias")}
    assert found.sentence == "All layers keep their trained weights."


@pytest.mark.parametrize("place", range(5))
def test_inserting_a_layer_that_changes_no_shape_keeps_all_others(place: int) -> None:
    found = after(STACK, STACK.inserted(place, *network(NORM)))
    assert found.new == (place,)
    assert pairs(found) == [(i if i < place else i + 1, i) for i in range(4)]
    assert found.sentence == f"4 of 5 layers keep their trained weights; batch_normalization {place + 1} is new."


def test_removing_a_layer_keeps_those_whose_input_stays() -> None:
    assert pairs(after(STACK, STACK.removed(2))) == [(0, 0), (1, 1), (2, 3)]
    found = after(STACK, STACK.removed(0))
    assert pairs(found) == [(1, 2), (2, 3)]
    assert found.sentence == "2 of 3 layers keep their trained weights; dense 1 begins anew: its shape changed."


def test_changed_units_concern_the_layer_and_the_next() -> None:
    found = after(STACK, STACK.replaced(1, network(dense(9, "tanh"))[0]))
    assert (found.kept, found.new) == ((0, 3), (1, 2))
    assert found.sentence == (
        "2 of 4 layers keep their trained weights; dense 2 and dense 3 begin anew: their shapes changed."
    )


def test_other_options_keep_the_weights() -> None:
    assert after(STACK, network(dense(16), *STACK.encoded()[1:])).new == ()
    assert after(STACK, network(dense(16, "relu", trainable=False), *STACK.encoded()[1:])).new == ()


def test_without_a_bias_the_kernel_begins_anew_too() -> None:
    found = after(STACK, network(dense(16, "relu", use_bias=False), *STACK.encoded()[1:]))
    assert found.new == (0,)


def test_moving_a_layer_keeps_the_others() -> None:
    stack = network(dense(8, "relu"), NORM, dense(8, "tanh"), dense(8, "sigmoid"), dense(3))
    found = after(stack, stack.moved(1, 2))
    assert pairs(found) == [(0, 0), (1, 2), (2, 3), (4, 4)]
    assert found.sentence.endswith("; batch_normalization 4 is new.")


def test_the_larger_of_two_that_change_places_keeps_its_weights() -> None:
    stack = network(dense(8), NORM, dense(8, "tanh"), dense(3))
    assert pairs(after(stack, stack.moved(1, 1))) == pairs(after(stack, stack.moved(2, -1))) == [(0, 0), (1, 2), (3, 3)]


def test_a_layer_that_stayed_as_it_was_goes_before_those_that_merely_fit() -> None:
    before = network(dense(4, "relu"), dense(4, "tanh"))
    found = after(before, network(dense(4, "tanh"), dense(4, "sigmoid")))
    assert pairs(found) == [(0, 1)]
    assert found.sentence == "1 of 2 layers keeps its trained weights; dense 2 is new."


def test_equal_layers_keep_their_order_and_the_copy_is_new() -> None:
    block = [dense(16, "relu")] * 3
    before = network(*block, dense(3))
    assert pairs(after(before, network(*block, *block[:1], dense(3)))) == [(0, 0), (1, 1), (2, 2), (4, 3)]
    assert pairs(after(before, network(*block[:2], dense(3)))) == [(0, 0), (1, 1), (2, 3)]


def test_layers_without_weights_tell_equal_ones_apart() -> None:
    before = network(dense(4), DROPOUT, dense(4), dense(3))
    assert pairs(after(before, before.removed(0))) == [(1, 2), (2, 3)]
    assert pairs(after(before, before.removed(2))) == [(0, 0), (2, 3)]


def test_layers_without_weights_may_come_and_go() -> None:
    before = network(dense(4), DROPOUT, dense(4), {"layer": "relu"}, dense(3))
    assert after(before, network(dense(4), dense(4), dense(3), DROPOUT)).new == ()
    assert (
        after(network(dense(4)), network(DROPOUT)).sentence == "No layer fits the trained network, so all begin anew."
    )


def test_kinds_of_layers_are_told_apart_also_where_shapes_are_equal() -> None:
    group = {"layer": "group_normalization", "groups": 2}
    assert pairs(after(network(group), network({"layer": "layer_normalization"}))) == []


def test_pictures_of_another_size_keep_the_convolutions() -> None:
    stack = network(conv(4), conv(8), FLATTEN, dense(3))
    found = aligned(stack, (10, 10, 1), stack, PICTURE)
    assert (found.kept, found.new) == ((0, 1), (3,))
    found = aligned(stack, (8, 8, 3), stack, PICTURE)
    assert (found.kept, found.new) == ((1, 3), (0,))


def test_other_classes_keep_all_but_the_last() -> None:
    found = after(STACK, STACK.replaced(3, network(dense(5, "softmax"))[0]))
    assert found.sentence == "3 of 4 layers keep their trained weights; dense 4 begins anew: its shape changed."


def test_inner_layers_of_a_residual_count_like_others() -> None:
    before = network(conv(4), residual(conv(6), NORM, conv(4)), FLATTEN, dense(3))
    now = network(conv(4), residual(conv(6), conv(4)), FLATTEN, dense(3))
    assert after(before, now, PICTURE).weights["1.1.kernel"] == "1.2.kernel"
    assert after(before, now, PICTURE).kept == (0, 1, 3)
    changed = network(conv(4), residual(conv(5), NORM, conv(4)), FLATTEN, dense(3))
    found = after(before, changed, PICTURE)
    assert (found.kept, found.new) == ((0, 3), (1,))
    assert found.sentence == (
        "2 of 5 layers keep their trained weights; conv2d 1 of residual 2, batch_normalization 2 of residual 2 and "
        "conv2d 3 of residual 2 begin anew: their shapes changed."
    )


def test_layers_may_move_into_a_residual() -> None:
    before = network(conv(4), conv(4, activation="relu"), FLATTEN, dense(3))
    found = after(before, network(conv(4), residual(residual(conv(4, activation="relu"))), FLATTEN, dense(3)), PICTURE)
    assert found.new == ()
    assert found.weights["1.0.0.kernel"] == "1.kernel"


def test_many_layers_are_counted() -> None:
    found = after(STACK, STACK.inserted(4, *network(*[dense(3)] * 7)))
    assert "; dense 5, dense 6, dense 7, dense 8 and 3 more are new." in found.sentence


def test_behind_a_layer_with_a_problem_nothing_is_known() -> None:
    broken = STACK.inserted(1, *network(conv(4)))
    assert after(STACK, broken).kept == (0,)
    assert after(broken, STACK).kept == (0,)
    assert after(Network(), STACK).kept == ()
    assert after(STACK, Network()).weights == {}


def test_two_hundred_layers_keep_what_they_learned() -> None:
    before = network(*[dense(16 + i % 5, ("relu", "tanh", "linear")[i % 3]) for i in range(199)], dense(3))
    now = before.inserted(77, before[5]).removed(150)
    assert len(after(before, now).kept) > 190
