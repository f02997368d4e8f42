"""Blocks of a CSV file to pandas frames, several at a time."""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from asanai_tui.data.dialect import MISSING_TEXTS, Dialect
from asanai_tui.data.parallel import in_order
from asanai_tui.data.records import THREADS, Block, Records, quoting
from asanai_tui.data.widths import Checked, SetAside, checked, looks_rectangular
from asanai_tui.errors import InputError, clean

if TYPE_CHECKING:
    import pandas as pd

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

    with Records(path, found.separator, found.encoding, found.skip, found.quote) as records:
        try:
            for result, there in in_order(part, records, THREADS, waiting=1):
                aside.add(there)
                aside.nul_bytes = records.nul_bytes
                yield result
        except pd.errors.ParserError as error:
            raise InputError(f"{clean(path)}: {clean(error)}.") from error


class _Parser:
    """Reads blocks. Only where pandas' frame cannot rule out a record of another width are all of them measured."""

    def __init__(self, found: Dialect, names: Sequence[str], texts: Sequence[str]) -> None:
        self._separator, self._width = found.separator, len(found.names)
        self._after_separator = f"{found.separator} ".encode()
        self._texts = tuple(texts)
        self._as_text: dict[str, Any] | None = None  # columns to be named as text; to name one costs pandas all others
        self._last = found.names[-1] if found.names[-1] in names else None  # where a record that is too short shows
        self._options: dict[str, Any] = {
            "sep": found.separator,
            "decimal": found.numbers.decimal,
            "header": None,
            "names": found.names,
            "usecols": None if len(names) == len(found.names) else list(names),
            "index_col": False,
            "low_memory": False,
            "na_values": sorted({*MISSING_TEXTS, *found.gaps}),
            "keep_default_na": False,
            **quoting(found.quote),
        }

    def read(self, block: Block) -> "tuple[pd.DataFrame, Checked]":
        """A frame of the records that have the right width."""
        frame = self._in_a_hurry(block)
        if frame is not None and frame[self._last].notna().all():
            return frame, Checked(len(frame) if block.visible is block.data else block.data.count(b"\n"))
        data, found = checked(block, self._separator, self._width)
        return self._frame(data) if frame is None or data is not block.data else frame, found

    def _in_a_hurry(self, block: Block) -> "pd.DataFrame | None":
        """A frame of all records, none of which is too long. One that is too short has a gap in the last column."""
        import pandas as pd

        records = looks_rectangular(block, self._separator, self._width) if self._last else 0
        if not records:
            return None
        try:
            frame = self._frame(block.data)
        except pd.errors.ParserError:
            return None
        return frame if len(frame) == records else None

    def _frame(self, data: bytes) -> "pd.DataFrame":
        import pandas as pd

        spaced = b" " in data and self._after_separator in data  # to skip blanks takes time: only where there are some
        as_text = self._as_text  # another thread may change it meanwhile
        frame: pd.DataFrame = pd.read_csv(BytesIO(data), skipinitialspace=spaced, dtype=as_text, **self._options)
        for name in self._texts:
            is_text = pd.api.types.is_string_dtype(frame[name])
            codes, labels = pd.factorize(frame[name].to_numpy(object), sort=is_text)
            if as_text is None and not (is_text and MISSING_TEXTS.isdisjoint(labels)):
                self._as_text = dict.fromkeys(self._texts, str)  # pandas has made numbers of categories like 01
                return self._frame(data)
            frame[name] = pd.Categorical.from_codes(codes, pd.Index(labels))
        return frame
