"""What every layer says of itself; everything else (lists, forms, files, counts, checks) is derived from it."""

import math
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

import msgspec

from asanai_tui.checking import plain
from asanai_tui.errors import ShapeError
from asanai_tui.network.constraints import Constraint
from asanai_tui.network.initializers import Start
from asanai_tui.network.options import Shape
from asanai_tui.network.regularizers import Regularizer

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

Group = Literal[
    "basic", "activation", "normalization", "convolution", "pooling", "noise", "sequence", "residual", "debug"
]


class WeightSpec(NamedTuple):
    """One weight: its shape as Keras has it, how it begins, and how torch stores it."""

    shape: Shape
    initializer: Start
    regularizer: Regularizer | None = None
    trainable: bool = True
    layout: tuple[int, ...] = ()  # torch's dimension i is Keras' dimension layout[i]; empty: the same order
    constraint: Constraint | None = None  # applied after every step, in Keras' layout

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def problem(self) -> str:
        """Why a weight of this shape cannot be, or nothing."""
        return self.initializer.problem(self.shape) or (self.constraint.problem(self.shape) if self.constraint else "")


class Layer(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    kw_only=True,
    tag_field="layer",
):
    """Base of all layers.

    A layer class has a tag (its name in files and on the screen), a docstring whose first sentence explains it to a
    beginner, its options as annotated fields, and the methods below. Shapes are channels last and without the batch,
    as in Keras. Tensors given to `forward` have the batch first and the channels second, whatever their rank; image
    tensors lie in memory as channels_last, so that moving the channels to the end is free.
    """

    group: ClassVar[Group]
    input_rank: ClassVar[int | None] = None  # dimensions it takes; None: any
    takes_tokens: ClassVar[bool] = False  # numbers that stand for words or the like, below its `input_dim`

    @property
    def name(self) -> str:
        """The tag: `conv2d`."""
        return str(self.__struct_config__.tag)

    def output_shape(self, shape: Shape) -> Shape:
        """Shape that leaves when `shape` arrives, both channels last and without the batch.

        Raises:
            ShapeError: the layer cannot take this shape; the sentence says why.
        """
        return shape

    def weights(self, shape: Shape) -> dict[str, WeightSpec]:
        """The weights by their Keras names when `shape` arrives."""
        return {}

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        """Compute the layer. `weights` are in torch's layout. Torch is imported inside, never at the top."""
        return x

    def positions(self, shape: Shape) -> int:
        """At how many places each kernel is applied to one example: at each that leaves, unless a layer says else."""
        return math.prod(self.output_shape(shape)[:-1])

    def multiply_adds(self, shape: Shape) -> int:
        """Multiplications, each with an addition, of one example's forward pass when `shape` arrives.

        The size of every weight whose name ends in `kernel`, at each of its `positions`: half of what
        torch.utils.flop_counter calls FLOPs. Like there, biases, activations, normalization, pooling, noise and
        look-ups count nothing, and zeros around an image count like any other value.
        """
        specs = self.weights(shape).items()
        return sum(spec.size for name, spec in specs if name.endswith("kernel")) * self.positions(shape)

    def kept_values(self, shape: Shape) -> int:
        """Values of 4 bytes that one example leaves in memory until the backward pass: an estimate.

        What leaves is kept once, for this layer's gradient or the next one's. What arrives is counted by the layer
        that it comes from. Layers that hold more say so.
        """
        return math.prod(self.output_shape(shape))

    def summary(self) -> str:
        """The options that matter most, in a few characters: `16 @ 3×3 relu`."""
        return ""

    def module(self, shape: Shape) -> "torch.nn.Module":
        """The torch module for inputs of `shape`, its weights freshly initialized."""
        from asanai_tui.network.modules import LayerModule

        return LayerModule(self, shape)

    def leaving(self, shape: Shape) -> Shape:
        """`output_shape` after the checks that all layers share.

        Raises:
            ShapeError: wrong number of dimensions, or nothing would be left.
        """
        if self.input_rank is not None and len(shape) != self.input_rank:
            raise ShapeError(
                f"needs {_dimensions(self.input_rank)}, {show(shape)} arrives; "
                "put it elsewhere, or a reshape in front of it."
            )
        result = self.output_shape(shape)
        if any(extent < 1 for extent in result):
            raise ShapeError(
                f"nothing would be left: {show(shape)} would become {show(result)}; make the layer smaller."
            )
        if math.prod(result) > MAXIMUM_VALUES:
            raise ShapeError(
                f"{show(result)} would be {math.prod(result):,} values for each example; make the layer smaller."
            )
        self._check_weights(self.weights(shape))
        return result

    def _check_weights(self, specs: dict[str, WeightSpec]) -> None:
        if (size := sum(spec.size for spec in specs.values())) > MAXIMUM_VALUES:
            raise ShapeError(f"{size:,} weights are more than any memory holds; make the layer or its input smaller.")
        for name, spec in specs.items():
            if problem := spec.problem:
                raise ShapeError(f"{name}: {problem}")


MAXIMUM_VALUES = 2**31 - 1  # of one example, or weights of one layer; more is a slip of the finger


def show(shape: Shape) -> str:
    """`8×8×16`."""
    return "×".join(str(extent) for extent in shape) or "one number"


def dimension(axis: int, shape: Shape) -> int:
    """Where in `shape` Keras' `axis` points; positive ones count from 1, since Keras' 0 is the batch.

    Raises:
        ShapeError: there is no such dimension.
    """
    where = axis - 1 if axis > 0 else len(shape) + axis
    if axis == 0 or not 0 <= where < len(shape):
        raise ShapeError(f"axis {axis} is no dimension of {show(shape)}; set axis to -1, the last.")
    return where


def tensor_dimension(axis: int, dimensions: int) -> int:
    """Where Keras' `axis` lies in a tensor of so many dimensions, whose channels stand at 1."""
    where = axis % dimensions
    return 1 if where == dimensions - 1 else where + 1


def explanation(cls: type[Layer]) -> str:
    """The sentences that explain a layer to a beginner: its docstring, on one line."""
    return " ".join((cls.__doc__ or "").replace("`", "").split())


def encoded(layer: Layer) -> dict[str, Any]:
    """Plain data for files; variants without options become their bare name."""
    content: dict[str, Any] = plain(layer)
    return {key: _bare(value) for key, value in content.items() if value is not None}


def _bare(value: Any) -> Any:
    if not isinstance(value, dict) or "name" not in value:
        return value
    said = {key: each for key, each in value.items() if each is not None}
    return said["name"] if len(said) == 1 else said


def _dimensions(rank: int) -> str:
    names = {
        1: "a vector (1 dimension)",
        2: "steps × features (2 dimensions)",
        3: "an image (3 dimensions)",
        4: "a volume (4 dimensions)",
    }
    return names.get(rank, f"{rank} dimensions")
