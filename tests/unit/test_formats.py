"""Numbers on the screen keep their width."""

import math

import pytest

from asanai_tui.quantities import clock
from asanai_tui.tui.formats import number, rate


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.000"), (0.17249, "0.172"), (0.0012, "0.001"), (0.00099, "1e-3"), (3.2e-12, "3e-12"), (9.9994, "9.999"),
        (9.9996, "10.00"), (12.345, "12.35"), (99.996, "100.0"), (123.45, "123.5"), (999.96, "1000"), (1234.5, "1234"),
        (9999.4, "9999"), (12_345.0, "1e4"), (1.2e6, "1e6"), (1e25, "1e25"), (None, "–"), (math.nan, "nan"),
        (math.inf, "inf"),
    ],
)  # fmt: skip
def test_number(value: float | None, shown: str) -> None:
    assert number(value).strip() == shown
    assert len(number(value)) == 5


def test_negative_numbers_need_a_place_more() -> None:
    assert (number(-0.5), number(-12.34), number(-math.inf)) == ("-0.500", "-12.34", " -inf")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-1, "0:00"), (0.4, "0:00"), (9, "0:09"), (760, "12:40"), (3599.6, "1:00:00"), (3730, "1:02:10")],
)  # fmt: skip
def test_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    ("samples", "shown"),
    [(0, "0/s"), (999.4, "999/s"), (1000, "1.0k/s"), (9_940, "9.9k/s"), (14_210, "14k/s"), (999_499, "999k/s"),
     (999_500, "1.0M/s"), (1_234_567, "1.2M/s")],
)  # fmt: skip
def test_rate(samples: float, shown: str) -> None:
    assert rate(samples) == shown
