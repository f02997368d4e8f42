"""What is asked of a formula in one line; light, as the start of the program has it too."""

from typing import NamedTuple

from asanai_tui.errors import InputError, clean

START, END, STEP = -10.0, 10.0, 1.0
EXAMPLE = f"2*(x + 1), {START:g}, {END:g}, {STEP:g}"


class Wish(NamedTuple):
    """What was asked for in one line."""

    formula: str
    start: float = START
    end: float = END
    step: float = STEP


def wish(line: str) -> Wish:
    """Read `2*(x + 1), -10, 10, 1`: a formula, and start, end and step where they differ from the usual ones.

    Raises:
        InputError: there are more than four parts, or one of the last three is no number.
    """
    formula, *numbers = _parts(line)
    if len(numbers) > 3:
        raise InputError(f"Expected a formula, start, end and step, such as {EXAMPLE}, not {len(numbers) + 1} parts.")
    named = zip(("start", "end", "step"), numbers, strict=False)
    return Wish(formula, **{name: _number(name, text) for name, text in named})


def _parts(line: str) -> list[str]:
    """The line split at commas outside of parentheses: those inside part the arguments of min and max."""
    parts, depth = [""], 0
    for character in line:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        found = clean(text, 30) or "nothing"
        raise InputError(f"Expected a number as {name}, not {found}; the line is such as {EXAMPLE}.") from error
