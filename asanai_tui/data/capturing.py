"""What is asked of a camera: how many pictures, how far apart."""

import re
from typing import Annotated

import msgspec

from asanai_tui.errors import clean
from asanai_tui.options import option

COUNT, EVERY = 20, 1.0


class Series(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Pictures that are taken one after another."""

    count: Annotated[int, option("Pictures that are taken.", ge=1, le=1_000_000, step=1)] = COUNT
    every: Annotated[
        float, option("Seconds from one to the next; of a video, seconds of the video.", ge=0, le=86_400, step=0.1)
    ] = EVERY


def device_name(device: str) -> str:
    """A device as it is told: of an address without the name and the password that may stand in it."""
    return clean(re.sub(r"://[^/@\s]*@", "://", device.strip()))
