"""Layers that re-scale and re-center what passes through."""

import math
from typing import TYPE_CHECKING

from asanai_tui.errors import ShapeError
from asanai_tui.network import options as o
from asanai_tui.network import shares
from asanai_tui.network.initializers import Ones, Zeros
from asanai_tui.network.layers.base import Layer, WeightSpec, dimension, show, tensor_dimension
from asanai_tui.network.options import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch


class Normalization(Layer, frozen=True):
    """Base of the normalizations: a learned scale and center after it, each of which can be left out."""

    epsilon: o.Epsilon = 1e-3
    center: o.Center = True
    scale: o.ScaleSwitch = True
    trainable: o.Trainable = True
    beta_initializer: o.BetaInitializer = Zeros()
    gamma_initializer: o.GammaInitializer = Ones()
    beta_regularizer: o.BetaRegularizer = None
    gamma_regularizer: o.GammaRegularizer = None
    beta_constraint: o.BetaConstraint = None
    gamma_constraint: o.GammaConstraint = None

    group = "normalization"

    def scale_and_center(self, shape: Shape) -> dict[str, WeightSpec]:
        """Specs of `gamma` and `beta`, both of `shape`."""
        specs = {}
        if self.scale:
            specs["gamma"] = WeightSpec(
                shape, self.gamma_initializer, self.gamma_regularizer, self.trainable, constraint=self.gamma_constraint
            )
        if self.center:
            specs["beta"] = WeightSpec(
                shape, self.beta_initializer, self.beta_regularizer, self.trainable, constraint=self.beta_constraint
            )
        return specs


class BatchNormalization(Normalization, frozen=True, tag="batch_normalization"):
    """Gives each channel mean 0 and variance 1, then a learned scale and center; deep networks learn faster with it.

    In training it uses the statistics of the batch and keeps moving averages of them; predictions, and a layer that is
    not trainable, use the averages (Ioffe and Szegedy 2015).
    """

    axis: o.Axis = -1
    momentum: o.Momentum = 0.99
    moving_mean_initializer: o.MovingMeanInitializer = Zeros()
    moving_variance_initializer: o.MovingVarianceInitializer = Ones()

    def output_shape(self, shape: Shape) -> Shape:
        dimension(self.axis, shape)
        return shape

    def weights(self, shape: Shape) -> dict[str, WeightSpec]:
        channels = (shape[dimension(self.axis, shape)],)
        return {
            **self.scale_and_center(channels),
            "moving_mean": WeightSpec(channels, self.moving_mean_initializer, trainable=False),
            "moving_variance": WeightSpec(channels, self.moving_variance_initializer, trainable=False),
        }

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        where = tensor_dimension(self.axis, x.ndim)
        aligned = x if where == 1 else x.movedim(where, 1)
        normalized = self._from_batch if training and self.trainable else self._from_averages
        y = normalized(aligned, weights)
        return y if where == 1 else y.movedim(1, where)

    def _from_averages(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]") -> "torch.Tensor":
        from torch.nn.functional import batch_norm

        mean, variance = weights["moving_mean"], weights["moving_variance"]
        return batch_norm(x, mean, variance, weights.get("gamma"), weights.get("beta"), eps=self.epsilon)

    def _from_batch(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]") -> "torch.Tensor":
        """Normalize by the batch and move the averages.

        torch's own averages take the unbiased variance; Keras' take the biased one, which torch's kernel returns as
        1 / √(variance + epsilon).
        """
        import torch

        gamma, beta = weights.get("gamma"), weights.get("beta")
        if share := shares.current():
            from asanai_tui.network import synchronized

            y, mean, variance = synchronized.batch_norm(x, gamma, beta, self.epsilon, share)
        else:
            y, mean, inverse = torch.native_batch_norm(x, gamma, beta, None, None, True, 0.0, self.epsilon)
            variance = (inverse.detach().square().reciprocal() - self.epsilon).clamp_(min=0.0)
        with torch.no_grad():
            weights["moving_mean"].lerp_(mean, 1 - self.momentum)
            weights["moving_variance"].lerp_(variance, 1 - self.momentum)
        return y

    def summary(self) -> str:
        return f"momentum {self.momentum:g}"


class LayerNormalization(Normalization, frozen=True, tag="layer_normalization"):
    """Gives each example mean 0 and variance 1, then a learned scale and center.

    It needs no batch, so it computes the same in training and in predictions (Ba, Kiros and Hinton 2016).
    """

    axis: o.Axes = (-1,)

    def output_shape(self, shape: Shape) -> Shape:
        self._dimensions(shape)
        return shape

    def weights(self, shape: Shape) -> dict[str, WeightSpec]:
        return self.scale_and_center(tuple(shape[where] for where in self._dimensions(shape)))

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        from torch.nn.functional import layer_norm

        x = x.movedim(1, -1)
        chosen = [where + 1 for where in self._dimensions(tuple(x.shape[1:]))]
        last = list(range(x.ndim - len(chosen), x.ndim))
        aligned = x.movedim(chosen, last)
        extents = list(aligned.shape[-len(chosen) :])
        y = layer_norm(aligned, extents, weights.get("gamma"), weights.get("beta"), self.epsilon)
        return y.movedim(last, chosen).movedim(-1, 1)

    def _dimensions(self, shape: Shape) -> list[int]:
        """Where in `shape` the axes point, in order."""
        found = sorted({dimension(axis, shape) for axis in self.axis})
        if len(found) < len(self.axis):
            named = " ".join(str(axis) for axis in self.axis)
            raise ShapeError(f"axis {named} names a dimension of {show(shape)} twice; name each once.")
        return found

    def summary(self) -> str:
        return "" if self.axis == (-1,) else f"axis {' '.join(str(axis) for axis in self.axis)}"


class GroupNormalization(Normalization, frozen=True, tag="group_normalization"):
    """Splits the channels into groups and gives each group of each example mean 0 and variance 1.

    It stays steady where batches are too small for batch normalization (Wu and He 2018).
    """

    groups: o.NormalizationGroups = 32
    axis: o.Axis = -1

    def output_shape(self, shape: Shape) -> Shape:
        channels = shape[dimension(self.axis, shape)]
        if self.groups == 0 or channels % self.groups:
            fitting = math.gcd(channels, 32)
            raise ShapeError(f"{self.groups} groups do not divide {channels} channels; set groups to {fitting}, say.")
        return shape

    def weights(self, shape: Shape) -> dict[str, WeightSpec]:
        return self.scale_and_center((shape[dimension(self.axis, shape)],))

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        import torch

        where = tensor_dimension(self.axis, x.ndim)
        aligned = x if where == 1 else x.movedim(where, 1)
        if torch.is_grad_enabled() and not x.requires_grad:
            aligned = aligned.detach().requires_grad_()  # torch 2.13 on the CPU crashes without, if channels lie last
        groups = aligned.shape[1] if self.groups == -1 else self.groups
        gamma, beta = weights.get("gamma"), weights.get("beta")
        if gamma is None and beta is not None:  # torch 2.13 on the CPU cannot differentiate this
            gamma = beta.new_ones(beta.shape)
        y = torch.group_norm(aligned, groups, gamma, beta, self.epsilon)  # functional's refuses one value a group
        return y if where == 1 else y.movedim(1, where)

    def summary(self) -> str:
        return "each channel" if self.groups == -1 else f"{self.groups} groups"
