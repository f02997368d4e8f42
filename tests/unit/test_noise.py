"""Noise while training: how much, how often, and that predictions rest. Expected values: keras.io/api/layers."""

import math
from typing import Any

import pytest
import torch

from asanai_tui.network.layers import layer_from
from asanai_tui.network.modules import Model, build
from asanai_tui.network.network import Network
from asanai_tui.network.options import Shape

NOISES: list[dict[str, Any]] = [
    {"layer": "dropout"}, {"layer": "gaussian_noise"}, {"layer": "gaussian_dropout"}, {"layer": "alpha_dropout"},
    {"layer": "spatial_dropout1d"}, {"layer": "spatial_dropout2d"},
]  # fmt: skip
SHAPES: dict[str, Shape] = {"spatial_dropout1d": (50, 20), "spatial_dropout2d": (5, 10, 20)}


def model_of(content: dict[str, Any]) -> Model:
    return build(Network([layer_from(content, "test")]), SHAPES.get(content["layer"], (1000,)))


def noisy(content: dict[str, Any], x: torch.Tensor) -> torch.Tensor:
    torch.manual_seed(1)
    y: torch.Tensor = model_of(content).train()(x)
    return y


def batch(content: dict[str, Any]) -> torch.Tensor:
    torch.manual_seed(2)
    return torch.randn(100, *SHAPES.get(content["layer"], (1000,))).movedim(-1, 1)


@pytest.mark.parametrize("content", NOISES)
def test_predictions_pass_unchanged(content: dict[str, Any]) -> None:
    x = batch(content)
    model = model_of(content).train()
    assert not torch.equal(model(x), x)
    assert torch.equal(model.eval()(x), x)


@pytest.mark.parametrize("stddev", [0.0, 0.3, 2.5])
def test_gaussian_noise_adds_its_deviation(stddev: float) -> None:
    noise = noisy({"layer": "gaussian_noise", "stddev": stddev}, torch.full((100, 1000), 3.0)) - 3
    assert noise.mean().item() == pytest.approx(0, abs=0.01)
    assert noise.std().item() == pytest.approx(stddev, rel=0.01)


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 0.9])
def test_gaussian_dropout_multiplies_by_one_on_average(rate: float) -> None:
    factors = noisy({"layer": "gaussian_dropout", "rate": rate}, torch.full((100, 1000), 2.0)) / 2
    assert factors.mean().item() == pytest.approx(1, abs=0.02)
    assert factors.std().item() == pytest.approx(math.sqrt(rate / (1 - rate)), rel=0.01)


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.6])
def test_alpha_dropout_keeps_mean_and_variance_and_drops_to_selus_lowest(rate: float) -> None:
    """TensorFlow.js 4.22 has the sign wrong: there the mean drifts to 0.9."""
    y = noisy({"layer": "alpha_dropout", "rate": rate}, batch({"layer": "alpha_dropout"}))
    assert y.mean().item() == pytest.approx(0, abs=0.01)
    assert y.std().item() == pytest.approx(1, abs=0.01)
    lowest = -1.7580993408473766
    scale = ((1 - rate) * (1 + rate * lowest**2)) ** -0.5
    dropped = noisy({"layer": "alpha_dropout", "rate": rate}, torch.zeros(100, 1000))
    values, counts = dropped.unique(return_counts=True)
    expected = [scale * lowest * (1 - rate), -scale * lowest * rate]
    assert values.tolist() == pytest.approx(expected, rel=1e-5)
    assert (counts / counts.sum()).tolist() == pytest.approx([rate, 1 - rate], abs=0.01)


@pytest.mark.parametrize("name", SHAPES)
def test_spatial_dropout_takes_whole_channels(name: str) -> None:
    x = torch.ones(400, *SHAPES[name]).movedim(-1, 1)
    y = noisy({"layer": name, "rate": 0.25}, x).flatten(2)
    assert torch.equal(y, y[..., :1].expand_as(y)), "all points of a channel share its fate"
    values, counts = y[..., 0].unique(return_counts=True)
    assert values.tolist() == pytest.approx([0, 1 / 0.75])
    assert (counts / counts.sum()).tolist() == pytest.approx([0.25, 0.75], abs=0.02)


@pytest.mark.parametrize("content", NOISES)
def test_seed_makes_a_layer_independent_of_all_else_that_is_random(content: dict[str, Any]) -> None:
    x = batch(content)

    def three_batches(seed: int, world: int) -> list[torch.Tensor]:
        torch.manual_seed(world)
        model = model_of({**content, "seed": seed}).train()
        return [model(x) for _ in range(3)]

    first, other_world, other_seed = three_batches(5, 1), three_batches(5, 2), three_batches(6, 1)
    assert all(torch.equal(a, b) for a, b in zip(first, other_world, strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(first, other_seed, strict=True))
    assert not torch.equal(first[0], first[1]), "each batch has its own"
    model = model_of({**content, "seed": 5}).train()
    model(x)
    second = model.train()(x)
    assert not torch.equal(second, first[0]), "each epoch has its own"
    assert torch.equal(second, model_of({**content, "seed": 5}).train().train()(x)), "however many batches were before"
    before = torch.get_rng_state()
    model_of({**content, "seed": 5}).train()(x)
    assert torch.equal(torch.get_rng_state(), before), "nothing is taken from the others"


@pytest.mark.parametrize("seed", [None, 5])
@pytest.mark.parametrize("rate", [0.0, 0.25, 0.8])
def test_dropout_drops_its_share_and_scales_up_the_rest(rate: float, seed: int | None) -> None:
    y = noisy({"layer": "dropout", "rate": rate, "seed": seed}, torch.ones(100, 1000))
    assert all(value in (0.0, pytest.approx(1 / (1 - rate))) for value in y.unique().tolist())
    assert (y == 0).float().mean().item() == pytest.approx(rate, abs=0.01)
