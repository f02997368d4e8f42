"""A seeded division of the examples into a training, a validation and a test part."""

import heapq
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from asanai_tui.data.drawing import Drawing, Indices, row_type, where
from asanai_tui.data.spec import Split
from asanai_tui.errors import InputError, counted

__all__ = ["Indices", "Parts", "divided", "folder_counts", "group_counts", "grouped"]


class Parts(NamedTuple):
    """Which examples belong to which part: sorted, disjoint, together all of them."""

    train: Indices
    validation: Indices
    test: Indices


def divided(
    count: int, split: Split, classes: NDArray[np.int64] | None = None, marks: NDArray[Any] | None = None
) -> Parts:
    """Divide `count` examples; with `classes` (one for each example) every class keeps its share in all parts.

    Each part holds its share to the nearest example, and at least one example stays for training. The same seed, count
    and classes give the same parts everywhere (numpy's PCG64). The test part depends on no share but its own, so that
    it stays what it is while validation_split is tried out.

    Args:
        marks: one for each example. Those with the same mark are a group, whose size decides how near the parts come
            to their shares; for the method order, examples are sorted by their marks; for folders they are the part,
            0 to 2.

    Raises:
        InputError: there are fewer groups than parts, or no folder holds anything to train on.
    """
    if split.fold[1] > count:
        raise InputError(f"Only {counted(count, 'example')} for {split.fold[1]} folds; choose fewer folds.")
    if split.method == "group" and marks is not None:
        return _by_group(split, marks)
    if split.method == "folders" and marks is not None:
        return _by_folder(split, classes, marks)
    if split.method == "order":
        return _in_order(split, np.arange(count) if marks is None else np.argsort(marks, kind="stable"))
    _, validation, test = split.counts(count)
    drawing = Drawing(count, split.seed, classes if split.stratify else None)
    _take(drawing, 2, test)
    if split.fold[1]:
        _take_fold(drawing, split)
    else:
        _take(drawing, 1, validation)
    part = drawing.part
    del drawing  # its order takes as much memory as all parts
    return _parts(part)


def _parts(part: NDArray[np.int8]) -> Parts:
    """`part`: for each example the number of its part, 0 training, 1 validation, 2 test."""
    return Parts(*(where(part == number) for number in range(3)))


def _in_order(split: Split, order: Indices) -> Parts:
    """Training, validation and test one behind the other; of folds, the first is the first in order."""
    _, validation, test = split.counts(len(order))
    end = len(order) - test
    begin = end - validation
    if split.fold[1]:
        number, folds = split.fold
        size, more = divmod(end, folds)
        begin = (number - 1) * size + min(number - 1, more)
    order = order.astype(row_type(len(order)))
    train = np.concatenate([order[:begin], order[begin + validation : end]])
    return Parts(np.sort(train), np.sort(order[begin : begin + validation]), np.sort(order[end:]))


def _take(drawing: Drawing, part: int, wanted: int) -> None:
    """Give the first of each class to a part, as many as its share of `wanted`."""
    if wanted:
        quotas = _quotas(drawing.sizes(), wanted)
        for some in drawing.ranked():
            drawing.part[some.rows[some.ranks < quotas[some.classes]]] = part


def _take_fold(drawing: Drawing, split: Split) -> None:
    """Give one fold to validation: examples, or those of each class after those of another, are dealt out."""
    number, folds = split.fold
    sizes = drawing.sizes()
    begins = np.cumsum(sizes) - sizes
    for some in drawing.ranked():
        drawing.part[some.rows[(begins[some.classes] + some.ranks) % folds == number - 1]] = 1


class Groups(NamedTuple):
    """Which examples belong together."""

    of: Indices  # for each example the number of its group, from 0 in the order of their first examples
    sizes: Indices  # for each group


def grouped(marks: NDArray[Any]) -> Groups:
    """Examples with the same mark are a group."""
    _, first, inverse, sizes = np.unique(marks, return_index=True, return_inverse=True, return_counts=True)
    by_first = np.argsort(first)
    number = np.empty_like(by_first)
    number[by_first] = np.arange(len(by_first))
    return Groups(number[inverse], sizes[by_first])


