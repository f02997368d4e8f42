"""A CSV file as a stream of whole records of equal width; all others are set aside and counted, never silently."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from asanai_tui.errors import InputError, clean, counted
from asanai_tui.files import reason

BLOCK = 2**20
LONGEST_RECORD = 2**24  # bytes; a quote still open after this many is one that is never closed
LINES_NAMED = 5
NEWLINE = ord("\n")


class EncodingError(InputError):
    """The bytes of a file are no text in the encoding it is read in."""


def quoted_fields(separator: str) -> re.Pattern[bytes]:
    """A field in quotes, as pandas' tokenizer sees it; the group is empty when the closing quote has not come."""
    return re.compile(rb'(?:^|(?<=%s))[ \t]*"[^"]*(?:""[^"]*)*("|\Z)' % re.escape(separator.encode()), re.MULTILINE)


class Records:
    """A file to give to `pandas.read_csv`: UTF-8 text in blocks of whole records that all have `width` fields.

    NUL bytes are removed, line ends become `\\n`, runs of blanks become one when the separator is a blank. Records of
    another width and quotes that are never closed are left out: `bad` counts them, `bad_lines` names the first.
    """

    def __init__(self, path: Path, separator: str, encoding: str, width: int, skip: int = 0) -> None:
        """`skip`: how many lines at the beginning hold no data.

        Raises:
            InputError: the file cannot be opened.
        """
        self.path, self.width, self.encoding = path, width, encoding
        self.bad = 0
        self.bad_lines: list[int] = []
        self.nul_bytes = 0
        self._separator = ord(separator)
        self._quoted = quoted_fields(separator)
        self._skip = skip
        self._line = 1  # of the first byte of what is still to come
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise InputError(f"{clean(path)}: {reason(error)}.") from error
        self._blocks = self._records()

    def __enter__(self) -> "Records":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[str]:
        return self._blocks

    def read(self, size: int = -1) -> str:
        """The next block, of any size; nothing at the end.

        Raises:
            InputError: the file cannot be read, or is not in this encoding.
        """
        return next(self._blocks, "")

    def notes(self) -> tuple[str, ...]:
        """What was left out, in sentences."""
        found = []
        if self.bad:
            more = "" if self.bad <= len(self.bad_lines) else f" and {self.bad - len(self.bad_lines):,} more"
            lines = ", ".join(f"{line:,}" for line in self.bad_lines)
            found.append(
                f"{counted(self.bad, 'row')} set aside: not {counted(self.width, 'field')} wide "
                f"(line{'s' if self.bad > 1 else ''} {lines}{more})."
            )
        if self.nul_bytes:
            found.append(f"{counted(self.nul_bytes, 'NUL byte')} removed.")
        return tuple(found)

    def _records(self) -> Iterator[str]:
        rest = b""
        for block, end in self._utf8():
            data = rest + block
            if end and data and not data.endswith(b"\n"):
                data += b"\n"
            good, rest = self._divided(self._after_header(data), end)
            if good:
                yield self._text(good)

    def _after_header(self, data: bytes) -> bytes:
        while self._skip and b"\n" in data:
            data = data[data.index(b"\n") + 1 :]
            self._skip -= 1
            self._line += 1
        return b"" if self._skip else data

    def _text(self, good: bytes) -> str:
        try:
            return good.decode()
        except UnicodeDecodeError as error:
            raise EncodingError(
                f"{clean(self.path)}: not {self.encoding} text before line {self._line:,}; choose another encoding."
            ) from error

    def _utf8(self) -> Iterator[tuple[bytes, bool]]:
        """Blocks in UTF-8 with one kind of line end, and whether a block is the last."""
        decoder = None if self.encoding in ("utf-8", "utf-8-sig") else codecs.getincrementaldecoder(self.encoding)()
        first, carry, end = True, b"", False
        while not end:
            block = self._raw()
            end = not block
            try:
                data = block if decoder is None else decoder.decode(block, end).encode()
            except UnicodeDecodeError as error:
                raise EncodingError(
                    f"{clean(self.path)}: not {self.encoding} text after line {self._line:,}; choose another encoding."
                ) from error
            data = carry + (data.removeprefix(codecs.BOM_UTF8) if first else data)
            first = False
            carry = b"\r" if data.endswith(b"\r") and not end else b""
            yield self._plain(data.removesuffix(carry)), end

    def _raw(self) -> bytes:
        try:
            return self._file.read(BLOCK)
        except OSError as error:
            raise InputError(f"{clean(self.path)}: {reason(error)}.") from error

    def _plain(self, data: bytes) -> bytes:
        if b"\0" in data:
            self.nul_bytes += data.count(b"\0")
            data = data.replace(b"\0", b"")
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data

    def _divided(self, data: bytes, end: bool) -> tuple[bytes, bytes]:
        """The whole records of the right width, and what has to wait for the next block."""
        kept = []
        while data:
            if self._separator == ord(" "):
                data = re.sub(rb"(?m)^ +| +$", b"", re.sub(rb"[ \t]+", b" ", data))
            visible, open_at = self._masked(data)
            cut = visible.rfind(b"\n", 0, len(visible) if open_at is None else open_at) + 1
            kept.append(self._of_width(data[:cut], visible[:cut]))
            data = data[cut:]
            if open_at is None or (not end and len(data) < LONGEST_RECORD):
                break
            data = self._without_first_line(data)
        return b"".join(kept), data

    def _masked(self, data: bytes) -> tuple[bytes, int | None]:
        """The same bytes with fields in quotes made unreadable, and where a quote is open."""
        if b'"' not in data:
            return data, None
        open_at: int | None = None

        def mask(match: re.Match[bytes]) -> bytes:
            nonlocal open_at
            if match[1]:
                return b"q" * (match.end() - match.start())
            open_at = match.start()
            return match[0]

        return self._quoted.sub(mask, data), open_at

    def _without_first_line(self, data: bytes) -> bytes:
        _, _, rest = data.partition(b"\n")
        self._set_aside(self._line)
        self._line += 1
        return rest

    def _of_width(self, data: bytes, visible: bytes) -> bytes:
        codes = np.frombuffer(visible, np.uint8)
        good = data if self._rectangular(codes) else self._chosen(data, codes)
        self._line += data.count(b"\n")
        return good

    def _rectangular(self, codes: NDArray[np.uint8]) -> bool:
        """Whether each record has `width` fields: the quick way for the usual file."""
        marks = codes[(codes == NEWLINE) | (codes == self._separator)]
        if marks.size % self.width:
            return False
        is_newline = marks.reshape(-1, self.width) == NEWLINE
        return bool(is_newline[:, -1].all()) and int(is_newline.sum()) == len(is_newline)

    def _chosen(self, data: bytes, codes: NDArray[np.uint8]) -> bytes:
        ends = np.flatnonzero(codes == NEWLINE)
        fields = np.diff(np.searchsorted(np.flatnonzero(codes == self._separator), ends), prepend=0) + 1
        wrong = np.flatnonzero(fields != self.width)
        kept, start = [], 0
        for index in wrong.tolist():
            begin = int(ends[index - 1]) + 1 if index else 0
            kept.append(data[start:begin])
            start = int(ends[index]) + 1
            if data[begin:start].strip():
                self._set_aside(self._line + data.count(b"\n", 0, begin) if self._names_more else 0)
        return b"".join([*kept, data[start:]])

    @property
    def _names_more(self) -> bool:
        return len(self.bad_lines) < LINES_NAMED

    def _set_aside(self, line: int) -> None:
        self.bad += 1
        if self._names_more:
            self.bad_lines.append(line)
