"""Examples that stand in the training part and in another one: what is measured on them there says little."""

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data.dataset import Dataset
from asanai_tui.data.drawing import AT_ONCE, Indices

BYTES_AT_ONCE = 2**22


def repeated(dataset: Dataset, rows: Indices) -> int:
    """How many examples `rows` have exactly the inputs of an example of the training part."""
    learned, marks = _marks(dataset, dataset.train), _marks(dataset, rows)
    learned.sort()
    if not len(learned):
        return 0
    found = 0
    for start in range(0, len(marks), AT_ONCE):
        some = marks[start : start + AT_ONCE]
        places = np.minimum(np.searchsorted(learned, some), len(learned) - 1)
        found += int(np.count_nonzero(learned[places] == some))
    return found


def _marks(dataset: Dataset, rows: Indices) -> NDArray[np.uint64]:
    """A number for each example, the same for the same inputs: a weighted sum of its bytes or cells modulo 2**64.

    The weights are fixed odd random numbers (Dietzfelbinger 1996), so that others hardly ever share a number.
    """
    width = int(np.prod(dataset.inputs.shape[1:], dtype=np.int64))
    weights = np.random.default_rng(1).integers(0, 2**63, width, np.uint64) * np.uint64(2) + np.uint64(1)
    step = max(1, BYTES_AT_ONCE // (8 * width))
    marks = np.empty(len(rows), np.uint64)
    for start in range(0, len(rows), step):
        some = dataset.inputs[rows[start : start + step]].reshape(-1, width)
        cells = some if some.dtype == np.uint8 else (some + np.float32(0)).view(np.uint32)  # -0 becomes 0
        marks[start : start + step] = (cells.astype(np.uint64) * weights).sum(1, dtype=np.uint64)
    return marks
