"""Networks: counts, problems, edits, what comes out of torch, and that arithmetic needs no torch."""

import subprocess
import sys
import time
from typing import Any

import pytest
import torch

from asanai_tui.errors import InputError
from asanai_tui.network.layers.basic import Dense, Flatten
from asanai_tui.network.layers.convolution import Conv2D
from asanai_tui.network.layers.noise import Dropout
from asanai_tui.network.layers.pooling import MaxPooling2D
from asanai_tui.network.modules import build
from asanai_tui.network.network import MAXIMUM_LAYERS, Network

SIGNS = Network([Conv2D(filters=4), Conv2D(filters=4), Flatten(), Dense(units=32), Dense(units=5)])
XOR = Network([Dense(units=8), Dense(units=4), Dense(units=1)])


def test_sign_network_of_asanai() -> None:
    assert SIGNS.parameters((40, 40, 3)) == (166_345, 166_345)
    assert [stage.leaves for stage in SIGNS.stages((40, 40, 3))] == [(38, 38, 4), (36, 36, 4), (5184,), (32,), (5,)]
    assert [stage.parameters for stage in SIGNS.stages((40, 40, 3))] == [112, 148, 0, 165_920, 165]


def test_xor_network_of_asanai() -> None:
    assert XOR.parameters((2,)) == (65, 65)
    assert XOR.output_shape((2,)) == (1,)


def test_parameters_are_those_that_torch_holds() -> None:
    network = Network.decoded([
        {"layer": "conv2d", "trainable": False},
        {"layer": "batch_normalization"},
        {"layer": "flatten"},
        {"layer": "dense", "units": 3, "use_bias": False},
    ])  # fmt: skip
    model = build(network, (8, 8, 3))
    trainable = sum(parameter.numel() for parameter in model.parameters())
    held = trainable + sum(buffer.numel() for buffer in model.buffers())
    assert network.parameters((8, 8, 3)) == (held, trainable) == (112 + 16 + 432, 8 + 432)


def test_problem_stands_at_its_layer_and_hides_what_follows() -> None:
    network = Network([MaxPooling2D(), Conv2D(kernel_size=(5, 5)), Flatten(), Dense()])
    stages = network.stages((8, 8, 1))
    assert [bool(stage.problem) for stage in stages] == [False, True, False, False]
    assert stages[1].arrives == (4, 4, 1)
    assert stages[1].leaves is None and stages[2].arrives is None
    assert network.output_shape((8, 8, 1)) is None
    with pytest.raises(InputError, match=r"^layer 2 \(conv2d\): the 5×5 kernel does not fit into 4×4; "):
        build(network, (8, 8, 1))


def test_edits_make_new_networks() -> None:
    first, second, third = Dense(units=1), Dense(units=2), Dropout()
    network = Network([first, second])
    assert network.inserted(1, third).layers == (first, third, second)
    assert network.inserted(2, third, third).layers == (first, second, third, third)
    assert network.removed(0).layers == (second,)
    assert network.replaced(1, third).layers == (first, third)
    assert network.moved(0, 1).layers == (second, first)
    assert network.moved(0, -1) is network and network.moved(1, 1) is network
    assert network.layers == (first, second)
    assert network == Network([first, second]) and hash(network) == hash(Network([first, second]))
    assert network != network.moved(0, 1)


def test_plain_data_round_trip_says_only_what_differs_from_the_defaults() -> None:
    plain: list[dict[str, Any]] = [
        {"layer": "conv2d", "filters": 8, "kernel_initializer": "he_normal"},
        {"layer": "max_pooling2d", "strides": [1, 1]},
        {"layer": "dense", "kernel_regularizer": {"name": "l2", "l2": 0.1}},
    ]
    network = Network.decoded(plain)
    assert Network.decoded(network.encoded()) == network
    assert [layer["layer"] for layer in network.encoded()] == ["conv2d", "max_pooling2d", "dense"]
    assert network.encoded()[0] == plain[0]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("dense", "expected a list of layers"),
        ([1], "expected a list of layers"),
        ([{"layer": "dense"}] * (MAXIMUM_LAYERS + 1), "2,001 layers; at most 2,000"),
        ([{"layer": "dense"}, {"layer": "dens"}], "network, layer 2: no layer is called 'dens'; did you mean 'dense'?"),
        ([{"layer": "dense", "unit": 2}], "network, layer 1 (dense): no option is called 'unit'"),
        ([{"layer": "\x1b[2J"}], "no layer is called '�[2J'"),
    ],
)
def test_wrong_content_is_refused_with_its_place(content: object, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        Network.decoded(content)
    assert expected in str(caught.value)


def test_thousands_of_layers_are_counted_at_once() -> None:
    network = Network([Dense(units=16)] * MAXIMUM_LAYERS)
    began = time.process_time()
    assert network.parameters((16,))[0] == MAXIMUM_LAYERS * (16 * 16 + 16)
    assert time.process_time() - began < 1


def test_weights_travel_between_models_in_keras_layout() -> None:
    first, second = build(SIGNS, (12, 12, 3)), build(SIGNS, (12, 12, 3))
    weights = first.keras_weights()
    assert tuple(weights["0.kernel"].shape) == (3, 3, 3, 4)
    second.load_keras_weights(weights)
    x = torch.rand(2, 3, 12, 12)
    assert torch.equal(first(x), second(x))
    with pytest.raises(InputError, match=r"weight '0\.kernel' does not belong"):
        second.load_keras_weights({name: value for name, value in weights.items() if name != "0.kernel"})
    with pytest.raises(InputError, match=r"weight '4\.bias' is \[6\], expected \[5\]"):
        second.load_keras_weights({**weights, "4.bias": torch.zeros(6)})


@pytest.mark.parametrize("module", ["asanai_tui.network.network", "asanai_tui.network.advice", "asanai_tui.project"])
def test_arithmetic_imports_nothing_heavy(module: str) -> None:
    code = (
        f"import sys, {module}; from asanai_tui.network.network import Network;"
        "Network.decoded([{'layer': 'dense'}, {'layer': 'conv2d'}]).stages((3,));"
        "print([name for name in ('torch', 'pandas', 'cv2', 'textual') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
