"""Pictures with masks on the screen: what was read, and the mask that a trained network answers with."""

from pathlib import Path

import pytest

from asanai_tui.tui.widgets.picture import Picture
from tests.ui.driving import desk
from tests.unit.test_segmentation import squares


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_mask_is_shown_as_a_picture(tmp_path: Path, size: tuple[int, int]) -> None:
    async with desk(squares(tmp_path / "data"), size) as screen:
        await screen.press("2")
        await screen.until_shown("30 pictures with a mask in masks")
        await screen.press("t")
        await screen.until(lambda: screen.app.snapshot.recorded)
        await screen.press("t")
        await screen.until_ended()
        await screen.press("4")
        await screen.until_shown("example 1 of 24")
        await screen.until(lambda: screen.one(Picture, "#said").display)
        said = screen.one(Picture, "#said")._pixels
        assert said is not None and said.shape == (16, 20, 3)
