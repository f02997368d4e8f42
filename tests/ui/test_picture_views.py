"""Augmentation, board and camera for pictures with masks and for pictures in arrays."""

from pathlib import Path

import msgspec
import numpy as np

from asanai_tui.data.augmentation_spec import Augmentation
from asanai_tui.data.masks import coloured
from asanai_tui.data.segmentation import masks_of
from asanai_tui.data.spec import Arrays, Segmentation
from asanai_tui.tui.screens.augmentation import EPOCHS_OF_MASKS
from asanai_tui.tui.widgets.picture import PictureGrid
from tests.ui.driving import Desk, desk
from tests.unit.test_segmentation import squares


async def trained(each: Desk) -> None:
    await each.press("t")
    await each.until(lambda: each.app.snapshot.recorded)
    await each.press("t")
    await each.until_ended()


def said(each: Desk) -> str:
    return " ".join(each.said)


def stored(path: Path, scale: float = 1) -> Path:
    """40 grey pictures 8×8×1, of which those of class 1 are bright, in an .npz; times `scale`."""
    y = np.arange(40) % 2
    x = np.random.default_rng(1).integers(0, 100, (40, 8, 8)).astype(np.uint8) + (100 * y)[:, None, None]
    np.savez(path, x=(x * scale).astype(np.uint8 if scale == 1 else np.float32)[..., None], y=y)
    return path


async def test_masks_are_turned_with_their_pictures_where_augmentation_is_seen(tmp_path: Path) -> None:
    async with desk(squares(tmp_path / "data")) as each:
        await each.press("2")
        data = each.project.data
        assert isinstance(data, Segmentation)
        each.app.editor.data(msgspec.structs.replace(data, augmentation=Augmentation(flip="horizontal")), "flip")
        await each.press("v")
        await each.until(lambda: each.screen == "AugmentationScreen" and each.one(PictureGrid).pictures)
        width, shown = data.width, np.stack([pixels for _, pixels in each.one(PictureGrid).pictures])
        rows = shown.reshape(-1, EPOCHS_OF_MASKS + 1, *shown.shape[1:])
        sample = each.app.preview.sample[: len(rows)]  # type: ignore[union-attr]
        codes = masks_of(data, [Path(one.path) for one in sample])  # type: ignore[union-attr]
        assert (rows[:, 0, :, width:] == coloured(codes, len(data.classes))).all()
        mirrored = 0
        for picture, *epochs in rows:
            for epoch in epochs:
                way = slice(None) if (epoch[:, :width] == picture[:, :width]).all() else slice(None, None, -1)
                assert (epoch[:, width:] == picture[:, width:][:, way]).all()
                mirrored += way.step == -1
        assert mirrored
        await each.press("escape")
        assert each.screen == "DataScreen"


async def test_a_drawing_is_shown_to_a_network_that_answers_with_masks(tmp_path: Path) -> None:
    async with desk(squares(tmp_path / "data")) as each:
        await trained(each)
        await each.press("2", "D")
        assert each.screen == "DrawingScreen"
        await each.press("space", "right", "right", "enter")
        await each.until(lambda: "have no folders of classes" in said(each))
        await each.press("a")
        await each.until(lambda: each.screen == "PredictScreen" and "the drawing" in each.text)


async def test_board_for_pictures_in_an_array(tmp_path: Path) -> None:
    async with desk(stored(tmp_path / "bytes.npz")) as each:
        assert isinstance(each.project.data, Arrays) and each.project.data.picture_form is not None
        await trained(each)
        await each.press("2", "D")
        assert each.screen == "DrawingScreen"
        await each.press("a")
        await each.until(lambda: each.screen == "PredictScreen" and "the drawing" in each.text)
        await each.press("2", "v")
        await each.until(lambda: "augmentation is for pictures in files" in said(each))
        await each.press("c")
        await each.until(lambda: "The camera takes pictures into folders of classes" in said(each))


async def test_board_says_which_scaling_it_needs(tmp_path: Path) -> None:
    async with desk(stored(tmp_path / "numbers.npz", 0.5)) as each:
        await each.press("2", "D")
        await each.until(lambda: "choose the scaling divide_by 255" in said(each))
        assert each.screen == "DataScreen"
