"""Captions, suggested networks, the fitting end, and why a layer does not fit."""

import pytest
import torch

from asanai_tui.data.spec import Targets
from asanai_tui.network.advice import captions, fit_end, suggest_network, why_not
from asanai_tui.network.layers import catalogue
from asanai_tui.network.layers.activation import Activation, ReLU, Softmax
from asanai_tui.network.layers.basic import Dense, Flatten, Permute, RepeatVector, Reshape
from asanai_tui.network.layers.convolution import Conv2D
from asanai_tui.network.layers.debug import Debug
from asanai_tui.network.layers.depthwise import DepthwiseConv2D
from asanai_tui.network.layers.edges import Cropping1D, ZeroPadding2D
from asanai_tui.network.layers.embedding import Embedding
from asanai_tui.network.layers.noise import Dropout
from asanai_tui.network.layers.normalization import BatchNormalization
from asanai_tui.network.layers.pooling import MaxPooling2D
from asanai_tui.network.layers.pooling_global import GlobalAveragePooling2D
from asanai_tui.network.layers.recurrent import LSTM
from asanai_tui.network.layers.residual import Residual
from asanai_tui.network.layers.transposed import Conv1DTranspose
from asanai_tui.network.layers.up_sampling import UpSampling1D
from asanai_tui.network.modules import build
from asanai_tui.network.network import Network
from asanai_tui.network.options import Shape

IRIS = Targets("classes", ("setosa", "versicolor", "virginica"))
PAIR = Targets("classes", ("no", "yes"))
PRICE = Targets("numbers", ("price",))
BITS = Targets("numbers", ("a", "b"), binary=True)
CCE, BCE, MSE = "categorical_crossentropy", "binary_crossentropy", "mean_squared_error"
FEATURES, BOTH = "Feature extraction", "Feature extraction and overfitting prevention"


def test_captions_of_asanais_own_check() -> None:
    layers = [Conv2D(), MaxPooling2D(), Conv2D(), MaxPooling2D(), Flatten(), Dropout(), Dense(), Dense()]
    assert captions(layers) == (*[FEATURES] * 4, "Flatten", BOTH, "Classification", "Classification")


def test_captions_of_other_groups() -> None:
    layers = [Conv2D(), BatchNormalization(), MaxPooling2D(), Dropout(), Reshape(), MaxPooling2D(), ReLU(), Dropout()]
    assert captions(layers) == (
        *[BOTH] * 4, "Change shape", "Dimensionality reduction", "Activation function", "Prevent overfitting",
    )  # fmt: skip
    assert captions([Dense(), Dropout(), Dense(), BatchNormalization()]) == (
        *["Classification"] * 3, "Re-scale and re-center",
    )  # fmt: skip
    layers = [ZeroPadding2D(), DepthwiseConv2D(), GlobalAveragePooling2D(), RepeatVector(), Permute(), Cropping1D()]
    assert captions([*layers, UpSampling1D(), Conv1DTranspose()]) == (
        *[FEATURES] * 3, "Change shape", "Change shape", "Change the edges", "Scaling up", FEATURES,
    )  # fmt: skip
    assert captions([Embedding(), LSTM(), Residual(), Debug()]) == (
        *["Read the sequence"] * 2, "Residual blocks", "Debugger",
    )  # fmt: skip
    assert captions([]) == ()
    for cls in catalogue().values():
        assert captions([cls()]) != ("",), f"{cls.__name__} has a caption"


@pytest.mark.parametrize(
    ("targets", "units", "activation"),
    [(IRIS, 3, "softmax"), (PAIR, 1, "sigmoid"), (PRICE, 1, "linear"), (BITS, 2, "sigmoid")],
)
@pytest.mark.parametrize("shape", [(4,), (1,), (3_000,), (5, 7), (8, 8, 1), (1, 1, 1), (28, 28, 3), (2, 1024, 3)])
def test_suggested_network_fits_the_data(shape: Shape, targets: Targets, units: int, activation: str) -> None:
    network, why = suggest_network(shape, targets, 500)
    assert not any(stage.problem for stage in network.stages(shape))
    last = network[-1]
    assert isinstance(last, Dense) and (last.units, last.activation) == (units, activation)
    assert why[0].isupper() and why.endswith(".") and why.count(". ") == 0
    assert network.parameters(shape)[0] < 1_500_000
    assert fit_end(network, targets, {"softmax": CCE, "sigmoid": BCE, "linear": MSE}[activation], shape) is network


def test_suggestion_grows_with_the_rows_and_pictures() -> None:
    few, many = suggest_network((10,), IRIS, 150)[0], suggest_network((10,), IRIS, 100_000)[0]
    assert few.parameters((10,))[0] < 1_000 < many.parameters((10,))[0]
    small, large = suggest_network((8, 8, 1), IRIS, 500)[0], suggest_network((224, 224, 3), IRIS, 500)[0]
    assert len(small) < len(large)
    assert any(isinstance(layer, Dropout) for layer in suggest_network((300,), IRIS, 200)[0])


