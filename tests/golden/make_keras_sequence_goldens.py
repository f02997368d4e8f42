"""Computes layers of sequences, normalizations, prelu, residuals and constraints with the real Keras.

Run by hand as make_keras_goldens.py, whose format `keras_layers_sequence.npz` has. Beside it the file holds
`constraints`, a JSON list, and `constrained`, for each of them a weight and what became of it.
"""

import json
from collections.abc import Iterator
from itertools import chain, product
from pathlib import Path
from typing import Any

import keras
import numpy as np
from make_keras_goldens import Case, array, keras_layer, rounded

STEPS = 16  # inputs and weights are multiples of 1 / 16, which packs well
KINDS = ("simple_rnn", "gru", "lstm")
CONSTRAINTS = {
    "max_norm": keras.constraints.MaxNorm,
    "min_max_norm": keras.constraints.MinMaxNorm,
    "non_neg": keras.constraints.NonNeg,
    "unit_norm": keras.constraints.UnitNorm,
}


def normalizations() -> Iterator[Case]:
    """layer_normalization (on torch, Keras takes only the last axes), group_normalization."""
    for shape in ((3, 4), (2, 5, 4), (2, 3, 4, 5), (2, 2, 3, 2, 4)):
        yield {"layer": "layer_normalization"}, shape, 0
        yield {"layer": "layer_normalization", "center": False, "epsilon": 0.1}, shape, 1
    for axis in ([3], [2, 3], [1, 2, 3], [3, 1, 2]):
        yield {"layer": "layer_normalization", "axis": axis}, (2, 3, 4, 5), 0
    yield {"layer": "layer_normalization", "axis": [1, 2, 3], "scale": False}, (2, 3, 4, 5), 0
    for shape, groups in product(((3, 8), (2, 5, 4), (2, 3, 2, 8), (2, 2, 3, 2, 4)), (1, 2, 4, -1)):
        yield {"layer": "group_normalization", "groups": groups}, shape, 0
    yield {"layer": "group_normalization"}, (2, 3, 64), 0
    for axis, groups in ((1, 2), (2, 3), (2, -1)):
        yield {"layer": "group_normalization", "axis": axis, "groups": groups}, (2, 4, 6, 3), 0
    yield {"layer": "group_normalization", "groups": 2, "scale": False, "epsilon": 0.2}, (2, 3, 4), 1
    yield {"layer": "group_normalization", "groups": 2, "center": False}, (2, 3, 4), 1


def slopes() -> Iterator[Case]:
    """prelu."""
    for shape, axes in (
        ((3, 4), None), ((2, 3, 4), None), ((2, 3, 4), [1]), ((2, 3, 4, 2), None), ((2, 3, 4, 2), [1, 2]),
        ((2, 3, 4, 2), [3]), ((2, 3, 2, 2, 3), None), ((2, 3, 2, 2, 3), [1, 2, 3]),
    ):  # fmt: skip
        yield {"layer": "prelu", "shared_axes": axes}, shape, 0


def recurrences() -> Iterator[Case]:
    """simple_rnn, gru, lstm over their options; bidirectional ones stand in Keras' wrapper."""
    for kind, sequences, backwards, both in product(KINDS, (False, True), (False, True), (False, True)):
        options = {"return_sequences": sequences, "go_backwards": backwards, "bidirectional": both}
        yield {"layer": kind, "units": 3, **options}, (2, 4, 2), 0
    for kind, (activation, use_bias) in product(KINDS, (("tanh", False), ("relu", True), ("sigmoid", True))):
        yield {"layer": kind, "units": 3, "activation": activation, "use_bias": use_bias}, (2, 4, 2), 0
    for activation in ("softmax", "elu", "hard_sigmoid", "softsign"):
        yield {"layer": "simple_rnn", "units": 4, "activation": activation, "return_sequences": True}, (2, 5, 3), 1
    for kind, gate in product(("gru", "lstm"), ("hard_sigmoid", "relu", "softmax")):
        yield {"layer": kind, "units": 3, "recurrent_activation": gate, "return_sequences": True}, (2, 4, 2), 1
    for sequences, both, use_bias, gate in product(
        (False, True), (False, True), (False, True), ("sigmoid", "softsign")
    ):
        options = {"return_sequences": sequences, "bidirectional": both, "use_bias": use_bias}
        yield {"layer": "gru", "units": 3, "reset_after": False, "recurrent_activation": gate, **options}, (2, 4, 2), 0
    penalties = {"kernel_regularizer": {"name": "l2", "l2": 0.02}, "bias_regularizer": {"name": "l1", "l1": 0.03}}
    penalties["recurrent_regularizer"] = {"name": "l1", "l1": 0.04}
    for kind in KINDS:
        yield {"layer": kind, "units": 2, **penalties}, (3, 4, 2), 0
    for kind in ("gru", "lstm"):  # Keras' simple_rnn forgets its activity_regularizer
        yield {"layer": kind, "units": 2, "activity_regularizer": {"name": "l2", "l2": 0.1}}, (3, 4, 2), 0
    yield {"layer": "lstm", "units": 1, "return_sequences": True}, (1, 1, 1), 0
    yield {"layer": "lstm", "units": 5}, (2, 40, 3), 0
    yield {"layer": "gru", "units": 5}, (2, 40, 3), 0


