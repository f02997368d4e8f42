"""Computes layers with the real Keras, for tests/unit/test_keras_goldens.py to compare with. Run by hand:

python3 -m venv keras && keras/bin/pip install torch==2.13.0 keras numpy
KERAS_BACKEND=torch keras/bin/python tests/golden/make_keras_goldens.py

`keras_layers.npz` holds `cases`, a JSON list, and `values`, one float32 row with the numbers of all cases: of each case
the input, the weights, the output, and the weights after training passes.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import keras
import numpy as np

ACTIVATIONS = (
    "linear", "relu", "sigmoid", "tanh", "softmax", "elu", "selu", "relu6", "softplus", "softsign",
    "swish", "mish", "gelu", "hard_sigmoid", "exponential", "leaky_relu",
)  # fmt: skip
REGULARIZERS = {"l1": keras.regularizers.L1, "l2": keras.regularizers.L2, "l1_l2": keras.regularizers.L1L2}


class Snake(keras.Layer):
    """asanAI's formula, which Keras does not have."""

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.start = alpha

    def build(self, shape: tuple[int, ...]) -> None:
        self.alpha = self.add_weight(name="alpha", shape=(), initializer=keras.initializers.Constant(self.start))

    def call(self, x: Any) -> Any:
        return x + keras.ops.square(keras.ops.sin(x)) / self.alpha


CLASSES: dict[str, Callable[..., keras.Layer]] = {
    **{name.lower(): cls for name, cls in vars(keras.layers).items()},  # `conv2d`, `leakyrelu`
    "debug": lambda label="": keras.layers.Identity(),
    "gelu": lambda approximate=False: keras.layers.Activation(partial(keras.activations.gelu, approximate=approximate)),
    "selu": lambda: keras.layers.Activation("selu"),
    "snake": Snake,
    "thresholdedrelu": lambda theta=1.0: keras.layers.ReLU(threshold=theta),
}

Case = tuple[dict[str, Any], tuple[int, ...], int]  # layer, input with the batch, training passes


def cases() -> Iterator[Case]:
    """Every case: what a project file would say, the input's shape, how many training passes."""
    yield from convolutions()
    yield from poolings()
    for shape in ((3, 5), (3, 4, 5), (2, 3, 4, 5)):
        yield {"layer": "dense", "units": 4, "activation": "tanh"}, shape, 0
        yield {"layer": "dense", "units": 3, "activation": "softmax", "use_bias": False}, shape, 0
        yield {"layer": "flatten"}, shape, 0
        yield {"layer": "reshape", "target_shape": [5, -1]}, shape, 0
    for name in ACTIVATIONS:
        yield {"layer": "activation", "activation": name}, (2, 3, 4), 0
    yield from activation_layers()
    yield from normalizations()
    yield from penalties()


def convolutions() -> Iterator[Case]:
    steps = [((1, 1), (1, 1)), ((2, 2), (1, 1)), ((3, 3), (1, 1)), ((1, 2), (1, 1)), ((1, 1), (2, 2)), ((1, 1), (1, 3))]
    for padding, (strides, dilation), kernel, extents in product(
        ("valid", "same"), steps, ((3, 3), (2, 3), (4, 1)), ((7, 8), (8, 7))
    ):
        options = {"filters": 3, "kernel_size": kernel, "strides": strides, "padding": padding}
        yield {"layer": "conv2d", **options, "dilation_rate": dilation}, (1, *extents, 2), 0
    grouped = {"filters": 4, "kernel_size": (3, 3), "groups": 2, "use_bias": False, "activation": "relu"}
    yield {"layer": "conv2d", **grouped}, (2, 5, 5, 4), 0


def poolings() -> Iterator[Case]:
    for padding, pool, strides, extents in product(
        ("valid", "same"), ((2, 2), (3, 2), (3, 3)), (None, (1, 1), (2, 2)), ((7, 8), (8, 7))
    ):
        options = {"pool_size": pool, "strides": strides, "padding": padding}
        yield {"layer": "max_pooling2d", **options}, (1, *extents, 2), 0
        if padding == "valid":  # with `same`, Keras on torch counts points beyond the edge; TensorFlow does not
            yield {"layer": "average_pooling2d", **options}, (1, *extents, 2), 0


