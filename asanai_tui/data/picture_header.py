"""Size and kind of a picture file from its first bytes, before anything is decoded."""

from typing import NamedTuple


class Header(NamedTuple):
    """What a picture file says of itself."""

    format: str
    width: int  # as stored, before any rotation
    height: int
    transparent: bool = False  # some pixels may be see-through

    @property
    def pixels(self) -> int:
        return self.width * self.height


def header(data: bytes) -> Header | None:
    """The header of a JPEG, PNG, BMP or WebP file; None for anything else or a torn header."""
    readers = ((b"\xff\xd8\xff", _jpeg), (b"\x89PNG\r\n\x1a\n", _png), (b"BM", _bmp), (b"RIFF", _webp))
    for magic, read in readers:
        if data.startswith(magic):
            found = read(data)
            return found if found and found.width > 0 and found.height > 0 else None
    return None


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
    return Header("PNG", _big(data, 16, 4), _big(data, 20, 4), has_alpha)


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
            return Header("WebP", 1 + _little(data, 24, 3), 1 + _little(data, 27, 3), bool(data[20] & 0x10))
        case b"VP8L":
            bits = _little(data, 21, 4)
            return Header("WebP", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF), bool(bits >> 28 & 1))
        case b"VP8 ":
            return Header("WebP", _little(data, 26, 2) & 0x3FFF, _little(data, 28, 2) & 0x3FFF)
        case _:
            return None


def _big(data: bytes, start: int, size: int) -> int:
    return int.from_bytes(data[start : start + size], "big")


def _little(data: bytes, start: int, size: int) -> int:
    return int.from_bytes(data[start : start + size], "little")
