"""From the arrays of a data set to batches on the device."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

_SHARE = 0.4  # of the free GPU memory that examples may take; weights and activations need the rest


class Examples:
    """Inputs with their encoded targets.

    They lie on the device when they fit there. A GPU that is too small gets them batch by batch through pinned memory.
    In main memory nothing is copied: a memory map stays one, so that a folder may be larger than the memory.
    """

    def __init__(self, inputs: NDArray[Any], targets: torch.Tensor, device: torch.device) -> None:
        """
        Args:
            inputs: float32 N × …, or uint8 N × height × width × channels.
            targets: N or N × width.
        """
        self._device = device
        fits = device.type == "cpu" or inputs.nbytes < _SHARE * torch.cuda.mem_get_info(device)[0]
        self._place = device if fits else torch.device("cpu")  # where rows are looked up
        self._inputs: NDArray[Any] | torch.Tensor = np.asarray(inputs)
        if self._place.type != "cpu":
            self._inputs = torch.from_numpy(np.array(inputs)).to(device)
        elif inputs.flags.writeable:  # torch takes no array that is read-only, as memory maps are
            self._inputs = torch.from_numpy(inputs)
        self._targets = targets.to(self._place)

    def rows(self, rows: NDArray[Any]) -> torch.Tensor:
        """Row numbers, where `batch` wants them."""
        return torch.from_numpy(rows).to(self._place)

    def batch(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Inputs as the model takes them, and targets, both on the device."""
        if isinstance(self._inputs, torch.Tensor):
            inputs = self._inputs.index_select(0, rows)
        else:
            inputs = torch.from_numpy(self._inputs[rows.numpy()])
        targets = self._targets.index_select(0, rows)
        if targets.dtype == torch.uint8:
            targets = targets.long()  # class numbers of pictures are kept as bytes
        if self._place != self._device:
            inputs = inputs.pin_memory().to(self._device, non_blocking=True)
            targets = targets.pin_memory().to(self._device, non_blocking=True)
        return prepared(inputs), targets


def prepared(inputs: torch.Tensor) -> torch.Tensor:
    """Inputs as the model takes them: channels second, bytes as 0…1.

    Args:
        inputs: batch × … × channels. Images keep their order in memory, which is torch's channels_last.
    """
    if inputs.ndim > 2:
        inputs = inputs.movedim(-1, 1)
    return inputs / 255 if inputs.dtype == torch.uint8 else inputs


def seed_of(seed: int, epoch: int) -> int:
    """The seed of one epoch: its order and its dropout depend on nothing before it."""
    return int(np.random.SeedSequence((seed, epoch)).generate_state(1, np.uint64)[0])


def shuffled(rows: NDArray[Any], seed: int) -> NDArray[Any]:
    """`rows` in another order, the same for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    order: NDArray[Any] = rows[torch.randperm(len(rows), generator=generator).numpy()]
    return order


def split(rows: torch.Tensor, size: int) -> Iterator[torch.Tensor]:
    """Consecutive parts of at most `size` rows."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
