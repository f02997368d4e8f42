"""Axes whose limits are round numbers, and that stay as they are for as long as the data allow."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

ROUND = (1, 2, 5, 10)
LARGEST = 1e100  # what lies beyond is drawn at the edge, and what is below its inverse counts as that: no overflow
SLACK = 1e-9  # of a step: rounding errors do not cost a further tick
STEPS = (1.0, 2.0, 2.5, 5.0)  # times a power of ten: between the ticks of a linear axis
COUNTS = (20, 50, 100)  # and ten, a hundred ... times as many epochs: where an axis of epochs ends
HEADROOM = 0.2  # of the axis may be empty above the highest value
FROM_ZERO = 0.35  # an axis begins at zero where the lowest value is below this share of the highest
LOOSE = 1.5  # times as long as it would be if drawn anew: the axis comes closer
CLOSEST = 0.02  # of the value: a constant is not magnified without end
SETTLED = 6  # values, before the axis leaves zero
SPARSE = 10  # values, before one of them can be a spike
SPIKE = 20.0  # times as high as the rest: left out of the limits


@dataclass(frozen=True)
class Axis:
    """Limits and ticks; on a logarithmic axis all in powers of ten."""

    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]
    logarithmic: bool = False

    def position(self, values: Values | Sequence[float], dots: int) -> Values:
        """Distance from the low end: 0 to dots - 1 inside the limits, NaN for what this axis cannot show."""
        shown = np.clip(np.asarray(values, dtype=np.float64), -LARGEST, LARGEST)
        if self.logarithmic:
            shown = np.log10(np.where(shown > 0, shown, np.nan))
        return (shown - self.low) / (self.high - self.low) * (dots - 1)

    def tick_positions(self, dots: int) -> tuple[int, ...]:
        """The dot of each tick."""
        return tuple(round((tick - self.low) / (self.high - self.low) * (dots - 1)) for tick in self.ticks)


class Extent(NamedTuple):
    """What the limits of an axis have to hold."""

    low: float
    high: float
    size: int
    spike: float | None = None  # the highest value where it is left out


def extent(curves: Sequence[Values], logarithmic: bool = False) -> Extent | None:
    """The common range of the finite (and, on a logarithmic axis, positive) values; None where there are none.

    A few values (one, or every fiftieth) that are more than 20 times as high as all others are left out: the loss of a
    first epoch, or of one bad batch, would press the rest of the curve flat.
    """
    values = np.concatenate([np.empty(0), *curves])
    kept = values[np.isfinite(values) & (values > 0 if logarithmic else True)]
    if not kept.size:
        return None
    kept = np.where(np.abs(kept) < 1 / LARGEST, 1 / LARGEST if logarithmic else 0.0, kept)
    kept = np.sort(np.clip(kept, -LARGEST, LARGEST))
    low, high = float(kept[0]), float(kept[-1])
    if not logarithmic and kept.size >= SPARSE:
        rest = float(kept[-1 - max(1, kept.size // 50)])
        if low >= 0 and 0 < SPIKE * rest < high:
            return Extent(low, rest, kept.size, high)
    return Extent(low, high, kept.size)


def value_axis(extent: Extent, intervals: int, logarithmic: bool = False, previous: Axis | None = None) -> Axis:
    """An axis for the extent with about `intervals` steps: `previous` itself where that still serves."""
    previous = previous if previous is not None and previous.logarithmic == logarithmic else None
    if logarithmic:
        return previous if previous and _covers(previous, extent) else _logarithmic(extent, intervals)
    fitting = _linear(extent, intervals)
    if previous is None:
        return fitting
    if _covers(previous, extent):
        return previous if _length(previous) <= LOOSE * _length(fitting) else fitting
    if extent.low < previous.low:  # it will go on falling: room for that, so that the axis moves seldom
        lower = extent.low - HEADROOM * (extent.high - extent.low)
        roomy = _linear(extent._replace(low=lower if extent.low < 0 else max(0.0, lower)), intervals)
        return roomy if _length(roomy) <= LOOSE * _length(fitting) else fitting
    return fitting


def count_limit(done: int, planned: int) -> int:
    """Where an axis of epochs ends: 20, 50, 100, 200 ..., whichever holds those done; at most those planned."""
    power: int = 10 ** max(0, len(str(max(1, done - 1))) - 2)
    limit = next(each * power for each in COUNTS if each * power >= done)
    return max(1, done, min(limit, planned))


def count_axis(last: int, columns: int) -> Axis:
    """An axis from 1 to `last` whole steps for a width in characters, with a tick at both ends."""
    if last <= 1:
        return Axis(0.0, 2.0, (1.0,), ("1",))
    room = max(1, columns // (len(f"{last:,}") + 12))
    step = max(1, round(nice_step(last, room)))
    inner = (tick for tick in range(step, last, step) if min(tick - 1, last - tick) >= 0.6 * step)
    ticks = [1, *inner, last]
    return Axis(1.0, float(last), tuple(map(float, ticks)), tuple(f"{tick:,}" for tick in ticks))


def nice_step(span: float, intervals: int) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that covers the span in at most about `intervals` steps."""
    rough = span / max(1, intervals)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(times * power for times in ROUND if times * power >= rough * (1 - SLACK))


