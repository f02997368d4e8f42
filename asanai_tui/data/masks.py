"""Mask files to class numbers: the value of a grey pixel, or its colour, says which class a place belongs to."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data.decoding import centre, stored
from asanai_tui.data.opencv import opencv
from asanai_tui.data.parallel import cores, in_order
from asanai_tui.data.spec import PictureForm
from asanai_tui.errors import InputError

MOST_CLASSES = 256
ENDINGS = (
    "",
    "_mask",
    "_masks",
    "_seg",
    "_label",
    "_labels",
    "_gt",
)  # of the name of a mask, behind that of the picture
SHADES = (255, 127, 191, 63)  # of the colours that masks are shown in
Codes = NDArray[np.uint8]
Values = NDArray[np.uint32]


class Mask(NamedTuple):
    """A mask, or why it cannot be used."""

    codes: Codes | None  # H×W
    problem: str = ""


def values(path: Path) -> Values:
    """What stands in a mask: H×W, the value of a grey pixel, or 2**24 + red·2**16 + green·2**8 + blue of a colour.

    Raises:
        InputError: it cannot be read; the sentence is the reason alone, without the path.
    """
    pixels = stored(path)
    if pixels.ndim == 3 and pixels.shape[2] in (1, 2):
        pixels = pixels[:, :, 0]
    if pixels.ndim == 2:
        return pixels.astype(np.uint32)
    blue, green, red = (pixels[:, :, place].astype(np.uint32) for place in range(3))
    if (blue == green).all() and (green == red).all():
        return blue
    return np.asarray((red << 16 | green << 8 | blue) + 2**24, np.uint32)


def name_of(value: int) -> str:
    """What a class is called: the grey value, or the colour as #rrggbb."""
    return str(value) if value < 2**24 else f"#{value - 2**24:06x}"


def classes_in(paths: Sequence[Path]) -> tuple[str, ...]:
    """The classes of some masks, by their values; those that cannot be read say nothing.

    Raises:
        InputError: there are too many; the sentence is without the path.
    """

    def different(path: Path) -> set[int]:
        try:
            return set(np.unique(values(path)).tolist())
        except InputError:
            return set()

    found: set[int] = set()
    for some in in_order(different, paths, cores(), waiting=cores()):
        found |= some
        if len(found) > MOST_CLASSES:
            raise InputError(
                f"more than {MOST_CLASSES} different values, so these are no masks of classes; save masks without "
                "loss, as PNG."
            )
    return tuple(name_of(value) for value in sorted(found))


def read(paths: Sequence[Path], classes: Sequence[str], form: PictureForm) -> Iterable[Mask]:
    """Masks as class numbers at the size of `form`, in order; scaled by the nearest pixel, so that no class is made."""
    known = {_value_of(name): place for place, name in enumerate(classes)}

    def one(path: Path) -> Mask:
        try:
            return Mask(_coded(values(path), known, form))
        except InputError as error:
            return Mask(None, f"its mask {path.name}: {error}")

    return in_order(one, paths, cores(), waiting=cores())


def partners(pictures: Sequence[str], masks: Sequence[str]) -> dict[str, str]:
    """Which mask belongs to each picture: called alike, folders and all, whatever the kind of file."""
    by_stem = {str(Path(name).with_suffix("")): name for name in masks}
    found = {}
    for name in pictures:
        stem = str(Path(name).with_suffix(""))
        if mask := next((by_stem[stem + ending] for ending in ENDINGS if stem + ending in by_stem), ""):
            found[name] = mask
    return found


def coloured(codes: NDArray[np.integer], count: int) -> NDArray[np.uint8]:
    """Class numbers H×W as a picture H×W×3: black for class 0, then colours that differ, the same for each class."""
    palette = np.zeros((max(1, count), 3), np.uint8)
    for number in range(1, count):
        shade = SHADES[(number - 1) // 7 % len(SHADES)]
        bits = 7 if count == 2 else (number - 1) % 7 + 1  # of red, green and blue; a single class is white
        palette[number] = [shade * (bits >> place & 1) for place in range(3)]
    return np.asarray(palette[np.minimum(codes, len(palette) - 1)])


def _value_of(name: str) -> int:
    return int(name[1:], 16) + 2**24 if name.startswith("#") else int(name)


def _coded(found: Values, known: Mapping[int, int], form: PictureForm) -> Codes:
    present = np.unique(found)
    if strange := [name_of(int(value)) for value in present if int(value) not in known]:
        raise InputError(f"the value {strange[0]} is none of the classes")
    codes = np.array([known[int(value)] for value in present], np.uint8)[np.searchsorted(present, found)]
    if form.resize == "crop":
        codes = centre(codes, form.height, form.width)
    if codes.shape != (form.height, form.width):
        cv2 = opencv()
        codes = cv2.resize(codes, (form.width, form.height), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(codes)
