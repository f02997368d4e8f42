"""Arrays on the screen: shapes, examples, other names for x and y, and asking the trained network."""

from pathlib import Path

import numpy as np
import pytest

from asanai_tui.data.spec import Arrays
from asanai_tui.tui.widgets.options_pane import OptionsPane
from asanai_tui.tui.widgets.rows import Rows
from tests.ui.driving import desk


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Pictures that are dark or bright, and two kinds of targets."""
    labels = np.arange(40) % 2
    values = (
        np.random.default_rng(1).integers(0, 100, (40, 8, 8), np.uint8) + (labels * 150).astype(np.uint8)[:, None, None]
    )
    np.savez(tmp_path / "bright.npz", x=values, y=labels, hue=labels * 0.5 + np.arange(40) / 7)
    return tmp_path / "bright.npz"


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_shapes_and_decisions_are_shown(pictures: Path, size: tuple[int, int]) -> None:
    async with desk(pictures, size) as screen:
        await screen.press("2")
        await screen.until_shown("40×8×8 uint8")
        assert "y: whole numbers with 2 different values: classes." in screen.text
        assert "40 examples · 2 classes" in screen.text


async def test_another_array_becomes_the_targets(pictures: Path) -> None:
    async with desk(pictures) as screen:
        await screen.press("2", "tab")
        assert screen.focus == "OptionRows"
        await screen.press("down", "enter", *"yy", "enter")
        await screen.until(lambda: any("no array is called 'yy'" in said for said in screen.said))
        assert isinstance(screen.project.data, Arrays) and screen.project.data.y == "y"
        await screen.press("enter", *"hue", "enter")
        await screen.until(lambda: screen.project.data.targets.kind == "numbers")
        assert screen.project.problems() == [] and screen.project.training.loss == "mean_squared_error"
        await screen.press("escape", "u")
        await screen.until(lambda: screen.project.data.targets.kind == "classes")
        assert screen.one(OptionsPane) is not None


async def test_examples_are_asked_about(pictures: Path) -> None:
    async with desk(pictures) as screen:
        await screen.press("t")
        await screen.until_ended()
        await screen.press("4")
        await screen.until_shown("example 1 of 40; the data says 0")
        await screen.press("n")
        await screen.until_shown("example 2 of 40; the data says 1")
        assert "right" in screen.text or "wrong" in screen.text


async def test_the_numbers_of_an_example_are_told_beside_the_answer(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(1200.0).reshape(30, 20, 2) / 2)
    np.save(tmp_path / "y.npy", np.arange(30) % 2)
    async with desk(tmp_path) as screen:
        await screen.press("t")
        await screen.until(lambda: screen.app.snapshot.recorded)
        await screen.press("t")
        await screen.until_ended()
        await screen.press("4")
        await screen.until(lambda: "x is 0, 0.5, 1, 1.5" in screen.words_of(screen.one(Rows, "#answer")))
        assert "…, 40 numbers" in screen.words_of(screen.one(Rows, "#answer"))


async def test_first_values_of_rows_are_shown(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(90.0).reshape(30, 3))
    np.save(tmp_path / "y.npy", np.arange(30.0) / 4)
    async with desk(tmp_path) as screen:
        await screen.press("2")
        await screen.until_shown("x_2")
        assert "30×3 float64, 0 … 89" in screen.text and "0.25" in screen.text
