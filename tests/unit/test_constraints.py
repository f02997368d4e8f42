"""Constraints: what the real Keras gives, when they are applied, and what cannot be."""

import json
import math
import re
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from asanai_tui.errors import InputError, ShapeError
from asanai_tui.network.constraints import Constraint
from asanai_tui.network.layers import catalogue, layer_from
from asanai_tui.network.layers.base import Layer
from asanai_tui.network.modules import Model, build, to_keras
from asanai_tui.network.network import Network
from asanai_tui.network.options import Shape
from asanai_tui.options import options_of

FILE = Path(__file__).parents[1] / "golden" / "keras_layers_sequence.npz"
SHAPES: tuple[Shape, ...] = ((6,), (5, 3), (4, 32), (7, 8, 3), (5, 5, 5, 2))


def test_results_are_those_of_keras() -> None:
    with np.load(FILE) as file:
        limits, values = json.loads(str(file["constraints"])), file["constrained"]
    assert {plain["name"] for plain, _ in limits} == {"max_norm", "min_max_norm", "non_neg", "unit_norm"}
    start = 0
    for plain, shape in limits:
        size = math.prod(shape)
        weight, expected = values[start : start + 2 * size].reshape(2, *shape)
        result = msgspec.convert(plain, Constraint)(torch.from_numpy(weight))
        np.testing.assert_allclose(result, expected, atol=1e-6, err_msg=str(plain))
        start += 2 * size
    assert start == values.size


def model_of(shape: Shape, **content: Any) -> Model:
    return build(Network([layer_from(content, "test")]), shape)


def test_dense_kernel_is_held_along_what_arrives_at_each_unit() -> None:
    torch.manual_seed(1)
    model = model_of((4,), layer="dense", units=3, kernel_constraint={"name": "max_norm", "max_value": 0.1})
    model.apply_constraints()
    norms = model.keras_weights()["0.kernel"].norm(dim=0)
    assert norms.shape == (3,) and norms.tolist() == pytest.approx([0.1] * 3, rel=1e-5)


CONSTRAINED = [
    (tag, option.name)
    for tag, cls in catalogue().items()
    for option in options_of(cls)
    if option.name.endswith("_constraint")
]


@pytest.mark.parametrize(("tag", "name"), CONSTRAINED)
def test_every_constraint_option_reaches_its_weight(tag: str, name: str) -> None:
    layer = layer_from({"layer": tag, name: "unit_norm"}, "test")
    shape = next(shape for shape in SHAPES if fits(layer, shape))
    model = build(Network([layer]), shape)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_()
    before = {key: value.clone() for key, value in model.keras_weights().items()}
    model.apply_constraints()
    moved = {key for key, value in model.keras_weights().items() if not torch.equal(value, before[key])}
    constrained = {f"0.{key}" for key, spec in layer.weights(shape).items() if spec.constraint is not None}
    assert moved == constrained and moved
    for key in moved:
        norms = model.keras_weights()[key].norm(dim=0)
        assert norms.flatten().tolist() == pytest.approx([1.0] * norms.numel(), rel=1e-4)


def fits(layer: Layer, shape: Shape) -> bool:
    try:
        layer.leaving(shape)
    except ShapeError:
        return False
    return True


def test_frozen_weights_are_left_alone() -> None:
    model = model_of((4,), layer="dense", units=3, trainable=False, kernel_constraint="unit_norm")
    before = model.keras_weights()["0.kernel"].clone()
    model.apply_constraints()
    assert torch.equal(model.keras_weights()["0.kernel"], before)


def test_layers_within_layers_are_held_too() -> None:
    inner = {"layer": "dense", "units": 4, "kernel_constraint": {"name": "unit_norm", "axis": [1]}}
    model = model_of((4,), layer="residual", layers=[{"layer": "activation"}, inner])
    model.apply_constraints()
    norms = model.keras_weights()["0.1.kernel"].norm(dim=1)
    assert norms.tolist() == pytest.approx([1] * 4, rel=1e-5)


def test_weight_keeps_its_place_in_memory() -> None:
    """Training holds all weights in one buffer; a constraint must not move one out of it."""
    dense = model_of((4,), layer="dense", kernel_constraint="non_neg")
    (kernel, _), place = list(dense.parameters()), next(dense.parameters()).data_ptr()
    dense.apply_constraints()
    assert kernel.data_ptr() == place and bool((kernel >= 0).all())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            {"kernel_constraint": {"name": "max_norm", "axis": [2]}},
            "kernel: axis 2 does not name dimensions of a weight",
        ),
        ({"bias_constraint": {"name": "unit_norm", "axis": [0, -1]}}, "bias: axis 0 -1 does not name dimensions"),
        ({"bias_initializer": "orthogonal"}, "bias: orthogonal needs a weight of 2 or more dimensions; choose another"),
        (
            {"bias_initializer": "identity"},
            "bias: identity needs a weight of 2 dimensions; choose another initializer.",
        ),
    ],
)
def test_what_cannot_be_is_a_sentence(content: dict[str, Any], expected: str) -> None:
    with pytest.raises(ShapeError) as caught:
        layer_from({"layer": "dense", **content}, "test").leaving((6,))
    assert expected in str(caught.value) and str(caught.value).endswith(".")


def test_wrong_parameter_is_named() -> None:
    with pytest.raises(InputError) as told:
        layer_from({"layer": "dense", "kernel_constraint": {"name": "max_norm", "max_value": -1.0}}, "layer 1")
    assert re.search(r"^layer 1 \(dense\).*max_value", str(told.value))


def test_layouts_other_than_keras_are_turned_there_and_back() -> None:
    model = model_of((5, 3), layer="lstm", units=2, recurrent_constraint={"name": "unit_norm", "axis": [0]})
    model.apply_constraints()
    (module,) = model.layers()
    kernel = to_keras(module.weights()["recurrent_kernel"], module.specs["recurrent_kernel"])
    assert kernel.shape == (2, 8) and kernel.norm(dim=0).tolist() == pytest.approx([1] * 8, rel=1e-5)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (
            {"kernel_constraint": {"name": "min_max_norm", "min_value": 2.0, "max_value": 1.0}},
            "min_value below max_value",
        ),
        ({"kernel_initializer": {"name": "random_uniform", "minval": 1.0, "maxval": 0.5}}, "minval below maxval"),
    ],
)
def test_bounds_the_wrong_way_round_are_a_sentence(option: dict[str, Any], said: str) -> None:
    with pytest.raises(ShapeError, match=said):
        layer_from({"layer": "dense", **option}, "test").leaving((4,))
