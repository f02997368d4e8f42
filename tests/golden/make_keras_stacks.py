"""Computes random stacks of random layers with random options in the real Keras: `keras_stacks.npz`.

Run by hand as make_keras_goldens.py. The file holds `stacks`, a JSON list, and `values`, one float32 row: of each stack
the input, the weights and the output. Inputs are multiples of 1/16, weights of 1/32 and small, so that the file packs
well and rounding does not add up. Layers are drawn until Keras takes one where it stands.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from make_keras_goldens import ACTIVATIONS, array, rounded
from make_keras_sequence_goldens import Computed

Shape = tuple[int, ...]
Plain = dict[str, Any]
STACKS = 300
MOST_VALUES = 300  # of one example, anywhere in a stack
MOST_WEIGHTS = 1000  # of a layer


class Dice:
    """What is drawn at random."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def between(self, low: int, high: int) -> int:
        """A whole number; both ends can come."""
        return int(self.random.integers(low, high + 1))

    def several(self, count: int, low: int, high: int) -> list[int]:
        return [self.between(low, high) for _ in range(count)]

    def one(self, *choices: Any) -> Any:
        return choices[self.between(0, len(choices) - 1)]

    def chance(self, share: float) -> bool:
        return bool(self.random.random() < share)


def steps(dice: Dice, shape: Shape) -> list[int]:
    """Strides or dilation rates; mostly 1, since both cannot be larger."""
    count = len(shape) - 1
    return dice.several(count, 1, 3) if dice.chance(0.4) else [1] * count


def sides(dice: Dice, shape: Shape) -> list[Any]:
    """What is added to or cut from both ends of each dimension."""
    pairs = [dice.several(2, 0, 2) for _ in shape[:-1]]
    return pairs if len(pairs) > 1 else pairs[0]


def target(dice: Dice, shape: Shape) -> list[int]:
    """Another shape of as many values, one number of which may be -1."""
    rest, found = math.prod(shape), []
    for _ in range(dice.between(0, 3)):
        found.append(dice.one(*(n for n in range(1, rest + 1) if rest % n == 0)))
        rest //= found[-1]
    found.append(rest)
    if dice.chance(0.4):
        found[dice.between(0, len(found) - 1)] = -1
    return found


def axis(dice: Dice, shape: Shape) -> int:
    return dice.one(*range(1, len(shape) + 1), *range(-len(shape), 0))


def last_axes(dice: Dice, shape: Shape) -> list[int]:
    """Of layer_normalization: on torch, Keras takes only the last ones."""
    return list(range(-dice.between(1, len(shape)), 0))


def shared_axes(dice: Dice, shape: Shape) -> list[int]:
    return [number for number in range(1, len(shape) + 1) if dice.chance(0.5)]


def divisor(dice: Dice, shape: Shape) -> int:
    return dice.one(*(n for n in range(1, shape[-1] + 1) if shape[-1] % n == 0))


def switch(dice: Dice, shape: Shape) -> bool:
    return dice.chance(0.5)


def function(dice: Dice, shape: Shape) -> str:
    return dice.one(*(name for name in ACTIVATIONS if name != "exponential"))


def number(low: int, high: int) -> Callable[[Dice, Shape], int]:
    return lambda dice, shape: dice.between(low, high)


def among(*choices: Any) -> Callable[[Dice, Shape], Any]:
    return lambda dice, shape: dice.one(*choices)


def extents(low: int, high: int) -> Callable[[Dice, Shape], list[int]]:
    return lambda dice, shape: dice.several(len(shape) - 1, low, high)


