"""Formulas of x and y such as `2*(x + 1)`: an own small grammar, so nothing that is typed is ever run as Python.

    sum     = product (("+" | "-") product)*
    product = signed (("*" | "/") signed)*
    signed  = ("+" | "-") signed | power
    power   = atom (("^" | "**") signed)?          so -2^2 is -4 and 2^3^2 is 2^9
    atom    = number | constant | variable | function "(" sum ("," sum)* ")" | "(" sum ")"

What is read becomes a list of steps in postfix order. Evaluating it needs no recursion, however long the formula is.
"""

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from asanai_tui.errors import InputError, clean

VARIABLES = ("x", "y")
CONSTANTS: Mapping[str, float] = {"pi": math.pi, "e": math.e}
FUNCTIONS: Mapping[str, np.ufunc] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "abs": np.abs,
    "tanh": np.tanh, "min": np.minimum, "max": np.maximum,
}  # fmt: skip
SUMS: Mapping[str, np.ufunc] = {"+": np.add, "-": np.subtract}
PRODUCTS: Mapping[str, np.ufunc] = {"*": np.multiply, "/": np.divide}
POWERS = ("^", "**")
DEEPEST = 60  # parentheses, signs and powers within each other; five calls each, far from Python's limit of 1,000

_NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_TOKEN = re.compile(rf"\s*({_NUMBER}|[A-Za-z_][A-Za-z_0-9]*|\*\*|\S)")

Floats = NDArray[np.float64]
Step = float | str | np.ufunc  # a number, the name of a variable, or what takes its arguments from the stack


class Expression(NamedTuple):
    """A formula that was read."""

    steps: tuple[Step, ...]

    @property
    def variables(self) -> frozenset[str]:
        """Which of x and y it has."""
        return frozenset(step for step in self.steps if isinstance(step, str))

    def at(self, **values: Floats) -> Floats:
        """Its values where `x` and `y` have these values, of one shape; not finite where it is not defined."""
        stack: list[Floats] = []
        with np.errstate(all="ignore"):
            for step in self.steps:
                if isinstance(step, np.ufunc):
                    arguments = stack[-step.nin :]
                    del stack[-step.nin :]
                    stack.append(step(*arguments))
                else:
                    stack.append(values[step] if isinstance(step, str) else np.asarray(step, np.float64))
        return stack.pop()


def expression(text: str) -> Expression:
    """Read a formula.

    Raises:
        InputError: it is none; the sentence has the column, counted from 1, and what was expected there.
    """
    return _Reader(text).all()


class _Token(NamedTuple):
    text: str  # empty at the end
    column: int


class _Reader:
    """Recursive descent: a method for each rule of the grammar."""

    def __init__(self, text: str) -> None:
        self._tokens = [_Token(match[1], match.start(1) + 1) for match in _TOKEN.finditer(text)]
        self._tokens.append(_Token("", len(text.rstrip()) + 1))
        self._place = 0
        self._depth = 0
        self._steps: list[Step] = []

    def all(self) -> Expression:
        self._sum()
        if self._next:
            raise self._wrong("an operator (+ - * / ^) or the end")
        return Expression(tuple(self._steps))

    @property
    def _next(self) -> str:
        return self._tokens[self._place].text

    def _take(self) -> str:
        token = self._next
        self._place += 1
        return token

    def _sum(self) -> None:
        self._product()
        while self._next in SUMS:
            operator = SUMS[self._take()]
            self._product()
            self._steps.append(operator)

    def _product(self) -> None:
        self._signed()
        while self._next in PRODUCTS:
            operator = PRODUCTS[self._take()]
            self._signed()
            self._steps.append(operator)

    def _signed(self) -> None:
        if self._depth == DEEPEST:
            raise self._wrong(f"at most {DEEPEST} parentheses, signs and powers within each other")
        self._depth += 1
        if self._next in SUMS:
            sign = self._take()
            self._signed()
            if sign == "-":
                self._steps.append(np.negative)
        else:
            self._power()
        self._depth -= 1

    def _power(self) -> None:
        self._atom()
        if self._next in POWERS:
            self._take()
            self._signed()
            self._steps.append(np.power)

    def _atom(self) -> None:
        token = self._next
        if re.fullmatch(_NUMBER, token):
            self._steps.append(float(self._take()))
        elif token in CONSTANTS:
            self._steps.append(CONSTANTS[self._take()])
        elif token in VARIABLES:
            self._steps.append(self._take())
        elif token in FUNCTIONS:
            self._call(FUNCTIONS[self._take()])
        elif token == "(":
            self._take()
            self._sum()
            self._expect(")")
        else:
            raise self._wrong(f"a number, ( or one of {', '.join((*VARIABLES, *CONSTANTS, *FUNCTIONS))}")

    def _call(self, function: np.ufunc) -> None:
        """The arguments; min and max take two or more."""
        self._expect("(")
        self._sum()
        if function.nin == 1:
            self._steps.append(function)
        else:
            self._argument(function)
            while self._next == ",":
                self._argument(function)
        self._expect(")")

    def _argument(self, function: np.ufunc) -> None:
        self._expect(",")
        self._sum()
        self._steps.append(function)

    def _expect(self, what: str) -> None:
        if self._next != what:
            raise self._wrong(f"'{what}'")
        self._take()

    def _wrong(self, expected: str) -> InputError:
        token = self._tokens[self._place]
        found = f"'{clean(token.text, 30)}'" if token.text else "the end"
        return InputError(f"Formula, column {token.column}: expected {expected}, not {found}.")
