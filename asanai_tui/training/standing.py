"""Where a training stands between two batches: all that the next step depends on, and nothing else."""

from typing import NamedTuple

import msgspec
import torch

from asanai_tui.training.batch_losses import BatchLosses
from asanai_tui.training.metrics import Sums
from asanai_tui.training.recorder import Epoch
from asanai_tui.training.schedules import Plateau
from asanai_tui.training.stopping import Patience

FORMAT = 2


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """What is no tensor. Floats keep every bit: JSON holds the shortest digits that give them back."""

    format: int = FORMAT
    epoch: int = 1  # that is being trained
    batch: int = 0  # batches of it that are done
    epochs: int  # of the whole training, as wished last
    patience: int  # of early stopping, as wished last
    wished: dict[str, float] = {}  # of settings while it was trained, by their names
    changes: dict[str, float] = {}  # those of the epoch that is being trained
    learning_rate: float  # before the schedule
    seconds: float = 0.0  # since the start, pauses and breaks left out
    threads: int = 0
    micro_batches: int = 1
    loss_scale: float = 1.0
    good_steps: int = 0  # since the loss scale changed
    best: Epoch | None = None
    waiting: Patience
    plateau: Plateau
    sums: Sums
    batch_losses: BatchLosses | None = None  # None: written by a version that did not keep them


class Standing(NamedTuple):
    """Numbers and tensors; these are copies, so training may go on."""

    numbers: Numbers
    tensors: dict[str, torch.Tensor]

    @property
    def broken(self) -> str:
        """The name of the first tensor that holds a number that is not finite; nothing where all do."""
        return next((name for name, value in self.tensors.items() if not bool(value.isfinite().all())), "")


def within(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """The tensors whose names begin with `prefix.`, without it."""
    return {
        name.removeprefix(f"{prefix}."): tensor for name, tensor in tensors.items() if name.startswith(f"{prefix}.")
    }


def prefixed(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """The same tensors with `prefix.` before their names."""
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}
