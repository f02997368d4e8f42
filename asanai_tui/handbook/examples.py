"""Examples in pages: TOML that says what arrives and which layers take it; what leaves is computed, never written down.

    input = [1, 2, 3]           one example; or `batch`, a list of them; or only its shape: arrives = [28, 28, 1]
    parameters = 8              claims, held against the classes: `leaves`, `parameters`, `trainable`
    training = true             a training pass; `seed` fixes its random numbers
    [[network]]                 a layer as in a project file
    layer = "dense"
    weights.kernel = [[1, 0], [0, 1], [1, 1]]     under Keras' names, in Keras' shapes

Dimensions of 1 may be left out of weights, and of the input where `arrives` gives its shape.
"""

import tomllib
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
import numpy as np

from asanai_tui.checking import decoded, hint
from asanai_tui.errors import InputError, clean
from asanai_tui.network.layers.base import show
from asanai_tui.network.network import Network, Stage
from asanai_tui.network.options import Shape

CLAIMS = ("leaves", "parameters", "trainable")
Weights = Mapping[str, np.ndarray]


class Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of an example."""

    network: Any
    input: Any = None
    batch: Any = None
    arrives: tuple[int, ...] | None = None
    training: bool = False
    seed: int = 0
    leaves: tuple[int, ...] | None = None
    parameters: int | None = None
    trainable: int | None = None


class Example(NamedTuple):
    """An example that fits together: its layers take what arrives, its weights have their shapes."""

    source: str  # what is shown: the TOML without claims
    given: Given
    network: Network
    arrives: Shape
    inputs: np.ndarray | None  # batch × shape, float32; None where only shapes are told
    weights: tuple[Weights, ...]  # those given, of each layer, in Keras' layout

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Shapes and counts, layer by layer."""
        return self.network.stages(self.arrives)

    @property
    def leaves(self) -> Shape:
        """The shape that leaves the last layer."""
        return self.network.output_shape(self.arrives) or ()

    @property
    def broken_claims(self) -> list[str]:
        """Which claims do not hold, a sentence each."""
        parameters, trainable = self.network.parameters(self.arrives)
        true = {"leaves": self.leaves, "parameters": parameters, "trainable": trainable}
        claimed = {name: getattr(self.given, name) for name in CLAIMS}
        return [
            f"{name}: the page says {claimed[name]}, the layers say {value}."
            for name, value in true.items()
            if claimed[name] not in (None, value)
        ]


def example(text: str, place: str) -> Example:
    """The example in a block of a page; sentences begin with `place`.

    Raises:
        InputError: not TOML, an unknown key, layer, option or weight, or shapes that do not fit.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{place}: not valid TOML: {clean(error)}.") from error
    given = decoded(content, Given, place)
    tables, own = _without_weights(given.network, place)
    network = Network.decoded(tables, place)
    arrives, inputs = _arriving(given, place)
    for number, stage in enumerate(network.stages(arrives), 1):
        if stage.problem:
            raise InputError(f"{place}, layer {number} ({stage.layer.name}): {stage.problem}")
    weights = tuple(
        _weights(stage, named, f"{place}, layer {number} ({stage.layer.name})")
        for number, (stage, named) in enumerate(zip(network.stages(arrives), own, strict=True), 1)
    )
    return Example(_source(text), given, network, arrives, inputs, weights)


def _source(text: str) -> str:
    """The text without its claims, which stand on lines of their own; the computed ones are shown instead."""
    return "\n".join(line for line in text.splitlines() if line.partition("=")[0].strip() not in CLAIMS)


def _without_weights(tables: object, place: str) -> tuple[object, list[dict[str, Any]]]:
    """The layers as a project file has them, and the weights of each."""
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise InputError(f"{place}: expected a list of layers, each written as [[network]].")
    own = [table.get("weights", {}) for table in tables]
    if not all(isinstance(named, dict) for named in own):
        raise InputError(f"{place}: weights are given by name, such as weights.kernel = [[1, 0], [0, 1]].")
    return [{key: value for key, value in table.items() if key != "weights"} for table in tables], own


def _arriving(given: Given, place: str) -> tuple[Shape, np.ndarray | None]:
    """What arrives: its shape, and its values with the batch first."""
    if given.input is not None and given.batch is not None:
        raise InputError(f"{place}: give input or batch, not both.")
    if given.input is None and given.batch is None:
        if given.arrives is None:
            raise InputError(f"{place}: nothing arrives; give input, batch or arrives.")
        return given.arrives, None
    name = "batch" if given.input is None else "input"
    values = _numbers(given.batch if given.input is None else [given.input], f"{place}, {name}")
    if given.arrives is not None:
        values = _shaped(values, (len(values), *given.arrives), f"{place}, {name}")
    return values.shape[1:], values


def _weights(stage: Stage, given: Mapping[str, Any], place: str) -> Weights:
    specs = stage.layer.weights(stage.arrives or ())
    if unknown := next((name for name in given if name not in specs), None):
        raise InputError(f"{place}: no weight is called {clean(unknown)!r}{hint(unknown, specs)}")
    return {
        name: _shaped(_numbers(value, f"{place}, {name}"), specs[name].shape, f"{place}, {name}")
        for name, value in given.items()
    }


def _numbers(value: Any, place: str) -> np.ndarray:
    try:
        return np.asarray(value, dtype=np.float32)
    except (ValueError, TypeError) as error:
        raise InputError(f"{place}: expected numbers in lists of equal length.") from error


def _shaped(values: np.ndarray, shape: Shape, place: str) -> np.ndarray:
    """`values` in full: with the dimensions of 1 that were left out."""
    if _essential(values.shape) != _essential(shape):
        raise InputError(f"{place}: expected {show(shape)}, not {show(values.shape)}.")
    return values.reshape(shape)


def _essential(shape: Shape) -> Shape:
    return tuple(extent for extent in shape if extent != 1)
