"""What a network costs to train: work and memory, layer by layer, without torch."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from asanai_tui.network.network import Stage
from asanai_tui.network.options import Shape

BYTES = 4  # of a number in single precision, in which all is computed


class Cost(NamedTuple):
    """Of one layer, or of all; 0 where a problem leaves nothing known."""

    multiply_adds: int  # of one example's forward pass; the backward pass takes about twice as many
    memory: int  # bytes while training


class Costs(NamedTuple):
    """Of a network, layer by layer."""

    layers: tuple[Cost, ...]
    batch: int  # bytes of the examples of a batch
    known: bool  # no problem hides what a layer costs

    @property
    def total(self) -> Cost | None:
        """All layers and the batch; None where a problem hides what they cost."""
        if not self.known:
            return None
        return Cost(sum(cost.multiply_adds for cost in self.layers), self.batch + sum(c.memory for c in self.layers))


def costs(stages: Sequence[Stage], input_shape: Shape, batch_size: int, slots: int) -> Costs:
    """Multiply-adds and memory of each layer.

    Memory is what stands at the same time at the end of a forward pass: weights, gradients and the optimizer's
    `slots` for each trainable weight, which are exact, and what every layer keeps for the backward pass, which is an
    estimate (`Layer.kept_values`), within a factor of 2 of what torch's saved tensors take. Not counted: torch
    itself, the data set, the copy of the best weights, and what a kernel needs only while it runs.

    Args:
        input_shape: channels last, without the batch.
        batch_size: examples that are computed together.
        slots: numbers that the optimizer keeps for each trainable weight.
    """
    kept = _kept(stages)
    layers = (
        Cost(
            stage.multiply_adds,
            BYTES * (stage.parameters + (1 + slots) * stage.trainable + batch_size * values),
        )
        for stage, values in zip(stages, kept, strict=True)
    )
    known = all(stage.leaves is not None for stage in stages)
    return Costs(tuple(layers), BYTES * batch_size * math.prod(input_shape), known)


def _kept(stages: Sequence[Stage]) -> list[int]:
    """Values of one example that each layer keeps.

    No gradient goes below the first layer that learns: the layers there keep nothing but what arrives at it.
    """
    first = next((place for place, stage in enumerate(stages) if stage.trainable), len(stages))
    kept = [0 if place < first else stage.kept for place, stage in enumerate(stages)]
    if 0 < first < len(stages):
        before = stages[first - 1]
        kept[first - 1] = min(before.kept, math.prod(before.leaves or ()))
    return kept
