"""Augmentation of a batch on the device that trains: one affine grid for all that moves, then colours, then mix-up.

Every number is drawn from the seed, the epoch and the batch alone, and each kind has draws of its own, so that training
that goes on later sees the same pictures and another kind switched on leaves the others as they were.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

from asanai_tui.data.augmentation_spec import Augmentation
from asanai_tui.network.shares import Part

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class Pairs(NamedTuple):
    """The targets of a batch, with those of what was blended into each example, if anything was."""

    first: torch.Tensor
    second: torch.Tensor | None = None
    weight: float = 1.0  # of the first; at least one half

    def loss(self, loss: Loss, outputs: torch.Tensor) -> torch.Tensor:
        """The loss against both, weighted: mix-up for every loss that is a mean (Zhang et al. 2018, section 3)."""
        if self.second is None:
            return loss(outputs, self.first)
        return self.weight * loss(outputs, self.first) + (1 - self.weight) * loss(outputs, self.second)

    def part(self, start: int, end: int) -> "Pairs":
        """Those of some examples of the batch."""
        second = None if self.second is None else self.second[start:end]
        return Pairs(self.first[start:end], second, self.weight)


class Draws(NamedTuple):
    """One number from 0 to below 1 for each picture and purpose; each is a vector of the batch."""

    rotate: torch.Tensor
    flip_across: torch.Tensor
    flip_down: torch.Tensor
    shift_across: torch.Tensor
    shift_down: torch.Tensor
    zoom: torch.Tensor
    crop: torch.Tensor
    crop_across: torch.Tensor
    crop_down: torch.Tensor
    invert: torch.Tensor
    brightness: torch.Tensor
    contrast: torch.Tensor
    cut_across: torch.Tensor
    cut_down: torch.Tensor


class Augmenter:
    """Changes the batches of one training as its specification says."""

    def __init__(self, spec: Augmentation, seed: int) -> None:
        self._spec = spec
        self._seed = seed

    @property
    def mixes(self) -> bool:
        """Whether it needs the whole batch to change a part of it."""
        return bool(self._spec.mix_up)

    def part(
        self, inputs: torch.Tensor, targets: torch.Tensor, epoch: int, batch: int, part: Part | None
    ) -> tuple[torch.Tensor, Pairs]:
        """What `batch` would make of a part of the batch.

        Args:
            inputs, targets: of the whole batch where it `mixes`, else of the part.
            part: None: it is all of the batch.
        """
        if part is None or not self.mixes:
            return self.batch(inputs, targets, epoch, batch, part)
        inputs, pairs = self.batch(inputs, targets, epoch, batch)
        return part.of(inputs), pairs.part(part.start, part.end)

    @torch.no_grad()
    def batch(
        self, inputs: torch.Tensor, targets: torch.Tensor, epoch: int, batch: int, part: Part | None = None
    ) -> tuple[torch.Tensor, Pairs]:
        """Other inputs and the targets that belong to them; the same tensors where everything is off.

        Args:
            inputs: float N × channels × height × width, 0…1, as `prepared` gives them. They are left as they are.
            targets: N or N × width; of pictures N × height × width or N × channels × height × width.
            epoch, batch: counted from 1; with the seed they decide every draw.
            part: where the examples stand in their batch, if they are not all of it.
        """
        if not self._spec.on:
            return inputs, Pairs(targets)
        seeds = np.random.SeedSequence((self._seed, epoch, batch)).generate_state(4, np.uint64).tolist()
        part = part or Part(0, len(inputs), len(inputs))
        numbers = torch.rand(len(Draws._fields), part.whole, generator=torch.Generator().manual_seed(seeds[0]))
        draws = Draws(*numbers[:, part.start : part.end].to(inputs.device))
        if self._spec.moves and targets.ndim > 2:
            targets = moved_targets(targets, grid_matrices(self._spec, draws, *inputs.shape[2:]))
        coloured = self._coloured(self._moved(inputs, draws), draws, seeds[1], part)
        inputs = _cut_out(coloured, self._spec.cut_out, draws)
        return self._mixed(inputs, targets, seeds[2], seeds[3])

    def _moved(self, inputs: torch.Tensor, draws: Draws) -> torch.Tensor:
        return moved(inputs, grid_matrices(self._spec, draws, *inputs.shape[2:])) if self._spec.moves else inputs

    def _coloured(self, inputs: torch.Tensor, draws: Draws, seed: int, part: Part) -> torch.Tensor:
        """Negative, contrast around the mean of each picture, brightness and noise; held from 0 to 1."""
        spec = self._spec
        if spec.invert:
            inputs = torch.where(_each(draws.invert < spec.invert), 1 - inputs, inputs)
        if spec.contrast:
            mean = inputs.mean((1, 2, 3), keepdim=True)
            inputs = mean + (inputs - mean) * (1 + _each(both_ways(draws.contrast, spec.contrast)))
        if spec.brightness:
            inputs = inputs + _each(both_ways(draws.brightness, spec.brightness))
        if spec.noise:
            inputs = inputs + spec.noise * _normal(inputs, seed, part)
        return inputs.clamp(0, 1)

    def _mixed(
        self, inputs: torch.Tensor, targets: torch.Tensor, order_seed: int, weight_seed: int
    ) -> tuple[torch.Tensor, Pairs]:
        """Each example with another of the batch, all by one weight, as the authors' own program does it.

        The larger share is the first's: partners are drawn alike both ways, and metrics count the first.
        """
        if not self._spec.mix_up:
            return inputs, Pairs(targets)
        share = float(np.random.default_rng(weight_seed).beta(self._spec.mix_up, self._spec.mix_up))
        weight = max(share, 1 - share)
        order = torch.randperm(len(inputs), generator=torch.Generator().manual_seed(order_seed)).to(inputs.device)
        return torch.lerp(inputs[order], inputs, weight), Pairs(targets, targets[order], weight)


def both_ways(draw: torch.Tensor, most: float) -> torch.Tensor:
    """From 0…1 to -most…most."""
    return (2 * draw - 1) * most


def grid_matrices(spec: Augmentation, draws: Draws, height: int, width: int) -> torch.Tensor:
    """Where each place of a new picture lies in the old one: N × 2 × 3, as `affine_grid` takes it.

    Coordinates run from -1 to 1 on both sides; angles are those of pixels, also where sides differ.
    """
    angle = torch.deg2rad(both_ways(draws.rotate, spec.rotate))
    cut = draws.crop * spec.crop
    scale = (1 - cut) / (1 + both_ways(draws.zoom, spec.zoom))
    across = scale * _sign(draws.flip_across, spec.flip in ("horizontal", "both"))
    down = scale * _sign(draws.flip_down, spec.flip in ("vertical", "both"))
    left = both_ways(draws.crop_across, 1) * cut - 2 * both_ways(draws.shift_across, spec.shift)
    top = both_ways(draws.crop_down, 1) * cut - 2 * both_ways(draws.shift_down, spec.shift)
    cosine, sine = angle.cos(), angle.sin()
    first = torch.stack((cosine * across, -sine * down * height / width, left), 1)
    second = torch.stack((sine * across * width / height, cosine * down, top), 1)
    return torch.stack((first, second), 1)


def moved(inputs: torch.Tensor, matrices: torch.Tensor) -> torch.Tensor:
    """Pictures N × channels × height × width looked up through `grid_matrices`; what lies outside is mirrored."""
    layout = torch.channels_last if inputs.is_contiguous(memory_format=torch.channels_last) else torch.contiguous_format
    grid = functional.affine_grid(matrices, list(inputs.shape), align_corners=False)
    seen = functional.grid_sample(inputs, grid, padding_mode="reflection", align_corners=False)
    return seen.contiguous(memory_format=layout)


def moved_targets(targets: torch.Tensor, matrices: torch.Tensor) -> torch.Tensor:
    """Targets that are pictures moved like their inputs: class numbers batch × height × width, or with the channels
    second; each place takes the nearest, so that no class or number is made."""
    planes = targets.unsqueeze(1) if targets.ndim == 3 else targets
    grid = functional.affine_grid(matrices, list(planes.shape), align_corners=False)
    exact = planes.to(torch.float32)
    seen = functional.grid_sample(exact, grid, mode="nearest", padding_mode="reflection", align_corners=False)
    return seen.to(targets.dtype).reshape(targets.shape)


def _normal(inputs: torch.Tensor, seed: int, part: Part) -> torch.Tensor:
    """Normal numbers for each value, drawn in the order of memory of channels_last: ten times faster on a CPU."""
    generator = torch.Generator(inputs.device).manual_seed(seed)
    extents = (part.whole, *inputs.movedim(1, -1).shape[1:])
    return part.of(torch.randn(extents, generator=generator, device=inputs.device)).movedim(-1, 1)


def _cut_out(inputs: torch.Tensor, share: float, draws: Draws) -> torch.Tensor:
    """A rectangle of each picture takes the picture's mean (DeVries and Taylor 2017, whose inputs have mean 0)."""
    if not share:
        return inputs
    height, width = inputs.shape[2:]
    rows, columns = _covered(draws.cut_down, height, share), _covered(draws.cut_across, width, share)
    hole = (rows[:, :, None] & columns[:, None, :]).unsqueeze(1)
    return torch.where(hole, inputs.mean((2, 3), keepdim=True), inputs)


def _covered(draw: torch.Tensor, side: int, share: float) -> torch.Tensor:
    """Which of `side` places lie in the hole: N × side."""
    length = max(1, round(share * side))
    start = (draw * (side - length + 1)).floor().unsqueeze(1)
    places = torch.arange(side, device=draw.device)
    return (places >= start) & (places < start + length)


def _sign(draw: torch.Tensor, may_flip: bool) -> torch.Tensor:
    return torch.where(draw < 0.5, -1.0, 1.0) if may_flip else torch.ones_like(draw)


def _each(values: torch.Tensor) -> torch.Tensor:
    """One value for each picture, beside N × channels × height × width."""
    return values[:, None, None, None]
