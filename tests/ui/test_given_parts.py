"""The method of the split on the data screen, for pictures in folders train and val."""

from pathlib import Path

from PIL import Image

from asanai_tui.tui.widgets.data_pane import DataPane
from asanai_tui.tui.widgets.options_pane import OptionRows
from tests.ui.driving import desk


async def test_method_decides_what_the_folders_are(tmp_path: Path) -> None:
    for number in range(16):
        path = tmp_path / "pets" / ("val" if number % 4 == 3 else "train") / f"{['cat', 'dog', 'owl'][number % 3]}"
        path.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), number).save(path / f"{number}.png")
    async with desk(tmp_path / "pets") as each:
        await each.press("2")
        await each.until(lambda: "12 train (75%) · 4 validation (25%), by folders" in each.words_of(each.one(DataPane)))
        units = each.project.network[-1].units  # type: ignore[attr-defined]
        each.one(OptionRows).focus()
        each.one(OptionRows).select("split.method")
        await each.press("right")
        await each.until(lambda: each.project.data.targets.names == ("train", "val"))
        assert each.project.network[-1].units != units  # type: ignore[attr-defined]
        await each.until(lambda: "13 train (81%) · 3 validation (19%)" in each.words_of(each.one(DataPane)))
        await each.press("u")
        await each.until(lambda: each.project.data.targets.names == ("cat", "dog", "owl"))
        await each.until(lambda: "by folders" in each.words_of(each.one(DataPane)))
        assert each.project.data.split.method == "folders"
