"""Formulas: numbers worked out by hand and by numpy, and sentences that say where a formula is wrong."""

import math

import numpy as np
import pytest

from asanai_tui.data.expression import DEEPEST, expression
from asanai_tui.errors import InputError

X = np.array([-1.5, 0.25, 3.0])
Y = np.array([2.0, -0.5, 7.0])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2*3", 7), ("(1 + 2)*3", 9), ("10 - 4 - 3", 3), ("24/4/2", 3), ("6/2*3", 9), ("-2^2", -4), ("(-2)^2", 4),
        ("2^3^2", 512), ("2**3**2", 512), ("2^-1", 0.5), ("2*-3", -6), ("--3", 3), ("+-+4", -4), ("1e3*.5", 500),
        ("2.5E-1", 0.25), ("7.", 7), ("min(3, 1, 2)", 1), ("max(3, 1) - 1", 2), ("abs(-4) + sqrt(9)", 7),
        ("pi", math.pi), ("log(e)", 1), ("2*e", 2 * math.e),
    ],
)  # fmt: skip
def test_numbers_by_hand(text: str, value: float) -> None:
    assert float(expression(text).at()) == value


def test_variables_and_functions_as_numpy_has_them() -> None:
    found = expression("sin(x)*cos(y) - tan(x)/exp(y) + tanh(x*y)^2").at(x=X, y=Y)
    assert found.dtype == np.float64
    assert found.tolist() == (np.sin(X) * np.cos(Y) - np.tan(X) / np.exp(Y) + np.tanh(X * Y) ** 2).tolist()
    assert expression("max(x, y, 1)").at(x=X, y=Y).tolist() == [2.0, 1.0, 7.0]
    assert expression("2*(x + 1)").variables == {"x"}


def test_undefined_values_are_not_finite_and_silent() -> None:
    assert not np.isfinite(expression("1/x").at(x=np.zeros(1))).any()
    assert not np.isfinite(expression("log(x)").at(x=np.array([-1.0]))).any()


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("", 1, "a number"), ("2+", 3, "the end"), ("2x", 2, "an operator"), ("sin x", 5, "'('"), ("(1 + x", 7, "')'"),
        ("min(1)", 6, "','"), ("sin(1, 2)", 6, "')'"), ("x + foo(2)", 5, "'foo'"), ("1 $ 2", 3, "'$'"),
        ("2,5*x", 2, "','"), ("x)", 2, "')'"), ("x.__class__", 2, "'.'"), ("  * x", 3, "'*'"), ("²", 1, "'²'"),
    ],
)  # fmt: skip
def test_wrong_formulas_are_told_with_the_column(text: str, column: int, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        expression(text)
    assert str(caught.value).startswith(f"Formula, column {column}: expected ")
    assert expected in str(caught.value)


@pytest.mark.parametrize("text", ["(" * 100_000, "-" * 100_000 + "1", "2^" * 100_000 + "1", "abs(" * 100_000])
def test_depth_is_limited(text: str) -> None:
    with pytest.raises(InputError, match=f"at most {DEEPEST} parentheses"):
        expression(text)


def test_length_is_not() -> None:
    assert float(expression("+".join(["1"] * 100_000)).at()) == 100_000
    assert float(expression("(" * 50 + "4" + ")" * 50).at()) == 4
