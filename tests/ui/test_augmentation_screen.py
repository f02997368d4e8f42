"""What augmentation makes of pictures, on the screen: the very pictures that training would see."""

from pathlib import Path
from shutil import copytree, rmtree

import msgspec
import numpy as np
import pytest
import torch

from asanai_tui.data.augmentation_spec import Augmentation
from asanai_tui.data.spec import Images, PictureForm
from asanai_tui.inspection.augmented import augmented, read
from asanai_tui.training.augmentation import Augmenter
from asanai_tui.training.batches import prepared
from asanai_tui.tui.screens.augmentation import EPOCHS, PICTURES, AugmentationScreen
from asanai_tui.tui.widgets.picture import PictureGrid
from tests.ui.driving import Desk, desk


def images(each: Desk) -> Images:
    assert isinstance(each.project.data, Images)
    return each.project.data


def drawn(each: Desk) -> list[tuple[str, np.ndarray]]:
    """Captions and pictures, line by line."""
    return list(each.one(PictureGrid)._pictures)


def doing(each: Desk) -> str:
    return str(each.app.screen.query_one("#doing").render())


async def opened(each: Desk) -> None:
    await each.press("2", "v")
    assert isinstance(each.app.screen, AugmentationScreen)
    await each.until(lambda: drawn(each))


async def set_flip(each: Desk) -> None:
    """Mirror left with right, in the options beside the pictures."""
    await each.press("tab", "down", "right", "escape")
    assert images(each).augmentation.flip == "horizontal"


async def test_off_is_said_with_how_to_switch_it_on(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("2", "v")
        await each.until(lambda: "Augmentation is off. tab leads to the options" in doing(each))
        shown = drawn(each)
        assert len(shown) == PICTURES * (EPOCHS + 1)
        assert all((shown[0][1] == pixels).all() for _, pixels in shown[1 : EPOCHS + 1])
        await set_flip(each)
        await each.until(lambda: "Seed" in doing(each))
        await each.press("escape")
        assert each.screen == "DataScreen"


async def test_the_pictures_are_those_of_the_training(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await opened(each)
        await set_flip(each)
        seed = each.project.training.seed
        await each.until(lambda: f"Seed {seed}, the training's; n takes the next." in doing(each))
        rows = np.array(drawn(each), dtype=object).reshape(PICTURES, EPOCHS + 1, 2)
        assert [caption for caption, _ in rows[0]] == ["0", *(f"epoch {number}" for number in range(1, EPOCHS + 1))]
        originals = torch.from_numpy(np.stack([row[0][1] for row in rows]))
        augmenter = Augmenter(images(each).augmentation, seed)
        for epoch in range(1, EPOCHS + 1):
            inputs, _ = augmenter.batch(prepared(originals), torch.zeros(PICTURES), epoch, 1)
            expected = (inputs.movedim(1, -1) * 255).round().numpy()
            assert (np.stack([row[epoch][1] for row in rows]) == expected).all()


async def test_another_seed_draws_again_and_changes_nothing_of_the_project(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await opened(each)
        await set_flip(each)
        await each.until(lambda: "the training's;" in doing(each))
        before, project = drawn(each), each.project
        await each.press("n", "n")
        await each.until(lambda: f"Seed {project.training.seed + 2}, the training's is" in doing(each))
        assert any((old != new).any() for (_, old), (_, new) in zip(before, drawn(each), strict=True))
        await each.press("b", "b")
        await each.until(lambda: "the training's;" in doing(each))
        assert all((old == new).all() for (_, old), (_, new) in zip(before, drawn(each), strict=True))
        assert each.project == project


async def test_mix_up_names_the_partner_and_its_share(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("2")
        data = msgspec.structs.replace(images(each), augmentation=Augmentation(mix_up=0.5))
        each.app.editor.data(data, "mix-up")
        await opened(each)
        captions = [caption for caption, _ in drawn(each)]
        assert all("% " in caption for place, caption in enumerate(captions) if place % (EPOCHS + 1))


async def test_other_data_while_a_screen_of_pictures_is_shown(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        for key in ("v", "D", "c"):
            await each.press("2", key, "o")
            each.app.opener.open(samples / "iris")
            await each.until(lambda: each.screen == "WorkbenchScreen")
            await each.press("2")
            assert each.screen == "DataScreen"
            assert "camera" not in each.text.splitlines()[-1]
            await each.press("o")
            each.app.opener.open(samples / "digits")
            await each.until(lambda: isinstance(each.project.data, Images) and each.app.preview)
            await each.until(lambda: each.screen == "WorkbenchScreen")


async def test_a_picture_that_has_gone_is_a_sentence(samples: Path, tmp_path: Path) -> None:
    copytree(samples / "digits", tmp_path / "digits")
    async with desk(tmp_path / "digits") as each:
        rmtree(tmp_path / "digits")
        await each.press("2", "v")
        await each.until(lambda: "no such file or directory" in doing(each))
        assert "Traceback" not in each.text


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (80, 24), (200, 60)], ids=str)
async def test_every_size(samples: Path, size: tuple[int, int]) -> None:
    async with desk(samples / "digits", size) as each:
        await opened(each)
        await each.press("tab", "escape")
        assert each.focus == "Preview#preview"
        await set_flip(each)
        await each.until(lambda: "Seed" in doing(each))
        for _ in range(3):
            focused = each.app.screen.focused
            assert focused is not None
            assert each.app.screen.find_widget(focused).visible_region.area
            await each.press("tab")


def test_originals_are_left_as_they_are(samples: Path) -> None:
    paths = sorted((samples / "digits" / "3").iterdir())[:3]
    pictures = read(paths, PictureForm(8, 8, "grey"))
    before = pictures.copy()
    (epoch,) = augmented(pictures, Augmentation(invert=1), 7, 1)
    assert (pictures == before).all()
    assert (epoch.pictures == 255 - before).all()
    assert epoch.partners == ()
