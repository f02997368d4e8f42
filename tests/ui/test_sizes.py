"""Every size of the terminal, every theme: nothing breaks, and what has the focus can be seen."""

from pathlib import Path

import pytest

from asanai_tui.tui import memory
from asanai_tui.tui.app import AsanaiApp
from asanai_tui.tui.themes import THEMES
from tests.ui.driving import Desk, desk

SIZES = [(20, 5), (40, 12), (60, 20), (80, 24), (140, 40), (200, 60)]


def lost_focus(each: Desk) -> str:
    """What is wrong where the focused widget cannot be seen."""
    size, focused = each.app.size, each.app.screen.focused
    if focused is None:
        return f"no focus on {each.screen} at {size}"
    visible = each.app.screen.find_widget(focused).visible_region
    return "" if visible.area else f"{each.focus} of {each.screen} cannot be seen at {size}:\n{each.text}"


async def resize(each: Desk, size: tuple[int, int]) -> None:
    await each.pilot.resize_terminal(*size)
    await each.settle()


@pytest.mark.parametrize(("size", "sample"), zip(SIZES, ["iris", "digits"] * 3, strict=True), ids=str)
async def test_every_screen_at_every_size(samples: Path, sample: str, size: tuple[int, int]) -> None:
    async with desk(samples / sample, size) as each:
        for screen in ("1", "2", "3", "4"):
            await each.press(screen)
            assert not lost_focus(each)
            for _ in each.app.screen.panes()[1:]:
                await each.press("tab")
                assert not lost_focus(each)
            await each.press("escape")
        await each.press("1")
        for opens in ("a", "question_mark", "S", "o"):
            await each.press(opens)
            assert not lost_focus(each)
            await each.press("escape")
            assert not lost_focus(each)
        assert each.screen == "WorkbenchScreen"


@pytest.mark.parametrize("keys", ["1 enter", "1 a", "2 tab tab", "4", "o"])
async def test_resizing_keeps_the_focus_in_sight(samples: Path, keys: str) -> None:
    async with desk(samples / "iris") as each:
        await each.press(*keys.split())
        before = (each.screen, each.focus)
        for size in ((200, 60), (20, 5), (80, 24), (40, 12), (1, 1), (140, 40)):
            await resize(each, size)
            if size != (1, 1):
                assert not lost_focus(each)
        assert (each.screen, each.focus) == before


async def test_other_data_and_another_size_leave_the_focus_somewhere(samples: Path) -> None:
    async with desk(samples / "iris", (80, 24)) as each:
        await each.press("tab", "tab")
        assert each.focus == "ColumnRows"
        await each.press("o", "home", "enter")
        await each.until(lambda: each.project.data.path.endswith("digits") and each.screen == "WorkbenchScreen")
        assert not lost_focus(each)
        await each.press("3", "e")
        for size in ((20, 5), (80, 24), (40, 12)):
            await resize(each, size)
            assert not lost_focus(each)
            await each.press("1", "enter", "3")
            assert not lost_focus(each)


async def test_typing_a_value_survives_a_resize(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("enter", "enter", "7")
        for size in reversed(SIZES):
            await resize(each, size)
            assert not lost_focus(each)
        await each.press("5", "enter")
        assert each.project.network[0].summary() == "75 relu"


async def test_tiny_terminal_does_the_whole_work(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with desk(samples / "xor", (20, 5)) as each:
        await each.press("a", *"drop", "enter", "d", "enter", "right", "escape")
        assert each.layers == ["dense"] * 3
        assert each.project.network[1].summary() == "5 linear"
        await each.press("t")
        await each.until(lambda: each.app.snapshot.recorded > 3)
        assert not lost_focus(each)
        await each.press("t")
        await each.until_ended()
        await each.press("4")
        await each.until(lambda: "example 1" in each.text)
        await each.press("q")
        assert not lost_focus(each)
        await each.press("x")
        assert each.app.return_code == 0


@pytest.mark.parametrize("size", [SIZES[0], SIZES[1], SIZES[3]], ids=str)
async def test_training_and_its_failure_at_every_size(samples: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    text = (samples / "iris" / "project.toml").read_text().replace("iris.csv", "gone.csv")
    (tmp_path / "project.toml").write_text(text)
    async with desk(tmp_path, size) as each:
        await each.press("t")
        await each.until_ended()
        for screen in ("1", "2", "3", "4"):
            await each.press(screen)
            assert not lost_focus(each)


async def test_a_start_at_the_smallest_size(tmp_path: Path) -> None:
    async with desk(size=(20, 5)) as each:
        assert not lost_focus(each)
        await each.press("slash", "x", "enter")
        await each.until(lambda: "✕" in each.text or each.app.screen.query_one("#say").render())
        assert not lost_focus(each)


@pytest.mark.parametrize("theme", list(THEMES))
async def test_themes_are_chosen_and_remembered(samples: Path, theme: str) -> None:
    async with desk(samples / "iris") as each:
        await each.press("T")
        await each.write(theme)
        await each.press("enter")
        assert each.app.theme == theme
        assert memory.settings().theme == theme
        await each.press("3")
        assert not lost_focus(each)
    assert AsanaiApp().theme == theme


@pytest.mark.parametrize(("wish", "theme"), [("light", "light"), ("no such theme", "dark")])
async def test_theme_of_the_command_line(samples: Path, wish: str, theme: str) -> None:
    async with desk(samples / "iris", theme=wish) as each:
        assert each.app.theme == theme
