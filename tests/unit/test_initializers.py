"""How weights begin, against the formulas: keras.io/api/layers/initializers."""

import math
from typing import Any

import pytest
import torch

from asanai_tui.network.initializers import TRUNCATED_STDDEV, Initializer, fans
from asanai_tui.network.layers import layer_from
from asanai_tui.network.layers.base import encoded
from asanai_tui.network.layers.basic import Dense

SHAPE = (400, 300)
DEPTHWISE = (3, 3, 8, 2)


def initializer(content: dict[str, Any]) -> Initializer:
    layer = layer_from({"layer": "dense", "kernel_initializer": content}, "test")
    assert isinstance(layer, Dense)
    return layer.kernel_initializer


def drawn(name: str, shape: tuple[int, ...] = SHAPE, **options: Any) -> torch.Tensor:
    torch.manual_seed(1)
    return initializer({"name": name, **options})(shape)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((), (1, 1)), ((5,), (5, 5)), ((4, 3), (4, 3)), ((3, 3, 8, 2), (72, 18)), ((2, 3, 4, 5, 6), (120, 144))],
)
def test_fans_count_the_points_of_the_window(shape: tuple[int, ...], expected: tuple[int, int]) -> None:
    assert fans(shape) == expected


@pytest.mark.parametrize(
    ("name", "variance"),
    [("glorot_uniform", 2 / 700), ("he_uniform", 2 / 400), ("lecun_uniform", 1 / 400)],
)
def test_uniform_kinds_reach_their_limit_and_no_further(name: str, variance: float) -> None:
    values, limit = drawn(name), math.sqrt(3 * variance)
    assert limit * 0.999 < values.abs().max().item() <= limit
    assert values.std().item() == pytest.approx(math.sqrt(variance), rel=0.01)
    assert abs(values.mean().item()) < 0.01 * limit


@pytest.mark.parametrize(
    ("name", "variance"),
    [("glorot_normal", 2 / 700), ("he_normal", 2 / 400), ("lecun_normal", 1 / 400)],
)
def test_normal_kinds_are_cut_at_two_deviations_and_keep_their_variance(name: str, variance: float) -> None:
    values, limit = drawn(name), 2 * math.sqrt(variance) / TRUNCATED_STDDEV
    assert limit * 0.99 < values.abs().max().item() <= limit * 1.000001
    assert values.std().item() == pytest.approx(math.sqrt(variance), rel=0.01)


def test_values_that_keras_measured() -> None:
    assert drawn("glorot_normal").std().item() == pytest.approx(0.0535, abs=0.0005)
    assert drawn("truncated_normal").std().item() == pytest.approx(0.044, abs=0.0005)
    assert drawn("glorot_uniform", DEPTHWISE).abs().max().item() == pytest.approx(math.sqrt(6 / 90), rel=0.05)


@pytest.mark.parametrize(("mode", "fan"), [("fan_in", 400), ("fan_out", 300), ("fan_avg", 350)])
@pytest.mark.parametrize("distribution", ["uniform", "truncated_normal", "untruncated_normal"])
def test_variance_scaling_follows_mode_and_distribution(mode: str, fan: int, distribution: str) -> None:
    values = drawn("variance_scaling", scale=3.0, mode=mode, distribution=distribution)
    assert values.std().item() == pytest.approx(math.sqrt(3 / fan), rel=0.01)
    largest = values.abs().max().item() / values.std().item()
    assert {"uniform": largest < 1.74, "truncated_normal": largest < 2.3, "untruncated_normal": largest > 4}[
        distribution
    ]


def test_plain_kinds() -> None:
    assert drawn("zeros").eq(0).all() and drawn("ones").eq(1).all()
    assert drawn("constant", value=123.0).eq(123).all()
    normal = drawn("random_normal", mean=2.0, stddev=0.5)
    assert normal.mean().item() == pytest.approx(2, abs=0.01) and normal.std().item() == pytest.approx(0.5, rel=0.01)
    uniform = drawn("random_uniform", minval=0.0, maxval=4.0)
    assert (
        uniform.min().item() >= 0 and uniform.max().item() <= 4 and uniform.mean().item() == pytest.approx(2, abs=0.02)
    )
    cut = drawn("truncated_normal", mean=1.0, stddev=0.5)
    assert cut.min().item() >= 0 and cut.max().item() <= 2


def test_same_seed_same_weights() -> None:
    assert torch.equal(drawn("he_normal"), drawn("he_normal"))


def test_odd_but_legal_numbers_work() -> None:
    assert drawn("random_normal", mean=1.0, stddev=0.0).eq(1).all()
    assert drawn("truncated_normal", mean=1.0, stddev=0.0).eq(1).all()
    turned = drawn("random_uniform", minval=3.0, maxval=-1.0)
    assert -1 <= turned.min().item() < -0.9 and 2.9 < turned.max().item() <= 3
    assert drawn("random_uniform", minval=-1e6, maxval=1e6).isfinite().all()
    assert drawn("variance_scaling", scale=1e-300, distribution="truncated_normal").eq(0).all()


RANDOM = [
    "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal", "variance_scaling",
    "random_normal", "random_uniform", "truncated_normal", "orthogonal",
]  # fmt: skip


@pytest.mark.parametrize("name", RANDOM)
def test_a_seed_fixes_the_start_whatever_was_drawn_before(name: str) -> None:
    torch.manual_seed(1)
    first, state = initializer({"name": name, "seed": 7})((5, 4)), torch.random.get_rng_state()
    torch.manual_seed(2)
    assert torch.equal(first, initializer({"name": name, "seed": 7})((5, 4)))
    assert not torch.equal(first, initializer({"name": name, "seed": 8})((5, 4)))
    torch.manual_seed(1)
    assert torch.equal(state, torch.random.get_rng_state())  # nothing was taken from the training's numbers


def test_without_a_seed_the_file_says_the_name_alone() -> None:
    content = {"layer": "dense", "kernel_initializer": "he_normal"}
    assert encoded(layer_from(content, "test")) == content
    seeded = {"layer": "dense", "kernel_initializer": {"name": "he_normal", "seed": 3}}
    assert encoded(layer_from(seeded, "test")) == seeded
