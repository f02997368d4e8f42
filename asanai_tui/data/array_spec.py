"""What the document says about arrays in files."""

from typing import Annotated, ClassVar, Literal

from asanai_tui.data.frozen import Frozen, Shape
from asanai_tui.data.picture_spec import PictureForm
from asanai_tui.data.split_spec import Split
from asanai_tui.data.target_spec import Adjust, Targets
from asanai_tui.options import option

Axes = Literal["as_stored", "add_channel", "channels_first"]
Answers = Literal["auto", "classes", "one_hot", "numbers"]
BYTES = 255.0  # what brings them to 0 to 1
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
    divisor: Annotated[float, option("What divide_by divides by; 255 brings 8-bit values to 0 to 1.", gt=0)] = BYTES
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
    def picture_form(self) -> PictureForm | None:
        """What pictures are made into for the network, where the examples are pictures of bytes; else none."""
        shape = self.input_shape
        if len(shape) != 3 or shape[2] not in (1, 3) or self.scaling != "divide_by" or self.divisor != BYTES:
            return None
        return PictureForm(shape[0], shape[1], "grey" if shape[2] == 1 else "rgb")

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
