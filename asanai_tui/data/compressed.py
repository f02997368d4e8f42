"""Tables as streams of bytes, plain or compressed. What a file is, its first bytes say; its name only says less."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple

from asanai_tui.data.pieces import Pieces
from asanai_tui.errors import InputError, clean, counted
from asanai_tui.files import open_file, reason

if TYPE_CHECKING:
    import zstandard
    from _typeshed import WriteableBuffer

EXPANSION = 5  # about how many times as large a table is unpacked
BUFFER = 2**17
TAR_MARK, TAR_MARK_AT = b"ustar", 257
BZ2_MARKS = (b"1AY&SY", b"\x17rE8P\x90")  # of a block, of the end of a file without any
ZSTD_PIECE = 2**12  # packed bytes at a time: at most 128 MiB unpacked, of a file made to be as bad as possible
NAMED = 5  # members of an archive that are named


_Unpacked = IO[bytes] | io.RawIOBase | io.BufferedIOBase


class _Format(NamedTuple):
    suffix: str
    marks: tuple[bytes, ...]  # what a file of this format begins with, one of them
    opened: Callable[[Path], _Unpacked]


def open_table(path: Path) -> BinaryIO:
    """The bytes of a table, unpacked as they are read. Only a plain file is `seekable`.

    Formats: .gz, .bz2, .xz, .zst, and .zip with one file in it. Reading may raise InputError, too.

    Raises:
        InputError: the file cannot be read, is no archive although it is called one, or is damaged; the archive holds
            no file, several or an encrypted one.
    """
    found = _format(path)
    if found is None:
        return _plain(path)
    try:
        unpacked = found.opened(path)
    except _errors() as error:
        raise _damaged(path, found.suffix, error) from error
    stream = io.BufferedReader(_Guarded(unpacked, path, found.suffix), BUFFER)
    try:
        _check_content(path, stream.peek(TAR_MARK_AT + len(TAR_MARK)))
    except InputError:
        stream.close()
        raise
    return stream


def unpacked_size(path: Path) -> int:
    """How many bytes a table has; of a compressed one about how many.

    Raises:
        InputError: the file cannot be read.
    """
    factor = EXPANSION if _format(path) else 1
    try:
        return path.stat().st_size * factor
    except OSError as error:
        raise InputError(f"{clean(path)}: {reason(error)}.") from error


def _format(path: Path) -> _Format | None:
    """How a file is compressed; None for a plain one."""
    with _plain(path) as file:
        try:
            first = file.read(max(len(mark) for each in FORMATS for mark in each.marks))
        except OSError as error:
            raise InputError(f"{clean(path)}: {reason(error)}.") from error
    found = _marked(first)
    if found is None and first and path.suffix.lower() in SUFFIXES:
        raise InputError(
            f"{clean(path)}: the content is no {path.suffix.lower()} archive; a plain CSV file should be called "
            f"{clean(path.stem)}."
        )
    return found


def _marked(first: bytes) -> _Format | None:
    return next((each for each in FORMATS if first.startswith(each.marks)), None)


def _check_content(path: Path, first: bytes) -> None:
    """Raises: InputError: what was unpacked is an archive itself."""
    inner = _marked(first)
    if inner or first[TAR_MARK_AT:].startswith(TAR_MARK):
        what = f"a {inner.suffix if inner else '.tar'} archive"
        raise InputError(f"{clean(path)}: {what} is packed in this one; unpack it and give the CSV file.")


def _plain(path: Path) -> BinaryIO:
    try:
        return open_file(path)
    except OSError as error:
        raise InputError(f"{clean(path)}: {reason(error)}.") from error


class _Guarded(io.RawIOBase):
    """A stream out of an archive, whose errors are sentences."""

    def __init__(self, unpacked: _Unpacked, path: Path, suffix: str) -> None:
        self._unpacked, self._path, self._suffix = unpacked, path, suffix

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        place = memoryview(buffer).cast("B")
        try:
            data = self._unpacked.read(len(place)) or b""
        except _errors() as error:
            raise _damaged(self._path, self._suffix, error) from error
        place[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._unpacked.close()
        super().close()


def _errors() -> tuple[type[Exception], ...]:
    """What the libraries raise for damaged archives; looked up only when one of them has raised something."""
    import lzma
    import zipfile
    import zlib

    import zstandard

    of_libraries = (zlib.error, lzma.LZMAError, zipfile.BadZipFile, zstandard.ZstdError)
    # zipfile: a method it does not know, a member whose name or place is nonsense, an encrypted one
    return (*of_libraries, OSError, EOFError, NotImplementedError, ValueError, RuntimeError)


def _damaged(path: Path, suffix: str, error: Exception) -> InputError:
    match error:
        case InputError():
            return error
        case EOFError():
            why = f"the {suffix} archive is cut off; it must be fetched or packed again"
        case OSError(errno=int()):
            why = reason(error)
        case NotImplementedError():
            why = f"the {suffix} archive is packed in a way that is not known here ({clean(error)}); pack it again"
        case _:
            why = (
                f"the {suffix} archive is damaged ({clean(error, 100).rstrip('.')}); it must be fetched or packed again"
            )
    return InputError(f"{clean(path)}: {why}.")


def _gz(path: Path) -> io.BufferedIOBase:
    import gzip

    return gzip.GzipFile(path, "rb")


def _bz2(path: Path) -> IO[bytes]:
    import bz2

    return bz2.BZ2File(path)


def _xz(path: Path) -> IO[bytes]:
    import lzma

    return lzma.LZMAFile(path)


def _zip(path: Path) -> IO[bytes]:
    import zipfile

    with zipfile.ZipFile(path) as archive:  # the stream keeps the file open
        members = [member for member in archive.infolist() if not member.is_dir() and _is_visible(member.filename)]
        names = ", ".join(clean(member.filename, 60) for member in members[:NAMED])
        if len(members) != 1:
            there = f" ({names}{', …' if len(members) > NAMED else ''})" if members else ""
            raise InputError(
                f"{clean(path)}: a .zip archive with one CSV file in it is needed, and this one has "
                f"{counted(len(members), 'file')}{there}; unpack it."
            )
        if members[0].flag_bits & 1:
            raise InputError(f"{clean(path)}: {names} in it is encrypted; unpack it with its password.")
        return archive.open(members[0])


def _is_visible(name: str) -> bool:
    """Whether a member was put into an archive on purpose: not what macOS adds, nothing hidden."""
    return not any(part == "__MACOSX" or part.startswith(".") for part in name.split("/") if part not in (".", ".."))


class _Zstd(Pieces):
    """The frames of a .zst file one after the other. zstandard's own stream takes a torn file for a whole one."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        super().__init__(self._file.close)
        self._packed = b""
        self._frame: zstandard.ZstdDecompressionObj | None = None

    def more(self) -> bool:
        """Unpack a piece, of which nothing may be ready yet; False at the end of the file.

        Raises:
            EOFError: the last frame is not whole.
        """
        import zstandard

        packed = self._packed or self._file.read(ZSTD_PIECE)
        if not packed:
            if self._frame:
                raise EOFError
            return False
        frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
        self.ready = memoryview(frame.decompress(packed))
        self._packed = frame.unused_data if frame.eof else b""
        self._frame = None if frame.eof else frame
        return True


FORMATS = (
    _Format(".gz", (b"\x1f\x8b",), _gz),
    _Format(".bz2", tuple(b"BZh%d%b" % (level, mark) for level in range(1, 10) for mark in BZ2_MARKS), _bz2),
    _Format(".xz", (b"\xfd7zXZ\0",), _xz),
    _Format(".zip", (b"PK\x03\x04", b"PK\x05\x06"), _zip),
    _Format(".zst", (b"\x28\xb5\x2f\xfd",), _Zstd),
)
SUFFIXES = tuple(each.suffix for each in FORMATS)
