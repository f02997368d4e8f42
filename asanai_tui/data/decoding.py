"""Picture files to pixels with OpenCV, in parallel: cv2 lets go of Python's lock while it decodes and scales."""

from collections.abc import Iterator, Sequence
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data.opencv import opencv
from asanai_tui.data.parallel import cores, in_order
from asanai_tui.data.picture_header import NAMES, Header, format_of, header
from asanai_tui.data.spec import Colour, PictureForm, Resampling
from asanai_tui.errors import InputError
from asanai_tui.files import open_file, reason

Picture = NDArray[np.uint8]
MOST_PIXELS = 100_000_000
BLOCK_BYTES = 2**23  # of decoded pictures handed over at once
MOST_PER_BLOCK = 16  # photographs take long: a wish to stop is heard after each block
FIRST_BYTES = 2**20  # of a file, in which its size must stand
SMALL_FILE = 4096  # bytes
AHEAD = 2  # blocks that may wait until they are taken
MOST_BITS = 16  # of a channel
AVERAGING = ("auto", "area")  # ways to scale that a reduced decode does not change


class Block(NamedTuple):
    """Some pictures of a list, in its order."""

    pictures: Picture  # N×H×W×C: those that could be read
    set_aside: tuple[tuple[int, str], ...]  # position in the list and why it could not be read
    done: int  # how many of the list are done, with this block


def read_picture(path: Path, form: PictureForm) -> Picture:
    """One picture cropped and scaled to height×width×C, upright, transparent parts on white.

    Raises:
        InputError: it cannot be read; the sentence is the reason alone, without the path.
    """
    data, found = _checked(path)
    reduction = _reduction(found, form.height, form.width) if form.resampling in AVERAGING else 0
    pixels = _decoded(data, found, form.colour, reduction)
    if form.resize == "crop":
        pixels = centre(pixels, form.height, form.width)
    return _scaled(pixels, form.height, form.width, form.resampling)


def read_preview(path: Path, longest: int) -> tuple[Picture, Header]:
    """One picture in RGB as it is, but no side longer than `longest`, and its header.

    Raises:
        InputError: as `read_picture`.
    """
    data, found = _checked(path)
    pixels = _decoded(data, found, "rgb", _reduction(found, longest, longest))
    height, width = pixels.shape[:2]
    shrink = min(1.0, longest / max(height, width))
    return _scaled(pixels, max(1, round(height * shrink)), max(1, round(width * shrink))), found


def formed(pixels: Picture, form: PictureForm) -> Picture:
    """A picture in memory (height × width × 3, RGB, or × 1, grey) as `read_picture` gives one from a file."""
    cv2 = opencv()
    if form.colour == "grey":
        pixels = pixels[:, :, 0] if pixels.shape[2] == 1 else _converted(pixels, cv2.COLOR_RGB2GRAY)
    else:
        pixels = _converted(pixels, cv2.COLOR_GRAY2BGR if pixels.shape[2] == 1 else cv2.COLOR_RGB2BGR)
    if form.resize == "crop":
        pixels = centre(pixels, form.height, form.width)
    return _scaled(pixels, form.height, form.width, form.resampling)


def as_trained(preview: Picture, form: PictureForm) -> Picture:
    """A picture of `read_preview` as training will see it: cropped, scaled, in grey. Not larger than the preview."""
    pixels = _converted(preview, opencv().COLOR_RGB2GRAY) if form.colour == "grey" else preview
    if form.resize == "crop":
        pixels = centre(pixels, form.height, form.width)
    share = min(1.0, max(preview.shape[:2]) / max(form.height, form.width))
    height, width = max(1, round(form.height * share)), max(1, round(form.width * share))
    return np.atleast_3d(_resized(pixels, height, width, form.resampling))


