"""Cells that say yes or no, in one of the usual pairs of words."""

import math
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

DIGITS = ("0", "1")  # read as numbers, the others as text
PAIRS = (("false", "true"), ("no", "yes"), ("f", "t"), ("n", "y"), ("off", "on"), DIGITS)
MEANINGS = {word: float(truth) for pair in PAIRS for truth, word in enumerate(pair)}


def pair_of(texts: Collection[str]) -> tuple[str, ...]:
    """The words for no and yes, as they are written; empty if the texts are anything else."""
    words = {_word(text) for text in texts}
    pair = next((pair for pair in PAIRS if words == set(pair)), ())
    as_written = len(texts) == len(pair) and pair != DIGITS
    return tuple(sorted(texts, key=meaning)) if as_written else pair


def meaning(text: str) -> float:
    """0 for no, 1 for yes, NaN for anything else."""
    return MEANINGS.get(_word(text), math.nan)


def codes(cells: "pd.Series[Any]") -> "NDArray[np.float64]":
    """N cells as 0, 1 or NaN; each text is read once."""
    import numpy as np

    texts = cells if cells.dtype == "category" else cells.astype("object").astype("category")
    labels = np.array([meaning(str(label)) for label in texts.cat.categories] + [np.nan])
    return labels[texts.cat.codes.to_numpy()]


def _word(text: str) -> str:
    """`True`, `TRUE` and `true` are the same word; 1.0, as a column of numbers with gaps has it, is 1."""
    return text.strip().lower().removesuffix(".0")
