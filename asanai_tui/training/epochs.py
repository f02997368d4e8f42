"""The epochs of a training in bounded memory. No numpy here: the first paint knows this module."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from asanai_tui.training.recorder import Epoch

    Numbered: TypeAlias = tuple[int, Epoch]  # its index among all epochs, from 0

NEWEST = 2048  # epochs that are kept in any case, at least
OLDER = 4096  # of those before, at most
MOST = 2 * NEWEST + OLDER


class Epochs:
    """Every epoch, up to some thousands; then the newest, and of the older ones those that the curves need.

    Of each stretch of older epochs remain the lowest and the highest of every curve, and the first with changes of
    settings. Stretches become longer with the number of epochs, so that memory does not grow with it.
    """

    def __init__(self, epochs: Iterable[Epoch] = ()) -> None:
        self._older: list[Numbered] = []
        self._newest: list[Numbered] = []
        self._stretch = 1  # epochs of which the extremes are kept
        self._total = 0
        for epoch in epochs:
            self.add(epoch)

    def __len__(self) -> int:
        """How many epochs there were, with those that are no longer kept."""
        return self._total

    @property
    def last(self) -> Epoch | None:
        """The newest."""
        return self._newest[-1][1] if self._newest else None

    def add(self, epoch: Epoch, number: int | None = None) -> None:
        """The next epoch, or one with a later index, where those between are not known."""
        number = self._total if number is None else number
        self._newest.append((number, epoch))
        self._total = number + 1
        if len(self._newest) == 2 * NEWEST:
            self._age()

    def extend(self, others: Epochs, trial: int = 0) -> None:
        """All that `others` had, after these, as epochs of this trial."""
        before = self._total
        for number, epoch in (*others._older, *others._newest):
            self.add(msgspec.structs.replace(epoch, trial=trial) if trial else epoch, before + number)
        self._total = before + len(others)

    def since(self, index: int, at_most: int = MOST) -> tuple[int, list[Epoch]]:
        """The index after the last of these epochs, and the epochs from `index` on, as far as they are kept."""
        found = [*_from(self._older, index), *_from(self._newest, index)]
        if len(found) <= at_most:
            return self._total, [epoch for _, epoch in found]
        return found[at_most - 1][0] + 1, [epoch for _, epoch in found[:at_most]]

    def _age(self) -> None:
        """The first half of the newest become older ones."""
        self._older += _extremes(self._newest[:NEWEST], self._stretch)
        del self._newest[:NEWEST]
        while len(self._older) > OLDER:
            self._stretch *= 2
            self._older = _extremes(self._older, self._stretch)


def _from(epochs: Sequence[Numbered], index: int) -> Sequence[Numbered]:
    return epochs[bisect_left(epochs, index, key=itemgetter(0)) :]


def _extremes(epochs: Sequence[Numbered], stretch: int) -> list[Numbered]:
    """Of each stretch the epochs with the lowest and the highest value of a curve, and the first with changes."""
    if stretch == 1:
        return list(epochs)
    kept: dict[int, Epoch] = {}
    for _, group in groupby(epochs, key=lambda each: each[0] // stretch):
        kept.update(_of_stretch(group))
    return sorted(kept.items(), key=itemgetter(0))


def _of_stretch(epochs: Iterable[Numbered]) -> Iterable[Numbered]:
    lowest: dict[str, tuple[float, Numbered]] = {}
    highest: dict[str, tuple[float, Numbered]] = {}
    changed: list[Numbered] = []
    for each in epochs:
        epoch = each[1]
        if epoch.changes and not changed:
            changed.append(each)
        for name, value in epoch.curves.items():
            if name not in lowest or value < lowest[name][0]:
                lowest[name] = value, each
            if name not in highest or value > highest[name][0]:
                highest[name] = value, each
    return [*changed, *(each for _, each in (*lowest.values(), *highest.values()))]
