"""The table that names pictures, on the data screen."""

from pathlib import Path

from PIL import Image

from asanai_tui.data.spec import Images
from asanai_tui.tui.widgets.data_pane import DataPane
from asanai_tui.tui.widgets.options_pane import OptionRows
from tests.ui.driving import desk


async def test_another_column_is_learned(tmp_path: Path) -> None:
    for number in range(12):
        Image.new("L", (8, 8), number).save(tmp_path / f"{number}.png")
    rows = "".join(f"{number}.png,{'ab'[number % 2]},{number * 1.5}\n" for number in range(13))
    (tmp_path / "known.csv").write_text(f"picture,letter,weight\n{rows}")
    async with desk(tmp_path) as each:
        await each.press("2")
        await each.until(lambda: "a 6 · b 6" in each.text)
        assert "12.png: no such picture in the folder" in each.words_of(each.one(DataPane))
        each.one(OptionRows).focus()
        await each.press("x")
        each.one(OptionRows).select("table.label")
        await each.press("enter", *["backspace"] * 6)
        await each.write("weight")
        await each.press("enter")
        await each.until(lambda: each.project.data.targets.kind == "numbers")
        assert each.project.data.targets.names == ("weight",)
        assert each.project.network[-1].units == 1  # type: ignore[attr-defined]
        assert each.project.training.loss == "mean_squared_error"
        await each.until(lambda: "The numbers go from 0 to 16.5" in each.words_of(each.one(DataPane)))
        await each.press("u")
        await each.until(lambda: each.project.data.targets.names == ("a", "b"))
        each.one(OptionRows).select("table.label")
        await each.press("enter", *["backspace"] * 6)
        await each.write("colour")
        await each.press("enter")
        await each.until(lambda: any("column colour is missing" in said for said in each.said))
        assert isinstance(each.project.data, Images) and each.project.data.table.label == "letter"
