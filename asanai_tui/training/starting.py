"""Trained weights for a training to begin with, from a model file."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from asanai_tui.errors import InputError, clean
from asanai_tui.network.network import Network
from asanai_tui.network.options import Shape
from asanai_tui.training import model_file
from asanai_tui.training.alignment import Alignment, aligned

if TYPE_CHECKING:
    import torch


class Start(NamedTuple):
    """What a training begins with, and where that comes from."""

    model: Path
    epoch: int | None  # that gave the model, where its file says so
    alignment: Alignment
    weights: "Mapping[str, torch.Tensor]" = MappingProxyType({})  # as `Model.keras_weights` names them; not all

    @property
    def origin(self) -> str:
        """`epoch 29 of 20261123-141205-iris`; the name of the file where it lies in no run."""
        in_run = self.model.parts[-4:-3] if self.model.parts[-3:-2] == ("checkpoints",) else ()
        name = clean(in_run[0] if in_run else self.model.name, 60)
        return name if self.epoch is None else f"epoch {self.epoch} of {name}"


def start_from(model: Path, network: Network, input_shape: Shape) -> Start:
    """The weights of the file `model` that fit into `network`.

    Args:
        input_shape: of `network`, channels last, without the batch.

    Raises:
        InputError: no model file, or a torn one, or its weights are not all finite.
    """
    content = model_file.load(model)
    for name, value in content.weights.items():
        if not bool(value.isfinite().all()):
            raise InputError(
                f"{clean(model)} cannot be trained further: its weight {name!r} holds numbers that are not finite; "
                "choose another model or train anew."
            )
    alignment = aligned(network, input_shape, content.network, content.input_shape)
    epoch = content.note.get("epoch")
    return Start(
        model,
        epoch if isinstance(epoch, int) else None,
        alignment,
        {here: content.weights[there] for here, there in alignment.weights.items()},
    )
