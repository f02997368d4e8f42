"""What the document says about the data: where it is, what each column or picture means, how it is split."""

from typing import Annotated, ClassVar, Literal, NamedTuple

import msgspec

from asanai_tui.data.augmentation_spec import Augmentation
from asanai_tui.data.column import CONSTANTS as CONSTANTS  # these are part of the document, too
from asanai_tui.data.column import Column as Column
from asanai_tui.data.column import Missing as Missing
from asanai_tui.data.column import Role as Role
from asanai_tui.data.column import Scaling as Scaling
from asanai_tui.errors import clean
from asanai_tui.number_style import MARKS, Decimal, NumberStyle, Thousands
from asanai_tui.options import option

Shape = tuple[int, ...]
Colour = Literal["rgb", "grey"]
TableMethod = Literal["random", "order", "group"]
Method = Literal["random", "order", "group", "folders"]
Resize = Literal["stretch", "crop"]
Resampling = Literal["auto", "nearest", "bilinear", "bicubic", "area", "lanczos"]
Quote = Literal['"', "'", "none"]
RESERVED = 2  # tokens that stand for no word and for a word that is not known
Pixels = Annotated[int, msgspec.Meta(ge=1, le=1024)]


class Frozen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the structs of the document: immutable, unknown fields refused."""


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


class Adjust(Frozen, frozen=True, omit_defaults=True):
    """What follows when the data change, as asanAI's importer has it."""

    units: Annotated[bool, option("The last layer gets as many units as there are classes or targets.")] = True
    activation: Annotated[
        bool,
        option(
            "The last layer gets the activation that can say the targets: linear where one is below 0 or above 1, "
            "softmax or sigmoid for classes."
        ),
    ] = True
    loss: Annotated[bool, option("Loss and metric follow the targets: two classes, more, or numbers.")] = True


class Targets(msgspec.Struct, frozen=True):
    """What the network is to say: one of `labels`, or one number for each of `names`."""

    kind: Literal["classes", "numbers"]
    names: tuple[str, ...]  # the labels, or the names of the target columns
    binary: bool = False  # numbers that are all 0 or 1
    within: bool = False  # numbers that all lie from 0 to 1
    shape: Shape = ()  # of the places that are each told this: height × width of a picture; empty: one answer alone

    @property
    def count(self) -> int:
        return len(self.names)


