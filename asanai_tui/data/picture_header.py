"""Size and kind of a picture file from its first bytes, before anything is decoded."""

import struct
from collections.abc import Callable
from typing import NamedTuple


class Header(NamedTuple):
    """What a picture file says of itself."""

    format: str
    width: int  # as stored, before any rotation
    height: int
    transparent: bool = False  # some pixels may be see-through
    bits: int = 8  # of one channel, as far as they matter
    orientation: int = 1  # as in Exif, of transparent PNG and WebP files: the decoder turns all others by itself

    @property
    def pixels(self) -> int:
        return self.width * self.height


class Format(NamedTuple):
    """A kind of picture file."""

    name: str
    suffixes: tuple[str, ...]
    magic: tuple[bytes, ...]  # how its files begin
    read: Callable[[bytes], Header | None]
    anywhere: bool = False  # the header may stand at the end of the file


def format_of(data: bytes) -> Format | None:
    """The kind of picture that begins like this."""
    return next((kind for kind in FORMATS if data.startswith(kind.magic)), None)


def header(data: bytes) -> Header | None:
    """The header of a file of one of `FORMATS`; None for anything else or a torn header."""
    kind = format_of(data)
    found = kind.read(data) if kind else None
    return found if found and found.width > 0 and found.height > 0 else None


def _jpeg(data: bytes) -> Header | None:
    """Segments up to the frame header (ITU T.81, table B.1)."""
    position = 2
    while position + 9 <= len(data):
        if data[position] != 0xFF:
            return None
        marker = data[position + 1]
        if marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD8:  # fill bytes and markers without a length
            position += 1 if marker == 0xFF else 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return Header("JPEG", _big(data, position + 7, 2), _big(data, position + 5, 2))
        else:
            position += 2 + _big(data, position + 2, 2)
    return None


def _png(data: bytes) -> Header | None:
    if len(data) < 33 or data[12:16] != b"IHDR":
        return None
    has_alpha = data[25] in (4, 6) or b"tRNS" in data[33 : data.find(b"IDAT")]
    orientation = _orientation(_png_exif(data)) if has_alpha else 1
    return Header("PNG", _big(data, 16, 4), _big(data, 20, 4), has_alpha, orientation=orientation)


def _png_exif(data: bytes) -> bytes:
    """The chunk eXIf, before or behind the pixels, or nothing."""
    position = 8
    for _ in range(_MOST_CHUNKS):
        size, kind = _big(data, position, 4), data[position + 4 : position + 8]
        if kind == b"eXIf":
            return data[position + 8 : position + 8 + size]
        position += 12 + size
        if position + 8 > len(data):
            break
    return b""


def _bmp(data: bytes) -> Header | None:
    if len(data) < 26:
        return None
    size = 2 if _little(data, 14, 4) == 12 else 4  # the OS/2 header is shorter
    width, height = _little(data, 18, size), _little(data, 18 + size, size)
    if size == 4 and height >= 2**31:  # a negative height: rows from top to bottom
        height = 2**32 - height
    return Header("BMP", width, height)


def _webp(data: bytes) -> Header | None:
    """RFC 9649: lossy, lossless and extended files."""
    if len(data) < 30 or data[8:12] != b"WEBP":
        return None
    match data[12:16]:
        case b"VP8X":
            has_alpha = bool(data[20] & 0x10)
            orientation = _orientation(_webp_exif(data)) if has_alpha else 1
            size = 1 + _little(data, 24, 3), 1 + _little(data, 27, 3)
            return Header("WebP", *size, has_alpha, orientation=orientation)
        case b"VP8L":
            bits = _little(data, 21, 4)
            return Header("WebP", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF), bool(bits >> 28 & 1))
        case b"VP8 ":
            return Header("WebP", _little(data, 26, 2) & 0x3FFF, _little(data, 28, 2) & 0x3FFF)
        case _:
            return None


def _webp_exif(data: bytes) -> bytes:
    """The chunk EXIF, or nothing."""
    position = 12
    for _ in range(_MOST_CHUNKS):
        size = _little(data, position + 4, 4)
        if data[position : position + 4] == b"EXIF":
            return data[position + 8 : position + 8 + size].removeprefix(b"Exif\0\0")
        position += 8 + size + size % 2
        if position + 8 > len(data):
            break
    return b""


