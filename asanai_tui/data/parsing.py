"""Blocks of a CSV file to pandas frames, several at a time."""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from asanai_tui.data.dialect import MISSING_TEXTS, Dialect
from asanai_tui.data.parallel import cores, in_order
from asanai_tui.data.records import Block, Records
from asanai_tui.data.widths import Checked, SetAside, checked, looks_rectangular
from asanai_tui.errors import InputError, clean

if TYPE_CHECKING:
    import pandas as pd

MOST_THREADS = 4  # each holds a block of the file and its numbers
Result = TypeVar("Result")


def parts(
    path: Path,
    found: Dialect,
    names: Sequence[str],
    texts: Sequence[str],
    converted: "Callable[[pd.DataFrame], Result]",
    aside: SetAside,
) -> Iterator[Result]:
    """The columns `names` in file order, as `converted` makes them; in `texts` as pandas categories, others as read.

    Several parts are parsed and converted at the same time; `aside` counts what was left out of those handed over.

    Raises:
        InputError: the file cannot be read.
    """
    import pandas as pd

    parser = _Parser(found, names, texts)

    def part(block: Block) -> tuple[Result, Checked]:
        frame, there = parser.read(block)
        return converted(frame), there

    with Records(path, found.separator, found.encoding, found.skip) as records:
        try:
            for result, there in in_order(part, records, min(cores(), MOST_THREADS), waiting=1):
                aside.add(there)
                aside.nul_bytes = records.nul_bytes
                yield result
        except pd.errors.ParserError as error:
            raise InputError(f"{clean(path)}: {clean(error)}.") from error


class _Parser:
    """Reads blocks: first in a hurry, as if nothing were wrong; when that shows something, with care."""

    def __init__(self, found: Dialect, names: Sequence[str], texts: Sequence[str]) -> None:
        self._separator, self._width = found.separator, len(found.names)
        self._after_separator = f"{found.separator} ".encode()
        self._texts = frozenset(texts)
        self._sees_last = found.names[-1] in names  # where a row that is too short shows
        self._options: dict[str, Any] = {
            "sep": found.separator,
            "decimal": found.decimal,
            "header": None,
            "names": found.names,
            "usecols": None if len(names) == len(found.names) else list(names),
            "dtype": dict.fromkeys(texts, str),
            "index_col": False,
            "low_memory": False,
        }
        self._gaps: dict[str, Any] = {"na_values": sorted(MISSING_TEXTS), "keep_default_na": False}

    def read(self, block: Block) -> "tuple[pd.DataFrame, Checked]":
        """A frame of the records that have the right width."""
        if self._sees_last and (records := looks_rectangular(block, self._separator, self._width)):
            frame = self._hurried(block.data)
            if frame is not None:
                return frame, Checked(records)
        data, found = checked(block, self._separator, self._width)
        return self._read(data, na_filter=True), found

    def _hurried(self, data: bytes) -> "pd.DataFrame | None":
        """A frame, if each cell is a number or a text: no gap is looked for, which is a quarter of pandas' time.

        No two separators follow each other in `data`, so a short row shows as an empty text in the last column.
        """
        import pandas as pd

        try:
            frame = self._read(data, na_filter=False)
        except pd.errors.ParserError:
            return None
        if any(kind.kind not in "iuf" for name, kind in frame.dtypes.items() if name not in self._texts):
            return None
        gaps = (MISSING_TEXTS.intersection(map(str.strip, frame[name].cat.categories)) for name in self._texts)
        return None if any(gaps) else frame

    def _read(self, data: bytes, na_filter: bool) -> "pd.DataFrame":
        import pandas as pd

        spaced = b" " in data and self._after_separator in data  # to skip blanks takes time: only where there are some
        gaps = self._gaps if na_filter else {}  # pandas prepares them for each column, asked for or not
        frame: pd.DataFrame = pd.read_csv(
            BytesIO(data), skipinitialspace=spaced, na_filter=na_filter, **gaps, **self._options
        )
        for name in self._texts:  # read as text before: pandas itself makes numbers of categories like 01
            frame[name] = frame[name].astype("category")
        return frame
