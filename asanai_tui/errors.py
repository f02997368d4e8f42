"""What is said to the user when something they gave cannot be used."""

import unicodedata


class InputError(Exception):
    """A wrong file, value or shape, in one sentence: the place, what was expected, what to do."""


class DivergenceError(InputError):
    """Training left the numbers that a computer has; a lower learning rate may keep it there."""


class ShapeError(InputError):
    """A layer cannot take the shape that arrives."""


def clean(text: object, limit: int = 200) -> str:
    """Text from a file without control characters (they could drive the terminal), at most `limit` long."""
    some = str(text)[: limit + 1]  # a cell can be very long
    kept = some  # as a rule, and there are many
    if not some.isprintable():
        kept = "".join(c if unicodedata.category(c)[0] != "C" else "�" for c in some)
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 row`, `2 rows`, `1,000 classes`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
