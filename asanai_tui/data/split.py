"""A seeded division of the examples into a training, a validation and a test part."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data.spec import Split

Indices = NDArray[np.int64]
MOST_CLASSES = 2**16  # as numbers from 0 on


class Parts(NamedTuple):
    """Which examples belong to which part: sorted, disjoint, together all of them."""

    train: Indices
    validation: Indices
    test: Indices


def divided(count: int, split: Split, classes: NDArray[np.int64] | None = None) -> Parts:
    """Divide `count` examples; with `classes` (one for each example) every class keeps its share in all parts.

    Each part holds its share to the nearest example, and at least one example stays for training. The same seed, count
    and classes give the same parts everywhere (numpy's PCG64). The test part depends on no share but its own, so that
    it stays what it is while validation_split is tried out.
    """
    _, validation, test = split.counts(count)
    if split.method == "order":
        rest = np.arange(count)
        train, validated = count - validation - test, count - test
        return Parts(rest[:train], rest[train:validated], rest[validated:])
    order = np.random.default_rng(split.seed).permutation(count)
    if not split.stratify:
        classes = None
    tested, order = _taken(order, classes, test)
    validated_rows, order = _taken(order, classes, validation)
    return Parts(np.sort(order), validated_rows, tested)


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
