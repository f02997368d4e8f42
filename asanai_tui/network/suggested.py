"""The layers of a first network, by the shape that arrives and what is to leave; small enough to train quickly."""

import math
from typing import NamedTuple

from asanai_tui.errors import counted
from asanai_tui.network.initializers import HeNormal
from asanai_tui.network.layers.base import Layer, show
from asanai_tui.network.layers.basic import Dense, Flatten, Reshape
from asanai_tui.network.layers.convolution import Conv1D, Conv2D, Conv3D
from asanai_tui.network.layers.embedding import Embedding
from asanai_tui.network.layers.noise import Dropout
from asanai_tui.network.layers.pooling import MaxPooling1D, MaxPooling2D, MaxPooling3D
from asanai_tui.network.layers.pooling_global import GlobalAveragePooling1D
from asanai_tui.network.layers.recurrent import LSTM
from asanai_tui.network.layers.up_sampling import UpSampling1D, UpSampling2D, UpSampling3D
from asanai_tui.network.options import Shape

SMALLEST = 6  # extents from here on are halved
MOST_FILTERS = 64
VECTOR = 16  # numbers for each word
FEW_STEPS = 12  # of a sequence that is read step by step rather than looked at in windows
CONVOLUTIONS: dict[int, type[Conv1D] | type[Conv2D] | type[Conv3D]] = {2: Conv1D, 3: Conv2D, 4: Conv3D}
WORDS = {2: "sequences", 3: "pictures", 4: "volumes"}


class Body(NamedTuple):
    """All layers but the last, and half a sentence why."""

    layers: list[Layer]
    why: str


def body(shape: Shape, places: Shape, examples: int, values: int) -> Body:
    """What comes before the last layer.

    Args:
        shape: what arrives, channels last and without the batch.
        places: the extents of what is to leave, where each place has an answer of its own; empty for one answer.
        examples: how many there are.
        values: how many numbers are said in all, or of each place.
    """
    if not places:
        return _for_one_answer(shape, examples)
    if len(shape) in CONVOLUTIONS and shape[:-1] == places:
        return _there_and_back(shape)
    hidden, why = _for_one_answer(shape, examples)
    return Body([*hidden, Dense(units=math.prod(places) * values), Reshape(target_shape=(*places, values))], why)


def _for_one_answer(shape: Shape, examples: int) -> Body:
    if len(shape) == 2 and shape[0] <= FEW_STEPS:
        return Body([LSTM(units=32), _hidden(32)], f"An LSTM reads the {counted(shape[0], 'step')} one after another")
    return _by_convolutions(shape, examples) if len(shape) in CONVOLUTIONS else _for_vectors(shape, examples)


def _for_vectors(shape: Shape, examples: int) -> Body:
    wide = 32 if examples < 2_000 else 64 if examples < 20_000 else 128
    first, second = _hidden(wide), _hidden(wide // 2)
    features = math.prod(shape)
    front: list[Layer] = [Flatten()] if len(shape) > 1 else []
    why = f"Two hidden layers of {wide} and {wide // 2} units suit {counted(examples, 'row')} of {features:,} numbers"
    if features > examples / 4 and examples > 100:
        layers = [*front, first, Dropout(), second, Dropout()]
        return Body(layers, f"{why}, with dropout lest the few be learned by heart")
    return Body([*front, first, second], why)


def _by_convolutions(shape: Shape, examples: int) -> Body:
    extents = shape[:-1]
    layers: list[Layer] = []
    filters = 16
    while max(extents) >= SMALLEST:
        pool = tuple(2 if extent >= SMALLEST else 1 for extent in extents)
        layers += [_convolution(filters, len(shape)), _pooling(pool)]
        extents = tuple(extent // step for extent, step in zip(extents, pool, strict=True))
        filters = min(2 * filters, MOST_FILTERS)
    layers += [_convolution(filters, len(shape)), Flatten(), _hidden(64)]
    layers += [Dropout()] if examples < 10_000 else []
    left = f"{counted(extents[0], 'step')} are left" if len(extents) == 1 else f"{show(extents)} points are left"
    of = f"{show(shape[:-1])} {WORDS[len(shape)]}" if len(extents) > 1 else f"sequences of {shape[0]} steps"
    return Body(layers, f"Convolutions find patterns in {of} until {left}")


def _there_and_back(shape: Shape) -> Body:
    """Down to a half or a quarter, as far as that goes without a rest, and up again (Ronneberger and others 2015)."""
    rank, filters = len(shape), 16
    down: list[Layer] = []
    up: list[Layer] = []
    extents = shape[:-1]
    for _ in range(2):
        if min(extents) < SMALLEST or any(extent % 2 for extent in extents):
            break
        halves = (2,) * len(extents)
        down += [_convolution(filters, rank), _pooling(halves)]
        up = [_up_sampling(halves), _convolution(filters, rank), *up]
        extents = tuple(extent // 2 for extent in extents)
        filters *= 2
    layers = [*down, _convolution(filters, rank), *up]
    if not down:
        layers.append(_convolution(filters, rank))
    back = f"down to {show(extents)} and up again, so that each place knows what is around it"
    return Body(layers, f"Convolutions go {back}" if down else "Convolutions look at what is around each place")


def for_words(tokens: int) -> Body:
    """What reads a text, given how many numbers its words may have: what each word says, and the mean of that."""
    layers: list[Layer] = [Embedding(input_dim=tokens, output_dim=VECTOR), GlobalAveragePooling1D(), _hidden(16)]
    return Body(layers, f"Each of {tokens - 2:,} words gets a vector of {VECTOR} numbers, and a text is their mean")


def _hidden(units: int) -> Dense:
    return Dense(units=units, activation="relu", kernel_initializer=HeNormal())


def _convolution(filters: int, rank: int) -> Layer:
    return CONVOLUTIONS[rank](filters=filters, padding="same", activation="relu", kernel_initializer=HeNormal())


def _pooling(size: tuple[int, ...]) -> Layer:
    match size:
        case (steps,):
            return MaxPooling1D(pool_size=(steps,))
        case (height, width):
            return MaxPooling2D(pool_size=(height, width))
        case _:
            return MaxPooling3D(pool_size=(size[0], size[1], size[2]))


def _up_sampling(size: tuple[int, ...]) -> Layer:
    match size:
        case (steps,):
            return UpSampling1D(size=steps)
        case (height, width):
            return UpSampling2D(size=(height, width))
        case _:
            return UpSampling3D(size=(size[0], size[1], size[2]))
