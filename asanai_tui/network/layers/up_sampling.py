"""Up-sampling: layers without weights that make an image larger."""

from typing import TYPE_CHECKING

from asanai_tui.network import options as o
from asanai_tui.network.layers.base import Layer, show
from asanai_tui.network.options import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch


class UpSampling(Layer, frozen=True):
    """Base of the up-samplings."""

    group = "convolution"

    @property
    def factors(self) -> tuple[int, ...]:
        """How many times larger each dimension becomes."""
        raise TypeError(f"{type(self).__name__} does not say how much it enlarges")

    @property
    def mode(self) -> str:
        """torch's name for how values are found: its plain `nearest` rounds in single precision and may miss."""
        return "nearest-exact"

    def _sizes(self, extents: Shape) -> list[int]:
        return [factor * n for factor, n in zip(self.factors, extents, strict=True)]

    def output_shape(self, shape: Shape) -> Shape:
        return (*self._sizes(shape[:-1]), shape[-1])

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        from torch.nn.functional import interpolate

        return interpolate(x, self._sizes(tuple(x.shape[2:])), mode=self.mode)

    def summary(self) -> str:
        return f"× {show(self.factors)}"


class UpSampling1D(UpSampling, frozen=True, tag="up_sampling1d"):
    """Repeats every step, so that the sequence becomes longer."""

    size: o.Size1D = 2

    input_rank = 2

    @property
    def factors(self) -> tuple[int, ...]:
        return (self.size,)


class UpSampling2D(UpSampling, frozen=True, tag="up_sampling2d"):
    """Enlarges an image: pixels are repeated, or blended from the four around.

    Bilinear measures between the centers of the pixels, as Keras does; TF.js measures between their corners and gives
    other values.
    """

    size: o.Size2D = (2, 2)
    interpolation: o.Interpolation = "nearest"

    input_rank = 3

    @property
    def factors(self) -> tuple[int, ...]:
        return self.size

    @property
    def mode(self) -> str:
        return "bilinear" if self.interpolation == "bilinear" else "nearest-exact"

    def summary(self) -> str:
        return f"× {show(self.size)} {self.interpolation}"


class UpSampling3D(UpSampling, frozen=True, tag="up_sampling3d"):
    """Repeats every point of a volume, so that it becomes larger."""

    size: o.Size3D = (2, 2, 2)

    input_rank = 4

    @property
    def factors(self) -> tuple[int, ...]:
        return self.size
