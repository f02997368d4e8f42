"""What is unhealthy about a network: from what was measured of its layers to findings with advice. No torch here.

The thresholds are those of asanAI's health monitor (reference 4.4 and 7.1) as far as they mean something for a network
that is trained. Zeros, limits and spread are judged of layers that compute something of their own: what a dropout or a
flatten passes on was found above it. Where a finding would be wrong of a good network it is not made: a last sigmoid or
softmax that has learned is at its limits, one that has not begun is undecided.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

Level = Literal["problem", "warning", "note"]
Kind = Literal[
    "not finite", "dead", "nearly dead", "dying", "exploding", "large", "constant", "vanishing", "saturated",
    "changed spread", "over-confident", "undecided", "no gradient", "vanishing gradient", "exploding gradient",
    "unscaled input",
]  # fmt: skip

MARKS: dict[Level, str] = {"problem": "✕", "warning": "!", "note": "·"}  # the worst first

NEARLY_DEAD = 0.95  # share of outputs that are 0
DYING = 0.80  # of a relu's
EXPLODING = 1e6  # size of the largest output
LARGE, VERY_LARGE = 1e3, 1e4  # a note, a warning
VANISHING = 1e-5  # from the smallest output to the largest
CONSTANT = 1e-6  # standard deviation over the examples, of every output
LIMITED, SATURATED = 0.40, 0.70  # share of outputs within MARGIN of the limits of a tanh or sigmoid: a note, a warning
MARGIN = 0.05  # of the distance between the limits
SPREAD = 100.0  # times the standard deviation of what arrives, or one in as many
CERTAIN, UNDECIDED = 0.1, 0.95  # entropy of a softmax, of the largest there is
WRONG = 0.1  # share of wrong answers from which on certainty is over-confidence
UNSCALED = 100.0  # size of an input
FAINT = 1e-4  # root mean square of a layer's gradient against that of the last one (cf. Glorot and Bengio 2010)
STEEP = 1e3  # length of a layer's gradient against its weights: a rate of 0.001 would move them by their own length


class LayerHealth(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of a layer; None where it does not apply. Sizes and shares are over a batch of examples."""

    place: str  # `4`, `4.1` inside it; empty for the input
    name: str
    mean: float | None = None
    sd: float | None = None
    zeros: float | None = None  # share
    low: float | None = None
    high: float | None = None
    gradient: float | None = None  # its length, all trainable weights together


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something about one layer."""

    place: str
    name: str
    kind: Kind
    level: Level
    value: float
    what: str  # a clause: `gives only zeros`
    advice: str  # a sentence

    @property
    def where(self) -> str:
        """`layer 2 (dense)`, `the input`, `the network`."""
        return f"layer {self.place} ({self.name})" if self.place else f"the {self.name}"

    @property
    def sentence(self) -> str:
        """What is said in the log."""
        where = self.where
        return f"{where[0].upper()}{where[1:]} {self.what}. {self.advice}"


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """A network at one moment."""

    epoch: int = 0  # that is being trained, or was the last one; 0: before the first step
    examples: int = 0  # that were looked at
    layers: tuple[LayerHealth, ...] = ()
    findings: tuple[Finding, ...] = ()

    def of(self, place: str) -> tuple[Finding, ...]:
        """The findings about one layer."""
        return tuple(each for each in self.findings if each.place == place)


class Seen(NamedTuple):
    """A layer as it was measured: what findings are made from."""

    place: str
    name: str
    activation: str  # that ends it, where it can be told
    computes: bool  # it has weights or is an activation: zeros and limits are its own
    last: bool
    arriving_sd: float | None  # of what arrives; None where that are no quantities
    finite: bool
    mean: float
    sd: float
    zeros: float
    low: float
    high: float
    varies: float  # largest standard deviation over the examples that any output has
    limited: float  # share of outputs at their limits
    gradient: float | None  # length
    weights: float  # length of the trainable ones
    trainable: int  # how many


def found(layers: Sequence[Seen], examples: int) -> Iterator[Finding]:
    """The findings of all layers, from the input on."""
    learning = [each for each in layers if each.gradient is not None and math.isfinite(each.gradient)]
    reference = _root_mean_square(learning[-1]) if learning else 0.0
    for each in layers:
        yield from _of_outputs(each, examples)
        yield from _of_gradients(each, reference)


def of_softmax(seen: Seen, entropy: float, wrong: float, begun: bool) -> Iterator[Finding]:
    """The findings about the answers of a network.

    Args:
        entropy: of the answers, mean, as a share of the largest there is.
        wrong: share of the answers that are wrong.
        begun: it has been trained.
    """
    if entropy < CERTAIN and wrong > WRONG:
        what = f"is sure of its answers (entropy {entropy:.2g} of 1), and {wrong:.0%} of them are wrong"
        yield _finding(
            seen, "over-confident", "warning", entropy, what, "Try label_smoothing, dropout or less training."
        )
    elif entropy > UNDECIDED and begun:
        what = f"gives all classes nearly the same probability (entropy {entropy:.3g} of 1)"
        yield _finding(
            seen, "undecided", "note", entropy, what, "Raise the learning rate, or look whether inputs tell."
        )


def _of_outputs(seen: Seen, examples: int) -> Iterator[Finding]:
    size = max(abs(seen.low), abs(seen.high))
    if not seen.finite:
        what = "gives numbers that are not finite"
        yield _finding(seen, "not finite", "problem", math.nan, what, "Lower the learning rate and scale the inputs.")
        return
    if size > LARGE:
        yield _too_large(seen, size)
    if not seen.computes:
        return
    if seen.zeros == 1.0:
        what = "gives only zeros: it is dead, and nothing behind it can learn"
        yield _finding(seen, "dead", "problem", 1.0, what, _LIVELIER)
        return
    yield from _too_many_zeros(seen)
    yield from _too_little_spread(seen, examples)
    yield from _at_limits(seen)
    yield from _other_spread(seen)


_LIVELIER = "Use leaky_relu or elu, he_normal as kernel_initializer, or a lower learning rate."


def _too_large(seen: Seen, size: float) -> Finding:
    if size > EXPLODING:
        what = f"explodes: its outputs reach {size:.1e}"
        return _finding(seen, "exploding", "problem", size, what, "Lower the learning rate, or normalise before it.")
    level: Level = "warning" if size > VERY_LARGE else "note"
    return _finding(seen, "large", level, size, f"gives outputs as large as {size:.3g}", "Scale what arrives.")


def _too_many_zeros(seen: Seen) -> Iterator[Finding]:
    if seen.zeros > NEARLY_DEAD:
        what = f"is nearly dead: {seen.zeros:.1%} of its outputs are 0"
        yield _finding(seen, "nearly dead", "warning", seen.zeros, what, _LIVELIER)
    elif seen.zeros > DYING and seen.activation in ("relu", "relu6"):
        what = f"is a dying relu: {seen.zeros:.0%} of its outputs are 0"
        yield _finding(seen, "dying", "warning", seen.zeros, what, _LIVELIER)


def _too_little_spread(seen: Seen, examples: int) -> Iterator[Finding]:
    if examples > 1 and seen.varies < CONSTANT:
        what = "gives the same for every example"
        advice = "Look whether the inputs differ; else use another activation or a lower learning rate."
        yield _finding(seen, "constant", "warning", seen.varies, what, advice)
    elif seen.high - seen.low < VANISHING:
        what = f"gives outputs that differ by {seen.high - seen.low:.1e} at most"
        advice = "Use a larger start of its weights, or normalise before it."
        yield _finding(seen, "vanishing", "warning", seen.high - seen.low, what, advice)


def _at_limits(seen: Seen) -> Iterator[Finding]:
    if seen.limited > LIMITED and not seen.last:
        level: Level = "warning" if seen.limited > SATURATED else "note"
        what = f"is saturated: {seen.limited:.0%} of its outputs are at the limits of {seen.activation}"
        advice = "Scale what arrives, lower the learning rate, or use relu."
        yield _finding(seen, "saturated", level, seen.limited, what, advice)


def _other_spread(seen: Seen) -> Iterator[Finding]:
    """Of layers that neither normalise nor squash; the last one's spread is that of the targets."""
    if not seen.arriving_sd or seen.last or not seen.weights or seen.activation not in ("linear", "relu", "leaky_relu"):
        return
    ratio = seen.sd / seen.arriving_sd
    if ratio > SPREAD or 0 < ratio < 1 / SPREAD:
        what = f"makes the spread of what arrives {ratio:.2g} times as large"
        yield _finding(
            seen, "changed spread", "note", ratio, what, "Use he_normal as kernel_initializer, or normalise."
        )