def stored(path: Path) -> NDArray[Any]:
    """What a file holds, untouched: H×W of a grey picture, else H×W×C, blue first; its bits and colours as they are.

    Raises:
        InputError: as `read_picture`.
    """
    data, found = _checked(path)
    cv2 = opencv()
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise InputError(f"damaged {found.format} file")
    kept: NDArray[Any] = pixels
    return kept


def refused(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Files that cannot be read, with the reason, as far as their first bytes tell; nothing is decoded."""

    def why(path: Path) -> str:
        try:
            _checked(path, FIRST_BYTES)
        except InputError as error:
            return str(error)
        return ""

    reasons = in_order(why, paths, cores(), waiting=len(paths))
    return ((path, reason) for path, reason in zip(paths, reasons, strict=True) if reason)


def blocks(paths: Sequence[Path], form: PictureForm, threads: int = 0) -> Iterator[Block]:
    """All pictures in the order of `paths`, decoded by `threads` threads (0: one for each core); memory is bounded."""
    size = max(1, min(MOST_PER_BLOCK, BLOCK_BYTES // prod(form.shape)))

    def block(start: int) -> Block:
        return _block(paths, start, min(start + size, len(paths)), form)

    return in_order(block, range(0, len(paths), size), threads or cores(), AHEAD)


def threads_for(sizes: Sequence[int]) -> int:
    """How many threads decode files of so many bytes fastest: one where they are so small that Python, of which one
    thread runs at a time, takes most of it; it also leaves the keyboard its time."""
    return 1 if sum(sizes) < SMALL_FILE * len(sizes) else cores()


def decoded(paths: Sequence[Path], form: PictureForm) -> tuple[Picture, tuple[tuple[str, str], ...]]:
    """Pictures N×H×W×C in memory, and the files that could not be read, with the reason."""
    found = list(blocks(paths, form))
    empty = np.empty((0, *form.shape), np.uint8)
    pictures = np.concatenate([empty, *(block.pictures for block in found)])
    return pictures, tuple((str(paths[index]), why) for block in found for index, why in block.set_aside)


def _block(paths: Sequence[Path], start: int, end: int, form: PictureForm) -> Block:
    pictures, set_aside = [], []
    for index in range(start, end):
        try:
            pictures.append(read_picture(paths[index], form))
        except InputError as error:
            set_aside.append((index, str(error)))
    empty = np.empty((0, *form.shape), np.uint8)
    return Block(np.stack(pictures) if pictures else empty, tuple(set_aside), end)


def _checked(path: Path, most: int = -1) -> tuple[bytes, Header]:
    try:
        with open_file(path, buffering=0) as file:
            data = file.read(most)
            if len(data) == most and (kind := format_of(data)) and kind.anywhere:
                data += file.read()
    except OSError as error:
        raise InputError(reason(error)) from error
    except InputError as error:
        raise InputError("a pipe or a device, not a file") from error
    if not data:
        raise InputError("the file is empty")
    found = header(data)
    if found is None:
        raise InputError(f"not a picture of a known kind ({NAMES}), or torn")
    if found.pixels > MOST_PIXELS:
        raise InputError(
            f"too large: {found.width:,} × {found.height:,} pixels; at most 100 million are read, so make it smaller"
        )
    if found.bits > MOST_BITS:
        raise InputError(f"{found.bits} bits a channel; save it with 8 or 16")
    return data, found


def _decoded(data: bytes, found: Header, colour: Colour, reduction: int) -> Picture:
    cv2 = opencv()
    flags = {
        "rgb": (cv2.IMREAD_COLOR, cv2.IMREAD_REDUCED_COLOR_2, cv2.IMREAD_REDUCED_COLOR_4, cv2.IMREAD_REDUCED_COLOR_8),
        "grey": (
            cv2.IMREAD_GRAYSCALE,
            cv2.IMREAD_REDUCED_GRAYSCALE_2,
            cv2.IMREAD_REDUCED_GRAYSCALE_4,
            cv2.IMREAD_REDUCED_GRAYSCALE_8,
        ),
    }
    flag = cv2.IMREAD_UNCHANGED if found.transparent else flags[colour][reduction]
    try:
        pixels: Picture | None = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    except cv2.error as error:
        raise InputError(f"damaged {found.format} file") from error
    if pixels is None:
        raise InputError(f"damaged {found.format} file")
    if found.transparent:
        pixels = _on_white(pixels, premultiplied=found.format == "TIFF" and pixels.dtype == np.uint8)
        pixels = _upright(pixels, found.orientation)
        return _converted(pixels, cv2.COLOR_BGR2GRAY) if colour == "grey" else pixels
    return pixels


def _upright(pixels: Picture, orientation: int) -> Picture:
    """Mirrored and turned as Exif says (2.32, tag 0x0112), as a view."""
    if orientation > 4:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _converted(pixels: Picture, code: int) -> Picture:
    converted: Picture = opencv().cvtColor(pixels, code)
    return converted


def centre(pixels: Picture, height: int, width: int) -> Picture:
    """The largest centred part with the proportion height:width, at least one pixel."""
    rows, columns = pixels.shape[:2]
    kept_rows = max(1, min(rows, round(columns * height / width)))
    kept_columns = max(1, min(columns, round(rows * width / height)))
    top, left = (rows - kept_rows) // 2, (columns - kept_columns) // 2
    return pixels[top : top + kept_rows, left : left + kept_columns]


def _scaled(pixels: Picture, height: int, width: int, resampling: Resampling = "auto") -> Picture:
    """H×W×C; blue-green-red becomes red-green-blue."""
    pixels = _resized(pixels, height, width, resampling)
    return pixels[:, :, np.newaxis] if pixels.ndim == 2 else _converted(pixels, opencv().COLOR_BGR2RGB)


def _resized(pixels: Picture, height: int, width: int, resampling: Resampling) -> Picture:
    """Of another height and width; auto: by area when it shrinks, else by interpolation."""
    cv2 = opencv()
    if pixels.shape[:2] != (height, width):
        if resampling == "auto":
            resampling = "area" if height * width < pixels.shape[0] * pixels.shape[1] else "bilinear"
        methods: dict[Resampling, int] = {
            "nearest": cv2.INTER_NEAREST_EXACT,
            "bilinear": cv2.INTER_LINEAR,
            "bicubic": cv2.INTER_CUBIC,
            "area": cv2.INTER_AREA,
            "lanczos": cv2.INTER_LANCZOS4,
        }
        resized: Picture = cv2.resize(pixels, (width, height), interpolation=methods[resampling])
        return resized
    return pixels


def _on_white(stored: NDArray[np.uint8] | NDArray[np.uint16], premultiplied: bool) -> Picture:
    """Blue-green-red of 8 bits, transparent parts on white.

    `premultiplied`: the colours are already weighted by their alpha, as libtiff hands over 8 bits.
    """
    pixels = (stored >> 8 if stored.dtype == np.uint16 else stored).astype(np.uint8)
    if pixels.ndim == 2:
        return np.repeat(pixels[:, :, np.newaxis], 3, 2)
    if pixels.shape[2] < 4:
        return pixels
    alpha = pixels[:, :, 3:].astype(np.uint16)
    if premultiplied:
        mixed: NDArray[np.uint16] = np.minimum(pixels[:, :, :3] + (255 - alpha), 255)
    else:
        mixed = (pixels[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return mixed.astype(np.uint8)


def _reduction(found: Header, height: int, width: int) -> int:
    """How often a JPEG is halved while it is decoded: as far as both sides stay as long as wanted, rotated or not."""
    if found.format != "JPEG":
        return 0
    times = min(found.width, found.height) // max(height, width, 1)
    return min(3, max(0, times.bit_length() - 1))


def version() -> str:
    """Of the decoder: other versions may give other pixels."""
    return str(opencv().__version__)
