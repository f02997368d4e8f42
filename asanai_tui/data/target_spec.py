"""What the network is to say, and which parts of it follow when the data change."""

from typing import Annotated, Literal

import msgspec

from asanai_tui.data.frozen import Frozen, Shape
from asanai_tui.options import option


class Adjust(Frozen, frozen=True, omit_defaults=True):
    """What follows when the data change, as asanAI's importer has it."""

    units: Annotated[bool, option("The last layer gets as many units as there are classes or targets.")] = True
    activation: Annotated[
        bool,
        option(
            "The last layer gets the activation that can say the targets: linear where one is below 0 or above 1, "
            "softmax or sigmoid for classes."
        ),
    ] = True
    loss: Annotated[bool, option("Loss and metric follow the targets: two classes, more, or numbers.")] = True


class Targets(msgspec.Struct, frozen=True):
    """What the network is to say: one of `labels`, or one number for each of `names`."""

    kind: Literal["classes", "numbers"]
    names: tuple[str, ...]  # the labels, or the names of the target columns
    binary: bool = False  # numbers that are all 0 or 1
    within: bool = False  # numbers that all lie from 0 to 1
    shape: Shape = ()  # of the places that are each told this: height × width of a picture; empty: one answer alone

    @property
    def count(self) -> int:
        return len(self.names)
