"""Options of pictures on the data screen."""

from pathlib import Path

from PIL import Image

from asanai_tui.data.spec import Images
from asanai_tui.tui.widgets.options_pane import OptionRows
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
