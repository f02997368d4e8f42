"""Lines as characters."""

import math
import random
from collections.abc import Sequence

import numpy as np
import pytest

from asanai_tui.plotting.plotext_chart import MARKERS, Marker, draw
from asanai_tui.plotting.scales import count_axis, extent, value_axis
from asanai_tui.plotting.series import Series
from asanai_tui.plotting.trace import Trace


def drawn(
    values: Sequence[float | None], size: tuple[int, int] = (30, 8), *, log: bool = False, marker: Marker = "braille",
    last: int = 0, dotted: bool = False,
) -> list[str]:  # fmt: skip
    series = Series(values)
    found = extent([series.points()[1]], log)
    assert found is not None
    axis = value_axis(found, 4, log)
    return Trace(dotted).draw(series, count_axis(last or len(values), size[0]), axis, *size, marker)


def test_a_diagonal_of_dots() -> None:
    line = (np.arange(8), np.arange(8))
    assert draw([line], 4, 2, "braille") == ["  ⡠⠊", "⡠⠊  "]
    assert draw([line], 4, 4, "block") == ["   ▞", "  ▞ ", " ▞  ", "▞   "]


@pytest.mark.parametrize("size", [(0, 0), (0, 3), (1, 1), (3, 0)])
@pytest.mark.parametrize("marker", MARKERS)
def test_every_size_is_filled(size: tuple[int, int], marker: Marker) -> None:
    lines = draw([(np.array([0, 1]), np.array([0, 5]))], *size, marker)
    assert [len(line) for line in lines] == [size[0]] * size[1]


def test_what_lies_outside_is_cut_off() -> None:
    assert draw([(np.array([0, 1]), np.array([40, 50]))], 2, 2, "braille") == ["  ", "  "]


@pytest.mark.parametrize("marker", MARKERS)
def test_a_line_goes_from_corner_to_corner(marker: Marker) -> None:
    rows = drawn([2.0, 1.0, 0.0], marker=marker)
    assert rows[0][0] != " "
    assert rows[-1][-1] != " "
    assert all(len(row) == 30 for row in rows)
    if marker == "ascii":
        assert set("".join(rows)) == {" ", "*"}


def test_nan_and_infinity_are_gaps() -> None:
    rows = drawn([1.0, 1.0, 1.0, math.nan, 1.0, 1.0, math.inf, 1.0, 1.0, None])
    flat = next(row for row in rows if row.strip())
    assert len(flat.split()) == 3


def test_a_constant_is_a_level_line() -> None:
    rows = drawn([5.0] * 30)
    assert sum(bool(row.strip()) for row in rows) == 1
    assert " " not in next(row for row in rows if row.strip())


def test_a_single_value_is_a_mark_that_is_seen() -> None:
    assert "".join(drawn([0.7])).count("●") == 1
    assert "".join(drawn([0.7], last=30)).count("●") == 1
    assert "○" in "".join(drawn([0.7], last=30, dotted=True))


def test_nothing_is_blank() -> None:
    axis = value_axis(extent([np.array([1.0])]), 4)  # type: ignore[arg-type]
    for series in (Series(), Series([None, math.nan])):
        assert Trace().draw(series, count_axis(5, 10), axis, 10, 3, "braille") == [" " * 10] * 3


def test_log_leaves_zeros_out_and_draws_a_decay_as_a_straight_line() -> None:
    rows = drawn([1.0, 0.0, 0.01], log=True)
    assert "".join(rows).count("●") == 2
    straight = drawn([10.0 ** (-each / 7) for each in range(22)], (22, 22), log=True, marker="dot")
    assert [row.find("•") for row in straight[::7]] == [0, 7, 14, 21]


def test_a_dotted_line_is_the_solid_one_with_less_of_it() -> None:
    values = [math.exp(-each / 9) for each in range(60)]
    solid, dotted = drawn(values), drawn(values, dotted=True)
    assert solid != dotted
    for left, right in zip("".join(solid), "".join(dotted), strict=True):
        assert (left == " ") == (right == " ")
        if left != " ":
            assert (ord(left) - 0x2800) & (ord(right) - 0x2800) == ord(right) - 0x2800


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize("epochs", [3, 40, 700])
def test_a_line_that_grows_looks_like_one_drawn_at_once(marker: Marker, epochs: int) -> None:
    rng = random.Random(epochs)
    values = [None if rng.random() < 0.1 else 2 * math.exp(-each / 100) + rng.random() / 4 for each in range(epochs)]
    x_axis, y_axis = count_axis(epochs, 60), value_axis(extent([np.array([0.0, 2.25])]), 4)  # type: ignore[arg-type]
    series, grown = Series(), Trace()
    for start in range(0, epochs, 9):
        series.extend(values[start : start + 9])
        at_once = Trace().draw(series, x_axis, y_axis, 60, 12, marker)
        assert grown.draw(series, x_axis, y_axis, 60, 12, marker) == at_once


def test_thousands_of_points_keep_the_spike() -> None:
    values: list[float | None] = [0.5] * 6000
    values[3000] = 1.0
    rows = drawn(values)
    assert 14 <= next(x for x, mark in enumerate(rows[0]) if mark != " ") <= 15


def test_a_clipped_spike_leaves_through_the_top() -> None:
    rows = drawn([5012.0, *[1.0 - each / 40 for each in range(30)]])
    assert rows[0][:2].strip()