OPTIONS: dict[str, Callable[[Dice, Shape], Any]] = {
    "units": number(1, 5), "filters": number(1, 6), "activation": function, "use_bias": switch, "trainable": switch,
    "kernel_size": extents(1, 4), "strides": steps, "padding": among("valid", "same"), "dilation_rate": steps,
    "groups": divisor, "depth_multiplier": number(1, 3), "output_padding": extents(0, 2), "pool_size": extents(1, 4),
    "keepdims": switch, "size": extents(1, 3), "interpolation": among("nearest", "bilinear"), "rate": among(0.1, 0.5),
    "stddev": among(0.1, 0.9), "target_shape": target, "n": number(1, 4), "axis": axis, "center": switch,
    "dims": lambda dice, shape: [int(i) + 1 for i in dice.random.permutation(len(shape))],
    "scale": switch, "epsilon": among(1e-3, 0.01, 0.5), "momentum": among(0.5, 0.99), "shared_axes": shared_axes,
    "max_value": among(None, 0.5, 2.0), "negative_slope": among(0.0, 0.125, 0.5), "threshold": among(0.0, 0.3),
    "alpha": among(0.5, 1.0, 2.0), "theta": among(0.0, 0.3, 1.0), "approximate": switch, "return_sequences": switch,
    "go_backwards": switch, "bidirectional": switch, "recurrent_activation": function, "reset_after": switch,
    "num_heads": number(1, 3), "key_dim": number(1, 4), "value_dim": among(None, 2, 3), "causal": switch,
    "input_dim": number(4, 9), "output_dim": number(1, 4), "label": among("here"),
}  # fmt: skip
NEEDED = frozenset({
    "units", "filters", "kernel_size", "target_shape", "n", "dims", "num_heads", "key_dim", "input_dim", "output_dim",
    "rate", "stddev", "alpha", "pool_size", "label",
})  # fmt: skip
ANY = {
    "dense": "units activation use_bias trainable", "flatten": "", "reshape": "target_shape", "dropout": "rate",
    "permute": "dims", "activation": "activation", "relu": "max_value negative_slope threshold",
    "leaky_relu": "negative_slope", "prelu": "shared_axes trainable", "elu": "alpha", "selu": "", "gelu": "approximate",
    "softmax": "axis", "thresholded_relu": "theta", "snake": "alpha",
    "batch_normalization": "axis momentum epsilon center scale trainable",
    "layer_normalization": "axis epsilon center scale trainable",
    "group_normalization": "groups epsilon center scale trainable",
    "gaussian_noise": "stddev", "gaussian_dropout": "rate", "alpha_dropout": "rate", "debug": "label", "residual": "",
}  # fmt: skip
WINDOW = "kernel_size strides padding dilation_rate activation use_bias trainable"
CELL = "units activation use_bias return_sequences go_backwards bidirectional trainable"
SLIDING = {
    "conv{}d": f"filters groups {WINDOW}", "conv{}d_transpose": f"filters output_padding {WINDOW}",
    "max_pooling{}d": "pool_size strides padding", "average_pooling{}d": "pool_size strides padding",
    "global_max_pooling{}d": "keepdims", "global_average_pooling{}d": "keepdims", "up_sampling{}d": "size",
    "zero_padding{}d": "padding", "cropping{}d": "cropping",
}  # fmt: skip
FLAT = {
    "depthwise_conv{}d": f"depth_multiplier {WINDOW}", "separable_conv{}d": f"filters depth_multiplier {WINDOW}",
    "spatial_dropout{}d": "rate",
}  # fmt: skip
SEQUENCE = {
    "simple_rnn": CELL, "gru": f"{CELL} recurrent_activation reset_after", "lstm": f"{CELL} recurrent_activation",
    "multi_head_attention": "num_heads key_dim value_dim causal use_bias trainable",
}  # fmt: skip


def layers_for(rank: int) -> dict[str, str]:
    """Which layers take so many dimensions, with the names of their options."""
    sliding = {**SLIDING, **(FLAT if rank < 4 else {})} if rank > 1 else {}
    own = {1: {"repeat_vector": "n"}, 2: SEQUENCE, 3: {}, 4: {}}[rank]
    return {**ANY, **own, **{name.format(rank - 1): options for name, options in sliding.items()}}


def drawn(dice: Dice, shape: Shape, depth: int = 0) -> Plain:
    """A layer that may or may not be able to stand where `shape` arrives."""
    choices = layers_for(len(shape))
    common = [name for name in choices if name in ANY and (name != "residual" or depth < 2)]
    own = [name for name in choices if name not in ANY]
    name = dice.one(*own) if own and dice.chance(0.1 if len(shape) == 1 else 0.6) else dice.one(*common)
    if name == "residual":
        inner = [drawn(dice, shape, depth + 1) for _ in range(dice.between(1, 3))]
        return {"layer": name, "layers": [keeping(each, shape) for each in inner]}
    said = [each for each in choices[name].split() if each in NEEDED or name == each or dice.chance(0.6)]
    options = {each: option(dice, shape, name, each) for each in said}
    if max(options.get("strides", [1])) > 1:  # then Keras documents that there can be no gaps, but may compute them
        options.pop("dilation_rate", None)
    return {"layer": name, **options}


