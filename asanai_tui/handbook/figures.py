"""Arrays as aligned lines of text."""

from collections.abc import Iterator

import numpy as np

MOST_DECIMALS = 4
LINE = 44  # columns that a vector may take; longer ones go on in the next line


def figures(values: np.ndarray) -> list[str]:
    """One array, channels last: a vector on a line, steps below each other, a picture for each channel."""
    return list(_laid_out(values, _Formatter(values)))


def batch_figures(values: np.ndarray) -> list[str]:
    """The same for a batch; vectors of several examples stand below each other like steps."""
    if len(values) == 1:
        return figures(values[0])
    if values.ndim <= 2:
        return figures(values)
    formatter = _Formatter(values)
    lines: list[str] = []
    for number, value in enumerate(values, 1):
        lines += [f"example {number}", *(f"  {line}" for line in _laid_out(value, formatter))]
    return lines


class _Formatter:
    """How all numbers of an array are written: as many decimals as they need, up to four, in equal width."""

    def __init__(self, values: np.ndarray) -> None:
        needed = (d for d in range(MOST_DECIMALS) if np.allclose(values, np.round(values, d), rtol=0, atol=2e-5))
        self.decimals = next(needed, MOST_DECIMALS)
        self.width = max((len(self._plain(value)) for value in values.flat), default=0)

    def __call__(self, value: float) -> str:
        return self._plain(value).rjust(self.width)

    def _plain(self, value: float) -> str:
        return f"{round(float(value), self.decimals) + 0.0:.{self.decimals}f}"


def _laid_out(values: np.ndarray, shown: _Formatter) -> Iterator[str]:
    match values.ndim:
        case 0:
            yield shown(float(values))
        case 1:
            yield from _vector(values, shown)
        case 2:
            for row in values:
                yield from _vector(row, shown)
        case _:
            yield from _channels(values, shown)


def _channels(values: np.ndarray, shown: _Formatter) -> Iterator[str]:
    count = values.shape[-1]
    for channel in range(count):
        if count > 1:
            yield f"channel {channel + 1}"
        picture = values[..., channel]
        for place in np.ndindex(picture.shape[:-2]):
            if len(picture) > 1 and picture.ndim > 2:
                yield f"slice {' '.join(str(where + 1) for where in place)}"
            yield from _laid_out(picture[place], shown)


def _vector(values: np.ndarray, shown: _Formatter) -> Iterator[str]:
    each = max(1, (LINE + 2) // (shown.width + 2))
    for start in range(0, len(values), each):
        yield "  ".join(shown(float(value)) for value in values[start : start + each])
