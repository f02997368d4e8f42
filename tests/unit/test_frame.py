"""What is sent brings the terminal exactly to what was drawn, whatever stood there before."""

import random

import pyte
import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from asanai_tui.tui.frame import RESET, Frame, Span

WIDTH, HEIGHT = 24, 6
STYLES = [None, Style(color="#ff0000"), Style(bgcolor="#00ff00", bold=True), Style(underline=True), Style(dim=True)]
ALPHABETS = ["ab ", "aéÅ▀⣿", "a日本 ", "xe\u0301\u0308日"]


class Seen:
    """A terminal, and what it shows."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.Stream(self.screen)

    def feed(self, sent: str) -> None:
        self._stream.feed(sent)

    @property
    def cells(self) -> list[tuple[object, ...]]:
        lines = (self.screen.buffer[y] for y in range(HEIGHT))
        return [(line[x].data, line[x].fg, line[x].bg, line[x].bold) for line in lines for x in range(WIDTH)]


def line(dice: random.Random, columns: int, alphabet: str) -> Strip:
    """Random characters in random looks, so many columns wide."""
    segments: list[Segment] = []
    while (room := columns - sum(each.cell_length for each in segments)) > 0:
        text = "".join(dice.choice(alphabet) for _ in range(dice.randint(1, 4)))
        segment = Segment(text, dice.choice(STYLES))
        segments.append(segment if segment.cell_length <= room else Segment(" " * room))
    return Strip(segments)


def painted(frame: Frame, spans: list[Span]) -> str:
    return frame.painted(spans, WIDTH, HEIGHT, ColorSystem.TRUECOLOR)


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("seed", range(5))
def test_a_terminal_that_gets_the_changes_shows_the_whole(alphabet: str, seed: int) -> None:
    dice, frame, seen = random.Random(seed), Frame(), Seen()
    lines = [line(dice, WIDTH, alphabet) for _ in range(HEIGHT)]
    seen.feed(painted(frame, [Span(y, 0, strip) for y, strip in enumerate(lines)]))
    for _ in range(30):
        y = dice.randrange(HEIGHT)
        lines[y] = dice.choice([line(dice, WIDTH, alphabet), lines[dice.randrange(HEIGHT)]])
        seen.feed(painted(frame, [Span(y, 0, lines[y])]))
        fresh = Seen()
        fresh.feed(painted(Frame(), [Span(y, 0, strip) for y, strip in enumerate(lines)]))
        assert seen.cells == fresh.cells


def test_nothing_is_sent_for_what_stands_there() -> None:
    frame, strip = Frame(), Strip([Segment("loss ", STYLES[1]), Segment("0.25")])
    assert "loss" in painted(frame, [Span(2, 3, strip)])
    assert painted(frame, [Span(2, 3, strip)]) == RESET


def test_only_the_cells_that_differ_are_sent_and_each_look_once() -> None:
    frame = Frame()
    painted(frame, [Span(y, 0, Strip([Segment("loss 0.25   rate 0.01", STYLES[1])])) for y in (0, 1)])
    after = Strip([Segment("loss 0.24   rate 0.02", STYLES[1])])
    sent = painted(frame, [Span(0, 0, after), Span(1, 0, after)])
    assert sent.count("38;2;255;0;0") == 1
    assert sent.count("\x1b[1;9H4") == 1
    assert sent.count("\x1b[2;21H2") == 1
    assert "loss" not in sent


def test_what_is_not_known_is_sent_again() -> None:
    frame, strip = Frame(), Strip([Segment("loss")])
    painted(frame, [Span(0, 0, strip)])
    frame.forget()
    assert "loss" in painted(frame, [Span(0, 0, strip)])
    assert "loss" in frame.painted([Span(0, 0, strip)], WIDTH + 1, HEIGHT, None)  # another size


def test_the_rest_of_a_wide_character_is_painted_anew() -> None:
    frame = Frame()
    painted(frame, [Span(0, 0, Strip([Segment("日本x")]))])
    painted(frame, [Span(0, 1, Strip([Segment("ab")]))])  # over the right half of one and the left half of the next
    sent = painted(frame, [Span(0, 0, Strip([Segment(" ab ")]))])
    assert sent == f"{RESET}\x1b[1;1H ab {RESET}"


def test_what_stands_beyond_the_edge_is_left_out() -> None:
    assert "c" not in Frame().painted([Span(0, 0, Strip([Segment("abc")]))], 2, 1, None)
