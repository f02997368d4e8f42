"""Layers that hold layers, and the layer that tells what passes."""

import logging
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
import tomli_w
import torch

from asanai_tui.checking import checked
from asanai_tui.errors import InputError, ShapeError
from asanai_tui.network import stateful
from asanai_tui.network.layers import layer_from
from asanai_tui.network.layers.basic import Dense
from asanai_tui.network.layers.convolution import Conv2D
from asanai_tui.network.layers.debug import LOGGER
from asanai_tui.network.layers.residual import Residual
from asanai_tui.network.modules import build
from asanai_tui.network.network import MAXIMUM_DEPTH, MAXIMUM_LAYERS, Network
from asanai_tui.options import options_of
from asanai_tui.training.model_file import ModelFile, load, save
from asanai_tui.values import shown
from tests.unit.trainings import CLASSES, dataset, dense, losses, network, table, trainer

BLOCK = """
[[network]]
layer = "residual"

[[network.layers]]
layer = "conv2d"
filters = 3
padding = "same"
kernel_initializer = "he_normal"

[[network.layers]]
layer = "residual"
layers = [{ layer = "batch_normalization" }, { layer = "relu", max_value = 6.0 }]
"""


def residual(*layers: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"layer": "residual", "layers": list(layers), **options}


def nested(depth: int) -> dict[str, Any]:
    return residual(nested(depth - 1) if depth > 2 else {"layer": "relu"})


def test_it_is_written_as_nested_tables() -> None:
    network = Network.decoded(tomllib.loads(BLOCK)["network"])
    (outer,) = network
    assert isinstance(outer, Residual)
    assert [layer.name for layer in outer.layers] == ["conv2d", "residual"]
    assert outer.layers[0] == layer_from(
        {"layer": "conv2d", "filters": 3, "padding": "same", "kernel_initializer": "he_normal"}, "test"
    )
    written = tomli_w.dumps({"network": network.encoded()})
    assert Network.decoded(tomllib.loads(written)["network"]) == network


def test_weights_count_and_are_named_by_their_place() -> None:
    network = Network.decoded(tomllib.loads(BLOCK)["network"])
    kernel = 3 * 3 * 3 * 3 + 3
    assert network.parameters((8, 8, 3)) == (kernel + 12, kernel + 6)
    model = build(network, (8, 8, 3))
    assert list(model.keras_weights()) == [
        "0.0.kernel", "0.0.bias", "0.1.0.gamma", "0.1.0.beta", "0.1.0.moving_mean", "0.1.0.moving_variance",
    ]  # fmt: skip
    assert sum(parameter.numel() for parameter in model.parameters()) == kernel + 6


def test_the_module_computes_what_the_layer_says() -> None:
    (layer,) = Network.decoded(tomllib.loads(BLOCK)["network"])
    model = build(Network([layer]), (8, 8, 3)).eval()
    x = torch.randn(2, 3, 8, 8)
    (module,) = model.layers()
    assert torch.allclose(model(x), layer.forward(x, module.weights(), False), atol=1e-6)


def test_penalties_of_inner_layers_count() -> None:
    assert build(Network.decoded([residual({"layer": "dense", "units": 4})]), (4,)).penalty() is None
    content = {"layer": "dense", "units": 4, "kernel_regularizer": "l2", "activity_regularizer": "l1"}
    model = build(Network.decoded([residual(residual(content))]), (4,))
    x = torch.randn(5, 4)
    model(x)
    kernel = model.keras_weights()["0.0.0.kernel"]
    expected = 0.01 * kernel.square().sum() + 0.01 * (x @ kernel).abs().sum() / 5
    penalty = model.penalty()
    assert penalty is not None and penalty.item() == pytest.approx(expected.item(), rel=1e-5)


def test_noise_within_rests_when_predicting() -> None:
    model = build(Network.decoded([residual({"layer": "dropout", "rate": 0.5})]), (100,))
    x = torch.ones(10, 100)
    assert sorted(model.train()(x).unique().tolist()) == [1.0, 3.0]
    assert model.eval()(x).unique().tolist() == [2.0]


def test_frozen_residual_freezes_all_it_holds() -> None:
    inner = [{"layer": "batch_normalization"}, residual({"layer": "dense", "units": 4})]
    model = build(Network.decoded([residual(*inner, trainable=False)]), (4,))
    assert not list(model.parameters())
    before = {name: value.clone() for name, value in model.keras_weights().items()}
    model.train()(torch.randn(9, 4) + 3)
    assert all(torch.equal(value, before[name]) for name, value in model.keras_weights().items())


