"""What the document says about augmentation: how far pictures are changed at random while they are learned from."""

from typing import Annotated, Literal

import msgspec

from asanai_tui.options import option

Flip = Literal["none", "horizontal", "vertical", "both"]


class Augmentation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Random changes of the pictures trained on, new in every epoch; never of those that validate. All are off."""

    rotate: Annotated[float, option("Turn each picture by up to so many degrees, both ways.", ge=0, le=180, step=5)] = 0
    flip: Annotated[
        Flip, option("Mirror half of the pictures: left with right, top with bottom, or each by a draw of its own.")
    ] = "none"
    shift: Annotated[
        float, option("Move each picture by up to this share of its sides; the gap is mirrored.", ge=0, le=1, step=0.05)
    ] = 0
    zoom: Annotated[
        float, option("Enlarge or shrink each picture by up to this share of its size.", ge=0, le=0.9, step=0.05)
    ] = 0
    crop: Annotated[
        float, option("Cut up to this share of each side away, anywhere, and scale back.", ge=0, le=0.9, step=0.05)
    ] = 0
    brightness: Annotated[
        float, option("Lighten or darken each picture by up to this share of white.", ge=0, le=1, step=0.05)
    ] = 0
    contrast: Annotated[
        float, option("Stretch or flatten the contrast of each picture by up to this share.", ge=0, le=1, step=0.05)
    ] = 0
    invert: Annotated[
        float, option("Probability with which a picture becomes its negative.", ge=0, le=1, step=0.05, mode="expert")
    ] = 0
    noise: Annotated[
        float,
        option("Deviation of the noise added to each value; white is 1.", ge=0, le=1, step=0.01, mode="expert"),
    ] = 0
    cut_out: Annotated[
        float,
        option(
            "Cover a place of each picture; its sides are this share of the picture's.",
            ge=0,
            le=0.9,
            step=0.05,
            mode="expert",
        ),
    ] = 0
    mix_up: Annotated[
        float,
        option(
            "Blend pictures two by two, and their targets; alpha of the Beta distribution, 0.2 is usual.",
            ge=0,
            le=10,
            step=0.1,
            mode="expert",
        ),
    ] = 0

    @property
    def moves(self) -> bool:
        """Whether it changes where things are in a picture."""
        return self.flip != "none" or any((self.rotate, self.shift, self.zoom, self.crop))

    @property
    def on(self) -> bool:
        """Whether it changes anything."""
        return self != NO_AUGMENTATION


NO_AUGMENTATION = Augmentation()
