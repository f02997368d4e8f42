"""A picture that changes all the time, within a budget of bytes: first the cells that differ most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.strip import Strip

from asanai_tui.tui.widgets.picture import Picture, fit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

BYTES_PER_SECOND = 1800  # the counter beside it wants some, too
UPDATES = 4  # a second
LOOK, CELL = 38, 11  # bytes of two colours, and of a place with its character
LEVELS = 12  # of each channel: fewer colours cost fewer bytes
SENSIBLE = 20  # difference of a channel from which on a cell is sent: more than half a level, or noise would be sent
COLUMNS, ROWS = 48, 24  # at most


class LivePicture(Picture):
    """Draws the first picture whole and then what has changed, as much of it as the budget allows."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: Pixels | None = None  # the newest picture
        self._drawn_pixels: Pixels | None = None  # what stands on the screen
        self._allowance = 0.0  # bytes

    def show(self, pixels: Pixels | None) -> None:
        """The newest picture (uint8, height × width, × 1 or × 3), or none; to be called `UPDATES` times a second."""
        self._seen = pixels
        self._allowance = min(BYTES_PER_SECOND, self._allowance + BYTES_PER_SECOND / UPDATES)
        if pixels is None:
            self._drawn_pixels = None
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        """What stands there, and of what has changed the most that may be sent."""
        if self._seen is None or not width or not height:
            self._pixels = None
            return []
        new = even(fit(self._seen, min(width, COLUMNS), min(height, ROWS)))
        old = self._drawn_pixels
        if old is None or old.shape != new.shape:
            self._drawn_pixels = coarse(new)
        else:
            self._drawn_pixels, spent = nearer(old, new, self._allowance)
            self._allowance -= spent
        self._pixels = self._drawn_pixels
        return super().draw(width, height)


def even(pixels: Pixels) -> Pixels:
    """Height × width × channels with an even height."""
    import numpy as np

    pixels = pixels.reshape(*pixels.shape[:2], -1)
    return np.concatenate((pixels, pixels[-1:])) if len(pixels) % 2 else pixels


def coarse(pixels: Pixels) -> Pixels:
    """The same in `LEVELS` levels from 0 to 255."""
    import numpy as np

    steps = np.rint(pixels.astype(np.float32) * (LEVELS - 1) / 255)
    return np.rint(steps * 255 / (LEVELS - 1)).astype(np.uint8)


def nearer(old: Pixels, new: Pixels, allowance: float) -> tuple[Pixels, float]:
    """`old` with those cells of `new` that differ most, as many as `allowance` bytes are for; and the bytes.

    A cell is two pixels, one above the other; what a colour costs is paid once for all cells that have it.
    """
    import numpy as np

    difference = np.abs(_cells(new).astype(np.int16) - _cells(old)).max(axis=2)
    plain = coarse(new)
    cells = _cells(plain)
    order = np.argsort(-difference, axis=None, kind="stable")
    result, spent, looks = old.copy(), 0.0, set()
    for place in order.tolist():
        y, x = divmod(place, new.shape[1])
        if difference[y, x] < SENSIBLE:
            break
        look = cells[y, x].tobytes()
        cost = CELL + LOOK * (look not in looks)
        if spent + cost > allowance:
            break
        looks.add(look)
        spent += cost
        result[2 * y : 2 * y + 2, x] = plain[2 * y : 2 * y + 2, x]
    return result, spent


def _cells(pixels: Pixels) -> Pixels:
    """Both pixels of each cell, one behind the other."""
    import numpy as np

    return np.concatenate((pixels[0::2], pixels[1::2]), axis=2)
