"""The colours that are drawn with."""

from collections.abc import Sequence
from typing import NamedTuple


class Ink(NamedTuple):
    """A colour with its name."""

    name: str
    rgb: tuple[int, int, int]


GREYS = tuple(
    Ink(name, (light, light, light))
    for name, light in (("black", 0), ("dark grey", 64), ("grey", 128), ("light grey", 191), ("white", 255))
)
COLOURS = (
    Ink("black", (0, 0, 0)),
    Ink("white", (255, 255, 255)),
    Ink("red", (220, 40, 40)),
    Ink("orange", (245, 150, 30)),
    Ink("yellow", (245, 225, 50)),
    Ink("green", (50, 160, 60)),
    Ink("cyan", (60, 190, 200)),
    Ink("blue", (40, 80, 210)),
    Ink("violet", (140, 70, 190)),
    Ink("pink", (240, 150, 190)),
    Ink("brown", (130, 85, 45)),
    Ink("grey", (128, 128, 128)),
)


def contrast(ground: Sequence[int]) -> str:
    """The ink that is seen best on a ground."""
    return "black" if sum(ground) > 127 * len(ground) else "white"