def keeping(layer: Plain, shape: Shape) -> Plain:
    """The layer with options that keep the shape, where it has such; the sum of a residual needs it."""
    kept = {"units": shape[-1], "filters": shape[-1], "return_sequences": True, "bidirectional": False}
    if "kernel_size" in layer:
        kept |= {"padding": "same", "strides": [1] * (len(shape) - 1), "depth_multiplier": 1}
    return {name: kept.get(name, value) for name, value in layer.items()}


def option(dice: Dice, shape: Shape, layer: str, name: str) -> Any:
    """A value for one option of a layer."""
    if name == "cropping" or layer.startswith("zero_padding"):
        return sides(dice, shape)
    if layer.startswith("average_pooling") and name == "padding":
        return "valid"  # with `same`, Keras on torch counts points beyond the edge; TensorFlow does not
    if layer == "conv1d" and name == "padding":
        return dice.one("valid", "same", "causal")
    if layer == "layer_normalization" and name == "axis":
        return last_axes(dice, shape)
    if layer == "up_sampling1d":
        return dice.between(1, 3)
    if name == "groups" and layer == "group_normalization" and dice.chance(0.3):
        return -1
    return OPTIONS[name](dice, shape)


class Stack:
    """Random layers that fit on one another, in Keras."""

    def __init__(self, dice: Dice) -> None:
        self.dice, self.parts = dice, list[Computed]()
        shape = tuple(dice.several(dice.between(1, 4), 1, 7))
        while math.prod(shape) > MOST_VALUES:
            shape = tuple(max(1, n // 2) for n in shape)
        self.start = self.end = keras.Input(shape)
        self.tokens = dice.between(4, 9) if len(shape) == 1 and dice.chance(0.3) else 0
        if self.tokens:
            self.add({"layer": "embedding", "input_dim": self.tokens, "output_dim": dice.between(1, 4)})
        for _ in range(dice.between(1, 6)):
            while not self.add(drawn(dice, tuple(self.end.shape[1:]))):
                pass
        self.model = keras.Model(self.start, self.end)

    def add(self, plain: Plain) -> bool:
        """Put a layer on top; False where Keras refuses it or it would be too large for a golden file."""
        try:
            part = Computed(plain)
            end = part(self.end, False)
        except ValueError:
            return False
        shape, weights = end.shape[1:], part.weights().values()
        fits = len(shape) <= 4 and 0 < math.prod(shape) <= MOST_VALUES
        if fits and sum(math.prod(weight.shape) for weight in weights) <= MOST_WEIGHTS:
            self.parts.append(part)
            self.end = end
            return True
        return False

    def weights(self) -> dict[str, keras.Variable]:
        return {f"{i}.{name}": weight for i, part in enumerate(self.parts) for name, weight in part.weights().items()}

    def fill(self) -> None:
        """Weights whose sums stay near 1, so that errors of single precision do not grow from layer to layer."""
        for name, weight in self.weights().items():
            size = 0.5 / math.sqrt(math.prod(weight.shape[:-1]))
            values = rounded(self.dice.random.normal(size=weight.shape) * size, 32)
            positive = name.endswith("moving_variance") or not weight.shape
            weight.assign(np.abs(values) + 0.5 if positive else values)

    def measured(self) -> tuple[Plain, list[np.ndarray]]:
        """One entry of `stacks` and its arrays."""
        self.fill()
        shape = (self.dice.between(1, 2), *self.start.shape[1:])
        random = self.dice.random
        x = random.integers(0, self.tokens, shape) if self.tokens else rounded(random.normal(size=shape), 16)
        y = array(self.model(x.astype(np.float32), training=False))
        weights = {name: array(weight) for name, weight in self.weights().items()}
        entry = {
            "layers": [part.plain for part in self.parts],
            "input": shape,
            "weights": {name: value.shape for name, value in weights.items()},
            "output": y.shape,
            "parameters": self.model.count_params(),
            "trainable": sum(math.prod(weight.shape) for weight in self.model.trainable_weights),
        }
        return entry, [x.astype(np.float32), *weights.values(), y]


def main() -> None:
    dice = Dice(20261125)
    entries, arrays = zip(*(Stack(dice).measured() for _ in range(STACKS)), strict=True)
    values = np.concatenate([part.ravel() for parts in arrays for part in parts])
    path = Path(__file__).with_name("keras_stacks.npz")
    np.savez_compressed(path, stacks=np.array(json.dumps(entries)), values=values, keras=np.array(keras.__version__))
    print(f"{len(entries)} stacks, {values.size:,} values, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
