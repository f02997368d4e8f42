"""Penalties on weights and outputs, with Keras' meaning: l1·Σ|w| + l2·Σw², no ½ (keras.io/api/layers/regularizers)."""

from typing import TYPE_CHECKING, Annotated

import msgspec

from asanai_tui.options import option

if TYPE_CHECKING:
    import torch

Strength = Annotated[float, option("How strong the penalty is.", ge=0, le=1e6, step=0.001)]


class Penalty(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="name"):
    """Base of the regularizers: strengths of the two terms."""

    def strengths(self) -> tuple[float, float]:
        """(l1, l2)."""
        return getattr(self, "l1", 0.0), getattr(self, "l2", 0.0)

    def __call__(self, x: "torch.Tensor") -> "torch.Tensor":
        """The penalty of a tensor of any shape, as a scalar."""
        l1, l2 = self.strengths()
        if l1 == 0:
            return l2 * x.square().sum()
        if l2 == 0:
            return l1 * x.abs().sum()
        return l1 * x.abs().sum() + l2 * x.square().sum()


class L1(Penalty, frozen=True, tag="l1"):
    """Drives small weights to exactly 0."""

    l1: Strength = 0.01


class L2(Penalty, frozen=True, tag="l2"):
    """Shrinks weights without reaching 0."""

    l2: Strength = 0.01


class L1L2(Penalty, frozen=True, tag="l1_l2"):
    """Both."""

    l1: Strength = 0.0
    l2: Strength = 0.0


Regularizer = L1 | L2 | L1L2
