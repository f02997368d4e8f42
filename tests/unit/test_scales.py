"""Axes: round limits, that stay."""

import math

import numpy as np
import pytest

from asanai_tui.plotting.scales import Extent, count_axis, count_limit, extent, nice_step, short, value_axis


def axis_of(*values: float, intervals: int = 5, log: bool = False):
    found = extent([np.array(values)], log)
    assert found is not None
    return value_axis(found, intervals, log)


@pytest.mark.parametrize(("span", "intervals", "step"), [(2.3, 5, 0.5), (100, 5, 20), (0.07, 7, 0.01), (3e-5, 6, 5e-6)])
def test_steps_are_1_2_or_5_times_a_power_of_ten(span: float, intervals: int, step: float) -> None:
    assert nice_step(span, intervals) == pytest.approx(step)


def test_a_loss_starts_at_zero_and_ends_at_a_round_number() -> None:
    axis = axis_of(2.31, 1.4, 0.2)
    assert (axis.low, axis.high) == (0, 2.5)
    assert axis.labels == ("0.0", "0.5", "1.0", "1.5", "2.0", "2.5")


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ((12_000.0, 0.0), ("0", "2,500", "5,000", "7,500", "10,000", "12,500")),
        ((3e6, 1e6), ("0", "1e6", "2e6", "3e6")),
        ((2.5e-7, 1e-8), ("0", "5.0e-8", "1.0e-7", "1.5e-7", "2.0e-7", "2.5e-7")),
        ((1.05, 0.2), ("0.00", "0.25", "0.50", "0.75", "1.00", "1.25")),
        ((-3.0, 4.0), ("-4", "-2", "0", "2", "4")),
        ((0.0, 0.0), ("0.0", "0.5", "1.0")),
    ],
)
def test_labels_of_an_axis_have_the_same_decimals(values: tuple[float, ...], labels: tuple[str, ...]) -> None:
    assert axis_of(*values, intervals=4 if labels[-1] != "1.0" else 2).labels == labels


@pytest.mark.parametrize("intervals", [4, 5, 7])
@pytest.mark.parametrize(("low", "high"), [(0.9, 1.11), (0.2, 1.05), (0.02, 2.31), (0.7, 0.98), (98, 1234), (-3, 4)])
def test_values_fill_their_axis(low: float, high: float, intervals: int) -> None:
    axis = axis_of(*np.linspace(low, high, 40), intervals=intervals)
    assert axis.low <= low + 1e-9
    assert 0 <= axis.high - high <= 0.2 * (axis.high - axis.low)
    assert (axis.low == 0) == (0 <= low < 0.35 * high)
    assert abs(len(axis.ticks) - 1 - intervals) <= 2


def test_limits_seldom_move_while_the_loss_falls() -> None:
    values, axis, seen = [], None, []
    for epoch in range(300):
        values.append(2.3 * math.exp(-epoch / 30) + 0.05)
        found = extent([np.array(values)])
        assert found is not None
        axis = value_axis(found, 5, previous=axis)
        if (axis.low, axis.high) not in seen[-1:]:
            seen.append((axis.low, axis.high))
    assert len(seen) <= 8
    assert seen[0] == seen[-1] == (0, 2.5)


def test_limits_grow_in_round_steps_only() -> None:
    values, axis, seen = [], None, []
    for epoch in range(100):
        values.append(0.1 + epoch / 110)
        found = extent([np.array(values)])
        assert found is not None
        axis = value_axis(found, 5, previous=axis)
        if axis.high not in seen:
            seen.append(axis.high)
    assert len(seen) <= 22  # the first epochs multiply it
    assert seen[-1] == 1.0


def test_a_curve_that_has_settled_far_from_zero_is_shown_closer() -> None:
    plateau = np.linspace(0.75, 0.69, 30)
    few, many = extent([plateau[:5]]), extent([plateau])
    assert few is not None
    assert many is not None
    first = value_axis(few, 5)
    assert (first.low, first.high) == (0, pytest.approx(0.8))
    closer = value_axis(many, 5, previous=first)
    assert 0.65 <= closer.low <= 0.69 + 1e-9
    assert 0.75 <= closer.high <= 0.8
    assert value_axis(many, 5, previous=closer) is closer


def test_a_constant_lies_inside_its_axis_with_readable_labels() -> None:
    axis = axis_of(*[5.0] * 40)
    assert axis.low < 5 < axis.high
    assert max(map(len, axis.labels)) <= 5