def attentions() -> Iterator[Case]:
    """multi_head_attention of a sequence to itself."""
    for causal, heads, dimensions, values, use_bias in product((False, True), (1, 3), (1, 4), (None, 2), (True, False)):
        options = {"num_heads": heads, "key_dim": dimensions, "value_dim": values, "use_bias": use_bias}
        yield {"layer": "multi_head_attention", "causal": causal, **options}, (2, 5, 3), 0
    penalties = {"kernel_regularizer": {"name": "l2", "l2": 0.02}, "bias_regularizer": {"name": "l1", "l1": 0.03}}
    yield {"layer": "multi_head_attention", "num_heads": 2, "key_dim": 2, **penalties}, (3, 4, 2), 1


def embeddings() -> Iterator[Case]:
    """embedding: its input is tokens."""
    for tokens, width, shape in ((5, 3, (2, 7)), (1, 4, (2, 3)), (30, 1, (4, 1))):
        yield {"layer": "embedding", "input_dim": tokens, "output_dim": width}, shape, 0
    penalty = {"embeddings_regularizer": {"name": "l2", "l2": 0.02}}
    yield {"layer": "embedding", "input_dim": 6, "output_dim": 2, **penalty}, (3, 5), 0


def residuals() -> Iterator[Case]:
    """residual: in Keras, the sum of the input and what a stack of layers makes of it."""
    norm: dict[str, Any] = {"layer": "batch_normalization", "momentum": 0.8}
    dense = {"layer": "dense", "units": 4, "activation": "relu", "kernel_regularizer": {"name": "l2", "l2": 0.1}}
    conv = {"layer": "conv2d", "filters": 3, "kernel_size": [3, 3], "padding": "same"}
    inner = {"layer": "residual", "layers": [norm, {"layer": "leaky_relu"}]}
    for passes in (0, 2):
        yield {"layer": "residual", "layers": [dense, norm]}, (6, 4), passes
        yield {"layer": "residual", "layers": [norm, {"layer": "relu"}, conv, norm, conv]}, (2, 4, 5, 3), passes
        yield {"layer": "residual", "layers": [dense, inner, {"layer": "softmax"}]}, (5, 4), passes
        yield {"layer": "residual", "trainable": False, "layers": [norm, inner, dense]}, (5, 4), passes
    attention = {"layer": "multi_head_attention", "num_heads": 2, "key_dim": 2, "causal": True}
    yield {"layer": "residual", "layers": [{"layer": "layer_normalization"}, attention]}, (2, 4, 3), 0


