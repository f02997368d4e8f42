"""From the arrays of a data set to batches on the device."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from asanai_tui.data import large
from asanai_tui.data.large import Large, Rows
from asanai_tui.training.device import free_memory
from asanai_tui.training.sending import Pair, Pinned, Sender, one_ahead

Numbers = TypeVar("Numbers", torch.Tensor, NDArray[Any])  # of rows
Encoding = Callable[[NDArray[Any]], torch.Tensor]
_TOGETHER = 2**20  # bytes of batches that are looked up at once, so that a small batch does not cost two look-ups
_AHEAD = 2**26  # the same where it is read from the disk
_SHARE = 0.4  # of the free GPU memory that examples may take; weights and activations need the rest


class Examples(ABC):
    """Inputs with their encoded targets."""

    @abstractmethod
    def batches(self, rows: NDArray[Any], size: int, heed: Callable[[], None] = lambda: None) -> Iterator[Pair]:
        """`rows` in parts of at most `size`: inputs as the model takes them, and targets, both on the device.

        `heed` is called before each batch.
        """

    @abstractmethod
    def targets(self, rows: NDArray[Any]) -> Iterator[torch.Tensor]:
        """The encoded targets of `rows`, some at a time."""


def examples(inputs: Rows, targets: Rows, encoded: Encoding, device: torch.device) -> Examples:
    """
    Args:
        inputs: float32 N × …, or uint8 N × height × width × channels.
        targets: N or N × T.
        encoded: from targets to what the loss wants, N or N × width; it raises where the network does not fit them.
    """
    widest = len(targets) * encoded(targets[:1]).nbytes
    if device.type != "cpu":
        if inputs.nbytes + widest < _SHARE * free_memory(device):
            return Held(*_copied(inputs, targets, encoded, device))
        return Ahead(inputs, targets, encoded, device)
    if isinstance(inputs, Large) or isinstance(targets, Large) or widest > large.TARGETS_SHARE * large.LIMIT:
        return Ahead(inputs, targets, encoded, device)
    # torch takes no array that is read-only, as memory maps are
    return Held(torch.from_numpy(inputs) if inputs.flags.writeable else np.asarray(inputs), encoded(targets))


class Held(Examples):
    """All lie on the device. In main memory nothing is copied: a memory map stays one."""

    def __init__(self, inputs: torch.Tensor | NDArray[Any], targets: torch.Tensor) -> None:
        self._inputs, self._targets = inputs, targets

    def batches(self, rows: NDArray[Any], size: int, heed: Callable[[], None] = lambda: None) -> Iterator[Pair]:
        for together in _parts(torch.from_numpy(rows).to(self._targets.device), self._together(size)):
            targets = _wide(self._targets.index_select(0, together))
            for inputs, wanted in zip(
                torch.split(self._chosen(together), size), torch.split(targets, size), strict=True
            ):
                heed()
                yield prepared(inputs), wanted

    def _chosen(self, rows: torch.Tensor) -> torch.Tensor:
        if isinstance(self._inputs, torch.Tensor):
            return self._inputs.index_select(0, rows)
        return torch.from_numpy(self._inputs[rows.numpy()])

    def _together(self, size: int) -> int:
        """How many rows are looked up at once, a multiple of `size`."""
        wide = 1 if self._targets.is_floating_point() else 8 // self._targets.element_size()
        bytes_each = (self._inputs.nbytes + self._targets.nbytes * wide) // len(self._targets)
        return max(1, _TOGETHER // (size * max(1, bytes_each))) * size

    def targets(self, rows: NDArray[Any]) -> Iterator[torch.Tensor]:
        yield self._targets.index_select(0, torch.from_numpy(rows).to(self._targets.device))


class Ahead(Examples):
    """What is too large for memory, or for a GPU, is looked up for many batches together.

    So it is read in the order in which it lies on the disk. A GPU gets it batch by batch, one ahead of the step.
    """

    def __init__(self, inputs: Rows, targets: Rows, encoded: Encoding, device: torch.device) -> None:
        self._inputs, self._targets, self._encoded, self._device = inputs, targets, encoded, device
        self._row_bytes = inputs.nbytes // len(inputs) + encoded(targets[:1]).nbytes

    def batches(self, rows: NDArray[Any], size: int, heed: Callable[[], None] = lambda: None) -> Iterator[Pair]:
        sender = Pinned(self._device) if self._device.type == "cuda" else Sender(self._device)
        for inputs, targets in one_ahead(self._looked_up(rows, size), sender):
            heed()
            yield prepared(inputs), _wide(targets)

    def _looked_up(self, rows: NDArray[Any], size: int) -> Iterator[Pair]:
        for together in _parts(rows, max(1, _AHEAD // (size * self._row_bytes)) * size):
            inputs, targets = torch.from_numpy(self._inputs[together]), self._encoded(self._targets[together])
            yield from _batches(inputs, targets, size)

    def targets(self, rows: NDArray[Any]) -> Iterator[torch.Tensor]:
        for together in _parts(rows, max(1, _AHEAD // self._row_bytes)):
            yield self._encoded(self._targets[together])


def _copied(inputs: Rows, targets: Rows, encoded: Encoding, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """All on the device, a part after the other, so that main memory never holds them all."""
    numbers = np.arange(len(inputs))
    first = torch.from_numpy(inputs[:1])
    held = torch.empty((len(inputs), *first.shape[1:]), dtype=first.dtype, device=device)
    wanted = []
    for rows in _parts(numbers, max(1, _AHEAD // first.nbytes)):
        held[int(rows[0]) : int(rows[-1]) + 1].copy_(torch.from_numpy(inputs[rows]))
        wanted.append(encoded(targets[rows]).to(device))
    return held, torch.cat(wanted)


def _wide(targets: torch.Tensor) -> torch.Tensor:
    """Class numbers as losses take them; they are kept in as few bytes as hold them."""
    return targets if targets.is_floating_point() else targets.long()


def _batches(inputs: torch.Tensor, targets: torch.Tensor, size: int) -> Iterator[Pair]:
    """Views of what was looked up together."""
    return zip(torch.split(inputs, size), torch.split(targets, size), strict=True)


def _parts(rows: Numbers, size: int) -> Iterator[Numbers]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def prepared(inputs: torch.Tensor) -> torch.Tensor:
    """Inputs as the model takes them: channels second, bytes as 0…1.

    Args:
        inputs: batch × … × channels. Images keep their order in memory, which is torch's channels_last.
    """
    if inputs.ndim > 2:
        inputs = inputs.movedim(-1, 1)
    return inputs / 255 if inputs.dtype == torch.uint8 else inputs


def seed_of(seed: int, number: int) -> int:
    """The seed of one of many, such as an epoch: its order and its dropout depend on nothing before it."""
    return int(np.random.SeedSequence((seed, number)).generate_state(1, np.uint64)[0])


def shuffled(rows: NDArray[Any], seed: int) -> NDArray[Any]:
    """`rows` in another order, the same for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    held = torch.from_numpy(rows)
    order = torch.randperm(len(rows), generator=generator, dtype=held.dtype)
    shuffled_rows: NDArray[Any] = held.index_select(0, order).numpy()
    return shuffled_rows
