"""Slopes, snake and normalizations by their definitions, where Keras on torch has no number to compare with."""

from typing import Any

import numpy as np
import pytest
import torch

from asanai_tui.errors import ShapeError
from asanai_tui.network.initializers import Start
from asanai_tui.network.layers import layer_from
from asanai_tui.network.layers.basic import Dense
from asanai_tui.network.modules import Model, build
from asanai_tui.network.network import Network
from asanai_tui.network.options import Shape


def model_of(shape: Shape, **content: Any) -> Model:
    torch.manual_seed(1)
    return build(Network([layer_from(content, "test")]), shape)


def computed(model: Model, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Batch × … × channels to batch × … × channels."""
    y: torch.Tensor = model(torch.from_numpy(x).movedim(-1, 1)).movedim(1, -1)
    return y.detach().numpy()


def values(*shape: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(1).normal(1.0, 2.0, shape).astype(np.float32)


def initializer(content: dict[str, Any]) -> Start:
    layer = layer_from({"layer": "dense", "kernel_initializer": content}, "test")
    assert isinstance(layer, Dense)
    return layer.kernel_initializer


@pytest.mark.parametrize("theta", [1.0, 0.0, -1.0])
def test_thresholded_relu_keeps_what_is_above_theta(theta: float) -> None:
    x = np.append(values(3, 9), np.full((3, 1), theta, np.float32), axis=1)
    expected = np.where(x > theta, x, 0)
    assert np.array_equal(computed(model_of((10,), layer="thresholded_relu", theta=theta), x), expected)


def test_thresholded_relu_makes_0_of_minus_infinity() -> None:
    x = np.array([[-np.inf, np.inf, 2.0]], np.float32)
    assert computed(model_of((3,), layer="thresholded_relu"), x).tolist() == [[0.0, np.inf, 2.0]]


def test_snake_is_asanais_and_learns_its_alpha() -> None:
    """x + sin(x)² / alpha (asanAI); alpha is one weight."""
    x = values(4, 5, 3)
    model = model_of((5, 3), layer="snake", alpha=0.5)
    np.testing.assert_allclose(computed(model, x), x + np.sin(x) ** 2 / 0.5, atol=1e-5)
    assert {name: value.shape for name, value in model.keras_weights().items()} == {"0.alpha": ()}
    (alpha,) = model.parameters()
    computed_sum = model(torch.from_numpy(x).movedim(-1, 1)).sum()
    computed_sum.backward()
    assert alpha.grad is not None
    assert alpha.grad.item() == pytest.approx(-(np.sin(x) ** 2).sum() / 0.25, rel=1e-4)


@pytest.mark.parametrize("axes", [[1], [2], [1, 2], [1, 3], [2, -1], [3, 1]])
def test_layer_normalization_over_any_dimensions(axes: list[int]) -> None:
    x = values(2, 3, 4, 5)
    model = model_of((3, 4, 5), layer="layer_normalization", axis=axes, gamma_initializer="random_normal",
                     beta_initializer="random_normal")  # fmt: skip
    where = tuple(sorted(axis % 4 for axis in axes))
    centered = x - x.mean(where, keepdims=True)
    normalized = centered / np.sqrt(x.var(where, keepdims=True) + 1e-3)
    kept = [x.shape[i] if i in where else 1 for i in range(1, 4)]
    weights = {name: value.numpy().reshape(kept) for name, value in model.keras_weights().items()}
    expected = normalized * weights["0.gamma"] + weights["0.beta"]
    assert np.allclose(computed(model, x), expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(4,), (1, 4), (1, 1, 4)])
def test_group_normalization_of_a_single_number_gives_its_center(shape: Shape) -> None:
    """As in Keras; torch.nn.functional.group_norm refuses a batch of one such example, the last of an epoch, say."""
    model = model_of(shape, layer="group_normalization", groups=-1, beta_initializer="random_normal").train()
    x = values(1, *shape)
    assert computed(model, x).ravel().tolist() == pytest.approx(model.keras_weights()["0.beta"].tolist(), abs=1e-5)


@pytest.mark.parametrize("shape", [(5, 4), (5, 6, 4), (1, 1, 4), (2, 3, 5, 4), (1, 1, 1, 4)])
@pytest.mark.parametrize("groups", [1, 2, -1])
def test_group_normalization_learns_as_the_first_layer(shape: Shape, groups: int) -> None:
    """torch 2.13 on the CPU crashes where images that need no gradient lie channels last, as ours do."""
    model = model_of(shape, layer="group_normalization", groups=groups)
    x = torch.from_numpy(values(2, *shape)).movedim(-1, 1)
    model(x).sum().backward()
    gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
    assert gradients["0.beta"] is not None and gradients["0.beta"].tolist() == pytest.approx([x[:, 0].numel()] * 4)
    assert gradients["0.gamma"] is not None and gradients["0.gamma"].sum().item() == pytest.approx(0, abs=1e-3)


def test_one_number_stands_for_one_axis() -> None:
    assert layer_from({"layer": "layer_normalization", "axis": -2}, "test").leaving((3, 4)) == (3, 4)
    limit = {"name": "max_norm", "axis": 1}
    assert layer_from({"layer": "dense", "kernel_constraint": limit}, "test").leaving((3,)) == (2,)
    assert layer_from({"layer": "prelu", "shared_axes": 1}, "test").weights((3, 4))["alpha"].shape == (1, 4)


@pytest.mark.parametrize(
    ("content", "shape", "expected"),
    [
        ({"layer": "group_normalization"}, (4, 12), "32 groups do not divide 12 channels; set groups to 4, say."),
        (
            {"layer": "group_normalization", "groups": 0},
            (4,),
            "0 groups do not divide 4 channels; set groups to 4, say.",
        ),
        (
            {"layer": "group_normalization", "axis": 4},
            (4, 4),
            "axis 4 is no dimension of 4×4; set axis to -1, the last.",
        ),
        ({"layer": "layer_normalization", "axis": [0]}, (4, 4), "axis 0 is no dimension of 4×4; set axis to -1"),
        ({"layer": "layer_normalization", "axis": [2, -1]}, (4, 4), "axis 2 -1 names a dimension of 4×4 twice; name"),
        ({"layer": "prelu", "shared_axes": [3]}, (4, 4), "axis 3 is no dimension of 4×4; set axis to -1, the last."),
    ],
)
def test_wrong_axes_and_groups_are_sentences(content: dict[str, Any], shape: Shape, expected: str) -> None:
    with pytest.raises(ShapeError) as caught:
        layer_from(content, "test").leaving(shape)
    assert str(caught.value).startswith(expected)


@pytest.mark.parametrize("shape", [(6, 6), (9, 4), (4, 9), (3, 3, 2, 5), (1, 7), (7, 1)])
@pytest.mark.parametrize("gain", [1.0, 2.5])
def test_orthogonal_start(shape: Shape, gain: float) -> None:
    """What is fewer, rows or columns of the last dimension against all others, stands at right angles."""
    torch.manual_seed(1)
    start = {"name": "orthogonal", "gain": gain}
    kernel = initializer(start)(shape)
    flat = kernel.reshape(-1, shape[-1])
    product = flat.T @ flat if flat.shape[0] >= flat.shape[1] else flat @ flat.T
    assert (product - gain**2 * torch.eye(len(product))).abs().max() < 1e-5


def test_orthogonal_start_prefers_no_direction() -> None:
    torch.manual_seed(1)
    start = initializer({"name": "orthogonal"})
    entries = torch.stack([start((3, 3)) for _ in range(3000)])
    assert entries.mean(0).abs().max() < 0.05
    assert (entries.square().mean(0) - 1 / 3).abs().max() < 0.02


@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 2)])
def test_identity_start(shape: Shape) -> None:
    start = {"name": "identity", "gain": 0.5}
    kernel = initializer(start)(shape)
    assert np.array_equal(kernel, 0.5 * np.eye(*shape, dtype=np.float32))
