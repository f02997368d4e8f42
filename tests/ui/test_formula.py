"""A formula typed on the start screen becomes a table that is opened."""

from pathlib import Path

import pytest

from asanai_tui.tui.screens.dialogs import LineScreen
from tests.ui.driving import desk

pytestmark = pytest.mark.usefixtures("here")


async def test_formula_is_written_and_opened(tmp_path: Path) -> None:
    (tmp_path / "formula.csv").write_text("taken\n")
    async with desk() as each:
        await each.press("F")
        assert isinstance(each.app.screen, LineScreen)
        await each.write("2*(x + 1), -10, 10, 0.1")
        await each.press("enter")
        await each.until_shown("201 rows")
        assert each.project.data.path == str(tmp_path / "formula-2.csv")
        assert (tmp_path / "formula.csv").read_text() == "taken\n"
        rows = (tmp_path / "formula-2.csv").read_text().splitlines()
        assert rows[:2] == ["x,y", "-10.0,-18.0"]


async def test_mistake_is_told_and_what_was_typed_stays(tmp_path: Path) -> None:
    async with desk() as each:
        await each.press("F")
        await each.write("2*(x + 1, 0, 5")
        await each.press("enter")
        assert "Formula, column 9: expected ')'" in " ".join(each.text.split())
        assert isinstance(each.app.screen, LineScreen)
        await each.press("escape")
        assert each.screen == "StartScreen"
        assert not list(tmp_path.glob("*.csv"))
