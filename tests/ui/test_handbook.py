"""The handbook on the screen: found by key, by layer and by word; readable before torch has computed anything."""

from pathlib import Path

import pytest

from asanai_tui.network.layers import catalogue
from asanai_tui.tui.screens.handbook import PageRows
from asanai_tui.tui.themes import THEMES
from asanai_tui.tui.widgets.key_bar import KeyBar
from asanai_tui.tui.widgets.line_input import LineInput
from asanai_tui.tui.widgets.page_view import PageView
from tests.ui.driving import Desk, desk
from tests.unit.test_handbook import NARROWEST


def cursor(each: Desk) -> str:
    return each.one(PageRows).cursor


def page_text(each: Desk) -> str:
    """The whole page, also what is scrolled away."""
    return "\n".join("".join(part.text for part in row.left) for row in each.one(PageView)._rows)


async def test_opens_at_the_selected_layer_and_goes_back(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await each.press("8")
        assert each.screen == "HandbookScreen"
        assert cursor(each) == each.layers[0] == "conv2d"
        assert "Slides learned kernels over a picture" in each.words_of(each.one(PageView))
        assert "undo" not in each.text_of(each.one(KeyBar))
        await each.press("escape", "down", "8")
        assert cursor(each) == each.layers[1]
        await each.press("2")
        assert each.screen == "DataScreen"
        await each.press("8")
        assert cursor(each) == each.layers[1], "the page that was read last"
        await each.press("escape")
        assert each.screen == "DataScreen"


async def test_example_is_computed_while_the_page_is_read(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("8")
        assert cursor(each) == "dense"
        assert "→ output 2, 8 parameters" in page_text(each)
        await each.until(lambda: "  3.5  0.0" in page_text(each))
        assert "computing …" not in page_text(each)
        assert "units = 2 (a whole number, 1…1,000,000)" in page_text(each)


async def test_pages_follow_the_cursor(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("8", "home")
        rows = each.one(PageRows)
        assert list(rows._places) == list(catalogue())
        for name in ("residual", "lstm", "batch_normalization"):
            rows.select(name)
            await each.until(lambda: cursor(each) in each.app.screen._outcomes)
            assert each.one(PageView).border_title == name
            assert "✕" not in page_text(each)
        assert "→ moving_mean is now\n  0.015" in page_text(each)


async def test_opens_without_a_project() -> None:
    async with desk() as each:
        await each.press("8")
        assert each.screen == "HandbookScreen"
        await each.press("1", "8")
        assert each.screen == "HandbookScreen"
        await each.until(lambda: cursor(each) in each.app.screen._outcomes)
        await each.press("escape")
        assert each.screen == "StartScreen"
        await each.press("8", "escape")
        assert each.screen == "StartScreen"


async def test_search_in_place(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("8", "slash", *"gru")
        assert cursor(each) == "gru"
        assert each.one(PageView).border_title == "gru"
        assert "on the page" in each.text_of(each.one(PageRows))
        await each.press("enter")
        assert each.focus == "PageRows"
        await each.press("down")
        assert cursor(each) != "gru"
        await each.press("escape")
        assert not each.one(LineInput).display
        assert list(each.one(PageRows)._places) == list(catalogue())
        await each.press("slash", *"chollet")
        assert list(each.one(PageRows)._places) == ["separable_conv2d"]
        await each.press(*"zzz")
        assert "no page has that" in each.text
        assert each.one(PageView).border_title == "separable_conv2d"
        await each.press("escape", "escape")
        assert each.screen == "WorkbenchScreen"


async def test_page_scrolls_by_keys(samples: Path) -> None:
    async with desk(samples / "iris", (80, 24)) as each:
        await each.press("8", "enter")
        view = each.one(PageView)
        assert each.focus == "PageView"
        await each.press("down", "j")
        assert view.scroll_offset.y == 2
        await each.press("pagedown")
        assert view.scroll_offset.y == 1 + view.size.height
        await each.press("G")
        assert "What the bias is held to" in each.words_of(view)
        await each.press("g")
        assert view.scroll_offset.y == 0
        await each.press("tab", "down")
        assert view.scroll_offset.y == 0
        assert cursor(each) != "dense"


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (60, 20), (80, 24), (140, 40)], ids=str)
async def test_at_every_size_what_has_the_focus_can_be_seen(samples: Path, size: tuple[int, int]) -> None:
    async with desk(samples / "iris", size) as each:
        for keys in (["8"], ["enter"], ["escape"] if size[0] < 60 else [], ["slash", "g"], ["enter"]):
            await each.press(*keys)
            assert each.screen == "HandbookScreen"
            focused = each.app.screen.focused
            assert focused is not None
            assert each.app.screen.find_widget(focused).visible_region.area > 0, f"{keys} at {size}:\n{each.text}"


async def test_lines_of_a_page_are_shown_whole_at_80_columns(samples: Path) -> None:
    async with desk(samples / "iris", (80, 24)) as each:
        await each.press("8", "enter")
        view = each.one(PageView)
        assert view.scrollable_content_region.width == NARROWEST
        for _ in range(4):
            top = view.scroll_offset.y
            shown = [line[2:].rstrip("│▁▂▃▄▅▆▇█ ") for line in each.text_of(view).splitlines()[1:-1]]
            assert shown == page_text(each).splitlines()[top : top + len(shown)]
            await each.press("pagedown")


@pytest.mark.parametrize("theme", list(THEMES))
async def test_themes(samples: Path, theme: str) -> None:
    async with desk(samples / "iris", theme=theme) as each:
        await each.press("8")
        await each.until(lambda: "3.5  0.0" in page_text(each))
        styles = {
            part.look: each.one(PageView)._style(part.look) for row in each.one(PageView)._rows for part in row.left
        }
        assert {"", "accent", "strong", "good", "muted"} <= set(styles)