def activation_layers() -> Iterator[Case]:
    for options in (
        {"layer": "relu"},
        {"layer": "relu", "max_value": 1.0},
        {"layer": "relu", "negative_slope": 0.1, "max_value": 0.8},
        {"layer": "relu", "negative_slope": 0.2, "threshold": 0.5},
        {"layer": "relu", "threshold": 0.7, "max_value": 1.5},
        {"layer": "leaky_relu"},
        {"layer": "leaky_relu", "negative_slope": 0.05},
        {"layer": "elu"},
        {"layer": "elu", "alpha": 0.4},
        {"layer": "softmax"},
        {"layer": "softmax", "axis": 1},
        {"layer": "softmax", "axis": -2},
    ):
        yield options, (2, 3, 4, 5), 0


def normalizations() -> Iterator[Case]:
    for shape in ((6, 4), (3, 5, 4), (2, 4, 3, 5)):
        for passes in (0, 1, 3):
            yield {"layer": "batch_normalization", "momentum": 0.8}, shape, passes
    yield {"layer": "batch_normalization"}, (5, 3), 2
    yield {"layer": "batch_normalization", "axis": 1, "epsilon": 0.01}, (2, 4, 3, 5), 2
    yield {"layer": "batch_normalization", "scale": False}, (6, 4), 1
    yield {"layer": "batch_normalization", "center": False}, (6, 4), 1
    yield {"layer": "batch_normalization", "trainable": False}, (6, 4), 2


def penalties() -> Iterator[Case]:
    l1, l2 = {"name": "l1", "l1": 0.03}, {"name": "l2", "l2": 0.02}
    both = {"name": "l1_l2", "l1": 0.01, "l2": 0.04}
    yield {"layer": "dense", "units": 3, "kernel_regularizer": l1, "bias_regularizer": l2}, (4, 5), 0
    yield {"layer": "dense", "units": 3, "kernel_regularizer": both, "activity_regularizer": l2}, (4, 5), 0
    kernels = {"filters": 3, "kernel_size": (3, 3), "kernel_regularizer": l2, "activity_regularizer": l1}
    yield {"layer": "conv2d", **kernels}, (2, 5, 5, 2), 0
    yield {"layer": "batch_normalization", "gamma_regularizer": l2, "beta_regularizer": l1}, (6, 4), 0
    yield {"layer": "activation", "activation": "tanh", "activity_regularizer": both}, (3, 4), 0


def keras_layer(plain: dict[str, Any]) -> keras.Layer:
    """The Keras layer that a project file's layer means."""
    options = {
        name: REGULARIZERS[value["name"]](**{key: value[key] for key in value if key != "name"})
        if name.endswith("regularizer")
        else value
        for name, value in plain.items()
        if name != "layer"
    }
    return CLASSES[plain["layer"].replace("_", "")](**options)


def measured(
    case: Case, random: np.random.Generator, steps: int | None = None
) -> tuple[dict[str, Any], list[np.ndarray]]:
    """One entry of `cases` and its arrays in the order in which they are written.

    Args:
        steps: round inputs and weights to so many steps per unit: such numbers pack well, and their sums are exact.
    """
    plain, shape, passes = case
    layer = keras_layer(plain)
    x = rounded(random.normal(size=shape) * 1.5 + 0.2, steps).astype(np.float32)
    layer.build(shape)
    for weight in layer.weights:
        values = rounded(random.normal(size=weight.shape) * 0.5, steps)
        weight.assign(np.abs(values) + 0.3 if weight.name == "moving_variance" else values)
    before = {weight.name: array(weight) for weight in layer.weights}
    for _ in range(max(1, passes)):
        output = array(layer(x, training=passes > 0) if passes else layer(x))
    after = {weight.name: array(weight) for weight in layer.weights} if passes else {}
    entry = {
        "layer": plain,
        "input": shape,
        "weights": {name: value.shape for name, value in before.items()},
        "passes": passes,
        "output": output.shape,
        "after": {name: value.shape for name, value in after.items()},
        "penalty": float(sum(float(array(loss)) for loss in layer.losses)),
    }
    return entry, [x, *before.values(), output, *after.values()]


def rounded(values: np.ndarray, steps: int | None) -> np.ndarray:
    return np.round(values * steps) / steps if steps else values


def array(tensor: Any) -> np.ndarray:
    return np.array(keras.ops.convert_to_numpy(tensor), dtype=np.float32)


def write(name: str, cases: Iterator[Case], steps: int | None = None) -> None:
    """Measure all cases and write them beside this script."""
    random = np.random.default_rng(20261123)
    entries, arrays = zip(*(measured(case, random, steps) for case in cases), strict=True)
    values = np.concatenate([part.ravel() for parts in arrays for part in parts])
    path = Path(__file__).with_name(name)
    np.savez_compressed(path, cases=np.array(json.dumps(entries)), values=values, keras=np.array(keras.__version__))
    print(f"{len(entries)} cases, {values.size:,} values, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    write("keras_layers.npz", cases())
