"""What the program says and suggests about networks: captions, first networks, the fitting end. No torch."""

import math
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

import msgspec

from asanai_tui.errors import counted
from asanai_tui.network.activations import ActivationName
from asanai_tui.network.initializers import HeNormal
from asanai_tui.network.layers.activation import Activation
from asanai_tui.network.layers.base import Layer, show
from asanai_tui.network.layers.basic import Dense, Flatten
from asanai_tui.network.layers.convolution import Conv2D
from asanai_tui.network.layers.noise import Dropout
from asanai_tui.network.layers.pooling import MaxPooling2D
from asanai_tui.network.network import Network, Stage, stage_of
from asanai_tui.network.options import Shape


class Wanted(Protocol):
    """What a network is to say; the targets of the data are this."""

    @property
    def kind(self) -> Literal["classes", "numbers"]: ...
    @property
    def count(self) -> int: ...
    @property
    def binary(self) -> bool: ...


# One letter a layer: by its tag without 1d, 2d, 3d, else by its group; then patterns over the letters, the first that
# matches wins.
_LETTERS = {
    "dense": "X", "flatten": "F", "reshape": "R", "permute": "R", "repeat_vector": "R", "dropout": "D",
    "up_sampling": "U", "zero_padding": "Z", "cropping": "Z",
    "activation": "A", "normalization": "N", "convolution": "C", "pooling": "P", "noise": "S",
    "sequence": "Q", "residual": "E", "debug": "G",
}  # fmt: skip
_CAPTIONS = (
    ("(?:Z*CN?P?)+D", "Feature extraction and overfitting prevention"),
    ("(?:Z*CN?P?)+", "Feature extraction"),
    ("U+", "Scaling up"),
    ("Z+", "Change the edges"),
    ("Q+", "Read the sequence"),
    ("E+", "Residual blocks"),
    ("G+", "Debugger"),
    ("X(?:D?X)*", "Classification"),
    ("P+", "Dimensionality reduction"),
    ("A+", "Activation function"),
    ("D+", "Prevent overfitting"),
    ("N+", "Re-scale and re-center"),
    ("F+", "Flatten"),
    ("R+", "Change shape"),
    ("S+", "Simulate real data"),
    (".", ""),
)
_PATTERN = re.compile("|".join(f"({pattern})" for pattern, _ in _CAPTIONS))


def captions(layers: Sequence[Layer], goal: str = "Classification") -> tuple[str, ...]:
    """A caption for each layer, saying what its group is for; neighbours of one group have the same (asanAI's).

    Args:
        goal: what dense layers are called: what the network is to do in the end.
    """
    kinds = (re.sub("[123]d$", "", layer.name) for layer in layers)
    letters = "".join(
        _LETTERS.get(kind) or _LETTERS.get(layer.group, "?") for kind, layer in zip(kinds, layers, strict=True)
    )
    found: list[str] = []
    for match in _PATTERN.finditer(letters):
        found += [_CAPTIONS[(match.lastindex or 1) - 1][1]] * len(match.group())
    for index in (match.end() - 1 for match in re.finditer("FD", letters)):
        if index > 1 and found[index - 2] == "Feature extraction":
            found[index] = "Feature extraction and overfitting prevention"
    return tuple(goal if caption == "Classification" else caption for caption in found)


def suggest_network(input_shape: Shape, targets: Wanted, examples: int) -> tuple[Network, str]:
    """A network that fits the data, small enough to train quickly, and one sentence why.

    Args:
        input_shape: channels last, without the batch: a vector or an image.
        targets: what the last layer is to give.
        examples: how many there are, training and validation together.
    """
    if len(input_shape) == 3:
        body, why = _for_images(input_shape, examples)
    else:
        body, why = _for_vectors(input_shape, examples)
    end = _end(targets, "binary_crossentropy" if targets.kind == "classes" and targets.count == 2 else "")
    return Network([*body, Dense(units=end.units, activation=end.activation)]), f"{why}; {_purpose(end, targets)}."


