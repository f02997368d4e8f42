"""Pictures that were taken or drawn here, written into the folder of their class."""

import os
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data.opencv import opencv
from asanai_tui.errors import InputError, clean
from asanai_tui.files import is_utf8, reason, write_new


class NewPictures:
    """Adds pictures to one folder, as PNG files with numbered names; no file is ever replaced."""

    def __init__(self, folder: Path, kind: str) -> None:
        """
        Args:
            folder: of one class; made with the first picture, if the folder it lies in is there.
            kind: what their names begin with: `camera` gives `camera-0001.png`.
        """
        self.folder = folder
        self._kind = kind
        self._last = 0  # the highest number that is taken

    def add(self, pixels: NDArray[np.uint8]) -> Path:
        """Write one picture (uint8, height × width, × 1 or × 3, RGB), complete or not at all.

        Raises:
            InputError: the folder cannot be made or written into, or the disk is full.
        """
        content = png(pixels)
        if not self._last:
            self._last = self._highest()
        while True:
            self._last += 1
            path = self.folder / f"{self._kind}-{self._last:04}.png"
            if write_new(path, content):
                return path

    def _highest(self) -> int:
        """The highest number among the files that are there. Makes the folder where it is missing."""
        pattern = re.compile(rf"{re.escape(self._kind)}-(\d{{1,9}})\.png", re.IGNORECASE)
        try:
            self.folder.mkdir(exist_ok=True)
            found = [pattern.fullmatch(name) for name in os.listdir(self.folder)]
        except FileNotFoundError as error:
            parent = clean(self.folder.parent)
            raise InputError(
                f"{clean(self.folder)} cannot be made: folder {parent} does not exist; make it first."
            ) from error
        except FileExistsError as error:
            raise InputError(f"{clean(self.folder)} is a file, not a folder; choose another class.") from error
        except OSError as error:
            raise InputError(f"{clean(self.folder)} cannot be used: {reason(error)}.") from error
        return max((int(match[1]) for match in found if match), default=0)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """A picture (uint8, height × width, × 1 or × 3, RGB) as a PNG file."""
    swapped = pixels[:, :, ::-1] if pixels.ndim == 3 and pixels.shape[2] == 3 else pixels
    done, content = opencv().imencode(".png", np.ascontiguousarray(swapped))
    assert done  # OpenCV refuses none of these shapes
    return bytes(content)


def check_class(name: str) -> str:
    """A name that a folder can have, and that is found there again.

    Raises:
        InputError: it cannot name the folder of a class.
    """
    if not name.strip() or name.startswith(".") or "/" in name or "\0" in name or not is_utf8(name):
        raise InputError(
            f"{clean(name)!r} cannot name a class: expected a name without / that does not begin with a dot."
        )
    if len(name.encode()) > 200:
        raise InputError("This name is too long for a folder; at most 200 bytes are possible.")
    return name
