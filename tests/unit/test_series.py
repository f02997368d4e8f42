"""Bounded series."""

import math

import numpy as np
import pytest

from asanai_tui.plotting.series import Series


def test_few_values_are_all_there() -> None:
    series = Series([3.0, 1.0, 2.0])
    positions, values = series.points()
    assert positions.tolist() == [1, 2, 3]
    assert values.tolist() == [3, 1, 2]
    assert (len(series), series.last) == (3, 2.0)


def test_an_empty_series_has_no_points() -> None:
    assert [part.size for part in Series().points()] == [0, 0]


def test_reading_does_not_give_the_inside_away() -> None:
    series = Series([1.0, 2.0])
    series.points()[1][:] = 99
    assert series.points()[1].tolist() == [1, 2]


def test_when_full_neighbours_are_merged_into_their_lowest_and_highest() -> None:
    series = Series([5.0, 1.0, 2.0, 8.0], capacity=4)
    assert series.stride == 2
    positions, values = series.points()
    assert positions.tolist() == [1, 2, 3, 4]
    assert values.tolist() == [5, 1, 2, 8]
    series.append(7.0)
    assert [part.tolist()[-1] for part in series.points()] == [5, 7]


def test_a_million_values_keep_their_spikes_in_bounded_memory() -> None:
    series = Series(capacity=512)
    rng = np.random.default_rng(1)
    values = rng.normal(size=1_000_000)
    values[123_456], values[777_777] = 99.0, -99.0
    series.extend(values.tolist())
    positions, kept = series.points()
    assert len(series) == 1_000_000
    assert kept.size <= 1024
    assert positions[kept.argmax()] == 123_457
    assert positions[kept.argmin()] == 777_778
    assert (np.diff(positions) >= 0).all()
    assert set(kept.tolist()) <= set(values.tolist())


@pytest.mark.parametrize("count", [7, 8, 9, 100, 1023, 5000])
def test_lowest_and_highest_are_always_there(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    _, kept = Series(values.tolist(), capacity=8).points()
    assert kept.min() == values.min()
    assert kept.max() == values.max()


def test_none_and_what_is_not_finite_are_gaps_and_the_first_bad_one_is_known() -> None:
    series = Series([1.0, None, math.inf, 2.0, math.nan])
    assert np.isnan(series.points()[1]).tolist() == [False, True, True, False, True]
    assert series.first_not_finite == (3, math.inf)
    assert Series([None, 1.0]).first_not_finite is None


def test_a_gap_does_not_hide_its_neighbour_when_merged() -> None:
    series = Series([math.nan, 4.0, 3.0, None, None, None, math.nan, 1.0], capacity=4)
    assert np.nanmin(series.points()[1]) == 1
    assert np.nanmax(series.points()[1]) == 4


@pytest.mark.parametrize("capacity", [0, 1, 7])
def test_capacity_is_even(capacity: int) -> None:
    with pytest.raises(ValueError) as told:
        Series(capacity=capacity)
    assert "even" in str(told.value)
