"""What the document says about folders of pictures, with classes or with masks."""

from typing import Annotated, ClassVar, Literal, NamedTuple

import msgspec

from asanai_tui.data.augmentation_spec import Augmentation
from asanai_tui.data.frozen import Frozen, Shape
from asanai_tui.data.split_spec import Split
from asanai_tui.data.target_spec import Adjust, Targets
from asanai_tui.options import option

Colour = Literal["rgb", "grey"]
Resize = Literal["stretch", "crop"]
Resampling = Literal["auto", "nearest", "bilinear", "bicubic", "area", "lanczos"]
Pixels = Annotated[int, msgspec.Meta(ge=1, le=1024)]


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
