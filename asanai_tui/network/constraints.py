"""What weights are held to after every step, with Keras' meaning (keras.io/api/layers/constraints).

Axes count in Keras' layout of the weight: 0 of a dense kernel (inputs × units) takes the norm of what arrives at each
unit; a convolution's kernel wants 0 1 2.
"""

from typing import TYPE_CHECKING, Annotated

import msgspec

from asanai_tui.options import option

if TYPE_CHECKING:
    import torch

Norm = Annotated[float, option("A norm: the square root of the sum of squares.", ge=0, le=1e6, step=0.1)]
Share = Annotated[float, option("How much of the way to go at each step; 1: all of it.", ge=0, le=1, step=0.1)]
Axes = Annotated[
    tuple[Annotated[int, msgspec.Meta(ge=-8, le=7)], ...],
    option("Dimensions of the weight that are summed over: 0 is the first; 0 1 2 for a 2-D convolution."),
    msgspec.Meta(min_length=1, max_length=8),
]

EPSILON = 1e-7  # Keras' backend.epsilon(), so that nothing is divided by 0


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="name"):
    """Base of the constraints."""

    def __call__(self, weight: "torch.Tensor") -> "torch.Tensor":
        """The weight (Keras' layout) as it may be."""
        raise TypeError(f"{type(self).__name__} does not say what it allows")

    def problem(self, shape: tuple[int, ...]) -> str:
        """Why a weight of `shape` (Keras' layout) cannot be held to this, or nothing."""
        rank, axes = len(shape), getattr(self, "axis", ())
        if all(-rank <= axis < rank for axis in axes) and len({axis % rank for axis in axes}) == len(axes):
            return ""
        named = " ".join(str(axis) for axis in axes)
        return f"axis {named} does not name dimensions of a weight that has {rank}; set axis to 0."


class MaxNorm(Limit, frozen=True, tag="max_norm"):
    """Shrinks what is longer than max_value to that length."""

    max_value: Norm = 2.0
    axis: Axes = (0,)

    def __call__(self, weight: "torch.Tensor") -> "torch.Tensor":
        norms = _norms(weight, self.axis)
        return weight * (norms.clamp(0, self.max_value) / (EPSILON + norms))


class MinMaxNorm(Limit, frozen=True, tag="min_max_norm"):
    """Brings lengths between two bounds; a rate below 1 goes only that share of the way at each step."""

    min_value: Norm = 0.0
    max_value: Norm = 1.0
    rate: Share = 1.0
    axis: Axes = (0,)

    def __call__(self, weight: "torch.Tensor") -> "torch.Tensor":
        norms = _norms(weight, self.axis)
        wanted = self.rate * norms.clamp(self.min_value, self.max_value) + (1 - self.rate) * norms
        return weight * (wanted / (EPSILON + norms))

    def problem(self, shape: tuple[int, ...]) -> str:
        if self.min_value > self.max_value:
            return (
                f"min_max_norm needs a min_value below max_value; {self.min_value:g} is above {self.max_value:g}; "
                "exchange them."
            )
        return super().problem(shape)


class NonNeg(Limit, frozen=True, tag="non_neg"):
    """Sets negative weights to 0."""

    def __call__(self, weight: "torch.Tensor") -> "torch.Tensor":
        return weight.clamp(min=0)


class UnitNorm(Limit, frozen=True, tag="unit_norm"):
    """Makes every length 1."""

    axis: Axes = (0,)

    def __call__(self, weight: "torch.Tensor") -> "torch.Tensor":
        return weight / (EPSILON + _norms(weight, self.axis))


Constraint = MaxNorm | MinMaxNorm | NonNeg | UnitNorm


def _norms(weight: "torch.Tensor", axes: tuple[int, ...]) -> "torch.Tensor":
    return weight.square().sum(axes, keepdim=True).sqrt()
