"""What is asked of a camera: which, how many pictures, how far apart."""

from typing import Annotated

import msgspec

from asanai_tui.options import option

COUNT, EVERY = 20, 1.0


class Capturing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A series of pictures."""

    device: Annotated[str, option("Number of a camera (0 is the first), a video file, or the address of a stream.")] = (
        "0"
    )
    count: Annotated[int, option("Pictures that are taken.", ge=1, le=1_000_000, step=1)] = COUNT
    every: Annotated[
        float, option("Seconds between two of them; of a video, seconds of it.", ge=0, le=86_400, step=0.1)
    ] = EVERY
