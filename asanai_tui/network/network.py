"""A stack of layers: shapes, parameter counts and problems, layer by layer, without torch."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from asanai_tui.errors import InputError, ShapeError
from asanai_tui.network.layers import layer_from
from asanai_tui.network.layers.base import Layer, encoded
from asanai_tui.network.options import Shape

MAXIMUM_LAYERS = 2000
MAXIMUM_DEPTH = 8  # of layers that hold layers


class Stage(NamedTuple):
    """One layer in its place. Shapes are None from the first problem on: nothing can be known after it."""

    layer: Layer
    arrives: Shape | None
    leaves: Shape | None
    parameters: int = 0
    trainable: int = 0
    problem: str = ""
    multiply_adds: int = 0  # of one example's forward pass
    kept: int = 0  # values of one example that wait for the backward pass

    @property
    def trained(self) -> Literal["all", "part", "none", ""]:
        """How much of its weights training changes; nothing where it has none."""
        if not self.parameters:
            return ""
        return "all" if self.trainable == self.parameters else "part" if self.trainable else "none"


class Network:
    """An immutable sequence of layers."""

    def __init__(self, layers: Sequence[Layer] = ()) -> None:
        self.layers = tuple(layers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Network) and self.layers == other.layers

    def __hash__(self) -> int:
        return hash(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, index: int) -> Layer:
        return self.layers[index]

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def __repr__(self) -> str:
        return f"Network({list(self.layers)!r})"

    def __str__(self) -> str:
        return ", ".join(layer.name for layer in self.layers)

    def inserted(self, index: int, *layers: Layer) -> "Network":
        """With `layers` before position `index`."""
        return Network((*self.layers[:index], *layers, *self.layers[index:]))

    def removed(self, index: int) -> "Network":
        """Without the layer at `index`."""
        return Network((*self.layers[:index], *self.layers[index + 1 :]))

    def replaced(self, index: int, layer: Layer) -> "Network":
        """With `layer` in place of the one at `index`."""
        return Network((*self.layers[:index], layer, *self.layers[index + 1 :]))

    def moved(self, index: int, by: int) -> "Network":
        """With the layer at `index` moved `by` places; unchanged where it would leave the list."""
        if not 0 <= index + by < len(self.layers):
            return self
        return self.removed(index).inserted(index + by, self.layers[index])

    def stages(self, input_shape: Shape) -> tuple[Stage, ...]:
        """Each layer with the shapes that arrive and leave, its counts, and its problem if it has one."""
        return _stages(self.layers, input_shape)

    def output_shape(self, input_shape: Shape) -> Shape | None:
        """What leaves the last layer; None when a layer has a problem."""
        stages = self.stages(input_shape)
        return stages[-1].leaves if stages else input_shape

    def parameters(self, input_shape: Shape) -> tuple[int, int]:
        """(all, trainable)."""
        stages = self.stages(input_shape)
        return sum(stage.parameters for stage in stages), sum(stage.trainable for stage in stages)

    def encoded(self) -> list[dict[str, Any]]:
        """Plain data, one table a layer."""
        return [encoded(layer) for layer in self.layers]

    @classmethod
    def decoded(cls, content: object, place: str = "network") -> "Network":
        """From plain data; sentences begin with `place`.

        Raises:
            InputError: not a list of tables, too many layers, an unknown layer or option, a wrong value.
        """
        start = f"{place}: " if place else ""
        if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
            raise InputError(f"{start}expected a list of layers, each written as [[network]].")
        count, depth = _extent(content)
        if count > MAXIMUM_LAYERS:
            raise InputError(f"{start}{count:,} layers; at most {MAXIMUM_LAYERS:,} can be handled.")
        if depth > MAXIMUM_DEPTH:
            raise InputError(f"{start}layers lie in one another {depth} deep; at most {MAXIMUM_DEPTH} can be handled.")
        start = f"{place}, " if place else ""
        return cls([layer_from(item, f"{start}layer {number}") for number, item in enumerate(content, 1)])


def _extent(content: list[dict[str, Any]]) -> tuple[int, int]:
    """(layers, those in layers included; how deep they lie in one another), of plain data."""
    count, depth, level = 0, 0, content
    while level:
        count, depth = count + len(level), depth + 1
        values = (value for item in level for value in item.values() if isinstance(value, list))
        level = [inner for value in values for inner in value if isinstance(inner, dict)]
    return count, depth


@lru_cache(maxsize=64)
def _stages(layers: tuple[Layer, ...], input_shape: Shape) -> tuple[Stage, ...]:
    stages: list[Stage] = []
    shape: Shape | None = input_shape
    for layer in layers:
        stage = stage_of(layer, shape) if shape is not None else Stage(layer, None, None)
        stages.append(stage)
        shape = stage.leaves
    return tuple(stages)


@lru_cache(maxsize=8192)
def stage_of(layer: Layer, shape: Shape) -> Stage:
    """One layer when `shape` arrives."""
    try:
        leaves = layer.leaving(shape)
    except ShapeError as error:
        return Stage(layer, shape, None, problem=str(error))
    specs = layer.weights(shape).values()
    return Stage(
        layer,
        shape,
        leaves,
        parameters=sum(spec.size for spec in specs),
        trainable=sum(spec.size for spec in specs if spec.trainable),
        multiply_adds=layer.multiply_adds(shape),
        kept=layer.kept_values(shape),
    )
