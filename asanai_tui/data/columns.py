"""Which type and role a column gets when nobody has said so, and why, in words."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from asanai_tui.data import kinds, words
from asanai_tui.data.column import Column, ColumnType, Missing
from asanai_tui.data.date_times import example_of, is_ambiguous
from asanai_tui.data.dialect import is_number
from asanai_tui.data.facts import Facts
from asanai_tui.data.kinds import FEW, reads_as_number
from asanai_tui.errors import clean, counted

INPUT_SHARE, MOST_INPUT_CATEGORIES = 0.05, 200  # of the rows, for texts as input: each becomes a column of 0 and 1
TARGET_SHARE = 0.5
SMALL = 10.0  # numbers up to here are learned as they are
TARGET_NAMES = (
    "target", "targets", "label", "labels", "class", "classes", "y", "output", "outcome", "response", "category",
    "species", "diagnosis", "survived", "price", "saleprice", "medv", "median_house_value", "charges",
)  # fmt: skip
AXES = ("x", "y", "z")  # together they are a surface over x and y, where y is no target
TIME_NAMES = ("year", "month", "day", "date", "time", "hour", "weekday")
IDENTIFIER_NAMES = ("id", "index", "row", "row_name", "nr", "no", "number")


DATE_NAMES = {"date", "day", "time", "datetime", "timestamp", "datum"}  # words of names
CODE_NAMES = {"code", "type", "category", "cat", "kind", "class", "group", "cluster"}
USUAL_FORMAT = "%Y-%m-%d"
PICTURES = "paths of pictures; to learn from these, open the folder that holds them and this table"


class Decided(NamedTuple):
    """A column and the reason for what it is."""

    column: Column
    reason: str


def decide(facts: Sequence[Facts]) -> list[Decided]:
    """Types and roles of all columns: one named like a target, else the last that can be one, the others are inputs."""
    decided = [_as_input(column) for column in facts]
    target, why = _target(facts)
    if target is not None:
        decided[target] = _as_target(facts[target], why)
    if not any(choice.column.role == "input" for choice in decided):
        decided = _with_an_input(decided, facts)
    return decided


def _with_an_input(decided: Sequence[Decided], facts: Sequence[Facts]) -> list[Decided]:
    """Where all else is left out: the column with the longest texts, or else numbers that count up."""
    lengths = [
        words.usual_length(column.texts) if choice.column.role == "ignore" and "text" in kinds.fitting(column) else 0.0
        for choice, column in zip(decided, facts, strict=True)
    ]
    longest = max(lengths, default=0.0)
    if longest < words.SENTENCE:
        return [_kept(choice, column) for choice, column in zip(decided, facts, strict=True)]
    place = lengths.index(longest)
    return [*decided[:place], _of_type("text", facts[place]), *decided[place + 1 :]]


def explained(facts: Facts, column: Column) -> str:
    """What is in a column and what becomes of its gaps."""
    gaps = _gaps(facts.gaps if column.is_category else facts.gaps + _strange(facts, column), column)
    return f"{_content(facts, column)}{gaps}"


def _content(facts: Facts, column: Column) -> str:
    if column.type == "text":
        long, more = round(words.usual_length(facts.texts)), " or more" if facts.many else ""
        return f"texts of about {counted(long, 'word')}, {facts.distinct:,}{more} different"
    if column.is_category:
        kind = "of text" if column.type == "category" else "that are whole numbers"
        return f"{counted(len(column.categories) or facts.distinct, 'value')}{' or more' if facts.many else ''} {kind}"
    content, unreadable = _good(facts, column), kinds.unreadable(facts, column)
    if unreadable:
        content = content.removeprefix("all ")
        content += f", but {counted(unreadable, 'cell')} cannot be read and {_count_as(unreadable)}"
    if facts.infinite:
        content += f"; {counted(facts.infinite, 'cell')} too large or infinite {_count_as(facts.infinite)}"
    return content


def _good(facts: Facts, column: Column) -> str:
    """What the cells are that can be read."""
    if column.type == "boolean":
        return f"only {' and '.join(clean(word) for word in column.categories)}"
    if column.type == "date_time":
        doubt = "; day before month, as far as one can tell" if is_ambiguous(facts.counts, column.format) else ""
        return f"dates such as {example_of(column.format)}{doubt}"
    few = 2 < facts.distinct <= FEW and not facts.many and facts.whole and not facts.text
    mark = kinds.likely_gap(facts)
    doubt = f", of which {mark:g} may stand for a gap (see gaps)" if mark else ""
    return f"all numbers{f', only {facts.distinct} different ones' if few else ''}{doubt}"


def _strange(facts: Facts, column: Column) -> int:
    """Cells that count as missing though something stands in them."""
    return facts.infinite + kinds.unreadable(facts, column)


def _count_as(number: int) -> str:
    return "counts as missing" if number == 1 else "count as missing"


def _gaps(gaps: int, column: Column) -> str:
    if not gaps:
        return ""
    many = counted(gaps, "gap")
    if column.missing == "drop_row" or column.role == "target":
        return f"; {many}: the row is left out"
    if column.missing == "own_category":
        return f"; a gap is a value of its own ({gaps:,})"
    if column.missing == "empty_text":
        return f"; {many}: a text without words"
    number = f"{column.constant:g}"
    told = "the median" if column.type == "date_time" else number
    fills = {"median": "the median", "mean": "the mean", "constant": number, "indicator": f"{told} and told"}
    return f", {many} filled with {fills.get(column.missing, 'the most frequent value')}"


def _as_input(facts: Facts) -> Decided:
    if why := _says_nothing(facts):
        return Decided(Column(name=facts.name, type="constant", role="ignore"), why)
    if kinds.no_and_yes(facts):
        return _of_type("boolean", facts)
    return _number(facts) if reads_as_number(facts) else _text(facts)


def _of_type(kind: ColumnType, facts: Facts) -> Decided:
    column = read(Column(name=facts.name).retyped(kind), facts)
    return Decided(column, explained(facts, column))


def read(column: Column, facts: Facts) -> Column:
    """A column with what only the file can tell: its categories, or how its dates are written."""
    if column.type == "date_time" and not column.format:
        return msgspec.structs.replace(column, format=kinds.date_format(facts) or USUAL_FORMAT)
    if column.type == "text":
        return words.sized(column, facts.texts)
    if column.has_categories:
        return msgspec.structs.replace(column, categories=kinds.categories(facts, column))
    return column


def _says_nothing(facts: Facts) -> str:
    """Why nothing can be told from a column, or nothing."""
    if not facts.filled or (not facts.text and not facts.numbers):
        return "no cell has a value"
    if facts.distinct == 1 and (not facts.gaps or not facts.text):
        return f"always {facts.examples[0]}"
    return ""


def _number(facts: Facts) -> Decided:
    if _is_identifier(facts):
        return Decided(Column(name=facts.name, type="identifier", role="ignore"), "counts up like a row number")
    words = set(re.split(r"[\W_]+", facts.name.lower()))
    if words & DATE_NAMES and kinds.date_format(facts):
        return _of_type("date_time", facts)
    if words & CODE_NAMES and kinds.is_class(facts):
        return _of_type("integer_category", facts)
    return _of_type("number", facts)


def _text(facts: Facts) -> Decided:
    if facts.has_thousands:
        example = next(text for text in facts.counts if not is_number(text, facts.style))
        why = f"numbers that seem to have thousands separators ({example}); say in thousands which"
        return Decided(Column(name=facts.name, type="category", role="ignore", missing="most_frequent"), why)
    if kinds.date_format(facts):
        return _of_type("date_time", facts)
    if kinds.are_pictures(facts):
        return Decided(Column(name=facts.name, type="picture_path", role="ignore"), PICTURES)
    if facts.distinct == facts.filled and (facts.distinct > 2 or facts.many):
        why = f"every text is different, like a name{_readable(facts)}"
        return Decided(Column(name=facts.name, type="identifier", role="ignore"), why)
    missing: Missing = "own_category" if facts.gaps else "most_frequent"
    column = Column(name=facts.name, type="category", missing=missing)
    most = max(FEW, min(INPUT_SHARE * facts.rows, MOST_INPUT_CATEGORIES))
    if facts.many or facts.distinct > most:
        many = f"{counted(facts.distinct, 'different text')}{' or more' if facts.many else ''}: too many for categories"
        return Decided(msgspec.structs.replace(column, role="ignore"), f"{many}{_readable(facts)}")
    column = read(column, facts)
    return Decided(column, explained(facts, column))


def _readable(facts: Facts) -> str:
    """That a column which is left out could be the only input, to end a sentence, or nothing."""
    long = words.usual_length(facts.texts)
    return f"; about {round(long)} words each: with the type text they are read, alone" if long >= words.LONG else ""


def _is_identifier(facts: Facts) -> bool:
    if facts.text or not facts.counting or not facts.whole or facts.missing or facts.rows < 3:
        return False
    return facts.minimum in (0, 1) or facts.name.lower() in IDENTIFIER_NAMES


def _kept(choice: Decided, facts: Facts) -> Decided:
    """A column that counts up is an input after all when there is no other."""
    if choice.column.role == "ignore" and reads_as_number(facts) and facts.distinct > 1:
        column = Column(name=facts.name)
        return Decided(column, "all numbers; the only input, though it counts up")
    return choice


def _target(facts: Sequence[Facts]) -> tuple[int | None, str]:
    """The column to be learned, and why that one."""
    usable = [index for index, column in enumerate(facts) if _can_be_target(column)]
    names = [column.name.lower() for column in facts]
    axes = AXES if set(AXES) <= set(names) else ()
    named = [index for index in usable if names[index] in TARGET_NAMES and names[index] not in axes]
    if named:
        return named[-1], "named like a target"
    timeless = [index for index in usable if facts[index].name.lower() not in TIME_NAMES]
    candidates = timeless or usable
    return (candidates[-1] if candidates else None), "last column that can be learned"


def _can_be_target(facts: Facts) -> bool:
    if facts.distinct < 2:
        return False
    if reads_as_number(facts):
        return not _is_identifier(facts)
    if facts.has_thousands or kinds.date_format(facts) or kinds.are_pictures(facts):
        return False
    return not facts.many and facts.distinct <= max(FEW, TARGET_SHARE * facts.filled) and facts.distinct < facts.filled


def _as_target(facts: Facts, why: str) -> Decided:
    if reads_as_number(facts) and not kinds.is_class(facts):
        small = facts.minimum >= -SMALL and facts.maximum <= SMALL
        column = Column(name=facts.name, role="target", missing="drop_row", scaling="none" if small else "standardise")
        what = "only 0 and 1" if kinds.is_binary(facts) else explained(facts, column)
        return Decided(column, f"{what}; {why}")
    whole: ColumnType = "integer_category" if reads_as_number(facts) and kinds.is_whole(facts) else "category"
    kind: ColumnType = "boolean" if kinds.no_and_yes(facts) else whole
    column = Column(name=facts.name, type=kind, role="target", missing="drop_row")
    column = read(column, facts) if facts.text else column
    classes = f"{counted(facts.distinct, 'class', 'classes')}{_gaps(facts.gaps, column)}"
    return Decided(column, f"{classes}; {why}")
