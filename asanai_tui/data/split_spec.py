"""What the document says about dividing examples into training, validation and test."""

from typing import Annotated, Literal

from asanai_tui.data.frozen import Frozen
from asanai_tui.options import option

TableMethod = Literal["random", "order", "group"]
Method = Literal["random", "order", "group", "folders"]


class Split(Frozen, frozen=True):
    """How examples are divided into training, validation and test."""

    validation_split: Annotated[
        float, option("Share of the examples kept apart to check what was learned.", ge=0, lt=1, step=0.05)
    ] = 0.2
    test_split: Annotated[
        float, option("Share of the examples kept for a last test that nothing is chosen by.", ge=0, lt=1, step=0.05)
    ] = 0.0
    method: Annotated[
        Method,
        option(
            "random: drawn by the seed. order: training first, then validation, then test, as for time. group: "
            "pictures of a folder below that of the class stay in one part. folders: as they lie in folders train, val "
            "and test; a part without a folder gets its share of train."
        ),
    ] = "random"
    stratify: Annotated[bool, option("Keep the share of each class equal in all parts.", mode="expert")] = True
    seed: Annotated[int, option("Another number gives another split.", ge=0, le=2**32 - 1, step=1)] = 1

    fold: Annotated[
        tuple[int, int],
        option(
            "2 5: the second of five equal folds is for validation, whatever validation_split says; 0 0: none is. The "
            "folds of the training set this.",
            mode="expert",
        ),
    ] = (0, 0)

    @property
    def by(self) -> str:
        """The name of the column that decides, or nothing."""
        return ""

    @property
    def problem(self) -> str:
        """Why nothing can be divided so, in one sentence, or nothing."""
        number, folds = self.fold
        if folds and not (folds >= 2 and 1 <= number <= folds):
            return f"split, fold: {number} {folds} is none; 2 5 means the second of five, 0 0 none."
        if folds and self.method == "folders":
            return "the folders say what is for validation, so there can be no folds; choose another method in split."
        validation_split = 0.0 if folds else self.validation_split
        if validation_split + self.test_split < 1:
            return ""
        return (
            f"validation_split {validation_split:g} and test_split {self.test_split:g} leave nothing to train on; "
            "together they must be less than 1."
        )

    def counts(self, examples: int) -> tuple[int, int, int]:
        """How many of `examples` are for training, validation and test: to the nearest one, at least one to train."""
        test = max(0, min(round(examples * self.test_split), examples - 1))
        number, folds = self.fold
        if folds:
            size, more = divmod(examples - test, folds)
            validation = size + (number <= more)
            return examples - validation - test, validation, test
        validation = max(0, min(round(examples * self.validation_split), examples - test - 1))
        return examples - validation - test, validation, test


class TableSplit(Split, frozen=True):
    """How the rows of a table are divided."""

    method: Annotated[
        TableMethod,
        option(
            "random: drawn by the seed. order: training first, then validation, then test, as for time. group: "
            "rows with the same value of a column stay in one part."
        ),
    ] = "random"
    column: Annotated[
        str,
        option(
            "group: rows with the same value here stay in one part. order: rows are sorted by its numbers or dates; "
            "empty: as they stand."
        ),
    ] = ""

    @property
    def by(self) -> str:
        return self.column if self.method in ("group", "order") else ""
