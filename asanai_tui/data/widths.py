"""Records that have not as many fields as the table are set aside and counted, never silently."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data.records import Block
from asanai_tui.errors import counted

LINES_NAMED = 5
NEWLINE = ord("\n")


class Checked(NamedTuple):
    """What was found in a block."""

    lines: int
    bad: tuple[int, ...] = ()  # lines of the records left out; the first line of the block is 0


class SetAside:
    """What is left out of a file while it is read block by block."""

    def __init__(self, skip: int = 0) -> None:
        """`skip`: lines before the first block."""
        self.bad = 0
        self.nul_bytes = 0
        self._named: list[int] = []
        self._lines = skip

    def add(self, block: Checked) -> None:
        """The next block of the file."""
        self.bad += len(block.bad)
        self._named += [self._lines + line + 1 for line in block.bad[: LINES_NAMED - len(self._named)]]
        self._lines += block.lines

    def notes(self) -> tuple[str, ...]:
        """In sentences; nothing when all was read."""
        found = []
        if self.bad:
            more = "" if self.bad == len(self._named) else f" and {self.bad - len(self._named):,} more"
            lines = ", ".join(f"{line:,}" for line in self._named)
            found.append(
                f"{counted(self.bad, 'row')} set aside: not as many fields as the header "
                f"(line{'s' if self.bad > 1 else ''} {lines}{more})."
            )
        if self.nul_bytes:
            found.append(f"{counted(self.nul_bytes, 'NUL byte')} removed.")
        return tuple(found)


def looks_rectangular(block: Block, separator: str, width: int) -> int:
    """How many records there are, if a record that is too short can only be among them with one that is too long."""
    first = block.visible[: block.visible.index(b"\n")]
    codes = np.frombuffer(block.visible, np.uint8)
    records = int(np.count_nonzero(codes == NEWLINE))
    separators = int(np.count_nonzero(codes == ord(separator)))
    fits = separators == records * (width - 1) and first.count(separator.encode()) == width - 1
    return records if fits else 0


def checked(block: Block, separator: str, width: int) -> tuple[bytes, Checked]:
    """Leave out what has not `width` fields; empty lines are no records. numpy lets other threads work meanwhile."""
    codes = np.frombuffer(block.visible, np.uint8)
    is_newline = codes == NEWLINE
    is_separator = codes == ord(separator)
    marks = np.flatnonzero(is_newline | is_separator)
    records = int(np.count_nonzero(is_newline))
    if len(marks) == records * width and is_newline[marks[width - 1 :: width]].all():
        lines = records if block.visible is block.data else block.data.count(b"\n")
        return block.data, Checked(lines)
    return _chosen(block.data, np.flatnonzero(is_newline), np.flatnonzero(is_separator), width)


def _chosen(data: bytes, ends: NDArray[np.int64], separators: NDArray[np.int64], width: int) -> tuple[bytes, Checked]:
    fields = np.diff(np.searchsorted(separators, ends), prepend=0) + 1
    kept, bad, start, line = [], [], 0, 0
    for index in np.flatnonzero(fields != width).tolist():
        begin = int(ends[index - 1]) + 1 if index else 0
        end = int(ends[index]) + 1
        line += data.count(b"\n", start, begin)
        kept.append(data[start:begin])
        if data[begin:end].strip():
            bad.append(line)
        line += data.count(b"\n", begin, end)
        start = end
    kept.append(data[start:])
    return b"".join(kept), Checked(line + kept[-1].count(b"\n"), tuple(bad))