@pytest.mark.parametrize(
    ("content", "shape", "expected"),
    [
        (residual({"layer": "dense", "units": 5}), (4,),
         "4 arrives, but its layers give 5, which cannot be added to it; make them give 4."),
        (residual({"layer": "conv2d"}), (8, 8, 3),
         "8×8×3 arrives, but its layers give 6×6×4, which cannot be added to it; make them give 8×8×3."),
        (residual(), (4,), "holds no layers; give it at least one."),
        (residual({"layer": "relu"}, {"layer": "conv2d"}), (4,), "its layer 2 (conv2d): needs an image (3 dimensions)"),
        (residual(residual({"layer": "flatten"})), (2, 2), "its layer 1 (residual): 2×2 arrives, but its layers give"),
        (residual({"layer": "dense", "units": 10**6}), (10**6,), "its layer 1 (dense): 1,000,001,000,000 weights"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_a_sentence(content: dict[str, Any], shape: tuple[int, ...], expected: str) -> None:
    with pytest.raises(ShapeError) as caught:
        layer_from(content, "test").leaving(shape)
    assert expected in str(caught.value) and str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([residual({"layer": "relu"}, {"layer": "dens"})],
         "network, layer 1 (residual), layer 2: no layer is called 'dens'; did you mean 'dense'?"),
        ([{"layer": "relu"}, residual(residual({"layer": "dense", "units": 0}))],
         "network, layer 2 (residual), layer 1 (residual), layer 1 (dense), units: expected a whole number"),
        ([{"layer": "residual", "layers": "dense"}], "network, layer 1 (residual): expected a list of layers"),
        ([{"layer": "residual", "layers": [3]}], "network, layer 1 (residual): expected a list of layers"),
        ([nested(MAXIMUM_DEPTH + 1)], f"network: layers lie in one another {MAXIMUM_DEPTH + 1} deep; at most"),
        ([nested(500)], "network: layers lie in one another 500 deep; at most 8 can be handled."),
        ([residual(*[{"layer": "relu"}] * 1000)] * 3, "network: 3,003 layers; at most 2,000 can be handled."),
    ],
)  # fmt: skip
def test_wrong_inner_layer_is_named_with_its_place(layers: list[Any], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        Network.decoded(layers)
    assert str(caught.value).startswith(expected)


def test_the_deepest_that_is_allowed_works() -> None:
    network = Network.decoded([nested(MAXIMUM_DEPTH)])
    assert build(network, (3,))(torch.ones(1, 3)).tolist() == [[float(MAXIMUM_DEPTH)] * 3]
    assert MAXIMUM_LAYERS >= 1000


def test_inner_layers_are_an_option_that_can_be_set() -> None:
    (option, _) = options_of(Residual)
    assert (option.kind, shown(Residual().layers)) == ("layers", "batch_normalization, activation")
    changed = checked(Residual(), layers=Network([Conv2D(kernel_size=(1, 1)), Dense(units=3)]))
    assert changed.layers == Network([Conv2D(kernel_size=(1, 1)), Dense(units=3)])
    assert checked(changed, trainable=False).layers == changed.layers


def test_it_trains_with_all_that_training_does_and_comes_back_from_a_model_file(tmp_path: Path) -> None:
    inner = dense(8, "relu", kernel_regularizer="l2", kernel_constraint={"name": "max_norm", "max_value": 0.7})
    block = residual({"layer": "batch_normalization"}, residual(inner), {"layer": "gaussian_dropout", "seed": 1})
    layers = network(dense(8), block, {"layer": "debug"}, {"layer": "snake"}, dense(3, "softmax"))
    data = dataset(*table(), validation=16)
    run = trainer(layers, data, msgspec.structs.replace(CLASSES, epochs=8))
    assert run.run().state == "finished"
    first, *_, last = losses(run)
    assert last[0] < first[0]
    kernel = run.best_weights["1.1.0.kernel"]
    assert kernel.norm(dim=0).max() <= 0.7001 and (kernel.norm(dim=0) - 0.7).abs().min() < 1e-4
    file = ModelFile(layers, (4,), data[0].preprocessing, data[1], CLASSES.loss, CLASSES.metrics, {}, run.best_weights)
    save(tmp_path / "model.safetensors", file)
    back = load(tmp_path / "model.safetensors")
    assert back.network == layers
    model = build(back.network, back.input_shape)
    model.load_keras_weights(back.weights)
    again = trainer(layers, data, msgspec.structs.replace(CLASSES, epochs=8))
    again.run()
    assert losses(again) == losses(run), "seeded noise and all, it can be repeated"


class Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def heard() -> Any:
    listener = Listener()
    LOGGER.addHandler(listener)
    yield listener.lines
    LOGGER.removeHandler(listener)


def test_debug_tells_what_passes_through(heard: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stateful, "DEBUG_SECONDS", 0.0)
    layers = [{"layer": "debug"}, {"layer": "flatten"}, residual({"layer": "debug", "label": "inside\x1b[31m"})]
    model = build(Network.decoded(layers), (2, 2, 3))
    x = torch.arange(24.0).reshape(2, 3, 2, 2)
    y = model(x)
    assert torch.equal(y, 2 * x.movedim(1, -1).flatten(1))
    assert heard == [
        "debug 1: 2 × 2×2×3, minimum 0, maximum 23, mean 11.5",
        "inside�[31m, debug 3.1: 2 × 12, minimum 0, maximum 23, mean 11.5",
    ]
    model(x * float("nan"))
    assert heard[-1] == "inside�[31m, debug 3.1: 2 × 12, minimum nan, maximum nan, mean nan"
    model(x[:0])
    assert heard[-1] == "inside�[31m, debug 3.1: 0 × 12"


def test_debug_speaks_rarely(heard: list[str]) -> None:
    model = build(Network.decoded([{"layer": "debug"}]), (4,))
    x = torch.ones(2, 4, requires_grad=True)
    for _ in range(200):
        y = model(x)
    assert len(heard) == 1
    y.sum().backward()
    assert x.grad is not None and bool((x.grad == 1).all())


def test_debug_computes_nothing_without_a_listener(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LOGGER, "propagate", False)  # pytest listens at the root
    model = build(Network.decoded([{"layer": "debug"}]), (4,))
    with torch.profiler.profile() as profile:
        model(torch.ones(2, 4))
    assert not any("aminmax" in event.key for event in profile.key_averages())
