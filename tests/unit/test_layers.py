"""One test helper for every layer of the catalogue: shapes, weights, files, gradients, freezing."""

import time
import tomllib
from collections.abc import Iterator
from itertools import product
from typing import Any

import msgspec
import numpy as np
import pytest
import tomli_w
import torch
from numpy.typing import NDArray

from asanai_tui.errors import InputError, ShapeError
from asanai_tui.network.layers import catalogue, layer_from
from asanai_tui.network.layers.base import Layer, encoded, explanation
from asanai_tui.network.layers.convolution import Conv2D
from asanai_tui.network.layers.pooling import AveragePooling2D, MaxPooling2D
from asanai_tui.network.modules import build, to_keras, to_torch
from asanai_tui.network.network import Network
from asanai_tui.network.options import Shape
from asanai_tui.options import Option, options_of

SHAPES: tuple[Shape, ...] = ((6,), (5, 3), (4, 32), (7, 8, 3), (8, 5, 4), (2, 3, 4, 2), (5, 3, 4, 2))
EXTREME_SHAPES: tuple[Shape, ...] = ((2**31 - 1,), *((2**20,) * n for n in (2, 3, 4)), *((1,) * n for n in (2, 3, 4)))
BATCH = 4


def other_values(option: Option) -> Iterator[Any]:
    """Values of an option other than its default, as a file would hold them."""
    match option.kind:
        case "switch":
            yield not option.default
        case "choice":
            yield from (choice for choice in option.choices if choice != option.default)
        case "variant":
            yield from ({"name": name} for name in option.choices)
        case "layers":
            yield [{"layer": "dense", "units": 3, "activation": "relu"}, {"layer": "residual"}]
            yield [{"layer": "dense", "units": 6, "kernel_regularizer": "l2", "kernel_constraint": "max_norm"}]
        case "text":
            yield "after the first"
        case "sizes" if option.pairs:
            yield from (1, [[2, 0], [0, 1], [1, 1]][: (option.length or 2) // 2])
        case "sizes":
            yield from ([1] * (option.length or 1), [2] * (option.length or 1), [3, 2, 1][: option.length or 1])
        case "integer":
            yield from (1, 2, 5)
        case "number":
            low = 0.0 if option.minimum is None else option.minimum
            yield low + 0.3 * ((1.0 if option.maximum is None else option.maximum) - low)


def variations(cls: type[Layer]) -> Iterator[Layer]:
    """The layer with its defaults, then with each option changed on its own."""
    yield cls()
    for option in options_of(cls):
        for value in other_values(option):
            yield layer_from({"layer": str(cls.__struct_config__.tag), option.name: value}, "test")


def accepted(layer: Layer) -> Iterator[Shape]:
    for shape in SHAPES:
        try:
            layer.leaving(shape)
        except ShapeError as error:
            assert str(error).endswith("."), "the reason is a sentence"
            assert "; " in str(error), "it says what to do"
        else:
            yield shape


def example(layer: Layer, shape: Shape) -> torch.Tensor:
    """A batch such as the layer takes."""
    if layer.takes_tokens:
        tokens: int = getattr(layer, "input_dim")  # noqa: B009
        return torch.randint(0, tokens, (BATCH, *shape)).float().movedim(-1, 1)
    return torch.randn(BATCH, *shape).movedim(-1, 1)


def check(layer: Layer, shape: Shape) -> None:
    """Everything that must hold for any layer on any shape it accepts."""
    torch.manual_seed(1)
    model = build(Network([layer]), shape)
    x = example(layer, shape).requires_grad_()
    y = model(x)
    assert tuple(y.movedim(1, -1).shape[1:]) == layer.leaving(shape)
    check_weights(layer, shape, model.keras_weights())
    check_gradients(model, x)
    assert model.eval()(x).shape == y.shape
    before = {name: value.clone() for name, value in model.keras_weights().items()}
    build(Network([layer]), shape).load_keras_weights(before)
    check_file(layer)


def check_weights(layer: Layer, shape: Shape, weights: dict[str, torch.Tensor]) -> None:
    specs = layer.weights(shape)
    assert {name: tuple(value.shape) for name, value in weights.items()} == {
        f"0.{name}": spec.shape for name, spec in specs.items()
    }
    for name, spec in specs.items():
        assert torch.equal(to_keras(to_torch(weights[f"0.{name}"], spec), spec), weights[f"0.{name}"])


def check_gradients(model: torch.nn.Module, x: torch.Tensor) -> None:
    """With any weights: where a layer multiplies two of its own, zeros in one keep the gradient from the other.

    Drawn again where a relu of few units happens to let nothing through, or an exponential that feeds itself overflows.
    """
    parameters = dict(model.named_parameters())
    if not parameters:
        return
    for stddev in (1.0, 1.0, 0.1, 0.1, 0.01, 0.01):
        model.zero_grad()
        for parameter in parameters.values():
            torch.nn.init.normal_(parameter, std=stddev)
        y = model(x)
        (y * torch.randn_like(y)).sum().backward()
        reached = {name: gradient_of(parameter) for name, parameter in parameters.items()}
        if all(reached.values()):
            return
    raise AssertionError(f"no gradient reaches {[name for name, value in reached.items() if not value]}")


def gradient_of(parameter: torch.Tensor) -> bool:
    """Whether a gradient that is a number arrives."""
    return parameter.grad is not None and bool(parameter.grad.isfinite().all() and parameter.grad.any())


def check_file(layer: Layer) -> None:
    text = tomli_w.dumps({"network": [encoded(layer)]})
    assert layer_from(tomllib.loads(text)["network"][0], "test") == layer


@pytest.mark.parametrize("tag", catalogue())
def test_every_layer_holds_what_it_says(tag: str) -> None:
    cls = catalogue()[tag]
    assert list(accepted(cls())), "with its defaults it takes at least one shape"
    for layer in variations(cls):
        for shape in accepted(layer):
            check(layer, shape)


@pytest.mark.parametrize("tag", [tag for tag, cls in catalogue().items() if "trainable" in cls.__struct_fields__])
def test_frozen_layer_does_not_move(tag: str) -> None:
    layer = layer_from({"layer": tag, "trainable": False}, "test")
    shape = next(accepted(layer))
    model = build(Network([layer]), shape).train()
    assert list(model.parameters()) == []
    before = {name: value.clone() for name, value in model.keras_weights().items()}
    assert before
    model(example(layer, shape) + (0 if layer.takes_tokens else 5))
    assert all(torch.equal(value, before[name]) for name, value in model.keras_weights().items())


@pytest.mark.parametrize("tag", catalogue())
def test_every_layer_explains_itself(tag: str) -> None:
    cls = catalogue()[tag]
    assert explanation(cls).endswith(".")
    for option in options_of(cls):
        assert option.kind != "other", f"{option.name} has no form field"
        assert option.help, f"{option.name} has no help line"
    assert all(len(layer.summary()) < 40 for layer in variations(cls))


@pytest.mark.parametrize("tag", catalogue())
def test_extreme_values_are_answered_at_once(tag: str) -> None:
    cls = catalogue()[tag]
    largest: dict[str, Any] = {"layer": tag}
    for option in options_of(cls):
        if option.kind == "integer" and option.maximum:
            largest[option.name] = int(option.maximum)
        elif option.kind == "sizes" and option.length:
            largest[option.name] = 4096
    paddings = [{"padding": name} for option in options_of(cls) if option.name == "padding" for name in option.choices]
    began = time.process_time()
    for padding, shape in product(paddings or [{}], EXTREME_SHAPES):
        try:
            layer_from({**largest, **padding}, "test").leaving(shape)
        except ShapeError as error:
            assert len(str(error)) < 300
    assert time.process_time() - began < 1


SENTENCES = [
    ({"layer": "conv2d", "kernel_size": [5, 5]}, (3, 3, 1), "5×5 kernel does not fit into 3×3; make the kernel"),
    ({"layer": "conv2d", "dilation_rate": [4, 4]}, (8, 8, 1), "3×3 kernel spans 9×9 with dilation_rate 4×4"),
    ({"layer": "conv2d", "strides": [2, 2], "dilation_rate": [2, 2]}, (9, 9, 1), "set one of them to 1"),
    ({"layer": "conv2d", "groups": 2}, (9, 9, 3), "2 groups must divide both the 3 channels"),
    ({"layer": "conv2d"}, (64,), "needs an image (3 dimensions), 64 arrives; put it elsewhere"),
    ({"layer": "conv2d", "kernel_size": [4096, 4096], "filters": 65536}, (4096, 4096, 3), "3,298,534,948,864 weights"),
    ({"layer": "max_pooling2d", "pool_size": [9, 9]}, (8, 8, 1), "9×9 window does not fit into 8×8; make pool_size"),
    ({"layer": "reshape", "target_shape": [4, 4]}, (10,), "does not hold the 10 values of 10; choose numbers whose"),
    ({"layer": "reshape", "target_shape": [-1, -1]}, (10,), "-1 only once"),
    ({"layer": "dense", "units": 1_000_000}, (100, 100, 3), "10,000,000,000 values for each example"),
    ({"layer": "dense", "units": 1_000_000}, (10_000,), "10,001,000,000 weights"),
    ({"layer": "softmax", "axis": 3}, (10, 4), "axis 3 is no dimension of 10×4; set axis to -1"),
]


@pytest.mark.parametrize(("content", "shape", "expected"), SENTENCES)
def test_problem_is_a_sentence_that_says_what_to_do(content: dict[str, Any], shape: Shape, expected: str) -> None:
    with pytest.raises(ShapeError) as caught:
        layer_from(content, "test").leaving(shape)
    assert expected in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"layer": "conv2"}, "no layer is called 'conv2'; did you mean 'conv2d'?"),
        ({}, 'the layer has no name; write layer = "dense", or another that `asanai-tui layers` lists.'),
        ({"layer": "dense", "unit": 3}, "(dense): no option is called 'unit'; did you mean 'units'?"),
        ({"layer": "dense", "units": 0}, "units: expected a whole number, 1…1,000,000, not 0"),
        ({"layer": "dense", "units": 1.5}, "units: expected a whole number, 1…1,000,000, not 1.5"),
        ({"layer": "conv2d", "kernel_size": [3]}, "kernel_size: expected 2 whole numbers from 1, not 3"),
        ({"layer": "conv2d", "padding": "causal"}, "padding: expected one of valid, same, not 'causal'"),
        (
            {"layer": "dense", "kernel_initializer": "he"},
            "kernel_initializer: no initializer is called 'he'; there are ",
        ),
        (
            {"layer": "dense", "kernel_initializer": {"name": "constant", "valu": 1}},
            "(dense), kernel_initializer constant: no option is called 'valu'; did you mean 'value'?",
        ),
        (
            {"layer": "dense", "kernel_regularizer": {"l2": 1}},
            "kernel_regularizer: its name is missing; there are l1, l2, ",
        ),
        ({"layer": "reshape", "target_shape": []}, "target_shape: expected whole numbers such as 3 3, not none"),
    ],
)
def test_wrong_option_is_named_with_its_place(content: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        layer_from(content, "network, layer 2")
    assert str(caught.value).startswith("network, layer 2")
    assert expected in str(caught.value)


def windowed(x: NDArray[np.float32], size: int, step: int, padding: str, pool: Any) -> NDArray[np.float32]:
    """Pooling by its definition, over the points of each window that lie in the image; x is batch × c × n × n."""
    n = x.shape[2]
    count = -(-n // step) if padding == "same" else (n - size) // step + 1
    before = max(0, (count - 1) * step + size - n) // 2 if padding == "same" else 0
    y = np.empty((*x.shape[:2], count, count), np.float32)
    for i, j in product(range(count), repeat=2):
        top, left = i * step - before, j * step - before
        window = x[:, :, max(0, top) : top + size, max(0, left) : left + size]
        y[:, :, i, j] = pool(window, axis=(2, 3))
    return y


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("cls", "pool"), [(MaxPooling2D, np.max), (AveragePooling2D, np.mean)])
def test_pooling_sees_only_points_of_the_image(cls: type[Layer], pool: Any, padding: str) -> None:
    random = np.random.default_rng(1)
    for n, size, step in product((1, 2, 5, 6, 7, 8), (1, 2, 3, 4, 9), (1, 2, 3, 4)):
        if padding == "same" or size <= n:
            x = random.normal(size=(2, 3, n, n)).astype(np.float32)
            layer = msgspec.convert({"pool_size": (size, size), "strides": (step, step), "padding": padding}, cls)
            expected = windowed(x, size, step, padding, pool)
            assert np.allclose(layer.forward(torch.from_numpy(x), {}, False), expected, atol=1e-6)


@pytest.mark.parametrize("channels", [1, 3])
def test_flatten_after_convolution_copies_nothing(channels: int) -> None:
    layers = [Conv2D(padding="same"), MaxPooling2D(), Conv2D(filters=8, strides=(2, 2), padding="same")]
    x = torch.rand(4, 16, 16, channels).permute(0, 3, 1, 2)
    y = build(Network(layers), (16, 16, channels))(x)
    flat = layer_from({"layer": "flatten"}, "test").forward(y, {}, True)
    assert flat.data_ptr() == y.data_ptr()
    assert torch.equal(flat, y.permute(0, 2, 3, 1).reshape(4, -1))


def test_dropout_keeps_the_mean_and_rests_when_predicting() -> None:
    torch.manual_seed(1)
    model = build(Network([layer_from({"layer": "dropout", "rate": 0.25}, "test")]), (1000,))
    x = torch.ones(100, 1000)
    y = model(x)
    assert y.eq(0).float().mean().item() == pytest.approx(0.25, abs=0.01)
    assert y.mean().item() == pytest.approx(1, abs=0.01)
    assert torch.equal(model.eval()(x), x)
