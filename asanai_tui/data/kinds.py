"""As what the cells of a column can be read: numbers, yes or no, dates, paths of pictures, a few names."""

from collections import Counter
from collections.abc import Iterator, Mapping

from asanai_tui.data import booleans, date_times, words
from asanai_tui.data.column import Column, ColumnType
from asanai_tui.data.dialect import is_number
from asanai_tui.data.facts import UNREADABLE_SHARE, Facts
from asanai_tui.data.labels import whole_label
from asanai_tui.data.picture_header import SUFFIXES

FEW = 20  # different values that always make categories
ROWS_PER_CLASS = 4
GAP_MARKS = (99.0, 200.0, 999.0, 9999.0, 99999.0)  # with a minus, too, are written where nothing was measured
FAR, SOME = 4, 4  # times as far from zero as all others; different values
SEVERAL = 1.5  # words, from which on texts are worth to be read word by word
MOST_SPELLINGS = 12  # of yes and no


def reads_as_number(facts: Facts) -> bool:
    """Nearly all cells are numbers."""
    readable = facts.texts_that_are_numbers if facts.text else facts.numbers + facts.infinite
    few = max(UNREADABLE_SHARE * facts.filled, 1 if readable >= 3 else 0)
    return readable > 0 and facts.filled - readable <= few


def is_whole(facts: Facts) -> bool:
    """All numbers are whole numbers, written like these: 01 is a name."""
    if facts.text:
        return all(whole_label(text) == text for text in facts.counts if is_number(text, facts.style))
    return facts.whole


def is_class(facts: Facts) -> bool:
    """Whole numbers with few different values: as the target they are names of classes. 0 and 1 stay numbers."""
    if facts.many or not 2 <= facts.distinct <= FEW or facts.distinct * ROWS_PER_CLASS > facts.filled:
        return False
    return all(value == int(value) for value in _values(facts)) and set(_values(facts)) != {0, 1}


def is_binary(facts: Facts) -> bool:
    """Only 0 and 1."""
    return not facts.many and set(_values(facts)) <= {0, 1}


def no_and_yes(facts: Facts) -> tuple[str, ...]:
    """The words for no and yes, if there are no others; else nothing."""
    if facts.many or facts.distinct > MOST_SPELLINGS:
        return ()
    if facts.text:
        return booleans.pair_of(facts.counts)
    return booleans.DIGITS if set(_values(facts)) == {0, 1} and not (facts.unreadable or facts.infinite) else ()


def zeros_and_ones(facts: Facts) -> tuple[tuple[str, int], ...]:
    """How often a column of numbers says each of them, if it says nothing else."""
    if facts.text or not facts.numbers or not is_binary(facts):
        return ()
    return (("0", facts.numbers - facts.ones), ("1", facts.ones))


def likely_gap(facts: Facts) -> float:
    """A number that usually stands for a gap and lies far below or above the others; 0 if there is none."""
    if facts.text or facts.distinct < SOME:
        return 0.0
    values = sorted(facts.values)
    if facts.minimum in (-mark for mark in GAP_MARKS) and values[0] == facts.minimum and values[1] > values[0] / FAR:
        return facts.minimum
    if facts.maximum in GAP_MARKS and values[-1] == facts.maximum and abs(values[-2]) < values[-1] / FAR:
        return facts.maximum
    return 0.0


def date_format(facts: Facts) -> str:
    """How the cells are written as dates; empty if they are none."""
    if facts.text:
        return date_times.format_of(facts.counts)
    return date_times.format_of(f"{value:.0f}" for value in _values(facts)) if facts.whole else ""


def are_pictures(facts: Facts) -> bool:
    """Nearly all cells are names of picture files."""
    endings = tuple(SUFFIXES)
    pictures = sum(count for text, count in facts.counts.items() if text.lower().endswith(endings))
    return pictures > 0 and pictures >= (1 - UNREADABLE_SHARE) * sum(facts.counts.values())


def fitting(facts: Facts) -> tuple[ColumnType, ...]:
    """The types that the cells can be read as and that become numbers."""
    return tuple(_fitting(facts))


def _fitting(facts: Facts) -> Iterator[ColumnType]:
    numbers = reads_as_number(facts)
    if numbers:
        yield "number"
    if not (facts.text and facts.many):
        yield "integer_category" if numbers and is_whole(facts) else "category"
    if no_and_yes(facts):
        yield "boolean"
    if date_format(facts):
        yield "date_time"
    elif facts.text and not numbers and words.usual_length(facts.texts) >= SEVERAL:
        yield "text"


def labels(facts: Facts, column: Column) -> Mapping[str, int]:
    """How often each category occurs, by its name."""
    if column.type == "boolean":
        found = Counter[str]()
        for text, count in facts.counts.items():
            if (meaning := booleans.meaning(text)) == meaning:  # not NaN
                found[column.categories[int(meaning)]] += count
        return found
    if column.type != "integer_category":
        return facts.counts
    found = Counter[str]()
    for text, count in facts.counts.items():
        found[whole_label(text)] += count
    return found


def categories(facts: Facts, column: Column) -> tuple[str, ...]:
    """The names of the categories: numbers in their order, else by alphabet; of a boolean no before yes."""
    if column.type == "boolean":
        return no_and_yes(facts) or column.categories or booleans.PAIRS[0]
    names = labels(facts, column)
    try:
        return tuple(sorted(names, key=lambda text: (float(text), text)))
    except ValueError:
        return tuple(sorted(names))


def unreadable(facts: Facts, column: Column) -> int:
    """How many cells with something in them are not what the column is."""
    if facts.text and column.type == "boolean":
        return sum(count for text, count in facts.counts.items() if booleans.meaning(text) not in (0, 1))
    if facts.text and column.type == "date_time":
        return date_times.unreadable(facts.counts, column.format)
    return facts.unreadable


def _values(facts: Facts) -> list[float]:
    """The different numbers."""
    if not facts.text:
        return sorted(facts.values)
    return [float(facts.style.plain(text)) for text in facts.counts if is_number(text, facts.style)]