def _of_gradients(seen: Seen, reference: float) -> Iterator[Finding]:
    if seen.gradient is None:
        return
    if not math.isfinite(seen.gradient):
        what = "has a gradient that is not finite"
        yield _finding(
            seen, "not finite", "problem", math.nan, what, "Lower the learning rate, or set global_clipnorm."
        )
    elif seen.gradient == 0.0:
        what = "gets no gradient, so it does not learn"
        yield _finding(seen, "no gradient", "warning", 0.0, what, "Look for a dead or saturated layer behind it.")
    elif _root_mean_square(seen) < FAINT * reference:
        share = _root_mean_square(seen) / reference
        what = f"gets a vanishing gradient, {share:.1e} of that of the last layer"
        advice = "Use relu, batch_normalization or a residual."
        yield _finding(seen, "vanishing gradient", "warning", share, what, advice)
    elif seen.weights and seen.gradient > STEEP * seen.weights:
        what = f"gets an exploding gradient, {seen.gradient / seen.weights:.1e} times as long as its weights"
        advice = "Scale inputs and targets, lower the learning rate, or set global_clipnorm."
        yield _finding(seen, "exploding gradient", "warning", seen.gradient / seen.weights, what, advice)


def unscaled(size: float) -> Finding:
    """The finding about inputs that are far from 0."""
    return Finding(
        place="", name="input", kind="unscaled input", level="note", value=size,
        what=f"holds numbers as large as {size:.3g}", advice="Standardise the columns, or put a normalization first.",
    )  # fmt: skip


def _root_mean_square(seen: Seen) -> float:
    return (seen.gradient or 0.0) / math.sqrt(max(1, seen.trainable))


def _finding(seen: Seen, kind: Kind, level: Level, value: float, what: str, advice: str) -> Finding:
    return Finding(place=seen.place, name=seen.name, kind=kind, level=level, value=value, what=what, advice=advice)
