"""Dates and times in cells: how they are written, and the numbers they become."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_MONTH = "(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_LONG_MONTH = "(?i:january|february|march|april|may|june|july|august|september|october|november|december)"
DIRECTIVES = {  # of strptime, that are understood, and what they look like
    "Y": r"\d{4}", "y": r"\d\d", "m": r"(?:0?[1-9]|1[0-2])", "d": r"(?:0?[1-9]|[12]\d|3[01])", "b": _MONTH,
    "B": _LONG_MONTH, "H": r"(?:[01]?\d|2[0-3])", "I": r"(?:0?[1-9]|1[0-2])", "M": r"[0-5]\d", "S": r"[0-5]\d",
    "p": "(?i:am|pm)",
}  # fmt: skip
DAYS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d %b %Y",
    "%d %B %Y", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y",
    "%d-%m-%y", "%m-%d-%y", "%d-%b-%y",
)  # fmt: skip
TIMES = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
FORMATS = (*DAYS, *(f"{day} {time}" for day in DAYS for time in TIMES), *TIMES, "%Y-%m", "%Y/%m", "%Y%m%d")
READABLE_SHARE = 0.9  # of the texts are dates in a column of dates
FIRST, ENOUGH = 5, 500  # texts that rule formats out, and that choose between the others
SUCH_AS = datetime(2024, 1, 31, 14, 30)
_NEEDED = (
    ("year", "Yy"), ("month", "mbB"), ("day", "d"), ("weekday", "d"), ("hour", "HI"),
)  # fmt: skip
_REST = re.compile(r"(?<=:\d\d)([.,]\d+)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?$")
_DIGITS = re.compile(r"\d.?\d")
_DATE_T = re.compile(r"(?<=\d)T(?=\d)")


def format_of(texts: Iterable[str]) -> str:
    """How nearly all of these texts are written as dates; empty if they are none.

    Of two that say the same, as for 01/02/2024, the one with the day before the month.
    """
    some = [plain(text) for text, _ in zip(texts, range(ENOUGH), strict=False)]
    first = [text for text in some[:FIRST] if _DIGITS.search(text)]
    likely = [each for each in FORMATS if _readable(first, each)]
    best = max(likely, key=lambda each: _readable(some, each), default="")
    return best if best and _readable(some, best) >= READABLE_SHARE * len(some) else ""


def is_ambiguous(texts: Iterable[str], written: str) -> bool:
    """Whether these texts could as well be read with month and day exchanged."""
    exchanged = written.replace("%d", "%?").replace("%m", "%d").replace("%?", "%m")
    if exchanged == written or exchanged not in FORMATS:
        return False
    some = [plain(text) for text, _ in zip(texts, range(ENOUGH), strict=False)]
    return _readable(some, exchanged) >= _readable(some, written)


def parts_of(written: str) -> tuple[str, ...]:
    """The numbers that a date written so becomes: of year, month, day, weekday and hour those it tells."""
    told = set(re.findall("%(.)", written))
    names = tuple(name for name, letters in _NEEDED if told & set(letters))
    return tuple(name for name in names if name != "weekday" or {"year", "month", "day"} <= set(names))


def problem_of(written: str) -> str:
    """Why nothing can be read in this format, or nothing."""
    told = re.findall("%(.?)", written)
    if strange := [letter for letter in told if letter not in DIRECTIVES or not letter]:
        return f"%{strange[0]} means nothing in a date"
    if not parts_of(written):
        return "it tells neither year, month, day nor hour"
    return f"%{max(told, key=told.count)} stands there twice" if len(set(told)) < len(told) else ""


def example_of(written: str) -> str:
    """A date in this format, for sentences."""
    return SUCH_AS.strftime(written)


def numbers_of(texts: Sequence[str], written: str) -> "NDArray[np.float64]":
    """N texts as N×P numbers in the order of `parts_of`; a row of NaN where no date can be read.

    Monday is the weekday 0; minutes are a fraction of their hour. A time zone is not counted: the hour is as written.
    """
    import numpy as np
    import pandas as pd

    texts = [plain(text) for text in texts]
    times = pd.DatetimeIndex(pd.to_datetime(pd.Series(texts, dtype=object), format=written, errors="coerce"))
    found = {
        "year": times.year, "month": times.month, "day": times.day, "weekday": times.day_of_week,
        "hour": times.hour + times.minute / 60 + times.second / 3600,
    }  # fmt: skip
    return np.column_stack([np.asarray(found[name], np.float64) for name in parts_of(written)])


def codes(cells: "pd.Series[Any]", written: str) -> "NDArray[np.float64]":
    """N cells as N×P numbers; each text is read once."""
    import numpy as np

    texts = cells if cells.dtype == "category" else cells.astype("object").astype("category")
    labels = numbers_of([str(label) for label in texts.cat.categories], written)
    gap = np.full((1, labels.shape[1]), np.nan)
    return np.concatenate([labels, gap])[texts.cat.codes.to_numpy()]


def unreadable(counts: Mapping[str, int], written: str) -> int:
    """How many cells, given how often each text occurs, are no dates in this format."""
    pattern = _pattern(written)
    return sum(count for text, count in counts.items() if not pattern.fullmatch(plain(text)))


def plain(text: str) -> str:
    """A text without what is not read of a date: fractions of a second, the time zone, the T before the hour."""
    return _DATE_T.sub(" ", _REST.sub("", text.strip()))


def _readable(texts: Sequence[str], written: str) -> int:
    pattern = _pattern(written)
    return sum(pattern.fullmatch(text) is not None for text in texts)


@cache
def _pattern(written: str) -> re.Pattern[str]:
    """What texts in this format look like; strptime itself would compile each format anew for each column."""
    parts = re.split("%(.)", written)
    return re.compile("".join(DIRECTIVES[part] if place % 2 else re.escape(part) for place, part in enumerate(parts)))
