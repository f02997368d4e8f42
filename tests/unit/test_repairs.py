"""The key for repair: one step that helps, the gentlest first."""

from typing import Any

import pytest

from asanai_tui.data.spec import Targets
from asanai_tui.network.network import Network
from asanai_tui.network.repairs import repair

TEN = Targets("classes", tuple("0123456789"))


def network(*layers: dict[str, Any]) -> Network:
    return Network.decoded(list(layers))


END = ({"layer": "flatten"}, {"layer": "dense", "units": 10, "activation": "softmax"})


@pytest.mark.parametrize(
    ("layers", "label"),
    [
        (({"layer": "conv2d", "kernel_size": [12, 3]}, *END), "1 conv2d: kernel_size 8 × 3"),
        (({"layer": "max_pooling2d", "pool_size": [9, 9]}, *END), "1 max_pooling2d: pool_size 8 × 8"),
        (({"layer": "reshape", "target_shape": [7, 7]}, END[1]), "1 reshape: one row of values"),
        ((END[0], {"layer": "conv2d"}, END[1]), "2 conv2d: above the flatten"),
        (({"layer": "dense", "units": 4}, END[0], {"layer": "global_max_pooling1d"}, END[1]),
         "3 global_max_pooling1d: removed"),
        (({"layer": "residual", "layers": [{"layer": "conv2d", "strides": 2}, {"layer": "conv2d", "filters": 9},
                                           {"layer": "batch_normalization"}]}, *END),
         "1 residual: its layers give 8×8×1"),
        (({"layer": "flatten"}, {"layer": "dense", "units": 3}), "make the end fit the data"),
        (({"layer": "conv2d"}, {"layer": "dense", "units": 10, "activation": "softmax"}),
         "make the end fit the data"),
    ],
)  # fmt: skip
def test_first_problem_is_mended(layers: tuple[dict[str, Any], ...], label: str) -> None:
    found = repair(network(*layers), (8, 8, 1), TEN, "categorical_crossentropy")
    assert found is not None
    assert found.label == label
    assert not any(stage.problem for stage in found.network.stages((8, 8, 1))[: len(layers)])


def test_repeated_repairs_end_with_a_network_that_trains() -> None:
    broken = network(
        {"layer": "conv2d", "kernel_size": [20, 20]}, {"layer": "flatten"}, {"layer": "max_pooling2d"},
        {"layer": "conv1d"}, {"layer": "dense", "units": 1},
    )  # fmt: skip
    for _ in range(10):
        step = repair(broken, (8, 8, 1), TEN, "categorical_crossentropy")
        if step is None:
            break
        broken = step.network
    assert repair(broken, (8, 8, 1), TEN, "categorical_crossentropy") is None
    assert broken.output_shape((8, 8, 1)) == (10,)


def test_nothing_is_done_to_what_fits() -> None:
    assert repair(network(*END), (8, 8, 1), TEN, "categorical_crossentropy") is None


def test_of_two_repairs_the_one_that_breaks_nothing_below_is_taken() -> None:
    broken = network(
        {"layer": "conv2d", "kernel_size": [9, 9]}, {"layer": "max_pooling2d"}, *END
    )  # the kernel shrunk to 8×8 would leave one point, which cannot be pooled
    found = repair(broken, (8, 8, 1), TEN, "categorical_crossentropy")
    assert found is not None
    assert found.label == "1 conv2d: padding same"
    assert found.network.output_shape((8, 8, 1)) == (10,)