class Computed:
    """A layer of a project file in Keras: its weights by the names they have here, and how it is called."""

    def __init__(self, plain: dict[str, Any], trainable: bool = True) -> None:
        self.plain, kind = plain, plain["layer"]
        options = {name: value for name, value in plain.items() if name not in ("bidirectional", "causal", "layers")}
        self.trainable = trainable and options.pop("trainable", True)
        self.inner = [Computed(part, self.trainable) for part in plain.get("layers", ())]
        self.layer = None if kind == "residual" else keras_layer(options)
        if plain.get("bidirectional"):
            back = keras_layer({**options, "go_backwards": not options.get("go_backwards")})
            self.layer = keras.layers.Bidirectional(self.layer, backward_layer=back)
        if self.layer is not None:
            self.layer.trainable = self.trainable

    def __call__(self, x: Any, training: bool) -> Any:
        if self.layer is None:
            y = x
            for part in self.inner:
                y = part(y, training)
            if y.shape != x.shape:
                raise ValueError(f"{y.shape} cannot be added to {x.shape}")  # Keras would repeat the smaller one
            return keras.ops.add(x, y)
        if self.plain["layer"] == "multi_head_attention":
            y = self.layer(x, x, use_causal_mask=self.plain.get("causal", False), training=training)
            self.layer.trainable = self.trainable  # once more: its parts were made just now
            return y
        return self.layer(x, training=training)

    def weights(self) -> dict[str, Any]:
        if self.layer is None:
            return {f"{i}.{name}": value for i, part in enumerate(self.inner) for name, value in part.weights().items()}
        if self.plain.get("bidirectional"):
            forth, back = self.layer.forward_layer.weights, self.layer.backward_layer.weights
            return {weight.name: weight for weight in forth} | {f"backward_{weight.name}": weight for weight in back}
        if self.plain["layer"] == "multi_head_attention":
            return {"_".join(weight.path.split("/")[-2:]): weight for weight in self.layer.weights}
        return {weight.name: weight for weight in self.layer.weights}

    def losses(self) -> list[Any]:
        return [loss for part in self.inner for loss in part.losses()] if self.layer is None else self.layer.losses


def measured(case: Case, random: np.random.Generator) -> tuple[dict[str, Any], list[np.ndarray]]:
    """One entry of `cases` and its arrays in the order in which they are written."""
    plain, shape, passes = case
    layer = Computed(plain)
    x = rounded(random.normal(size=shape) * 1.5 + 0.2, STEPS).astype(np.float32)
    if plain["layer"] == "embedding":
        x = random.integers(0, plain["input_dim"], shape).astype(np.float32)
    layer(x, False)  # builds it
    for name, weight in layer.weights().items():
        values = rounded(random.normal(size=weight.shape) * 0.5, STEPS)
        weight.assign(np.abs(values) + 0.3125 if name.endswith("moving_variance") else values)
    before = {name: array(weight) for name, weight in layer.weights().items()}
    for _ in range(max(1, passes)):
        output = array(layer(x, passes > 0))
    after = {name: array(weight) for name, weight in layer.weights().items()} if passes else {}
    entry = {
        "layer": plain,
        "input": shape,
        "weights": {name: value.shape for name, value in before.items()},
        "passes": passes,
        "output": output.shape,
        "after": {name: value.shape for name, value in after.items()},
        "penalty": float(sum(float(array(loss)) for loss in layer.losses())),
    }
    return entry, [x, *before.values(), output, *after.values()]


def constraints() -> Iterator[tuple[dict[str, Any], tuple[int, ...]]]:
    """Every constraint over axes of weights as dense, convolution and bias have them."""
    for shape, axes in (((4, 3), [0]), ((4, 3), [1]), ((4, 3), [-1]), ((3, 2, 4, 5), [0, 1, 2]), ((6,), [0])):
        yield {"name": "max_norm", "axis": axes}, shape
        yield {"name": "max_norm", "max_value": 0.5, "axis": axes}, shape
        yield {"name": "unit_norm", "axis": axes}, shape
        yield {"name": "min_max_norm", "axis": axes}, shape
        yield {"name": "min_max_norm", "min_value": 1.5, "max_value": 2.0, "rate": 0.25, "axis": axes}, shape
    yield {"name": "non_neg"}, (4, 3)


def constrained(plain: dict[str, Any], shape: tuple[int, ...], random: np.random.Generator) -> list[np.ndarray]:
    options = {name: value for name, value in plain.items() if name != "name"}
    weight = rounded(random.normal(size=shape), STEPS).astype(np.float32)
    return [weight, array(CONSTRAINTS[plain["name"]](**options)(weight))]


def flat(arrays: Iterator[list[np.ndarray]]) -> np.ndarray:
    return np.concatenate([part.ravel() for parts in arrays for part in parts])


def main() -> None:
    random = np.random.default_rng(20261124)
    families = (normalizations(), slopes(), recurrences(), attentions(), embeddings(), residuals())
    entries, arrays = zip(*(measured(case, random) for case in chain(*families)), strict=True)
    limits = list(constraints())
    path = Path(__file__).with_name("keras_layers_sequence.npz")
    np.savez_compressed(
        path,
        cases=np.array(json.dumps(entries)),
        values=flat(arrays),
        constraints=np.array(json.dumps(limits)),
        constrained=flat(constrained(*limit, random) for limit in limits),
        keras=np.array(keras.__version__),
    )
    print(f"{len(entries)} cases, {len(limits)} constraints, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