def _gif(data: bytes) -> Header | None:
    """GIF89a, section 18: the logical screen; any frame may have a see-through colour."""
    return Header("GIF", _little(data, 6, 2), _little(data, 8, 2), True) if len(data) >= 13 else None


def _tiff(data: bytes) -> Header | None:
    """The first directory of TIFF 6.0, or of BigTIFF (version 43), whose offsets have 8 bytes."""
    order = "<" if data.startswith(b"II") else ">"
    big = data[2:4] in (b"\x2b\0", b"\0\x2b")
    try:
        (start,) = struct.unpack_from(f"{order}Q", data, 8) if big else struct.unpack_from(f"{order}I", data, 4)
        tags = _tiff_tags(data, order, start, big)
    except struct.error:
        return None
    width, height = tags.get(_WIDTH, [0])[0], tags.get(_HEIGHT, [0])[0]
    has_alpha = tags.get(_PHOTOMETRIC) == [_RGB] and tags.get(_EXTRA_SAMPLES, [0])[0] in (1, 2)
    return Header("TIFF", width, height, has_alpha, max(tags.get(_BITS, [1])))


_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _EXTRA_SAMPLES = 256, 257, 258, 262, 338  # TIFF 6.0, section 8
_ORIENTATION = 274
_TAGS = (_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _EXTRA_SAMPLES, _ORIENTATION)
_RGB = 2
_MOST_CHUNKS = 2**16  # of a file, looked through for Exif
_CODES = {1: "B", 3: "H", 4: "I", 16: "Q"}  # of the types of values, for struct
_MOST_VALUES = 8  # of a tag that matters here: one for each channel


def _tiff_tags(data: bytes, order: str, start: int, big: bool) -> dict[int, list[int]]:
    """The numbers of the tags that matter, by tag.

    Raises:
        struct.error: the directory lies outside `data`.
    """
    count_code, entry_size, field = ("Q", 20, "Q") if big else ("H", 12, "I")
    (count,) = struct.unpack_from(order + count_code, data, min(start, len(data)))
    first, tags = start + struct.calcsize(order + count_code), {}
    for position in range(first, first + min(count, 2**16) * entry_size, entry_size):
        tag, kind, number = struct.unpack_from(f"{order}HH{field}", data, position)
        if tag not in _TAGS or not number:
            continue
        values = f"{order}{min(number, _MOST_VALUES)}{_CODES.get(kind, 'I')}"
        inline = position + 4 + struct.calcsize(order + field)
        (elsewhere,) = struct.unpack_from(order + field, data, inline)
        fits = struct.calcsize(values) <= struct.calcsize(order + field)
        tags[tag] = list(struct.unpack_from(values, data, inline if fits else min(elsewhere, len(data))))
    return tags


def _orientation(exif: bytes) -> int:
    """What Exif 2.32 says of how the picture was held, 1 to 8; Exif is a TIFF file without pixels."""
    order = "<" if exif.startswith(b"II") else ">"
    try:
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        tags = _tiff_tags(exif, order, start, False)
    except struct.error:
        return 1
    found = tags.get(_ORIENTATION, [1])[0]
    return found if 1 <= found <= 8 else 1


def _big(data: bytes, start: int, size: int) -> int:
    return int.from_bytes(data[start : start + size], "big")


def _little(data: bytes, start: int, size: int) -> int:
    return int.from_bytes(data[start : start + size], "little")


FORMATS = (
    Format("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), (b"\xff\xd8\xff",), _jpeg),
    Format("PNG", (".png",), (b"\x89PNG\r\n\x1a\n",), _png),
    Format("BMP", (".bmp",), (b"BM",), _bmp),
    Format("WebP", (".webp",), (b"RIFF",), _webp),
    Format("TIFF", (".tif", ".tiff"), (b"II\x2a\0", b"MM\0\x2a", b"II\x2b\0", b"MM\0\x2b"), _tiff, anywhere=True),
    Format("GIF", (".gif",), (b"GIF87a", b"GIF89a"), _gif),
)
SUFFIXES = frozenset(suffix for kind in FORMATS for suffix in kind.suffixes)
NAMES = ", ".join(kind.name for kind in FORMATS)