def test_suggested_network_learns_a_circle() -> None:
    torch.manual_seed(1)
    x = torch.rand(400, 2) * 2 - 1
    y = (x.square().sum(1) < 0.5).float()
    model = build(suggest_network((2,), PAIR, 400)[0], (2,))
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(150):
        optimizer.zero_grad()
        torch.nn.functional.binary_cross_entropy(model(x[:300])[:, 0], y[:300]).backward()
        optimizer.step()
    assert ((model(x[300:])[:, 0] > 0.5) == y[300:].bool()).float().mean().item() >= 0.93


@pytest.mark.parametrize(
    ("layers", "targets", "loss", "expected"),
    [
        ([Dense(units=8), Dense(units=2)], IRIS, CCE, [Dense(units=8), Dense(units=3, activation="softmax")]),
        ([Dense(units=3, activation="softmax")], PRICE, MSE, [Dense(units=1)]),
        ([Dense(units=3, activation="softmax")], PAIR, BCE, [Dense(units=1, activation="sigmoid")]),
        ([Dense(units=1, activation="sigmoid")], PAIR, CCE, [Dense(units=2, activation="softmax")]),
        ([Dense(units=2), Softmax()], IRIS, CCE, [Dense(units=3), Softmax()]),
        ([Dense(units=2), Activation(activation="tanh")], IRIS, CCE, [Dense(units=3, activation="softmax")]),
        ([], PRICE, MSE, [Dense(units=1)]),
        ([Conv2D(), Flatten()], IRIS, CCE, [Conv2D(), Flatten(), Dense(units=3, activation="softmax")]),
        ([Conv2D(), ReLU()], IRIS, CCE, [Conv2D(), ReLU(), Flatten(), Dense(units=3, activation="softmax")]),
        ([Conv2D(), Dense(units=3)], IRIS, CCE, [Conv2D(), Flatten(), Dense(units=3, activation="softmax")]),
    ],
)
def test_end_follows_the_targets(layers: list[Dense], targets: Targets, loss: str, expected: list[Dense]) -> None:
    shape = (8, 8, 3) if any(isinstance(layer, Conv2D) for layer in layers) else (4,)
    fitted = fit_end(Network(layers), targets, loss, shape)
    assert fitted == Network(expected)
    assert fit_end(fitted, targets, loss, shape) is fitted


@pytest.mark.parametrize(
    ("end", "targets", "loss"),
    [
        (Dense(units=1, activation="tanh"), PRICE, MSE),
        (Dense(units=2, activation="linear"), BITS, MSE),
        (Dense(units=3, activation="sigmoid"), IRIS, BCE),
        (Dense(units=2, activation="sigmoid"), PAIR, BCE),
    ],
)
def test_end_that_can_work_is_left_alone(end: Dense, targets: Targets, loss: str) -> None:
    network = Network([Dense(units=8), end])
    assert fit_end(network, targets, loss, (4,)) is network


def test_end_keeps_the_other_options_of_the_layer() -> None:
    fitted = fit_end(Network([Dense(units=9, use_bias=False)]), IRIS, CCE)
    assert fitted[-1] == Dense(units=3, activation="softmax", use_bias=False)


def test_layer_that_fits_has_no_reason_against_it() -> None:
    network = Network([Conv2D(), Flatten(), Dense()])
    assert why_not(MaxPooling2D(), network, 1, (8, 8, 1)) == ""
    assert why_not(Dense(), network, 3, (8, 8, 1)) == ""


def test_reason_is_the_layers_own_problem_in_its_place() -> None:
    network = Network([Conv2D(), Flatten(), Dense()])
    assert why_not(Conv2D(), network, 2, (8, 8, 1)).startswith("needs an image (3 dimensions), 144 arrives; ")
    assert "9×9 kernel does not fit into 6×6" in why_not(Conv2D(kernel_size=(9, 9)), network, 1, (8, 8, 1))


def test_reason_is_the_first_new_problem_behind_it() -> None:
    network = Network([Conv2D(), Conv2D(), Flatten()])
    reason = why_not(Flatten(), network, 1, (8, 8, 1))
    assert reason.startswith("layer 2 (conv2d) could not follow: needs an image (3 dimensions), 144 arrives; ")
    assert why_not(MaxPooling2D(pool_size=(3, 3)), network, 1, (8, 8, 1)).startswith("layer 2 (conv2d) could not")


def test_problems_that_are_there_already_are_no_reason() -> None:
    network = Network([Flatten(), Conv2D(), Dense()])
    assert why_not(Dense(), network, 1, (8, 8, 1)) == ""
    assert why_not(Dense(), network, 3, (8, 8, 1)) == "", "nothing is known behind a problem"
    assert why_not(Reshape(target_shape=(8, 8, 1)), network, 1, (8, 8, 1)) == "", "it even mends"