class Table(Frozen, frozen=True, omit_defaults=True, tag_field="type", tag="table"):
    """A CSV file."""

    example: ClassVar[str] = "row"  # what one of them is called

    path: str
    separator: Annotated[str, msgspec.Meta(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8"
    decimal: Annotated[Decimal, option("The mark before the fraction of a number.", mode="expert")] = "."
    thousands: Annotated[Thousands, option("What stands before each three digits of a number.", mode="expert")] = "none"
    header: Annotated[bool, option("The first row holds the names of the columns.")] = True
    quote: Annotated[
        Quote,
        option("What encloses fields that hold a separator or a line end. none: quotes are as any other character."),
    ] = '"'
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


class PictureForm(NamedTuple):
    """What every picture is made into."""

    height: int
    width: int
    colour: Colour
    resize: Resize = "stretch"
    resampling: Resampling = "auto"

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        return self.height, self.width, 3 if self.colour == "rgb" else 1


class PictureTable(Frozen, frozen=True):
    """A CSV file that says what the pictures are, in place of folders of classes."""

    path: Annotated[
        str, option("CSV file with the name and the label of each picture, in the folder; empty: none.", mode="expert")
    ] = ""
    file: Annotated[str, option("Column that holds the name of the picture.", mode="expert")] = ""
    label: Annotated[str, option("Column that holds what is learned.", mode="expert")] = ""
    kind: Annotated[
        Literal["classes", "numbers"], option("classes: the labels are names. numbers: they are.", mode="expert")
    ] = "classes"


class Relabelled(Frozen, frozen=True):
    """A class that is called otherwise than its folder, or left out."""

    folder: str
    label: str = ""  # empty: left out


class Images(Frozen, frozen=True, tag_field="type", tag="images"):
    """A folder with one folder of pictures for each class, or with a table that names them."""

    example: ClassVar[str] = "picture"

    path: str
    classes: tuple[str, ...] = ()
    height: Annotated[Pixels, option("Height to which every picture is scaled.", step=1)] = 32
    width: Annotated[Pixels, option("Width to which every picture is scaled.", step=1)] = 32
    colour: Annotated[Colour, option("rgb: 3 channels. grey: 1 channel.")] = "rgb"
    resize: Annotated[
        Resize, option("stretch: the whole picture, perhaps distorted. crop: its largest centred part that fits.")
    ] = "stretch"
    most_per_class: Annotated[
        int, option("Pictures of each class that are used, evenly spread over its files; 0: all.", ge=0, step=100)
    ] = 0
    resampling: Annotated[
        Resampling,
        option("How pixels are computed when scaling. auto: area to shrink, bilinear to enlarge.", mode="expert"),
    ] = "auto"
    split: Split = Split()
    augmentation: Augmentation = Augmentation()
    adjust: Adjust = Adjust()
    table: PictureTable = PictureTable()
    relabelled: tuple[Relabelled, ...] = ()

    @property
    def input_shape(self) -> Shape:
        return self.form.shape

    @property
    def form(self) -> PictureForm:
        return PictureForm(self.height, self.width, self.colour, self.resize, self.resampling)

    @property
    def targets(self) -> Targets:
        if self.table.path and self.table.kind == "numbers":
            return Targets("numbers", (self.table.label,))
        return Targets("classes", self.classes)

    @property
    def problem(self) -> str:
        """Why this cannot be trained on, in one sentence, or nothing."""
        if len(self.classes) < 2 and self.targets.kind == "classes":
            if self.table.path:
                return f"{self.path}: only one class in the column {self.table.label} of {self.table.path}."
            return f"{self.path}: only one class; put each class of pictures into a folder of its own."
        return self.split.problem


class Segmentation(Frozen, frozen=True, tag_field="type", tag="segmentation"):
    """A folder of pictures and one of masks, called alike, that say for every place which class it belongs to."""

    example: ClassVar[str] = "picture"

    path: str
    masks: Annotated[str, option("Folder of the masks, seen from that of the pictures.")] = "../masks"
    classes: tuple[str, ...] = ()  # the values of the masks, or their colours as #rrggbb
    height: Annotated[Pixels, option("Height to which every picture is scaled.", step=1)] = 32
    width: Annotated[Pixels, option("Width to which every picture is scaled.", step=1)] = 32
    colour: Annotated[Colour, option("rgb: 3 channels. grey: 1 channel.")] = "rgb"
    resize: Annotated[
        Resize, option("stretch: the whole picture, perhaps distorted. crop: its largest centred part that fits.")
    ] = "stretch"
    resampling: Annotated[
        Resampling, option("How pixels of pictures are computed; masks take the nearest.", mode="expert")
    ] = "auto"
    split: Split = Split()
    augmentation: Augmentation = Augmentation()
    adjust: Adjust = Adjust()

    @property
    def input_shape(self) -> Shape:
        return self.form.shape

    @property
    def form(self) -> PictureForm:
        return PictureForm(self.height, self.width, self.colour, self.resize, self.resampling)

    @property
    def targets(self) -> Targets:
        return Targets("classes", self.classes, shape=(self.height, self.width))

    @property
    def problem(self) -> str:
        """Why this cannot be trained on, in one sentence, or nothing."""
        if len(self.classes) < 2:
            return f"{self.path}: the masks hold fewer than 2 classes; there is nothing to tell apart."
        if self.split.method in ("group", "folders"):
            return f"{self.path}: pictures with masks have neither groups nor parts; choose the method random or order."
        return self.split.problem


Axes = Literal["as_stored", "add_channel", "channels_first"]
Answers = Literal["auto", "classes", "one_hot", "numbers"]
ArrayScaling = Literal["standardise", "min_max", "divide_by", "none"]


def channels_last(shape: Shape, axes: Axes) -> Shape:
    """What an example of the stored `shape` is for the network: at least one number, the channels at the end."""
    if axes == "channels_first" and len(shape) > 1:
        return (*shape[1:], shape[0])
    return (*shape, 1) if axes == "add_channel" or not shape else shape


class Arrays(Frozen, frozen=True, omit_defaults=True, tag_field="type", tag="arrays"):
    """Arrays in files; along the first dimension of each stand the examples."""

    example: ClassVar[str] = "example"

    path: str  # an .npz, or the file that holds the inputs
    x: Annotated[str, option("Name of the inputs in an .npz; of other files it says nothing.")] = ""
    y: Annotated[str, option("Name of the targets in an .npz, or else their file, beside that of the inputs.")] = ""
    axes: Annotated[
        Axes, option("as_stored: channels last. add_channel: N×H×W is grey pictures. channels_first: N×C×H×W.")
    ] = "as_stored"
    answers: Annotated[
        Answers, option("What y holds. classes: their numbers or names. one_hot: a 1 in the place of the class.")
    ] = "auto"
    scaling: Annotated[
        ArrayScaling,
        option(
            "standardise: mean 0, deviation 1 of each channel. min_max: 0 to 1. Fitted on the training part alone. "
            "divide_by: by the divisor."
        ),
    ] = "standardise"
    divisor: Annotated[float, option("What divide_by divides by; 255 brings 8-bit values to 0 to 1.", gt=0)] = 255.0
    target_scaling: Annotated[ArrayScaling, option("The same for targets that are numbers.", mode="expert")] = (
        "standardise"
    )
    shape: Shape = ()  # of an example of x, as stored
    target_shape: Shape = ()  # of an example of y, as stored
    learned: Literal["classes", "one_hot", "numbers"] = "numbers"  # what y was found to hold
    classes: tuple[str, ...] = ()
    binary: bool = False  # numbers that are all 0 or 1
    split: Split = Split()
    adjust: Adjust = Adjust()

    @property
    def input_shape(self) -> Shape:
        return channels_last(self.shape, self.axes)

    @property
    def answer_shape(self) -> Shape:
        """Of an example of y with its channels last: what the network gives, except that classes have no channels."""
        shape = self.target_shape
        if self.learned == "classes":
            return shape[:-1] if shape[-1:] == (1,) else shape
        if self.axes == "channels_first" and len(shape) == len(self.shape) > 1:
            return (*shape[1:], shape[0])
        return (*shape, 1) if not shape or 1 < len(shape) < len(self.input_shape) else shape

    @property
    def targets(self) -> Targets:
        shape = self.answer_shape
        if self.learned == "classes":
            return Targets("classes", self.classes, shape=shape)
        if self.learned == "one_hot":
            return Targets("classes", self.classes, shape=shape[:-1])
        names = tuple(f"y_{index}" for index in range(shape[-1])) if shape[-1] > 1 else ("y",)
        return Targets("numbers", names, self.binary, shape=shape[:-1])

    @property
    def problem(self) -> str:
        """Why this cannot be trained on, in one sentence, or nothing."""
        if not self.y:
            return f"{self.path}: nothing is known of the targets; name their array or file in y."
        if self.split.method in ("group", "folders"):
            return (
                f"{self.path}: examples in arrays have neither groups nor folders; choose the method random or order."
            )
        if self.learned != "numbers" and len(self.classes) < 2:
            return f"{self.path}: the targets hold fewer than 2 classes; there is nothing to learn."
        return self.split.problem


Source = Table | Images | Arrays | Segmentation
