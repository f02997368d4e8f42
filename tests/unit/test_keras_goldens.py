"""Every number that the real Keras gave (tests/golden/make_keras_*.py) comes out here too."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from asanai_tui.network.layers import catalogue, layer_from
from asanai_tui.network.modules import Model, build
from asanai_tui.network.network import Network
from tests.unit.goldens import Row

COMPARED = ("convolution", "pooling", "normalization", "sequence", "residual")
FILES = sorted((Path(__file__).parents[1] / "golden").glob("keras_layers*.npz"))


class Golden(NamedTuple):
    """One layer as Keras computed it; arrays are channels last, with the batch."""

    layer: dict[str, Any]
    passes: int
    penalty: float
    x: NDArray[np.float32]
    weights: dict[str, NDArray[np.float32]]
    y: NDArray[np.float32]
    after: dict[str, NDArray[np.float32]]


def goldens(path: Path) -> Iterator[Golden]:
    with np.load(path) as file:
        cases, row = json.loads(str(file["cases"])), Row(file["values"])
    for case in cases:
        x = row.take(case["input"])
        weights = {name: row.take(shape) for name, shape in case["weights"].items()}
        y = row.take(case["output"])
        after = {name: row.take(shape) for name, shape in case["after"].items()}
        yield Golden(case["layer"], case["passes"], case["penalty"], x, weights, y, after)
    assert row.left == 0


GOLDENS = tuple(golden for path in FILES for golden in goldens(path))


def model_of(golden: Golden) -> Model:
    """The layer alone in a model, with Keras' weights."""
    model = build(Network([layer_from(golden.layer, "golden")]), golden.x.shape[1:])
    model.load_keras_weights({f"0.{name}": torch.from_numpy(value) for name, value in golden.weights.items()})
    return model.train(golden.passes > 0)


@pytest.mark.parametrize("golden", GOLDENS, ids=[f"{i}-{golden.layer['layer']}" for i, golden in enumerate(GOLDENS)])
def test_layer_computes_what_keras_computes(golden: Golden) -> None:
    model = model_of(golden)
    x = torch.from_numpy(golden.x).movedim(-1, 1)
    for _ in range(max(1, golden.passes)):
        y = model(x)
    np.testing.assert_allclose(y.detach().movedim(1, -1), golden.y, atol=1e-5, rtol=1e-5)
    for name, value in golden.after.items():
        np.testing.assert_allclose(model.keras_weights()[f"0.{name}"], value, atol=1e-5, rtol=1e-5, err_msg=name)
    penalty = model.penalty()
    assert (0.0 if penalty is None else penalty.item()) == pytest.approx(golden.penalty, abs=1e-5, rel=1e-5)


def test_goldens_cover_what_keras_can_say() -> None:
    names = {golden.layer["layer"] for golden in GOLDENS}
    assert {"dense", "flatten", "reshape", "permute", "repeat_vector", "batch_normalization", "activation"} <= names
    assert len([name for name in names if catalogue()[name].group in COMPARED]) == 40
    assert any(golden.penalty > 0 for golden in GOLDENS)
    assert any(golden.after for golden in GOLDENS)