def test_a_huge_first_value_is_left_out_of_the_limits_and_reported() -> None:
    found = extent([np.array([5012.0, *[0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.3, 0.3, 0.2]])])
    assert found == Extent(0.2, 0.9, 11, 5012.0)
    wide = value_axis(Extent(0.2, 5012.0, 3), 5)
    assert value_axis(found, 5, previous=wide).high == 1.0


def test_an_ordinary_fall_is_not_taken_for_a_spike() -> None:
    found = extent([2.3 * np.exp(-np.arange(200) / 20)])
    assert found is not None
    assert found.spike is None


def test_what_is_not_finite_does_not_count() -> None:
    found = extent([np.array([math.nan, 1.0, math.inf, 3.0, -math.inf])])
    assert found is not None
    assert (found.low, found.high) == (1, 3)
    assert extent([np.array([math.nan])]) is None
    assert extent([]) is None


@pytest.mark.parametrize("values", [(1e308, -1e308), (5e-324, 1e-320), (1e300,), (-5.0,), (1e16, 1e16 + 2)])
def test_extreme_values_give_finite_axes(values: tuple[float, ...]) -> None:
    for log in (False, True):
        found = extent([np.array(values)], log)
        if found is None:
            continue
        axis = value_axis(found, 5, log)
        assert axis.low < axis.high
        assert np.isfinite(axis.position(np.array(values), 80)).any()


def test_a_log_axis_has_powers_of_ten_and_ignores_zero() -> None:
    axis = axis_of(0.0, -1.0, 0.002, 1.0, log=True)
    assert axis.labels == ("0.001", "0.01", "0.1", "1")
    assert np.isnan(axis.position([0.0, -1.0], 31)).all()
    assert axis.position([0.001, 0.01, 1.0], 31) == pytest.approx([0, 10, 30])


def test_a_short_log_axis_has_ticks_between() -> None:
    assert axis_of(0.2, 0.9, intervals=5, log=True).labels == ("0.1", "0.2", "0.5", "1")


def test_a_long_log_axis_leaves_powers_out() -> None:
    axis = axis_of(1e-12, 1.0, intervals=4, log=True)
    assert axis.labels == ("1e-12", "1e-9", "1e-6", "0.001", "1")


def test_no_positive_value_gives_no_log_axis() -> None:
    assert extent([np.array([0.0, -2.0])], logarithmic=True) is None


@pytest.mark.parametrize(
    ("last", "columns", "labels"),
    [
        (1, 80, ("1",)),
        (2, 80, ("1", "2")),
        (30, 60, ("1", "10", "20", "30")),
        (200, 93, ("1", "50", "100", "150", "200")),
        (100_000, 70, ("1", "50,000", "100,000")),
        (90, 5, ("1", "90")),
    ],
)
def test_epochs_are_counted_in_round_steps_to_the_last(last: int, columns: int, labels: tuple[str, ...]) -> None:
    assert count_axis(last, columns).labels == labels


def test_the_axis_of_epochs_grows_in_round_steps_to_those_planned() -> None:
    assert [count_limit(done, 2000) for done in (0, 20, 21, 51, 100, 101, 500, 501, 1001)] == [
        20, 20, 50, 100, 100, 200, 500, 1000, 2000,
    ]  # fmt: skip
    assert [count_limit(done, 30) for done in (1, 20, 21, 30)] == [20, 20, 30, 30]
    assert count_limit(3, 5) == 5
    assert count_limit(123_456, 1_000_000) == 200_000


def test_both_ends_of_the_epochs_are_at_the_ends_of_the_chart() -> None:
    assert count_axis(200, 90).position([1.0, 200.0], 180) == pytest.approx([0, 179])
    assert count_axis(1, 90).tick_positions(181) == (90,)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.17249, "0.172"), (0.0123, "0.0123"), (98.412, "98.41"), (1234.4, "1,234"), (1.2e-5, "1.2e-05"), (0.0, "0.000"),
     (math.nan, "NaN"), (math.inf, "∞")],
)  # fmt: skip
def test_values_are_short(value: float, text: str) -> None:
    assert short(value) == text


def test_a_loss_that_falls_towards_zero_gets_no_axis_below_it() -> None:
    axis = value_axis(Extent(0.5, 1.0, 20), 5)
    for low in (0.4, 0.2, 0.05, 1e-3, 1e-5):
        axis = value_axis(Extent(low, 1.0, 30), 5, previous=axis)
        assert 0 <= axis.low <= low
