"""What the program says and suggests about networks: captions, first networks, the fitting end. No torch."""

import math
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

import msgspec

from asanai_tui.errors import counted
from asanai_tui.network.activations import ActivationName
from asanai_tui.network.layers.activation import Activation
from asanai_tui.network.layers.base import Layer
from asanai_tui.network.layers.basic import Dense, Flatten, Reshape
from asanai_tui.network.layers.convolution import Conv2D, Convolution
from asanai_tui.network.layers.transposed import TransposedConvolution
from asanai_tui.network.network import Network, Stage, stage_of
from asanai_tui.network.options import Shape
from asanai_tui.network.suggested import body, for_words


class Wanted(Protocol):
    """What a network is to say; the targets of the data are this."""

    @property
    def kind(self) -> Literal["classes", "numbers"]: ...
    @property
    def count(self) -> int: ...
    @property
    def binary(self) -> bool: ...
    @property
    def within(self) -> bool: ...
    @property
    def shape(self) -> Shape: ...


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


def suggest_network(input_shape: Shape, targets: Wanted, examples: int, tokens: int = 0) -> tuple[Network, str]:
    """A network that fits the data, small enough to train quickly, and one sentence why.

    Args:
        input_shape: channels last, without the batch: a vector, a sequence, an image or a volume.
        targets: what the last layer is to give.
        examples: how many there are, training and validation together.
        tokens: how many whole numbers from 0 may arrive where they stand for words; 0: they are numbers.
    """
    end = _end(targets, "binary_crossentropy" if targets.kind == "classes" and targets.count == 2 else "")
    layers, why = for_words(tokens) if tokens else body(input_shape, targets.shape, examples, end.units)
    last: Layer = Dense(units=end.units, activation=end.activation)
    if targets.shape and isinstance(layers[-1], Reshape):
        last = Activation(activation=end.activation)
    elif len(targets.shape) == 2:
        last = Conv2D(filters=end.units, kernel_size=(1, 1), activation=end.activation)
    return Network([*layers, last]), f"{why}; {_purpose(end, targets)}."


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
    each = " at each place" if targets.shape else ""
    if end.activation == "softmax":
        return f"softmax gives one probability for each of {end.units:,} classes{each}"
    if targets.kind == "classes":
        return f"sigmoid gives the probability of the second class{each}"
    if end.activation == "sigmoid":
        return f"sigmoid gives {counted(end.units, 'number')} between 0 and 1{each}"
    return f"the last layer gives {counted(end.units, 'number')} of any size{each}"


def fit_end(
    network: Network,
    targets: Wanted,
    loss: str,
    input_shape: Shape | None = None,
    *,
    units: bool = True,
    activation: bool = True,
) -> Network:
    """The network with a last layer that gives what the targets and the loss need; itself if it already does.

    A dense layer at the end, with or without an activation layer behind it, gets the units and the activation. Behind
    anything else a dense layer is added. Given `input_shape`, a flatten is put before it where more than a vector
    would arrive. Where each place of a picture is told something, a convolution at the end serves as well, nothing is
    flattened, one row is given the shape of the picture, and a network that gives the right numbers stays as it is.

    Args:
        units: whether the last layer may get other units, or be added; pictures are told as a whole or not at all.
        activation: whether it may get another activation.
    """
    end = _end(targets, loss)
    if not (units or activation) or (targets.shape and not (units and activation)):
        return network
    if targets.shape:
        return _fit_places(network, targets, end, loss, input_shape)
    body, last, tail = _parted(network)
    if last is None and not units:
        return network
    if last is None:
        return Network([*_flattened([*body, *tail], input_shape), Dense(units=end.units, activation=end.activation)])
    now = _ending(last, tail)
    if last.units not in (end.units, targets.count) or not _suits(now, targets, loss):
        last = msgspec.structs.replace(last, units=end.units if units else last.units)
        if now != end.activation and activation:
            last, tail = msgspec.structs.replace(last, activation=end.activation), []
    changed = Network([*_flattened(body, input_shape), last, *tail])
    return network if changed == network else changed


def _fit_places(network: Network, targets: Wanted, end: End, loss: str, input_shape: Shape | None) -> Network:
    """The network with a last layer that tells each place of a picture what the targets and the loss need."""
    layers, tail = _without_activations(network)
    last = layers[-1] if layers else None
    gives = network.output_shape(input_shape) if input_shape is not None else None
    fits = gives is not None and gives[:-1] == targets.shape and gives[-1] in (end.units, targets.count)
    if fits and _suits(_ending(last, tail), targets, loss):
        return network
    if isinstance(last, Dense) and gives is not None and len(gives) == 1:  # one row becomes the picture
        values = math.prod(targets.shape) * end.units
        row = msgspec.structs.replace(last, units=values, activation="linear")
        shaped = Reshape(target_shape=(*targets.shape, end.units))
        return Network([*layers[:-1], row, shaped, Activation(activation=end.activation)])
    if isinstance(last, Dense):
        return Network([*layers[:-1], msgspec.structs.replace(last, units=end.units, activation=end.activation)])
    if isinstance(last, Convolution | TransposedConvolution):
        return Network([*layers[:-1], msgspec.structs.replace(last, filters=end.units, activation=end.activation)])
    return Network([*layers, *tail, Dense(units=end.units, activation=end.activation)])


def _suits(activation: str, targets: Wanted, loss: str) -> bool:
    """Whether the last activation can serve; a choice of the user's that can is left alone."""
    if loss == "binary_crossentropy":
        return activation == "sigmoid"
    if targets.kind == "classes":
        return activation == "softmax" or (activation == "sigmoid" and loss != "categorical_crossentropy")
    return activation != "softmax" and (targets.binary or targets.within or activation != "sigmoid")


def _parted(network: Network) -> tuple[list[Layer], Dense | None, list[Layer]]:
    """(what comes before, the dense layer at the end if there is one, the activation layers behind it)."""
    layers, tail = _without_activations(network)
    if layers and isinstance(last := layers[-1], Dense):
        return layers[:-1], last, tail
    return layers, None, tail


def _without_activations(network: Network) -> tuple[list[Layer], list[Layer]]:
    """All layers up to the activation layers at the end, and these."""
    layers: list[Layer] = list(network)
    tail: list[Layer] = []
    while layers and layers[-1].group == "activation":
        tail.insert(0, layers.pop())
    return layers, tail


def _flattened(layers: list[Layer], input_shape: Shape | None) -> list[Layer]:
    shape = Network(layers).output_shape(input_shape) if input_shape is not None else ()
    return [*layers, Flatten()] if shape is not None and len(shape) > 1 else layers


def _ending(last: Layer | None, tail: Sequence[Layer]) -> str:
    """The activation that a network ends with, counting the activation layers behind its `last` other one."""
    if not tail:
        return str(getattr(last, "activation", "linear"))
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
