"""How a training ended."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from asanai_tui.training.per_class import NO_CLASSES, PerClass


class Outcome(NamedTuple):
    """How training ended, with a sentence for the user."""

    state: Literal["finished", "stopped", "failed"]
    message: str
    test_loss: float | None = None  # of the best weights on the test part, where there is one
    test_metrics: Mapping[str, float | None] = {}  # never changed
    diverged: bool = False  # a lower learning rate may help
    classes: PerClass = NO_CLASSES  # of the best weights
