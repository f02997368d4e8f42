"""Layers that re-scale and re-center what passes through."""

from typing import TYPE_CHECKING

from asanai_tui.network import options as o
from asanai_tui.network.initializers import Ones, Zeros
from asanai_tui.network.layers.base import Layer, WeightSpec, dimension, tensor_dimension
from asanai_tui.network.options import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch


class BatchNormalization(Layer, frozen=True, tag="batch_normalization"):
    """Gives each channel mean 0 and variance 1, then a learned scale and center; deep networks learn faster with it.

    In training it uses the statistics of the batch and keeps moving averages of them; predictions, and a layer that is
    not trainable, use the averages (Ioffe and Szegedy 2015).
    """

    axis: o.Axis = -1
    momentum: o.Momentum = 0.99
    epsilon: o.Epsilon = 1e-3
    center: o.Center = True
    scale: o.ScaleSwitch = True
    trainable: o.Trainable = True
    beta_initializer: o.BetaInitializer = Zeros()
    gamma_initializer: o.GammaInitializer = Ones()
    moving_mean_initializer: o.MovingMeanInitializer = Zeros()
    moving_variance_initializer: o.MovingVarianceInitializer = Ones()
    beta_regularizer: o.BetaRegularizer = None
    gamma_regularizer: o.GammaRegularizer = None

    group = "normalization"

    def output_shape(self, shape: Shape) -> Shape:
        dimension(self.axis, shape)
        return shape

    def weights(self, shape: Shape) -> dict[str, WeightSpec]:
        channels = (shape[dimension(self.axis, shape)],)
        specs = {}
        if self.scale:
            specs["gamma"] = WeightSpec(channels, self.gamma_initializer, self.gamma_regularizer, self.trainable)
        if self.center:
            specs["beta"] = WeightSpec(channels, self.beta_initializer, self.beta_regularizer, self.trainable)
        specs["moving_mean"] = WeightSpec(channels, self.moving_mean_initializer, trainable=False)
        specs["moving_variance"] = WeightSpec(channels, self.moving_variance_initializer, trainable=False)
        return specs

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
        y, mean, inverse = torch.native_batch_norm(x, gamma, beta, None, None, True, 0.0, self.epsilon)
        with torch.no_grad():
            variance = (inverse.square().reciprocal() - self.epsilon).clamp_(min=0.0)
            weights["moving_mean"].lerp_(mean, 1 - self.momentum)
            weights["moving_variance"].lerp_(variance, 1 - self.momentum)
        return y

    def summary(self) -> str:
        return f"momentum {self.momentum:g}"
