"""Options of pictures on the data screen."""

from pathlib import Path

from PIL import Image

from asanai_tui.data.spec import Images
from asanai_tui.tui.widgets.options_pane import OptionRows
from asanai_tui.tui.widgets.sample_grid import SampleGrid
from tests.ui.driving import desk


async def test_most_per_class_is_counted_at_once(tmp_path: Path) -> None:
    for number in range(12):
        path = tmp_path / "pictures" / "ab"[number % 2] / f"{number}.gif"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), number).save(path)
    async with desk(tmp_path / "pictures", size=(140, 40)) as each:
        await each.press("2")
        await each.until(lambda: "a 6 · b 6" in each.text)
        each.one(OptionRows).focus()
        each.one(OptionRows).select("most_per_class")
        await each.press("enter", "backspace", "4", "enter")
        await each.until(lambda: "a 4 · b 4" in each.text)
        assert isinstance(each.project.data, Images)
        assert each.project.data.most_per_class == 4


async def test_pictures_are_shown_as_training_will_see_them(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        drawn = Image.new("RGB", (40, 20), (250, 0, 0))
        drawn.paste((0, 0, 250), (10, 0, 30, 20))
        drawn.save(tmp_path / name / "1.png")
    async with desk(tmp_path) as each:
        await each.press("2")
        await each.until(lambda: "a 1 · b 1" in each.text)
        grid = each.one(SampleGrid)
        assert {tuple(colour) for _, shown in grid.pictures for colour in shown.reshape(-1, 3).tolist()} == {
            (250, 0, 0),
            (0, 0, 250),
        }
        each.one(OptionRows).focus()
        each.one(OptionRows).select("width")
        await each.press("enter", "backspace", "backspace", "2", "0", "enter")
        each.one(OptionRows).select("resize")
        await each.press("right")
        shown = grid.pictures[0][1]
        assert shown.shape == (20, 20, 3) and (shown == (0, 0, 250)).all()
        each.one(OptionRows).select("colour")
        await each.press("right")
        assert grid.pictures[0][1].shape == (20, 20, 1)
