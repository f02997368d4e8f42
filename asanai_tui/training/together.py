"""The step of several ranks: each computes its piece of a batch, one sum over all makes the whole."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from asanai_tui.errors import InputError
from asanai_tui.network.layers.normalization import BatchNormalization
from asanai_tui.network.modules import Model
from asanai_tui.network.shares import Share, current, holding
from asanai_tui.training import device as devices
from asanai_tui.training.agreement import AgreedControl
from asanai_tui.training.augmentation import Pairs
from asanai_tui.training.batches import Examples, seed_of
from asanai_tui.training.metrics import Metrics, Tally
from asanai_tui.training.ranks import Piece, Ranks
from asanai_tui.training.sending import Pair
from asanai_tui.training.stepper import Stepper

LOSS = 1  # slots behind the gradients; then those of `AgreedControl`, then those of metrics


class Team:
    """What the parts of one training share about its ranks: the piece in hand, and what the last step summed."""

    def __init__(self, ranks: Ranks, control: AgreedControl, metrics: Metrics, sizes: Mapping[str, torch.Size]) -> None:
        """
        Args:
            sizes: the shape of the sums of each metric.
        """
        self.ranks, self.control, self.metrics, self.sizes = ranks, control, metrics, sizes
        self.piece = Piece(ranks.piece(ranks.count).part, 1.0)
        self.loss = 0.0  # mean of the whole batch
        self.sums: dict[str, torch.Tensor] = {}  # of metrics, over the whole batch

    def slots(self) -> int:
        """Numbers behind the gradients."""
        return LOSS + AgreedControl.FLAGS + sum(size.numel() for size in self.sizes.values())

    def batches(
        self, examples: Examples, rows: NDArray[Any], size: int, heed: Callable[[], None], whole: bool
    ) -> Iterator[Pair]:
        """This rank's pieces of `rows` in batches of `size`; the batches as they are where `whole` is wished."""
        full = len(rows) // size * size
        for some, length in ((rows[:full].reshape(-1, size), size), (rows[None, full:], len(rows) - full)):
            if not some.size:
                continue
            self.piece = self.ranks.piece(length)
            start, end, _ = self.piece.part if not whole else (0, length, length)
            yield from examples.batches(np.ascontiguousarray(some[:, start:end]).ravel(), end - start, heed)

    def judging(self, rows: NDArray[Any], heed: Callable[[], None]) -> tuple[NDArray[Any], Callable[[], None]]:
        """The rows that this rank judges, none of them twice; `heed` after all ranks have agreed on what is wished."""

        def together() -> None:
            self.control.agree()
            heed()

        piece = self.ranks.piece(len(rows))
        return (rows[piece.part.start : piece.part.end] if piece.counts else rows[:0]), together

    def rounds(self, rows: NDArray[Any], size: int) -> int:
        """How many batches the rank that judges most has."""
        most = -(-len(rows) // self.ranks.count) if len(rows) >= self.ranks.count else len(rows)
        return -(-most // size)

    def exchange(self, sums: torch.Tensor, slots: torch.Tensor, loss: torch.Tensor, metrics: torch.Tensor) -> None:
        """Sum gradients, losses, wishes and metrics over all ranks.

        Args:
            sums: the gradients with `slots` behind them, in one piece of memory.
        """
        own = [(loss * self.piece.weight).reshape(1), slots.new_tensor(self.control.flags), metrics.to(slots)]
        torch.cat(own, out=slots)
        self.ranks.sum_over_all(sums)
        self.loss, *others = slots.tolist()
        self.control.hear(others[: AgreedControl.FLAGS])
        self.sums = unrolled(torch.tensor(others[AgreedControl.FLAGS :], dtype=torch.float64), self.sizes)


class SharedStepper(Stepper):
    """A step of all ranks together. Dropout draws as for the whole batch, where that costs no other device's time."""

    def __init__(self, team: Team, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._team, self._seed = team, 0
        self._synchronized = _has_batch_statistics(self._model)

    def _of_batch(self, inputs: torch.Tensor, targets: Pairs, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        team, self._seed = self._team, seed
        self.weight = team.piece.weight
        with holding(Share(team.piece.part, team.ranks.sum_over_all)):
            loss, outputs = self.gradients(inputs, targets, seed)
        self.weight = 1.0
        measured = self._measured(outputs, targets.first)
        team.exchange(self._weights.sums, self._weights.slots, loss, measured)
        return loss, outputs

    def _computed(self, inputs: torch.Tensor, targets: Pairs) -> tuple[torch.Tensor, torch.Tensor]:
        share = current()
        if share is None or (self._device.type == "cpu" and self.micro_batches == 1 and not self._settings.compile):
            return super()._computed(inputs, targets)
        own = seed_of(self._seed, self._team.ranks.rank)  # seed + rank would be the seed of a later batch
        devices.seed(self._device, own)
        if self._settings.compile:
            torch.manual_seed(own)
        with holding(share._replace(part=None)):
            return super()._computed(inputs, targets)

    def _starts(self, examples: int) -> list[int]:
        """All ranks compute in as many parts, since the statistics of each are exchanged."""
        if not self._synchronized or current() is None:
            return super()._starts(examples)
        whole, count = self._team.piece.part.whole, self._team.ranks.count
        parts = min(self.micro_batches, whole // count or whole)
        return [examples * part // parts for part in range(parts)]

    def _make_parts_smaller(self, examples: int) -> None:
        if self._synchronized:
            raise InputError(
                f"The memory of {self._device} does not suffice for this rank's part of a batch; make batch_size "
                "smaller, or set micro_batches."
            )
        super()._make_parts_smaller(examples)

    @torch.no_grad()
    def _measured(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        team = self._team
        return rolled(team.metrics.sums(outputs, targets) if team.piece.counts else {}, team.sizes)


class SharedTally(Tally):
    """Takes from each step what was summed over all ranks, so that rank 0 knows all at any moment."""

    def __init__(self, team: Team, heard: Callable[[list[float]], None]) -> None:
        super().__init__(team.metrics, heard)
        self._team = team

    def add(self, loss: torch.Tensor, outputs: torch.Tensor, targets: torch.Tensor) -> None:
        self._losses.append(torch.tensor(self._team.loss, dtype=torch.float64))
        self._sizes.append(self._team.piece.part.whole)
        self.take(self._team.sums)


def summed(tally: Tally, team: Team, sizes: Mapping[str, torch.Size], device: torch.device) -> None:
    """What each rank has counted of its rows becomes what all have.

    Args:
        sizes: the shape of the sums of each metric that was counted.
    """
    own = torch.tensor([tally.sums.losses, tally.sums.examples], dtype=torch.float64)
    held = torch.cat((own, rolled(tally.totals, sizes))).to(device)
    team.ranks.sum_over_all(held)
    counted = held.cpu()
    tally.sums.losses, tally.sums.examples = float(counted[0]), int(counted[1])
    tally.totals = unrolled(counted[2:], sizes)


def rolled(sums: Mapping[str, torch.Tensor], sizes: Mapping[str, torch.Size]) -> torch.Tensor:
    """All sums of metrics after one another; zeros where there are none."""
    found = [sums[name] if sums else torch.zeros(size) for name, size in sizes.items()]
    return torch.cat([each.reshape(-1).to(torch.float64) for each in found] or [torch.zeros(0, dtype=torch.float64)])


def unrolled(numbers: torch.Tensor, sizes: Mapping[str, torch.Size]) -> dict[str, torch.Tensor]:
    """What was `rolled`."""
    parts = torch.split(numbers, [size.numel() for size in sizes.values()])
    return {name: part.reshape(size) for (name, size), part in zip(sizes.items(), parts, strict=True)}


def _has_batch_statistics(model: Model) -> bool:
    for module in model.layers():
        inner = getattr(module, "inner", None)
        if isinstance(module.layer, BatchNormalization) and module.layer.trainable:
            return True
        if isinstance(inner, Model) and _has_batch_statistics(inner):
            return True
    return False
