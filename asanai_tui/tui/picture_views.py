"""Which views of pictures there are for some data, and why not."""

from asanai_tui.data.spec import Arrays, Images, PictureForm, Source, Table


def are_pictures(data: Source) -> bool:
    """Whether the examples are pictures, grey or in colour."""
    return not isinstance(data, Table) and len(data.input_shape) == 3 and data.input_shape[2] in (1, 3)


def form_of(data: Source) -> PictureForm | None:
    """What a picture is made into for the network, where it can be shown one."""
    if isinstance(data, Table):
        return None
    return data.picture_form if isinstance(data, Arrays) else data.form


def unfit(screen: str, data: Source) -> str:
    """Why a screen for pictures is not for these, in one sentence, or nothing."""
    if screen == "camera" and not isinstance(data, Images):
        return "The camera takes pictures into folders of classes, and this data has none; draw, or open such a folder."
    if screen == "augmentation" and isinstance(data, Arrays):
        return "Pictures in arrays are learned as they are; augmentation is for pictures in files."
    if screen == "drawing" and isinstance(data, Arrays) and data.picture_form is None:
        return "What is drawn are bytes from 0 to 255; choose the scaling divide_by 255 to draw for this network."
    return ""
