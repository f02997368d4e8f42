"""What was read, what was decided and why: what the data screen shows before anything is trained."""

from collections.abc import Mapping
from math import nan
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from asanai_tui.data.column import ColumnType
from asanai_tui.data.spec import Arrays, Images, Segmentation, Source, Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ColumnNote(NamedTuple):
    """What is known of one column of a table."""

    name: str
    missing: int  # cells without a value that can be used
    reason: str  # why it has its type and role, in words
    examples: tuple[str, ...]
    distinct: int  # different values; counting ends at a limit, see `reason`
    fits: tuple[ColumnType, ...] = ()  # types that its cells can be read as and that become numbers
    lowest: float = nan  # of its numbers
    highest: float = nan
    zeros_and_ones: tuple[tuple[str, int], ...] = ()  # how often it says each of them, if it says nothing else


class TablePreview(NamedTuple):
    """A CSV file as it was read."""

    spec: Table
    rows: int
    columns: tuple[ColumnNote, ...]  # one for each of spec.columns
    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]  # the first rows as text
    class_counts: tuple[tuple[str, int], ...]  # of a target that is a category
    notes: tuple[str, ...]  # sentences: rows set aside, encoding, renamed columns
    group_sizes: "NDArray[np.int64] | None" = None  # rows of each group, where a column groups them


class PictureSample(NamedTuple):
    """One picture, as small as a screen needs it."""

    label: str
    pixels: "NDArray[np.uint8]"  # H×W×3, RGB
    path: str


class ImagesPreview(NamedTuple):
    """A folder of pictures as it was read."""

    spec: Images
    class_counts: tuple[tuple[str, int], ...]
    sample: tuple[PictureSample, ...]  # one of each class, then another of each, …
    notes: tuple[str, ...]
    set_aside: tuple[tuple[str, str], ...]  # file and reason
    group_sizes: "NDArray[np.int64] | None" = None  # pictures of each group, where folders group them
    empty: tuple[str, ...] = ()  # folders of classes that have no pictures yet
    folders: Mapping[str, tuple[str, ...]] = MappingProxyType({})  # of classes that are called otherwise, or joined

    def folders_of(self, label: str) -> tuple[str, ...]:
        """The folders whose pictures are of one class."""
        return self.folders.get(label, (label,))

    part_sizes: tuple[int, int, int] | None = None  # in the folders train, val and test, where there are such


class ArraySample(NamedTuple):
    """One example of an array."""

    label: str
    values: "NDArray[Any]"  # as stored
    pixels: (
        "NDArray[np.uint8] | None"  # H×W×1 or ×3, where it is a picture; with its answer beside it, where that is one
    )


class ArraysPreview(NamedTuple):
    """Arrays as they were read."""

    spec: Arrays
    rows: int
    stored: tuple[tuple[str, str], ...]  # x and y, each with its shape, type and range in words
    class_counts: tuple[tuple[str, int], ...]
    sample: tuple[ArraySample, ...]  # evenly spread over all examples
    notes: tuple[str, ...]


class SegmentationPreview(NamedTuple):
    """Pictures with masks as they were read."""

    spec: Segmentation
    rows: int  # pictures that have a mask
    class_counts: tuple[tuple[str, int], ...]  # none: classes are those of places
    sample: tuple[PictureSample, ...]  # each with its mask on the right
    notes: tuple[str, ...]
    set_aside: tuple[tuple[str, str], ...]  # file and reason


def classes_of(source: Source, preview: "Preview") -> tuple[tuple[str, int], ...]:
    """How often each class occurs; nothing where numbers are learned, except that 0 and 1 are classes, too."""
    targets = source.targets
    if targets.kind == "classes":
        return preview.class_counts
    if not isinstance(preview, TablePreview) or not targets.binary or targets.count > 1:
        return ()
    return next((note.zeros_and_ones for note in preview.columns if note.name == targets.names[0]), ())


Preview = TablePreview | ImagesPreview | ArraysPreview | SegmentationPreview
