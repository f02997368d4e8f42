"""The learning-rate finder on the screen."""

from collections.abc import Callable
from pathlib import Path

import pytest

from asanai_tui.tui.screens.rate import RateScreen
from tests.ui.driving import Desk, desk

pytestmark = pytest.mark.usefixtures("here")

FOREVER = 1_000_000


async def look(each: Desk) -> None:
    await each.press("V")
    await each.until_shown("enter takes")


def rate(each: Desk) -> float:
    return each.project.training.optimizer.learning_rate


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_a_rate_is_found_moved_and_taken_and_undo_takes_it_back(
    iris: Callable[[int], Path], size: tuple[int, int]
) -> None:
    async with desk(iris(30), size=size) as each:
        await look(each)
        screen = each.app.screen
        assert isinstance(screen, RateScreen)
        suggested = screen._chosen
        assert suggested
        assert f"▲ {suggested:g}" in each.text
        await each.press("right", "right", "left")
        assert screen._chosen == pytest.approx(suggested * 1.2, rel=0.1)
        await each.press("enter")
        assert each.screen == "TrainingScreen"
        assert rate(each) == pytest.approx(suggested * 1.2, rel=0.1)
        await each.press("u")
        assert rate(each) == 0.002
        await each.press("V")  # what was found is still there
        assert "enter takes" in each.text


async def test_escape_stops_it_then_leaves(iris: Callable[[int], Path]) -> None:
    async with desk(iris(30)) as each:
        await each.press("V", "e")
        assert each.focus == "OptionRows"
        await each.press("down", "down", "enter", "1", "0", "0", "0", "0", "0", "enter", "escape", "r")
        await each.until_shown("of 100000")
        await each.until_shown("Step ")
        await each.until(lambda: each.app.screen._search.found.suggestion)
        await each.press("escape")
        await each.until_shown("enter takes")
        assert each.screen == "RateScreen"
        await each.press("escape")
        assert each.screen == "TrainingScreen"
        assert rate(each) == 0.002


async def test_while_a_training_runs_it_says_so(iris: Callable[[int], Path]) -> None:
    async with desk(iris(FOREVER), size=(80, 24)) as each:
        await each.press("t")
        await each.until(lambda: each.app.snapshot.recorded >= 1)
        await each.press("V")
        assert "A training is running" in each.text
        await each.press("t")
        await each.until_ended()
        await each.press("r")
        await each.until_shown("enter takes")
        assert rate(each) == 0.002


async def test_what_keeps_it_from_looking_is_a_sentence(iris: Callable[[int], Path]) -> None:
    path = iris(3)
    path.write_text(path.read_text().replace("iris.csv", "gone.csv"))
    async with desk(path, size=(80, 24)) as each:
        await each.press("V")
        await each.until_shown("✕ ")
        assert "gone.csv" in each.text
