"""What the document says about the data: where it is, what each column or picture means, how it is split."""

from asanai_tui.data.array_spec import Answers as Answers
from asanai_tui.data.array_spec import Arrays as Arrays
from asanai_tui.data.array_spec import ArrayScaling as ArrayScaling
from asanai_tui.data.array_spec import Axes as Axes
from asanai_tui.data.array_spec import channels_last as channels_last
from asanai_tui.data.augmentation_spec import NO_AUGMENTATION
from asanai_tui.data.augmentation_spec import Augmentation as Augmentation
from asanai_tui.data.column import CONSTANTS as CONSTANTS
from asanai_tui.data.column import Column as Column
from asanai_tui.data.column import Missing as Missing
from asanai_tui.data.column import Role as Role
from asanai_tui.data.column import Scaling as Scaling
from asanai_tui.data.frozen import Shape as Shape
from asanai_tui.data.picture_spec import Colour as Colour
from asanai_tui.data.picture_spec import Images as Images
from asanai_tui.data.picture_spec import PictureForm as PictureForm
from asanai_tui.data.picture_spec import PictureTable as PictureTable
from asanai_tui.data.picture_spec import Relabelled as Relabelled
from asanai_tui.data.picture_spec import Resampling as Resampling
from asanai_tui.data.picture_spec import Resize as Resize
from asanai_tui.data.picture_spec import Segmentation as Segmentation
from asanai_tui.data.split_spec import Method as Method
from asanai_tui.data.split_spec import Split as Split
from asanai_tui.data.split_spec import TableSplit as TableSplit
from asanai_tui.data.table_spec import RESERVED as RESERVED
from asanai_tui.data.table_spec import Quote as Quote
from asanai_tui.data.table_spec import Table as Table
from asanai_tui.data.target_spec import Adjust as Adjust
from asanai_tui.data.target_spec import Targets as Targets

Source = Table | Images | Arrays | Segmentation


def augmentation_of(source: Source) -> Augmentation:
    """How examples are changed before a step learns from them; other data than pictures stays as it is."""
    return source.augmentation if isinstance(source, Images | Segmentation) else NO_AUGMENTATION
