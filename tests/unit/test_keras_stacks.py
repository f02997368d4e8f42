"""Random stacks of random layers that the real Keras computed (tests/golden/make_keras_stacks.py) come out here too."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from asanai_tui.network.modules import build
from asanai_tui.network.network import Network
from tests.unit.goldens import Row

FILE = Path(__file__).parents[1] / "golden" / "keras_stacks.npz"


class Stack(NamedTuple):
    """Layers as Keras computed them; arrays are channels last, with the batch."""

    layers: list[dict[str, Any]]
    parameters: tuple[int, int]  # all, trainable
    x: NDArray[np.float32]
    weights: dict[str, NDArray[np.float32]]
    y: NDArray[np.float32]

    @property
    def network(self) -> Network:
        return Network.decoded(self.layers)


def stacks() -> Iterator[Stack]:
    with np.load(FILE) as file:
        entries, row = json.loads(str(file["stacks"])), Row(file["values"])
    for entry in entries:
        x = row.take(entry["input"])
        weights = {name: row.take(shape) for name, shape in entry["weights"].items()}
        yield Stack(entry["layers"], (entry["parameters"], entry["trainable"]), x, weights, row.take(entry["output"]))
    assert row.left == 0


STACKS = tuple(stacks())


@pytest.mark.parametrize("stack", STACKS, ids=[f"{i}-{stack.network}" for i, stack in enumerate(STACKS)])
def test_stack_is_what_keras_makes_of_it(stack: Stack) -> None:
    network, shape = stack.network, stack.x.shape[1:]
    assert network.output_shape(shape) == stack.y.shape[1:]
    assert network.parameters(shape) == stack.parameters
    model = build(network, shape).eval()
    model.load_keras_weights({name: torch.from_numpy(value) for name, value in stack.weights.items()})
    with torch.no_grad():
        y = model(torch.from_numpy(stack.x).movedim(-1, 1)).movedim(1, -1)
    np.testing.assert_allclose(y, stack.y, atol=1e-5, rtol=1e-5)


def names(layers: list[dict[str, Any]]) -> set[str]:
    inner = (names(layer["layers"]) for layer in layers if "layers" in layer)
    return {layer["layer"] for layer in layers}.union(*inner)


def test_stacks_hold_every_layer_that_there_was_when_they_were_made() -> None:
    assert len(set().union(*(names(stack.layers) for stack in STACKS))) == 62
    assert {len(stack.x.shape) - 1 for stack in STACKS} == {1, 2, 3, 4}
