"""A CSV file as blocks of whole records, whatever its encoding, line ends and quotes."""

import codecs
import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from asanai_tui.data.as_csv import open_csv, size
from asanai_tui.data.parallel import cores
from asanai_tui.data.spec import Quote
from asanai_tui.errors import InputError, clean
from asanai_tui.files import reason

THREADS = min(cores(), 4)  # that work on blocks, each on one
BLOCK_BYTES, SMALLEST_BLOCK = 4 * 2**20, 2**20  # larger ones are read faster
BLOCKS = 10 * (THREADS + 1)  # at least, of a file that is not small: those in memory need little beside its numbers
LONGEST_RECORD = 2**24  # bytes; a quote still open after this many is one that is never closed


class EncodingError(InputError):
    """The bytes of a file are no text in the encoding it is read in."""


class Block(NamedTuple):
    """Whole records in UTF-8."""

    data: bytes
    visible: bytes  # the same with fields in quotes made unreadable


def blocks(path: Path) -> int:
    """About how many blocks a file has.

    Raises:
        InputError: there is no such file.
    """
    whole = size(path)
    return whole // _block_bytes(whole) + 1


def _block_bytes(whole: int) -> int:
    return min(BLOCK_BYTES, max(SMALLEST_BLOCK, whole // BLOCKS))


def quoted_fields(separator: str, quote: Quote) -> re.Pattern[bytes]:
    """A field in quotes, as pandas' tokenizer sees it; the group is empty when the closing quote has not come.

    The quote stands first and what must be before it (one blank allowed) behind it: re then jumps from quote to quote.
    """
    mark, q = re.escape(separator.encode()), quote.encode()
    before = rb"(?:(?<=^%b)|(?<=%b%b)|(?<=^ %b)|(?<=%b %b))" % (q, mark, q, q, mark, q)
    return re.compile(rb"%b%b[^%b]*(?:%b%b[^%b]*)*(%b|\Z)" % (q, before, q, q, q, q, q), re.MULTILINE)


def quoting(quote: Quote) -> dict[str, Any]:
    """The options of csv and of pandas for a table with these quotes."""
    return {"quoting": csv.QUOTE_NONE} if quote == "none" else {"quotechar": quote}


class Records:
    """The blocks of a file, to be read once from the beginning to the end.

    NUL bytes are removed, line ends become `\\n`, runs of blanks become one when the separator is a blank, a quote that
    is never closed makes its line a record of another width.
    """

    def __init__(self, path: Path, separator: str, encoding: str, skip: int = 0, quote: Quote = '"') -> None:
        """`skip`: how many lines at the beginning hold no data.

        Raises:
            InputError: the file cannot be opened.
        """
        self.nul_bytes = 0
        self._path, self._encoding = path, encoding
        self._separator = separator
        self._quote = b"" if quote == "none" else quote.encode()
        self._quoted = quoted_fields(separator, quote)
        self._skip = skip
        self._block = _block_bytes(size(path))
        self._file = open_csv(path)
        self._read = self._in_place if self._file.seekable() else self._in_passing

    def __enter__(self) -> "Records":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[Block]:
        """Raises: InputError: the file cannot be read, or is not in this encoding."""
        rest = b""
        for text, end in self._utf8():
            data = rest + text if rest else text
            if end and data and not data.endswith(b"\n"):
                data += b"\n"
            block, rest = self._divided(self._after_header(data), end)
            if block.data:
                yield block

    def _utf8(self) -> Iterator[tuple[bytes, bool]]:
        """Text in UTF-8 with one kind of line end, and whether it is the last."""
        decoder = codecs.getincrementaldecoder(self._encoding)()
        carry, end, position = b"", False, 0
        while not end:
            raw = self._raw()
            end = not raw
            if raw.isascii() and self._encoding == "utf-8" and not decoder.getstate()[0]:
                data = carry + raw if carry else raw
            else:
                text = self._decoded(decoder, raw, position)
                data = carry + (text if position else text.removeprefix("\ufeff")).encode()
            position += len(raw)
            carry = b"\r" if data.endswith(b"\r") and not end else b""
            yield self._plain(data.removesuffix(carry)), end

    def _decoded(self, decoder: codecs.IncrementalDecoder, raw: bytes, position: int) -> str:
        try:
            return decoder.decode(raw, not raw)
        except UnicodeDecodeError as error:
            raise EncodingError(
                f"{clean(self._path)}: byte {position + error.start:,} is not {clean(self._encoding)} text; "
                "choose another encoding."
            ) from error

    def _raw(self) -> bytes:
        """Some bytes to the end of a line."""
        try:
            return self._read()
        except OSError as error:
            raise InputError(f"{clean(self._path)}: {reason(error)}.") from error

    def _in_place(self) -> bytes:
        """Of a plain file in one piece: nothing has to be put together later."""
        begin = self._file.tell()
        self._file.seek(begin + self._block)
        self._file.readline(LONGEST_RECORD)
        end = self._file.tell()
        self._file.seek(begin)
        return self._file.read(end - begin)

    def _in_passing(self) -> bytes:
        """Of a stream, in which there is no way back."""
        return self._file.read(self._block) + self._file.readline(LONGEST_RECORD)

    def _plain(self, data: bytes) -> bytes:
        if b"\0" in data:
            self.nul_bytes += data.count(b"\0")
            data = data.replace(b"\0", b"")
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data

    def _after_header(self, data: bytes) -> bytes:
        while self._skip and b"\n" in data:
            data = data[data.index(b"\n") + 1 :]
            self._skip -= 1
        return b"" if self._skip else data

    def _divided(self, data: bytes, end: bool) -> tuple[Block, bytes]:
        """The whole records of `data`, and what has to wait for the next block."""
        if self._separator == " ":
            data = re.sub(rb"(?m)^ +| +$", b"", re.sub(rb"[ \t]+", b" ", data))
        visible, open_at = self._masked(data)
        cut = visible.rfind(b"\n", 0, len(visible) if open_at is None else open_at) + 1
        if open_at is not None and (end or len(data) - cut >= LONGEST_RECORD):
            return self._without_quote(data, visible, cut, end)
        whole = data[:cut]
        return Block(whole, whole if visible is data else visible[:cut]), data[cut:]

    def _masked(self, data: bytes) -> tuple[bytes, int | None]:
        """The same bytes with fields in quotes made unreadable, and where a quote is open."""
        if not self._quote or self._quote not in data:
            return data, None
        open_at: int | None = None

        def mask(match: re.Match[bytes]) -> bytes:
            nonlocal open_at
            if match[1]:
                return b"q" * (match.end() - match.start())
            open_at = match.start()
            return match[0]

        return self._quoted.sub(mask, data), open_at

    def _without_quote(self, data: bytes, visible: bytes, cut: int, end: bool) -> tuple[Block, bytes]:
        """As `_divided`, where the record at `cut` opens a quote for ever: its first line is made one wide field."""
        line_end = data.index(b"\n", cut)
        after, rest = self._divided(data[line_end + 1 :], end)
        hidden = b"q" * (line_end - cut) + b"\n"
        return Block(data[: line_end + 1] + after.data, visible[:cut] + hidden + after.visible), rest