def group_counts(sizes: Indices, split: Split) -> tuple[int, int, int]:
    """How many examples really are for training, validation and test where whole groups are divided.

    Raises:
        InputError: there are fewer groups than parts.
    """
    part = _part_of_groups(sizes, split)
    train, validation, test = (int(sizes[part == number].sum()) for number in range(3))
    return train, validation, test


def _by_group(split: Split, marks: NDArray[Any]) -> Parts:
    groups = grouped(marks)
    part = _part_of_groups(groups.sizes, split)[groups.of]
    return _parts(part)


def folder_counts(sizes: Sequence[int], split: Split) -> tuple[int, int, int]:
    """How many examples really are for training, validation and test, where so many lie in the folder of each."""
    drawn = _where_no_folder(split, sizes).counts(sizes[0])
    return drawn[0], drawn[1] + sizes[1], drawn[2] + sizes[2]


def _where_no_folder(split: Split, sizes: Sequence[int]) -> Split:
    """How the folder to train on is divided: a part that has no folder gets its share of it."""
    return msgspec.structs.replace(
        split,
        method="random",
        validation_split=0.0 if sizes[1] else split.validation_split,
        test_split=0.0 if sizes[2] else split.test_split,
    )


def _by_folder(split: Split, classes: NDArray[np.int64] | None, part: Indices) -> Parts:
    given = [np.flatnonzero(part == number) for number in range(3)]
    if not len(given[0]):
        raise InputError("No picture to train on lies in the folder train; choose the method random.")
    labels = classes[given[0]] if classes is not None else None
    drawn = divided(len(given[0]), _where_no_folder(split, [len(rows) for rows in given]), labels)
    train, validation, test = (given[0][rows] for rows in drawn)
    return Parts(train, np.union1d(validation, given[1]), np.union1d(test, given[2]))


def _part_of_groups(sizes: Indices, split: Split) -> NDArray[np.int8]:
    """For each group the number of its part: 0 training, 1 validation, 2 test."""
    _, validation, test = split.counts(int(sizes.sum()))
    folds = split.fold[1]
    wanted = {number: examples for number, examples in ((2, test), (1, 0 if folds else validation)) if examples}
    parts = len(wanted) + (folds or 1)
    if len(sizes) < parts:
        raise InputError(
            f"Only {counted(len(sizes), 'group')} for {f'{folds} folds' if folds else f'{parts} parts'}; choose "
            "something else to group by or the method random."
        )
    part = np.zeros(len(sizes), np.int8)
    order = np.random.default_rng(split.seed).permutation(len(sizes))
    for number, examples in wanted.items():
        parts -= 1
        part[_groups_for(order[part[order] == 0], sizes, examples, parts)] = number
    if folds:
        part[_groups_of_fold(order[part[order] == 0], sizes, split)] = 1
    return part


def _groups_of_fold(order: Indices, sizes: Indices, split: Split) -> list[int]:
    """The groups of the fold that is for validation: the largest first, each to the fold with the fewest examples."""
    number, folds = split.fold
    filled = [(0, fold) for fold in range(1, folds + 1)]
    chosen: list[int] = []
    for group in order[np.argsort(-sizes[order], kind="stable")].tolist():
        examples, fold = filled[0]
        heapq.heapreplace(filled, (examples + int(sizes[group]), fold))
        chosen += [group] * (fold == number)
    return chosen


def _groups_for(order: Indices, sizes: Indices, wanted: int, others: int) -> list[int]:
    """The first groups that bring a part nearer to `wanted` examples, at least one; `others` parts need some, too."""
    chosen: list[int] = []
    left = wanted
    for group, size in zip(order.tolist(), sizes[order].tolist(), strict=True):
        if left <= 0 or len(chosen) == len(order) - others:
            break
        if size <= 2 * left:
            chosen.append(group)
            left -= size
    return chosen or [int(order[sizes[order].argmin()])]


def _quotas(sizes: Indices, wanted: int) -> Indices:
    """Shares of `wanted` in proportion to `sizes`, by largest remainder; a class of one stays in training."""
    exact = np.where(sizes > 1, sizes, 0) * (wanted / sizes.sum())
    quotas: Indices = np.floor(exact).astype(np.int64)
    room = np.minimum(sizes - 1, quotas + 1) - quotas
    by_remainder = np.argsort(quotas - exact, kind="stable")
    open_places = by_remainder[room[by_remainder] > 0][: wanted - quotas.sum()]
    quotas[open_places] += 1
    return quotas
