"""Which layers of a network may take weights over from another one, trained before: what an edit left as it was."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from asanai_tui.errors import counted
from asanai_tui.network.layers.base import Layer
from asanai_tui.network.nesting import Place, dotted, inner
from asanai_tui.network.network import Network
from asanai_tui.network.options import Shape

NAMED = 4  # layers that a sentence names; the others are counted

# What a pair of layers is worth. One that was left as it was is worth a little more than two that merely fit; among
# equal choices the one that keeps more numbers wins. Sums over 2,000 layers do not reach the next level.
_FITTING = 2**32
_IDENTICAL = 2 * _FITTING + 2**16


class Leaf(NamedTuple):
    """A layer that holds no layers, in its place."""

    place: Place
    layer: Layer
    weights: Mapping[str, Shape]  # by their Keras names

    @property
    def kind(self) -> tuple[object, ...]:
        """What two layers have in common whose weights can be exchanged."""
        return self.layer.name, *self.weights.items()

    @property
    def value(self) -> int:
        """The number of digits of its size."""
        return max(1, sum(math.prod(shape) for shape in self.weights.values()).bit_length())


class Alignment(NamedTuple):
    """Which layers keep their weights; only layers that have some are named."""

    names: Mapping[Place, str]  # what a sentence calls each layer, in their order
    origins: Mapping[Place, Leaf]  # of a layer that keeps its weights: where they were before
    changed: tuple[Place, ...]  # layers that were there before with other shapes

    @property
    def kept(self) -> tuple[int, ...]:
        """Positions of the layers that keep all their weights, from 0."""
        anew = self.new
        return tuple(position for position in self._positions if position not in anew)

    @property
    def new(self) -> tuple[int, ...]:
        """Positions of the layers of which at least a part begins anew, from 0."""
        return tuple(dict.fromkeys(place[0] for place in self.names if place not in self.origins))

    @property
    def weights(self) -> dict[str, str]:
        """Names of weights, `<position>.<name>`: here, and there."""
        return {
            f"{dotted(place)}.{name}": f"{dotted(origin.place)}.{name}"
            for place, origin in self.origins.items()
            for name in origin.weights
        }

    @property
    def sentence(self) -> str:
        """`3 of 5 layers keep their trained weights; conv2d 2 and dense 5 begin anew: their shapes changed.`"""
        if not self.origins:
            return "No layer fits the trained network, so all begin anew."
        if len(self.origins) == len(self.names):
            return "All layers keep their trained weights."
        keep = "keeps its" if len(self.origins) == 1 else "keep their"
        kept = f"{len(self.origins)} of {len(self.names)} layers {keep} trained weights"
        return "; ".join([kept, *self._why()]) + "."

    def _why(self) -> Iterator[str]:
        if changed := [self.names[place] for place in self.changed]:
            said = "begins anew: its shape changed" if len(changed) == 1 else "begin anew: their shapes changed"
            yield f"{_listed(changed)} {said}"
        known = {*self.origins, *self.changed}
        if added := [name for place, name in self.names.items() if place not in known]:
            yield f"{_listed(added)} {'is' if len(added) == 1 else 'are'} new"

    @property
    def _positions(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(place[0] for place in self.names))


def aligned(network: Network, shape: Shape, trained: Network, trained_shape: Shape) -> Alignment:
    """What `network` may take over from `trained`: the longest common subsequence of their layers.

    Layers of one kind match when their weights have the same names and shapes, those with the same options first; so
    inserting, removing, moving or changing one layer keeps the weights of the others. The layers inside of a residual
    count like those outside. Layers without weights only tell apart what would match equally well.

    Args:
        shape, trained_shape: what arrives at each network, channels last and without the batch.
    """
    now, before = list(_leaves(network, shape)), list(_leaves(trained, trained_shape))
    pairs = list(_pairs(_gains(before, now)))
    return Alignment(
        names={leaf.place: _name(network, leaf.place) for leaf in now if leaf.weights},
        origins={now[here].place: before[there] for there, here in pairs if now[here].weights},
        changed=tuple(_changed(before, now, pairs)),
    )


def _leaves(network: Network, shape: Shape, inside: Place = ()) -> Iterator[Leaf]:
    for position, stage in enumerate(network.stages(shape)):
        if stage.arrives is None or stage.problem:
            return  # nothing is known from here on
        place = (*inside, position)
        if stack := inner(stage.layer):
            yield from _leaves(stack, stage.arrives, place)
        else:
            specs = stage.layer.weights(stage.arrives)
            yield Leaf(place, stage.layer, {name: spec.shape for name, spec in specs.items()})


def _gains(before: Sequence[Leaf], now: Sequence[Leaf]) -> NDArray[np.int64]:
    """What each pair is worth, before × now; 0 where weights cannot be exchanged."""
    kinds = _same([leaf.kind for leaf in before], [leaf.kind for leaf in now])
    layers = _same([leaf.layer for leaf in before], [leaf.layer for leaf in now])
    weighty = np.array([bool(leaf.weights) for leaf in now], np.int64)
    values = np.array([leaf.value for leaf in now], np.int64)
    return kinds * (values + weighty * np.where(layers, _IDENTICAL, _FITTING))


def _same(before: Sequence[object], now: Sequence[object]) -> NDArray[np.bool_]:
    numbers: dict[object, int] = {}
    rows, columns = ([numbers.setdefault(each, len(numbers)) for each in side] for side in (before, now))
    return np.equal.outer(np.array(rows, np.int64), np.array(columns, np.int64))


def _pairs(gains: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """(row, column) of the pairs, rising in both, that are worth most together; of equals the first ones.

    `worth[i, j]` is what rows from i and columns from j on can be worth, as in the longest common subsequence of
    Wagner and Fischer (1974); a row at a time, since the best within a row is a running maximum.
    """
    rows, columns = gains.shape
    worth = np.zeros((rows + 1, columns + 1), np.int64)
    for row in reversed(range(rows)):
        with_pair = np.where(gains[row] > 0, gains[row] + worth[row + 1, 1:], 0)
        best = np.maximum(with_pair, worth[row + 1, :-1])
        worth[row, :-1] = np.maximum.accumulate(best[::-1])[::-1]
    row = column = 0
    while row < rows and column < columns:
        if gains[row, column] and worth[row, column] == gains[row, column] + worth[row + 1, column + 1]:
            yield row, column
            row, column = row + 1, column + 1
        elif worth[row, column] == worth[row + 1, column]:
            row += 1
        else:
            column += 1


def _changed(before: Sequence[Leaf], now: Sequence[Leaf], pairs: Sequence[tuple[int, int]]) -> Iterator[Place]:
    """Layers between two pairs that have a counterpart of their kind there, with other shapes."""
    for (row, column), (next_row, next_column) in pairwise([(-1, -1), *pairs, (len(before), len(now))]):
        gone = [leaf.layer.name for leaf in before[row + 1 : next_row] if leaf.weights]
        for leaf in now[column + 1 : next_column]:
            if leaf.weights and leaf.layer.name in gone:
                gone.remove(leaf.layer.name)
                yield leaf.place


def _name(network: Network, place: Place) -> str:
    """`dense 5`, or `dense 2 of residual 3`."""
    position, *inside = place
    own = f"{network[position].name} {position + 1}"
    stack = inner(network[position])
    return f"{_name(stack, tuple(inside))} of {own}" if stack and inside else own


def _listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b, c, d and 12 more`."""
    shown = [*names[:NAMED], counted(len(names) - NAMED, "more", "more")] if len(names) > NAMED else list(names)
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
