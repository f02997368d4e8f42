"""A picture drawn by hand."""

import numpy as np
import pytest

from asanai_tui.data.painting import MOST_STEPS, Painting, Point, ground_of

WHITE, BLACK, RED = (255,), (0,), (220, 40, 40)


def marked(painting: Painting) -> list[str]:
    """The pixels that are not ground."""
    return ["".join(" #"[int(pixel != painting.ground)] for pixel in map(tuple, row)) for row in painting.pixels]


def test_a_line_is_whole_and_as_wide_as_the_brush() -> None:
    painting = Painting(4, 7, WHITE)
    painting.line(Point(0, 0), Point(3, 6), 1, BLACK)
    columns = sorted(x for row in marked(painting) for x, mark in enumerate(row) if mark == "#")
    assert columns == list(range(7))
    wide = Painting(5, 5, WHITE)
    wide.line(Point(2, 2), Point(2, 2), 3, BLACK)
    assert marked(wide) == ["     ", " ### ", " ### ", " ### ", "     "]
    wide.line(Point(2, 2), Point(2, 2), 5, BLACK)
    assert marked(wide)[0] == " ### "


@pytest.mark.parametrize("brush", [1, 2, 3, 4, 5, 9])
def test_lines_beyond_the_edges_are_cut_off(brush: int) -> None:
    painting = Painting(6, 8, (0, 0, 0))
    painting.line(Point(-20, -20), Point(30, 40), brush, RED)
    painting.line(Point(3, 100), Point(3, 120), brush, RED)
    assert painting.pixels.shape == (6, 8, 3)
    assert 0 < (painting.pixels == RED).all(axis=2).sum() <= 48
    far = Painting(6, 8, BLACK)
    far.line(Point(50, 50), Point(60, 60), brush, WHITE)
    assert far.empty


def test_fill_stays_within_its_colour() -> None:
    painting = Painting(5, 5, WHITE)
    painting.line(Point(0, 2), Point(4, 2), 1, BLACK)
    painting.fill(Point(1, 4), (128,))
    assert (painting.pixels[:, 3:] == 128).all()
    assert (painting.pixels[:, :2] == 255).all()
    painting.fill(Point(9, 9), BLACK)
    coloured = Painting(3, 3, (255, 255, 255))
    coloured.fill(Point(0, 0), RED)
    assert (coloured.pixels == RED).all()


def test_every_step_is_taken_back_in_turn() -> None:
    painting = Painting(9, 9, WHITE)
    pictures = []
    for column in range(5):
        pictures.append(painting.pixels.copy())
        painting.begin()
        painting.line(Point(0, column), Point(8, column), 1, BLACK)
        painting.line(Point(4, column), Point(4, 8), 1, (90,))
        painting.end()
    pictures.append(painting.pixels.copy())
    painting.clear()
    assert painting.empty
    painting.begin()
    painting.end()  # nothing was changed: no step
    for before in reversed(pictures):
        assert painting.undo()
        assert (painting.pixels == before).all()
    assert not painting.undo()


def test_a_stroke_that_was_not_ended_is_one_too_and_memory_is_bounded() -> None:
    painting = Painting(8, 8, WHITE)
    painting.begin()
    painting.line(Point(1, 1), Point(5, 5), 2, BLACK)
    assert painting.undo()
    assert painting.empty
    for step in range(MOST_STEPS + 50):
        painting.begin()
        painting.fill(Point(0, 0), (step % 250,))
        painting.end()
    assert sum(painting.undo() for _ in range(MOST_STEPS + 50)) == MOST_STEPS


def test_the_ground_is_that_of_the_data() -> None:
    dark, light = np.full((8, 8, 3), 10, np.uint8), np.full((8, 8, 3), 240, np.uint8)
    dark[3:5, 3:5] = 255
    assert ground_of([dark, dark, light]) == 0
    assert ground_of([light]) == 255
    assert ground_of([]) == 255