def _for_vectors(shape: Shape, examples: int) -> tuple[list[Layer], str]:
    wide = 32 if examples < 2_000 else 64 if examples < 20_000 else 128
    first, second = _hidden(wide), _hidden(wide // 2)
    features = math.prod(shape)
    front: list[Layer] = [Flatten()] if len(shape) > 1 else []
    why = f"Two hidden layers of {wide} and {wide // 2} units suit {counted(examples, 'row')} of {features:,} numbers"
    if features > examples / 4 and examples > 100:
        return [*front, first, Dropout(), second, Dropout()], f"{why}, with dropout lest the few be learned by heart"
    return [*front, first, second], why


def _for_images(shape: Shape, examples: int) -> tuple[list[Layer], str]:
    height, width, _ = shape
    layers: list[Layer] = []
    filters = 16
    while max(height, width) >= 6:
        pool = (2 if height >= 6 else 1, 2 if width >= 6 else 1)
        layers += [_convolution(filters), MaxPooling2D(pool_size=pool)]
        height, width, filters = height // pool[0], width // pool[1], min(2 * filters, 64)
    layers += [_convolution(filters), Flatten(), _hidden(64)]
    layers += [Dropout()] if examples < 10_000 else []
    return layers, f"Convolutions find patterns in {show(shape[:2])} pictures until {height}×{width} points are left"


def _hidden(units: int) -> Dense:
    return Dense(units=units, activation="relu", kernel_initializer=HeNormal())


def _convolution(filters: int) -> Conv2D:
    return Conv2D(filters=filters, padding="same", activation="relu", kernel_initializer=HeNormal())


class End(NamedTuple):
    """The last layer's units and activation."""

    units: int
    activation: ActivationName


def _end(targets: Wanted, loss: str) -> End:
    """The usual end. Two classes under binary cross-entropy need one probability alone."""
    if targets.kind == "classes":
        if targets.count == 2 and loss == "binary_crossentropy":
            return End(1, "sigmoid")
        return End(targets.count, "sigmoid" if loss == "binary_crossentropy" else "softmax")
    return End(targets.count, "sigmoid" if targets.binary or loss == "binary_crossentropy" else "linear")


def _purpose(end: End, targets: Wanted) -> str:
    if end.activation == "softmax":
        return f"softmax gives one probability for each of {end.units:,} classes"
    if targets.kind == "classes":
        return "sigmoid gives the probability of the second class"
    if end.activation == "sigmoid":
        return f"sigmoid gives {counted(end.units, 'number')} between 0 and 1"
    return f"the last layer gives {counted(end.units, 'number')} of any size"


def fit_end(network: Network, targets: Wanted, loss: str, input_shape: Shape | None = None) -> Network:
    """The network with a last layer that gives what the targets and the loss need; itself if it already does.

    A dense layer at the end, with or without an activation layer behind it, gets the units and the activation. Behind
    anything else a dense layer is added. Given `input_shape`, a flatten is put before it where more than a vector
    would arrive.
    """
    end = _end(targets, loss)
    body, last, tail = _parted(network)
    if last is None:
        return Network([*_flattened([*body, *tail], input_shape), Dense(units=end.units, activation=end.activation)])
    now = _activation(last, tail)
    if last.units not in (end.units, targets.count) or not _suits(now, targets, loss):
        last = msgspec.structs.replace(last, units=end.units)
        if now != end.activation:
            last, tail = msgspec.structs.replace(last, activation=end.activation), []
    changed = Network([*_flattened(body, input_shape), last, *tail])
    return network if changed == network else changed


def _suits(activation: str, targets: Wanted, loss: str) -> bool:
    """Whether the last activation can serve; a choice of the user's that can is left alone."""
    if loss == "binary_crossentropy":
        return activation == "sigmoid"
    if targets.kind == "classes":
        return activation == "softmax" or (activation == "sigmoid" and loss != "categorical_crossentropy")
    return activation != "softmax" and (targets.binary or activation != "sigmoid")


def _parted(network: Network) -> tuple[list[Layer], Dense | None, list[Layer]]:
    """(what comes before, the dense layer at the end if there is one, the activation layers behind it)."""
    body: list[Layer] = list(network)
    tail: list[Layer] = []
    while body and body[-1].group == "activation":
        tail.insert(0, body.pop())
    if body and isinstance(last := body[-1], Dense):
        return body[:-1], last, tail
    return body, None, tail


def _flattened(layers: list[Layer], input_shape: Shape | None) -> list[Layer]:
    shape = Network(layers).output_shape(input_shape) if input_shape is not None else ()
    return [*layers, Flatten()] if shape is not None and len(shape) > 1 else layers


def _activation(last: Dense, tail: Sequence[Layer]) -> str:
    """The activation that `last` ends with, counting the activation layers behind it."""
    if not tail:
        return last.activation
    return tail[-1].activation if isinstance(tail[-1], Activation) else tail[-1].name


def why_not(layer: Layer, network: Network, index: int, input_shape: Shape) -> str:
    """Why `layer` cannot be inserted before position `index`, or nothing when it can.

    The reason is the layer's own problem there, or the first problem that a layer after it would get; problems that
    the network already has are not counted.
    """
    before = network.stages(input_shape)
    shape = before[index].arrives if index < len(before) else network.output_shape(input_shape)
    if shape is None:
        return ""
    stage = stage_of(layer, shape)
    if stage.problem:
        return stage.problem
    return _new_problem(stage.leaves, before[index:], index)


def _new_problem(shape: Shape | None, stages: Sequence[Stage], index: int) -> str:
    for number, old in enumerate(stages, index + 1):
        if shape is None or old.arrives in (None, shape):
            return ""
        new = stage_of(old.layer, shape)
        if new.problem and not old.problem:
            return f"layer {number} ({old.layer.name}) could not follow: {new.problem}"
        shape = new.leaves
    return ""
