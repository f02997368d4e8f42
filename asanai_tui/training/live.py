"""What can be changed while it trains. Its names are those of wishes, of changes in the history and of forms."""

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from asanai_tui.checking import checked, hint
from asanai_tui.errors import InputError, clean
from asanai_tui.training.control import Wishes
from asanai_tui.training.optimizer_settings import LearningRate
from asanai_tui.training.settings import EpochCount, Training, with_rate
from asanai_tui.training.stopping import MinDelta, PatienceLength


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a training that count from its next batch on."""

    learning_rate: LearningRate = 0.001  # before the schedule
    epochs: EpochCount = 30
    patience: PatienceLength = 0
    min_delta: MinDelta = 0.0


NAMES = Live.__struct_fields__


def live(training: Training) -> Live:
    """As the document says it."""
    early = training.early_stopping
    return Live(
        learning_rate=training.optimizer.learning_rate,
        epochs=training.epochs,
        patience=early.patience,
        min_delta=early.min_delta,
    )


def changes(before: Live, after: Live) -> Wishes:
    """What differs in `after`, as it is there."""
    return {name: getattr(after, name) for name in NAMES if getattr(after, name) != getattr(before, name)}


def with_wishes(training: Training, wishes: Mapping[str, float]) -> Training:
    """The same settings with what was wished while it runs."""
    wished = changed(live(training), wishes)
    early = msgspec.structs.replace(training.early_stopping, patience=wished.patience, min_delta=wished.min_delta)
    other = msgspec.structs.replace(training, epochs=wished.epochs, early_stopping=early)
    return with_rate(other, wished.learning_rate)


def changed(before: Live, wishes: Mapping[str, float]) -> Live:
    """`before` with what was wished.

    Raises:
        InputError: a wish is for something else, or out of its range; the sentence names the option.
    """
    if strange := sorted(set(wishes) - set(NAMES)):
        raise InputError(f"{clean(strange[0])} cannot be changed while training runs{hint(strange[0], NAMES)}")
    return checked(before, **{name: _whole(name, value) for name, value in wishes.items()})


def told(wishes: Mapping[str, float], epoch: int) -> str:
    """`learning_rate 0.01, epochs 5; epoch 12, which is being trained, is the last.`

    Args:
        epoch: the one in progress; an end before it is that of this epoch.
    """
    values = ", ".join(f"{name} {value:g}" for name, value in wishes.items())
    ends = f"; epoch {epoch}, which is being trained, is the last" if wishes.get("epochs", math.inf) <= epoch else ""
    since = "; the epochs since the best one count" if wishes.get("patience") else ""
    return f"{values}{ends}{since}."


def _whole(name: str, value: Any) -> Any:
    """Numbers of epochs come from messages as fractions such as 5.0."""
    return int(value) if name in ("epochs", "patience") and math.isfinite(value) and value == int(value) else value