def short(value: float) -> str:
    """A value in four to six characters: 0.172, 0.0123, 98.41, 1,234, 1.2e-05."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    size = abs(value)
    if size and (size < 0.001 or size >= 1e6):
        return f"{value:.1e}"
    decimals = 4 if 0 < size < 0.1 else 3 if size < 10 else 2 if size < 100 else 1 if size < 1000 else 0
    return f"{value:,.{decimals}f}"


def _covers(axis: Axis, extent: Extent) -> bool:
    low, high = extent.low, extent.high
    if axis.logarithmic:
        low, high = math.log10(low), math.log10(high)
    slack = SLACK * _length(axis)
    return axis.low - slack <= low and high <= axis.high + slack


def _length(axis: Axis) -> float:
    return axis.high - axis.low


def _linear(extent: Extent, intervals: int) -> Axis:
    """From zero where the values reach down towards it, or are too few to tell."""
    low, high = extent.low, extent.high
    size = max(abs(low), abs(high))
    if low >= 0 and (extent.size < SETTLED or low <= FROM_ZERO * high):
        low = 0.0
    if size == 0:
        high = 1.0
    elif high - low < CLOSEST * size:
        low, high = low - CLOSEST * size, high + CLOSEST * size
    return min(_candidates(low, high, intervals), key=lambda axis: _waste(axis, low, high, intervals))


def _candidates(low: float, high: float, intervals: int) -> Iterator[Axis]:
    """Axes of about as many steps that hold the values."""
    power = math.floor(math.log10((high - low) / max(1, intervals)))
    for step in (times * 10.0**each for each in (power - 1, power, power + 1) for times in STEPS):
        first, last = math.floor(low / step + SLACK), math.ceil(high / step - SLACK)
        if last - first <= 2 * intervals + 1:
            ticks = tuple(number * step for number in range(first, last + 1))
            yield Axis(ticks[0], ticks[-1], ticks, _labels(ticks, step))


def _waste(axis: Axis, low: float, high: float, intervals: int) -> float:
    """What is empty counts, above all beyond the highest value; so do more or fewer steps, and longer labels."""
    above = (axis.high - high) / _length(axis)
    empty = 1 - (high - low) / _length(axis)
    steps = abs(len(axis.ticks) - 1 - intervals)
    return empty + 0.1 * steps + 0.01 * max(map(len, axis.labels)) + (above if above > HEADROOM else 0.0)


def _labels(ticks: Sequence[float], step: float) -> tuple[str, ...]:
    """All with the same number of decimals; powers of ten where those would be long."""
    largest = max(map(abs, ticks))
    exponent = math.floor(math.log10(step) + SLACK)
    if not math.isclose(step, round(step / 10.0**exponent) * 10.0**exponent):  # 2.5 has a digit more
        exponent -= 1
    if exponent >= -4 and largest < 1e5:
        return tuple(f"{tick:,.{max(0, -exponent)}f}" for tick in ticks)
    digits = max(0, math.floor(math.log10(largest) + SLACK) - exponent)
    return tuple("0" if tick == 0 else _power(tick, digits) for tick in ticks)


def _power(value: float, digits: int = 0) -> str:
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def _logarithmic(extent: Extent, intervals: int) -> Axis:
    """From a whole power of ten to 1, 2 or 5 times one."""
    low = math.floor(math.log10(extent.low) + SLACK)
    power = math.floor(math.log10(extent.high) + SLACK)
    tops = (power + math.log10(times) for times in ROUND)
    high = next(top for top in tops if top >= math.log10(extent.high) - SLACK)
    if high - low < SLACK:
        low -= 1
    decades = high - low
    if 3 * decades <= intervals + 1:
        candidates = [(power, times) for power in range(low, math.ceil(high) + 1) for times in ROUND[:3]]
    else:
        candidates = [(power, 1) for power in range(low, math.ceil(high) + 1, math.ceil(decades / intervals))]
    marks = [(power, times) for power, times in candidates if power + math.log10(times) <= high + SLACK]
    ticks = tuple(power + math.log10(times) for power, times in marks)
    return Axis(float(low), high, ticks, tuple(_power_label(*mark) for mark in marks), logarithmic=True)


def _power_label(power: int, times: int) -> str:
    if -4 <= power < 5:
        return f"{times * 10**power:,}" if power >= 0 else f"{times * 10.0**power:.{-power}f}"
    return f"{times}e{power}"
