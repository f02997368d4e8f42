"""Global pooling: of each channel one value is left, whatever the size of what arrives."""

from typing import TYPE_CHECKING

from asanai_tui.network import options as o
from asanai_tui.network.layers.base import Layer
from asanai_tui.network.options import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch


class GlobalPooling(Layer, frozen=True):
    """Base of the global poolings: a subclass says how many dimensions arrive and what is left of a channel."""

    keepdims: o.KeepDims = False

    group = "pooling"

    def output_shape(self, shape: Shape) -> Shape:
        return (*(1,) * (len(shape) - 1), shape[-1]) if self.keepdims else shape[-1:]

    def summary(self) -> str:
        return "keeps dimensions" if self.keepdims else ""


class GlobalMaxPooling(GlobalPooling, frozen=True):
    """Base of those that keep the largest value."""

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        return x.amax(tuple(range(2, x.ndim)), keepdim=self.keepdims)


class GlobalAveragePooling(GlobalPooling, frozen=True):
    """Base of those that take the mean."""

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        return x.mean(tuple(range(2, x.ndim)), keepdim=self.keepdims)


class GlobalMaxPooling1D(GlobalMaxPooling, frozen=True, tag="global_max_pooling1d"):
    """Keeps the largest value of each feature over all steps; sequences of any length become one vector."""

    input_rank = 2


class GlobalMaxPooling2D(GlobalMaxPooling, frozen=True, tag="global_max_pooling2d"):
    """Keeps the largest value of each channel: whether something was found anywhere in the image."""

    input_rank = 3


class GlobalMaxPooling3D(GlobalMaxPooling, frozen=True, tag="global_max_pooling3d"):
    """Keeps the largest value of each channel: whether something was found anywhere in the volume."""

    input_rank = 4


class GlobalAveragePooling1D(GlobalAveragePooling, frozen=True, tag="global_average_pooling1d"):
    """Takes the mean of each feature over all steps; sequences of any length become one vector."""

    input_rank = 2


class GlobalAveragePooling2D(GlobalAveragePooling, frozen=True, tag="global_average_pooling2d"):
    """Takes the mean of each channel over the image; a lean way from convolutions to the last dense layer."""

    input_rank = 3


class GlobalAveragePooling3D(GlobalAveragePooling, frozen=True, tag="global_average_pooling3d"):
    """Takes the mean of each channel over the volume; a lean way from convolutions to the last dense layer."""

    input_rank = 4
