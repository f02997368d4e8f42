"""Vectors for tokens."""

from typing import TYPE_CHECKING

from asanai_tui.errors import InputError
from asanai_tui.network import options as o
from asanai_tui.network.initializers import RandomUniform
from asanai_tui.network.layers.base import Layer, WeightSpec
from asanai_tui.network.options import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch


class Embedding(Layer, frozen=True, tag="embedding"):
    """Looks up a learned vector for each token of a sequence; tokens are whole numbers from 0."""

    input_dim: o.InputDim = 100
    output_dim: o.OutputDim = 32
    trainable: o.Trainable = True
    embeddings_initializer: o.EmbeddingsInitializer = RandomUniform()
    embeddings_regularizer: o.EmbeddingsRegularizer = None
    activity_regularizer: o.ActivityRegularizer = None
    embeddings_constraint: o.EmbeddingsConstraint = None

    group = "sequence"
    input_rank = 1
    takes_tokens = True

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape, self.output_dim)

    def weights(self, shape: Shape) -> dict[str, WeightSpec]:
        embeddings = WeightSpec(
            (self.input_dim, self.output_dim),
            self.embeddings_initializer,
            self.embeddings_regularizer,
            self.trainable,
            constraint=self.embeddings_constraint,
        )
        return {"embeddings": embeddings}

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        """
        Raises:
            InputError: a token is out of range (in main memory; on a GPU, which is not waited for, its vector is NaN).
        """
        import torch
        from torch.nn.functional import embedding

        tokens = x.to(torch.int64)  # towards 0, as Keras
        if x.device.type == "cpu":
            self._check(tokens)
            return embedding(tokens, weights["embeddings"]).movedim(-1, 1)
        y = embedding(tokens.clamp(0, self.input_dim - 1), weights["embeddings"])
        wrong = (tokens < 0) | (tokens >= self.input_dim)
        return y.masked_fill(wrong.unsqueeze(-1), float("nan")).movedim(-1, 1)

    def _check(self, tokens: "torch.Tensor") -> None:
        if not tokens.numel():
            return
        for extreme in tokens.aminmax():
            if not 0 <= (token := int(extreme)) < self.input_dim:
                raise InputError(
                    f"embedding: token {token:,} arrives, but input_dim {self.input_dim:,} allows "
                    f"0…{self.input_dim - 1:,}; change input_dim or the data."
                )

    def summary(self) -> str:
        return f"{self.input_dim:,} → {self.output_dim:,}"
