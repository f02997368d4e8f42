"""Noise while training, against overfitting; predictions pass unchanged. Formulas: keras.io/api/layers."""

import math
from typing import TYPE_CHECKING, ClassVar

from asanai_tui.network import options as o
from asanai_tui.network import randomness
from asanai_tui.network.layers.base import Group, Layer
from asanai_tui.network.options import Shape
from asanai_tui.network.shares import drawn

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

SELU_LOWEST = -1.0507009873554804 * 1.6732632423543772  # what selu gives for very negative values


class Noise(Layer, frozen=True):
    """Base of the noises: a subclass says how it disturbs a batch."""

    seed: o.Seed = None

    group: ClassVar[Group] = "noise"

    def disturbed(self, x: "torch.Tensor", generator: "torch.Generator | None") -> "torch.Tensor":
        """`x` as training sees it. Numbers are drawn from `generator`, or from torch's own."""
        raise TypeError(f"{type(self).__name__} does not say how it disturbs")

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        return self.disturbed(x, randomness.generator(x.device)) if training else x

    def module(self, shape: Shape) -> "torch.nn.Module":
        if self.seed is None:
            return super().module(shape)
        from asanai_tui.network.stateful import SeededModule

        return SeededModule(self, shape, self.seed)


class Dropping(Noise, frozen=True):
    """Base of the noises that multiply by random numbers: a subclass says what its rate may be."""

    rate: float = 0.2

    def kept_values(self, shape: Shape) -> int:
        return 2 * math.prod(shape)  # what leaves, and the random numbers

    def summary(self) -> str:
        return f"{self.rate:g}"


class Dropout(Dropping, frozen=True, tag="dropout"):
    """Sets a random share of the values to 0 while training and scales up the rest, against overfitting."""

    rate: o.Rate = 0.25

    group = "basic"

    def disturbed(self, x: "torch.Tensor", generator: "torch.Generator | None") -> "torch.Tensor":
        from torch.nn.functional import dropout

        if generator is None:
            return dropout(x, self.rate, training=True)
        kept = drawn(x, lambda empty: empty.bernoulli_(1 - self.rate, generator=generator))
        y: torch.Tensor = x * kept.div_(1 - self.rate)
        return y


class GaussianNoise(Noise, frozen=True, tag="gaussian_noise"):
    """Adds normal noise to every value while training, as real measurements have it.

    Keras allows a stddev up to 1 only; here it may be larger, as in TensorFlow.js.
    """

    stddev: o.Stddev = 1.0

    def disturbed(self, x: "torch.Tensor", generator: "torch.Generator | None") -> "torch.Tensor":
        return x + drawn(x, lambda empty: empty.normal_(0.0, self.stddev, generator=generator))

    def summary(self) -> str:
        return f"± {self.stddev:g}"


class GaussianDropout(Dropping, frozen=True, tag="gaussian_dropout"):
    """Multiplies every value by a random number around 1 while training (Srivastava and others 2014)."""

    rate: o.GaussianRate = 0.2

    def disturbed(self, x: "torch.Tensor", generator: "torch.Generator | None") -> "torch.Tensor":
        deviation = math.sqrt(self.rate / (1 - self.rate))
        return x * drawn(x, lambda empty: empty.normal_(1.0, deviation, generator=generator))


class AlphaDropout(Dropping, frozen=True, tag="alpha_dropout"):
    """A dropout for selu: dropped values become its lowest one, then all are scaled back to mean 0 and variance 1.

    Keras' meaning (Klambauer and others 2017); TensorFlow.js 4.22 has the sign of the dropped values wrong.
    """

    rate: o.AlphaRate = 0.2

    def disturbed(self, x: "torch.Tensor", generator: "torch.Generator | None") -> "torch.Tensor":
        kept = drawn(x, lambda empty: empty.bernoulli_(1 - self.rate, generator=generator))
        scale: float = ((1 - self.rate) * (1 + self.rate * SELU_LOWEST**2)) ** -0.5
        return (x * kept + SELU_LOWEST * (1 - kept)) * scale - scale * SELU_LOWEST * self.rate


class SpatialDropout(Dropping, frozen=True):
    """Base of the dropouts of whole channels."""

    rate: o.ChannelRate = 0.2

    def kept_values(self, shape: Shape) -> int:
        return math.prod(shape) + shape[-1]  # one random number a channel

    def disturbed(self, x: "torch.Tensor", generator: "torch.Generator | None") -> "torch.Tensor":
        channels = x.new_empty((*x.shape[:2], *(1,) * (x.ndim - 2)))
        kept = drawn(channels, lambda empty: empty.bernoulli_(1 - self.rate, generator=generator))
        y: torch.Tensor = x * kept.div_(1 - self.rate)
        return y


class SpatialDropout1D(SpatialDropout, frozen=True, tag="spatial_dropout1d"):
    """Sets whole features to 0 at all steps while training and scales up the rest (Tompson and others 2014)."""

    input_rank = 2


class SpatialDropout2D(SpatialDropout, frozen=True, tag="spatial_dropout2d"):
    """Sets whole channels of an image to 0 while training and scales up the rest, since neighbours know each other."""

    input_rank = 3
