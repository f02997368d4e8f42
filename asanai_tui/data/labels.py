"""Cells as names of categories."""

from asanai_tui.errors import clean


def label_of(cell: object) -> str:
    """A cell as the name of a category."""
    return clean(str(cell).strip())


def whole_label(cell: object) -> str:
    """A cell as the name of a category of whole numbers: 1, 1.0 and 01 are the same."""
    label = label_of(cell)
    try:
        number = float(label)
    except ValueError:
        return label
    return str(int(number)) if number.is_integer() else label
