"""What the document says about a table: how it is written, what each column means, how its rows are divided."""

from typing import Annotated, ClassVar, Literal

import msgspec

from asanai_tui.data.column import CONSTANTS, Column, Role
from asanai_tui.data.frozen import Frozen, Shape
from asanai_tui.data.split_spec import TableSplit
from asanai_tui.data.target_spec import Adjust, Targets
from asanai_tui.errors import clean
from asanai_tui.number_style import MARKS, Decimal, NumberStyle, Thousands
from asanai_tui.options import option

Quote = Literal['"', "'", "none"]
RESERVED = 2  # tokens that stand for no word and for a word that is not known


class Table(Frozen, frozen=True, omit_defaults=True, tag_field="type", tag="table"):
    """A CSV file."""

    example: ClassVar[str] = "row"  # what one of them is called

    path: str
    separator: Annotated[
        str,
        option("The one character between two fields; tab and blank are typed as words.", mode="expert"),
        msgspec.Meta(min_length=1, max_length=1),
    ] = ","
    encoding: Annotated[
        str, option("How characters are stored: utf-8, utf-16, latin-1, cp1252, shift_jis …", mode="expert")
    ] = "utf-8"
    decimal: Annotated[Decimal, option("The mark before the fraction of a number.", mode="expert")] = "."
    thousands: Annotated[Thousands, option("What stands before each three digits of a number.", mode="expert")] = "none"
    header: Annotated[bool, option("The first row holds the names of the columns.")] = True
    quote: Annotated[
        Quote,
        option("What encloses fields that hold a separator or a line end. none: quotes are as any other character."),
    ] = '"'
    gaps: Annotated[
        str,
        option(
            "More that stands for an empty cell, parted by blanks, such as -200 -999; ?, NA and the like always do."
        ),
    ] = ""
    columns: tuple[Column, ...] = ()
    binary: bool = False  # the target columns hold only 0 and 1
    fraction: bool = False  # the target columns hold only numbers from 0 to 1
    split: TableSplit = TableSplit()
    adjust: Adjust = Adjust()

    def with_role(self, role: Role) -> tuple[Column, ...]:
        """The columns of one role, in order."""
        return tuple(column for column in self.columns if column.role == role)

    @property
    def input_shape(self) -> Shape:
        return (sum(column.width for column in self.with_role("input")),)

    @property
    def text(self) -> Column | None:
        """The input whose words are read, if there is one; it stands alone."""
        return next((column for column in self.with_role("input") if column.type == "text"), None)

    @property
    def tokens(self) -> int:
        """How many whole numbers from 0 may arrive, where they stand for words; else 0."""
        return self.text.words + RESERVED if self.text else 0

    @property
    def gap_marks(self) -> tuple[str, ...]:
        """Texts that stand for an empty cell beside the usual ones."""
        return tuple(self.gaps.split())

    def is_gap(self, text: str) -> bool:
        """Whether a cell stands for an empty one; -200 stands for -200.0, too."""
        text = text.strip()
        marks = [self.numbers.plain(mark) for mark in self.gap_marks if self.numbers.reads(mark)]
        same = self.numbers.reads(text) and float(self.numbers.plain(text)) in map(float, marks)
        return same or text in self.gap_marks

    @property
    def numbers(self) -> NumberStyle:
        """How numbers are written."""
        return NumberStyle(self.decimal, MARKS[self.thousands])

    @property
    def targets(self) -> Targets:
        columns = self.with_role("target")
        if len(columns) == 1 and columns[0].names_classes:
            return Targets("classes", columns[0].categories)
        binary = self.binary or (bool(columns) and all(column.type == "boolean" for column in columns))
        within = all(each.scaling == "min_max" or (self.fraction and each.scaling == "none") for each in columns)
        return Targets("numbers", tuple(column.name for column in columns), binary, within and bool(columns))

    @property
    def problem(self) -> str:
        """Why this cannot be trained on, in one sentence, or nothing."""
        targets = self.with_role("target")
        if not targets:
            return f"{self.path}: no column is a target; give one the role target."
        if self.numbers.decimal == self.numbers.thousands:
            return f"{self.path}: decimal and thousands are the same mark; choose another for one of them."
        if why := self._inputs_problem or next((why for column in self.columns if (why := column.problem)), ""):
            return f"{self.path}: {why}"
        if any(column.is_category for column in targets) or targets[0].names_classes:
            if len(targets) > 1 and any(column.is_category for column in targets):
                return (
                    f"{self.path}: targets are either one category or numbers; {targets[0].name} and others are mixed."
                )
            if len(targets) == 1 and len(targets[0].categories) < 2:
                return (
                    f"{self.path}: the target {targets[0].name} has fewer than 2 categories; there is nothing to learn."
                )
        return self._split_problem or self.split.problem

    @property
    def _inputs_problem(self) -> str:
        """Why the inputs cannot be read together, to end a sentence, or nothing."""
        if self.text and len(self.with_role("input")) > 1:
            return f"the text {clean(self.text.name)} is read alone; give the other inputs the role ignore."
        if not self.input_shape[0]:
            return "no column is an input; give one the role input."
        for column in self.with_role("input"):
            if column.is_category and column.missing in CONSTANTS:
                return (
                    f"the gaps of the category {clean(column.name)} cannot be a number; choose own_category, "
                    "most_frequent or drop_row."
                )
        return ""

    @property
    def _split_problem(self) -> str:
        """Why the column that divides the rows cannot do so, or nothing."""
        split = self.split
        if split.method == "group" and not split.column:
            return f"{self.path}: split, column is empty; name the column whose equal values belong together."
        if not split.by:
            return ""
        if split.by not in (column.name for column in self.columns):
            return (
                f"{self.path}: split, column: no column is called {clean(split.by)}; choose one of those in the table."
            )
        if split.method == "group" and split.by in (column.name for column in self.with_role("target")):
            return (
                f"{self.path}: the target {clean(split.by)} cannot group the rows, too; name another column in split."
            )
        return ""
