"""One column of a table: what its cells mean, and what numbers they become."""

from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec

from asanai_tui.data.booleans import DIGITS
from asanai_tui.data.date_times import parts_of, problem_of
from asanai_tui.errors import clean
from asanai_tui.options import option

ColumnType = Literal[
    "number", "integer_category", "category", "boolean", "date_time", "text", "identifier", "constant", "picture_path"
]
Role = Literal["input", "target", "ignore"]
Missing = Literal["median", "mean", "most_frequent", "own_category", "drop_row", "constant", "indicator", "empty_text"]
Scaling = Literal["standardise", "min_max", "divide_by", "log", "none"]
CATEGORIES: tuple[ColumnType, ...] = ("category", "integer_category")  # one of several names
USELESS: tuple[ColumnType, ...] = ("identifier", "constant", "picture_path")  # become no numbers
USUAL: tuple[Missing, ...] = ("median", "most_frequent", "empty_text")  # treatments where none was chosen
UNLEARNED: tuple[ColumnType, ...] = ("date_time", "text")  # inputs alone
CONSTANTS: tuple[Missing, ...] = ("constant", "indicator")  # fill a gap with the number that the document names
GAPS: dict[ColumnType, tuple[Missing, ...]] = {  # treatments that a type knows
    "number": ("median", "mean", "drop_row", "constant", "indicator"),
    "boolean": ("most_frequent", "mean", "drop_row", "constant", "indicator"),
    "date_time": ("median", "most_frequent", "drop_row", "indicator"),
    "text": ("empty_text", "drop_row"),
    **dict.fromkeys(CATEGORIES, ("own_category", "most_frequent", "drop_row")),
    **dict.fromkeys(USELESS, ()),
}


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One column of a table."""

    name: str
    type: Annotated[
        ColumnType,
        option(
            "number: its value counts. category, integer_category: one of a few names or whole numbers, one-hot. "
            "boolean: yes or no. date_time: year, month, day, weekday, hour. text: its words one after another, "
            "for an embedding. identifier, constant and picture_path are left out."
        ),
    ] = "number"
    role: Annotated[Role, option("input: what the network sees. target: what it learns to say. ignore: left out.")] = (
        "input"
    )
    missing: Annotated[
        Missing,
        option(
            "What an empty cell becomes. own_category: a category of its own. drop_row: the row is left out. "
            "constant: that number. indicator: the constant, and one more input that is 1 where the cell is empty. "
            "empty_text: a text without words."
        ),
    ] = "median"
    constant: Annotated[float, option("What constant and indicator put into an empty cell, before scaling.")] = 0.0
    scaling: Annotated[
        Scaling,
        option(
            "standardise: mean 0, deviation 1. min_max: 0 to 1. Fitted on the training part alone. divide_by: by the "
            "divisor. log: ln(1 + |x|) with the sign of x."
        ),
    ] = "standardise"
    divisor: Annotated[float, option("What divide_by divides by; 255 brings 8-bit values to 0 to 1.", gt=0)] = 255.0
    format: Annotated[
        str, option("How a date is written: %Y or %y year, %m %b %B month, %d day, %H or %I %p hour, %M, %S.")
    ] = ""
    length: Annotated[
        int,
        option(
            "How many words of a text are read, its first ones; 0: as many as most texts have.", ge=0, le=4096, step=1
        ),
    ] = 0
    words: Annotated[
        int,
        option(
            "How many different words are told apart, the most frequent of the training part; two more numbers stand "
            "for no word and for any other. 0: as many as there are, up to 10,000.",
            ge=0, le=100_000, step=100,
        ),
    ] = 0  # fmt: skip
    categories: tuple[str, ...] = ()  # of a boolean: the words for no and yes

    @property
    def slots(self) -> tuple["Column", ...]:
        """The columns of plain numbers and of categories that this one is computed as; it is one itself, as a rule."""
        match self.type:
            case "number" | "category":
                return (self,)
            case "integer_category":
                return (msgspec.structs.replace(self, type="category"),)
            case "boolean":
                return (msgspec.structs.replace(self, type="number", scaling="none", categories=()),)
            case "date_time":
                return self._date_slots()
            case "text":
                return (Column(name=self.name, scaling="none"),) * self.length
        return ()

    @property
    def width(self) -> int:
        """How many numbers one cell becomes as an input; a category is one-hot, a gap may be an input of its own."""
        if self.type == "number":
            return 1 + (self.missing == "indicator")
        if self.type == "category":
            return len(self.categories) + (self.missing == "own_category")
        return sum(slot.width for slot in self.slots)

    @property
    def is_category(self) -> bool:
        """Whether it is one of several names, of texts or of whole numbers."""
        return self.type in CATEGORIES

    @property
    def is_scaled(self) -> bool:
        """Whether its scaling says anything."""
        return self.type in ("number", "date_time")

    @property
    def is_text(self) -> bool:
        """Whether its cells are read as text."""
        return self.is_category or self.type in ("date_time", "text") or self._is_words

    @property
    def names_classes(self) -> bool:
        """Whether, as the target, it is one of several names; a boolean of 0 and 1 is a number that is learned."""
        return self.is_category or self._is_words

    @property
    def has_categories(self) -> bool:
        """Whether the file has to tell its categories."""
        return self.is_category or self.type == "boolean"

    @property
    def is_unread(self) -> bool:
        """Whether it is in use, but only the file can tell what it means: its type, its categories or its format."""
        if self.role == "ignore":
            return False
        if self.type == "date_time":
            return not self.format
        if self.type == "text":
            return not (self.length and self.words)
        return self.type in USELESS or (self.has_categories and not self.categories)

    def retyped(self, kind: ColumnType) -> "Column":
        """The same column as another type, with gaps that this one knows; what it needs is read from the file."""
        usual: Missing = next((way for way in USUAL if way in GAPS[kind]), USUAL[0])
        missing = self.missing if self.missing in GAPS[kind] else usual
        return msgspec.structs.replace(self, type=kind, missing=missing, categories=(), format="", length=0, words=0)

    @property
    def problem(self) -> str:
        """Why it cannot be what it is to be, to end a sentence, or nothing."""
        if self.role == "ignore":
            return ""
        if self.type in USELESS:
            return f"the column {clean(self.name)} has the type {self.type}, which is left out; choose another type."
        if self.type in UNLEARNED and self.role == "target":
            what = "date" if self.type == "date_time" else "text"
            return f"the column {clean(self.name)} is a {what}, which cannot be learned; choose another target or type."
        if self.type == "date_time" and (why := problem_of(self.format)):
            return f"the format {self.format!r} of the dates in {clean(self.name)} cannot be read: {why}."
        return ""

    @property
    def _is_words(self) -> bool:
        return self.type == "boolean" and self.categories != DIGITS

    def _date_slots(self) -> tuple["Column", ...]:
        """A number for each part that the format tells; that the cell is empty stands in one of its own."""
        told = self.missing == "indicator"
        part = Column(name=self.name, missing="median" if told else self.missing, scaling=self.scaling)
        part = msgspec.structs.replace(part, constant=self.constant, divisor=self.divisor)
        empty = (Column(name=self.name, scaling="none"),) if told else ()
        return (*(part for _ in parts_of(self.format)), *empty)


def slots_of(columns: Iterable[Column]) -> tuple[Column, ...]:
    """The slots of all columns, in order."""
    return tuple(slot for column in columns for slot in column.slots)
