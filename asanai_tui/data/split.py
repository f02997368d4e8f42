"""A seeded division of the examples into a training, a validation and a test part."""

import heapq
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from asanai_tui.data.spec import Split
from asanai_tui.errors import InputError, counted

Indices = NDArray[np.int64]
MOST_CLASSES = 2**16  # as numbers from 0 on


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
    order = np.random.default_rng(split.seed).permutation(count)
    if not split.stratify:
        classes = None
    tested, order = _taken(order, classes, test)
    validated_rows, order = _fold(order, classes, split) if split.fold[1] else _taken(order, classes, validation)
    return Parts(np.sort(order), validated_rows, tested)


def _in_order(split: Split, order: Indices) -> Parts:
    """Training, validation and test one behind the other; of folds, the first is the first in order."""
    _, validation, test = split.counts(len(order))
    end = len(order) - test
    begin = end - validation
    if split.fold[1]:
        number, folds = split.fold
        size, more = divmod(end, folds)
        begin = (number - 1) * size + min(number - 1, more)
    train = np.concatenate([order[:begin], order[begin + validation : end]])
    return Parts(np.sort(train), np.sort(order[begin : begin + validation]), np.sort(order[end:]))


def _fold(order: Indices, classes: NDArray[np.int64] | None, split: Split) -> tuple[Indices, Indices]:
    """The fold that is for validation, sorted, and what is left: examples, or those of each class, are dealt out."""
    number, folds = split.fold
    if classes is not None:
        order = order[np.argsort(classes[order], kind="stable")]
    mine = np.arange(len(order)) % folds == number - 1
    return np.sort(order[mine]), order[~mine]


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
    return Parts(*(np.flatnonzero(part == number) for number in range(3)))


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


def _taken(order: Indices, classes: NDArray[np.int64] | None, wanted: int) -> tuple[Indices, Indices]:
    """The first of `order`, sorted, as many as are wanted, each class in proportion; and what is left of it."""
    if not wanted:
        return np.empty(0, np.int64), order
    chosen = order[:wanted] if classes is None else _stratified(order, classes, wanted)
    kept_apart = np.zeros(int(order.max()) + 1, bool)
    kept_apart[chosen] = True
    return np.flatnonzero(kept_apart), order[~kept_apart[order]]


def _stratified(order: Indices, classes: NDArray[np.int64], wanted: int) -> Indices:
    """The first of each class in `order`, as many as its share of `wanted`."""
    members = np.unique(classes, return_inverse=True)[1] if np.ptp(classes) > MOST_CLASSES else classes - classes.min()
    members = members.astype(np.min_scalar_type(members.max()))[order]  # numpy sorts narrow integers much faster
    sizes = np.bincount(members)
    quotas = _quotas(sizes, wanted)
    by_class: Indices = np.argsort(members, kind="stable")
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return order[by_class[rank < np.repeat(quotas, sizes)]]


def _quotas(sizes: Indices, wanted: int) -> Indices:
    """Shares of `wanted` in proportion to `sizes`, by largest remainder; a class of one stays in training."""
    exact = np.where(sizes > 1, sizes, 0) * (wanted / sizes.sum())
    quotas: Indices = np.floor(exact).astype(np.int64)
    room = np.minimum(sizes - 1, quotas + 1) - quotas
    by_remainder = np.argsort(quotas - exact, kind="stable")
    open_places = by_remainder[room[by_remainder] > 0][: wanted - quotas.sum()]
    quotas[open_places] += 1
    return quotas
