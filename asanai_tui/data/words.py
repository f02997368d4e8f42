"""Texts as the numbers of their words, for an embedding; which words are known, the training part alone says."""

import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from asanai_tui.data.column import Column
from asanai_tui.data.large import Computed, Large, Rows
from asanai_tui.data.spec import RESERVED

if TYPE_CHECKING:
    import pandas as pd

NOTHING, OTHER = 0, 1  # the tokens before those of words: what fills a short text up, and a word that is not known
SENTENCE = 3.0  # words of a text as a rule, from which on a column is worth reading when there is no other
MOST_WORDS, LONGEST, MOST_OF_A_FILE = 10_000, 250, 2**20
SHARE = 0.95  # of the texts are read to their end
ENOUGH, LOOKED_AT = 200, 2_000  # texts that tell whether they are texts, and how many of their words are to be read
LONG = 5.0  # words on average, from which on a column that is left out is said to be readable as a text
ROWS_AT_ONCE = 4096
_ALONE = "\u3040-\u30ff\u3400-\u9fff"  # characters of Japanese and Chinese: no blank is between their words
_WORD = re.compile(rf"[{_ALONE}]|(?:(?![{_ALONE}])\w)+(?:['’](?:(?![{_ALONE}])\w)+)*")


def words_of(text: str) -> list[str]:
    """The words and numbers of a text in small letters, without punctuation."""
    return _WORD.findall(text.lower())


def usual_length(texts: Iterable[str]) -> float:
    """How many words these texts have on average, as far as the first ones tell."""
    lengths = _lengths(islice(texts, ENOUGH))
    return sum(lengths) / len(lengths) if lengths else 0.0


def sized(column: Column, texts: Iterable[str]) -> Column:
    """A column of text with the length and the number of words that it has not yet got, as the file suggests."""
    texts = list(texts)
    length, many = column.length, column.words
    if not length:
        lengths = sorted(_lengths(texts)) or [1]
        length = min(max(1, lengths[int(SHARE * (len(lengths) - 1))]), LONGEST)
    if not many:
        many = min(max(1, len({word for text in texts for word in words_of(text)})), MOST_WORDS)
    return msgspec.structs.replace(column, length=length, words=many)


class Numbered:
    """Numbers words from 2 on: all of a file as they come, or those that a network knows."""

    def __init__(self, known: Sequence[str] = (), most: int = MOST_OF_A_FILE) -> None:
        """`most`: words beyond so many become 1, as all that are not `known` do where it is 0."""
        self._numbers = {word: place for place, word in enumerate(known, RESERVED)}
        self._most = most
        self._lock = threading.Lock()  # parts of a file are read at the same time

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def codes(self, cells: "pd.Series[Any]", length: int) -> NDArray[np.float64]:
        """N cells as N×length: the numbers of their first words, zeros before them; a row of NaN for a gap."""
        from asanai_tui.data.preprocessing import as_category

        texts = cells if cells.dtype == "category" else as_category(cells)
        split = [words_of(str(text))[:length] for text in texts.cat.categories]
        codes = np.full((len(split) + 1, length), float(NOTHING))
        with self._lock:
            for row, found in zip(codes, split, strict=False):
                if found:
                    row[-len(found) :] = [self._number(word) for word in found]
        codes[-1] = np.nan
        return codes[texts.cat.codes.to_numpy()]

    def _number(self, word: str) -> int:
        number = self._numbers.get(word, OTHER)
        if number == OTHER and len(self._numbers) < self._most:
            number = self._numbers[word] = len(self._numbers) + RESERVED
        return number


def most_frequent(codes: Rows, train: NDArray[np.int64], numbered: Numbered, most: int) -> tuple[str, ...]:
    """The words that occur most often in the training rows, at most so many; of equally many first by alphabet.

    Args:
        codes: N×length, as `numbered` gives them.
    """
    names = list(numbered)
    counts = np.zeros(len(names) + RESERVED, np.int64)
    for start in range(0, len(train), ROWS_AT_ONCE):
        some = codes[train[start : start + ROWS_AT_ONCE]]
        counts += np.bincount(some[~np.isnan(some)].astype(np.int64), minlength=len(counts))
    found = Counter(dict(zip(names, counts[RESERVED:].tolist(), strict=True)))
    ranked = sorted((word for word in names if found[word]), key=lambda word: (-found[word], word))
    return tuple(islice(ranked, most))


def renumbered(codes: Rows, numbered: Numbered, known: Sequence[str]) -> Rows:
    """Codes of a file as tokens of the `known` words, float32, in place where they lie in memory; a gap has none."""
    tokens = np.full(len(list(numbered)) + RESERVED, OTHER, np.float32)
    tokens[NOTHING] = NOTHING
    places: Mapping[str, int] = {word: place for place, word in enumerate(known, RESERVED)}
    for place, word in enumerate(numbered, RESERVED):
        tokens[place] = places.get(word, OTHER)

    def made(some: NDArray[Any]) -> NDArray[Any]:
        found: NDArray[np.float32] = tokens[np.nan_to_num(some, nan=NOTHING).astype(np.int64)]
        return found

    if isinstance(codes, Large):
        return Computed(codes, codes.shape, np.float32, made)
    for start in range(0, len(codes), ROWS_AT_ONCE):
        codes[start : start + ROWS_AT_ONCE] = made(codes[start : start + ROWS_AT_ONCE])
    return codes


def _lengths(texts: Iterable[str]) -> list[int]:
    return [len(words_of(text)) for text in islice(texts, LOOKED_AT)]
