"""Attention of a sequence to itself."""

import math
from typing import TYPE_CHECKING

from asanai_tui.network import options as o
from asanai_tui.network.initializers import GlorotUniform, Zeros
from asanai_tui.network.layers.base import Layer, WeightSpec
from asanai_tui.network.options import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

PROJECTIONS = ("query", "key", "value")


class MultiHeadAttention(Layer, frozen=True, tag="multi_head_attention"):
    """Lets every step look at all others and take over what matters to it, in several ways at once.

    Vaswani and others 2017, with Keras' weights: the input is query, key and value at once (keras.layers
    .MultiHeadAttention(x, x)); kernels of the projections are features × heads × dimensions, that of the output is
    heads × dimensions × features.
    """

    num_heads: o.Heads = 2
    key_dim: o.KeyDim = 16
    value_dim: o.ValueDim = None
    causal: o.Causal = False
    dropout: o.AttentionDropout = 0.0
    use_bias: o.UseBias = True
    trainable: o.Trainable = True
    kernel_initializer: o.KernelInitializer = GlorotUniform()
    bias_initializer: o.BiasInitializer = Zeros()
    kernel_regularizer: o.KernelRegularizer = None
    bias_regularizer: o.BiasRegularizer = None
    kernel_constraint: o.KernelConstraint = None
    bias_constraint: o.BiasConstraint = None

    group = "sequence"
    input_rank = 2

    def weights(self, shape: Shape) -> dict[str, WeightSpec]:
        features, values = shape[-1], self.value_dim or self.key_dim
        specs: dict[str, WeightSpec] = {}
        for name, width in zip(PROJECTIONS, (self.key_dim, self.key_dim, values), strict=True):
            specs |= self._projection(name, (features, self.num_heads, width), (self.num_heads, width), (1, 2, 0))
        return specs | self._projection("attention_output", (self.num_heads, values, features), (features,), (2, 0, 1))

    def _projection(self, name: str, kernel: Shape, bias: Shape, layout: Shape) -> dict[str, WeightSpec]:
        specs = {
            f"{name}_kernel": WeightSpec(
                kernel, self.kernel_initializer, self.kernel_regularizer, self.trainable, layout, self.kernel_constraint
            )
        }
        if self.use_bias:
            specs[f"{name}_bias"] = WeightSpec(
                bias, self.bias_initializer, self.bias_regularizer, self.trainable, constraint=self.bias_constraint
            )
        return specs

    def multiply_adds(self, shape: Shape) -> int:
        """Projections, the comparison of every step with every other, and the sums over all steps; causal or not."""
        steps, widths = shape[0], self.key_dim + (self.value_dim or self.key_dim)
        return super().multiply_adds(shape) + steps * steps * self.num_heads * widths

    def kept_values(self, shape: Shape) -> int:
        """Query, key, value and what is taken over; the table of all steps only where torch cannot do without it."""
        steps, values = shape[0], self.value_dim or self.key_dim
        tables = 3 if self.dropout else int(values != self.key_dim)
        heads = 2 * (self.key_dim + values) + tables * steps
        return 2 * math.prod(shape) + steps * self.num_heads * heads

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        from torch.nn.functional import linear, scaled_dot_product_attention

        steps = x.movedim(1, -1)
        query, key, value = (self._heads(steps, name, weights) for name in PROJECTIONS)
        rate = self.dropout if training else 0.0
        y = scaled_dot_product_attention(query, key, value, dropout_p=rate, is_causal=self.causal)
        kernel, bias = weights["attention_output_kernel"], weights.get("attention_output_bias")
        return linear(y.movedim(1, 2).flatten(2), kernel.flatten(1), bias).movedim(-1, 1)

    def _heads(self, steps: "torch.Tensor", name: str, weights: "Mapping[str, torch.Tensor]") -> "torch.Tensor":
        """Batch × steps × features projected to batch × heads × steps × dimensions."""
        from torch.nn.functional import linear

        bias = weights.get(f"{name}_bias")
        y = linear(steps, weights[f"{name}_kernel"].flatten(0, 1), None if bias is None else bias.flatten())
        return y.view(*y.shape[:2], self.num_heads, -1).movedim(2, 1)

    def summary(self) -> str:
        return f"{self.num_heads} × {self.key_dim}{' causal' if self.causal else ''}"
