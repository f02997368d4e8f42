"""Pictures with masks on the screen: what was read, and the mask that a trained network answers with."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from asanai_tui.data.spec import Segmentation
from asanai_tui.tui.widgets.picture import Picture, PictureGrid
from asanai_tui.tui.widgets.rows import Rows
from tests.ui.driving import Desk, desk
from tests.unit.test_segmentation import squares


def legend(screen: Desk) -> list[tuple[str, str]]:
    """Each class of the answer with the colour before it."""
    rows = [row for row in screen.one(Rows, "#answer")._rows if any(part.colour for part in row.left)]
    return sorted((row.left[3].text.strip(), row.left[1].colour) for row in rows)


async def test_masks_of_an_array_stand_beside_its_pictures(tmp_path: Path) -> None:
    x = np.random.default_rng(1).integers(0, 200, (30, 8, 6, 1)).astype(np.uint8)
    np.savez(tmp_path / "masks.npz", x=x, y=(x[..., 0] > 100).astype(np.uint8))
    async with desk(tmp_path / "masks.npz") as screen:
        await screen.press("2")
        _, shown = screen.one(PictureGrid).pictures[0]
        assert (shown[:, :6] == x[0]).all()
        assert (shown[:, 6:] == 255 * (x[0] > 100)).all()


async def test_pictures_and_masks_keep_their_proportions_and_colours(tmp_path: Path) -> None:
    async with desk(squares(tmp_path / "data")) as screen:
        await screen.press("2")
        data = screen.project.data
        assert isinstance(data, Segmentation)
        screen.app.editor.data(msgspec.structs.replace(data, colour="grey"), "grey")
        grid = screen.one(PictureGrid)
        await screen.until(lambda: grid.pictures and (np.ptp(grid.pictures[0][1][:, : data.width], axis=2) == 0).all())
        shown = grid.pictures[0][1]
        assert shown.shape == (data.height, 2 * data.width, 3)
        assert set(np.unique(shown[:, data.width :])) == {0, 255}


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
        assert "what the network says" in screen.text
        assert legend(screen) == [("0", "#000000"), ("255", "#ffffff")]
