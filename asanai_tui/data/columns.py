"""Which type and role a column gets when nobody has said so, and why, in words."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from asanai_tui.data.dialect import is_number
from asanai_tui.data.facts import UNREADABLE_SHARE, Facts
from asanai_tui.data.spec import Column
from asanai_tui.errors import counted

FEW = 20  # different values that always make categories
INPUT_SHARE, MOST_INPUT_CATEGORIES = 0.05, 200  # of the rows, for texts as input: each becomes a column of 0 and 1
TARGET_SHARE = 0.5
ROWS_PER_CLASS = 4
SMALL = 10.0  # numbers up to here are learned as they are
TARGET_NAMES = (
    "target", "targets", "label", "labels", "class", "classes", "y", "output", "outcome", "response", "category",
    "species", "diagnosis", "survived",
)  # fmt: skip
AXES = ("x", "y", "z")  # together they are a surface over x and y, where y is no target
TIME_NAMES = ("year", "month", "day", "date", "time", "hour", "weekday")
IDENTIFIER_NAMES = ("id", "index", "row", "row_name", "nr", "no", "number")


class Decided(NamedTuple):
    """A column and the reason for what it is."""

    column: Column
    reason: str


def decide(facts: Sequence[Facts]) -> list[Decided]:
    """Types and roles of all columns: one named like a target, else the last that can be one, the others are inputs."""
    decided = [_as_input(column) for column in facts]
    if not any(choice.column.role == "input" for choice in decided[:-1]):
        decided = [_kept(choice, column) for choice, column in zip(decided, facts, strict=True)]
    target, why = _target(facts)
    if target is not None:
        decided[target] = _as_target(facts[target], why)
    return decided


def reads_as_number(facts: Facts) -> bool:
    """Nearly all cells are numbers."""
    readable = facts.texts_that_are_numbers if facts.text else facts.numbers + facts.infinite
    few = max(UNREADABLE_SHARE * facts.filled, 1 if readable >= 3 else 0)
    return readable > 0 and facts.filled - readable <= few


def is_class(facts: Facts) -> bool:
    """Whole numbers with few different values: as the target they are names of classes. 0 and 1 stay numbers."""
    if facts.many or not 2 <= facts.distinct <= FEW or facts.distinct * ROWS_PER_CLASS > facts.filled:
        return False
    values = _values(facts)
    return all(value == int(value) for value in values) and set(values) != {0, 1}


def categories(facts: Facts) -> tuple[str, ...]:
    """The names of the categories: numbers in their order, else by alphabet."""
    try:
        return tuple(sorted(facts.counts, key=lambda text: (float(text), text)))
    except ValueError:
        return tuple(sorted(facts.counts))


def explained(facts: Facts, column: Column) -> str:
    """What is in a column and what becomes of its gaps."""
    if column.type == "category":
        content = f"{counted(facts.distinct, 'value')}{' or more' if facts.many else ''} of text"
        return f"{content}{_gaps(facts.gaps, column)}"
    content = "all numbers"
    if facts.unreadable:
        content = f"numbers, but {counted(facts.unreadable, 'cell')} cannot be read and {_count_as(facts.unreadable)}"
    if facts.infinite:
        content += f"; {counted(facts.infinite, 'cell')} too large or infinite {_count_as(facts.infinite)}"
    return f"{content}{_gaps(facts.missing, column)}"


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
    number = f"{column.constant:g}"
    fills = {"median": "the median", "mean": "the mean", "constant": number, "indicator": f"{number} and told"}
    return f", {many} filled with {fills.get(column.missing, 'the most frequent value')}"


def _as_input(facts: Facts) -> Decided:
    reason = _useless(facts)
    if not reads_as_number(facts):
        column = Column(
            name=facts.name,
            type="category",
            missing="own_category" if facts.gaps else "most_frequent",
            categories=() if facts.many else categories(facts),
        )
    else:
        column = Column(name=facts.name)
    if reason:
        return Decided(msgspec.structs.replace(column, role="ignore", categories=()), reason)
    return Decided(column, explained(facts, column))


def _useless(facts: Facts) -> str:
    """Why a column cannot help, or nothing."""
    if not facts.filled or (not facts.text and not facts.numbers):
        return "no cell has a value"
    if facts.distinct == 1 and (not facts.gaps or not facts.text):
        return f"always {facts.examples[0]}"
    if reads_as_number(facts):
        return "counts up like a row number" if _is_identifier(facts) else ""
    if facts.has_thousands:
        example = next(text for text in facts.counts if not is_number(text, facts.decimal))
        return f"numbers that seem to have thousands separators ({example}), which are not read yet"
    if facts.distinct == facts.filled and (facts.distinct > 2 or facts.many):
        return "every text is different, like a name"
    most = max(FEW, min(INPUT_SHARE * facts.rows, MOST_INPUT_CATEGORIES))
    if facts.many or facts.distinct > most:
        return f"{counted(facts.distinct, 'different text')}{' or more' if facts.many else ''}: too many for categories"
    return ""


def _is_identifier(facts: Facts) -> bool:
    if facts.text or not facts.counting or not facts.whole or facts.missing or facts.rows < 3:
        return False
    return facts.minimum in (0, 1) or facts.name.lower() in IDENTIFIER_NAMES


def _kept(choice: Decided, facts: Facts) -> Decided:
    """A column that counts up is an input after all when there is no other."""
    if choice.column.role == "ignore" and reads_as_number(facts) and facts.distinct > 1:
        column = msgspec.structs.replace(choice.column, role="input")
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
    if facts.has_thousands:
        return False
    return not facts.many and facts.distinct <= max(FEW, TARGET_SHARE * facts.filled) and facts.distinct < facts.filled


def _as_target(facts: Facts, why: str) -> Decided:
    if reads_as_number(facts) and not is_class(facts):
        small = facts.minimum >= -SMALL and facts.maximum <= SMALL
        column = Column(name=facts.name, role="target", missing="drop_row", scaling="none" if small else "standardise")
        what = "only 0 and 1" if is_binary([facts]) else explained(facts, column)
        return Decided(column, f"{what}; {why}")
    column = Column(
        name=facts.name,
        type="category",
        role="target",
        missing="drop_row",
        categories=categories(facts) if facts.text else (),
    )
    classes = f"{counted(facts.distinct, 'class', 'classes')}{_gaps(facts.gaps, column)}"
    return Decided(column, f"{classes}; {why}")


def is_binary(facts: Iterable[Facts]) -> bool:
    """Only 0 and 1."""
    return all(not column.many and set(_values(column)) <= {0, 1} for column in facts)


def _values(facts: Facts) -> list[float]:
    if not facts.text:
        return sorted(facts.values)
    return [float(text.replace(facts.decimal, ".")) for text in facts.counts if is_number(text, facts.decimal)]
