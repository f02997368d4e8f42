"""Every number that the real TF.js gave (tests/golden/make_tfjs_goldens.mjs) comes out here too."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from asanai_tui.network.layers import layer_from
from asanai_tui.network.modules import build
from asanai_tui.network.network import Network

FILE = Path(__file__).parents[1] / "golden" / "tfjs_layers.json"
CASES: list[dict[str, Any]] = json.loads(FILE.read_text())["cases"]


def sixteenths(content: dict[str, Any]) -> NDArray[np.float32]:
    """Inputs and weights are whole numbers of sixteenths."""
    return (np.array(content["values"], np.float32) / 16).reshape(content["shape"])


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{case['layer']['layer']}" for i, case in enumerate(CASES)])
def test_layer_computes_what_tfjs_computes(case: dict[str, Any]) -> None:
    x, expected = sixteenths(case["input"]), case["output"]
    network = Network([layer_from(case["layer"], "golden")])
    assert network.output_shape(x.shape[1:]) == tuple(expected["shape"][1:])
    assert network.parameters(x.shape[1:])[0] == case["parameters"]
    model = build(network, x.shape[1:]).eval()
    model.load_keras_weights({f"0.{each['name']}": torch.from_numpy(sixteenths(each)) for each in case["weights"]})
    y = model(torch.from_numpy(x).movedim(-1, 1)).detach().movedim(1, -1)
    np.testing.assert_allclose(y, np.array(expected["values"]).reshape(expected["shape"]), atol=1e-5, rtol=1e-5)


def test_goldens_cover_the_layers_that_tfjs_has() -> None:
    names = {case["layer"]["layer"] for case in CASES}
    pooling = {f"{kind}_pooling{n}d" for kind in ("max", "average") for n in (1, 2, 3)}
    overall = {f"global_{kind}_pooling{n}d" for kind in ("max", "average") for n in (1, 2)}
    sliding = {"conv1d", "conv2d", "conv3d", "conv2d_transpose", "conv3d_transpose", "depthwise_conv2d"}
    others = {"separable_conv2d", "up_sampling2d", "zero_padding2d", "cropping2d", "dense", "batch_normalization"}
    sequence = {"simple_rnn", "gru", "lstm", "embedding"}
    slopes = {"relu", "leaky_relu", "prelu", "elu", "thresholded_relu", "softmax", "layer_normalization"}
    assert pooling | overall | sliding | others | sequence | slopes <= names
    assert any(case["layer"].get("padding") == "same" for case in CASES if "average" in case["layer"]["layer"])
    assert any(case["layer"].get("bidirectional") for case in CASES)
