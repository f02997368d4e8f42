"""Pictures as half blocks."""

import numpy as np
import pytest
from rich.color import Color
from textual.app import App, ComposeResult
from textual.strip import Strip

from asanai_tui.tui.widgets.picture import Picture, PictureGrid, fit, half_blocks

RED, BLUE, BLACK = (255, 0, 0), (0, 0, 255), (0, 0, 0)


def colours(strip: Strip) -> list[tuple[str, str | None, str | None]]:
    def name(colour: Color | None) -> str | None:
        return colour.name if colour else None

    return [
        (segment.text, name(segment.style and segment.style.color), name(segment.style and segment.style.bgcolor))
        for segment in strip
    ]


def text_of(widget: Picture | PictureGrid) -> list[str]:
    return ["".join(segment.text for segment in widget.render_line(y)) for y in range(widget.size.height)]


class PictureApp(App[None]):
    CSS = "Picture, PictureGrid { width: 1fr; height: 1fr; }"

    def __init__(self, widget: Picture | PictureGrid) -> None:
        super().__init__()
        self.widget = widget

    def compose(self) -> ComposeResult:
        yield self.widget


def test_two_pixels_share_a_cell_and_equal_cells_a_segment() -> None:
    pixels = np.array([[RED, RED, BLACK, BLUE], [BLUE, BLUE, BLACK, BLUE]], dtype=np.uint8)
    (strip,) = half_blocks(pixels)
    assert colours(strip) == [("▀▀", "#ff0000", "#0000ff"), (" ", None, "#000000"), (" ", None, "#0000ff")]


def test_an_odd_last_row_leaves_the_ground_below_it() -> None:
    strips = half_blocks(np.zeros((3, 2), dtype=np.uint8))
    assert [colours(strip) for strip in strips] == [[("  ", None, "#000000")], [("▀▀", "#000000", None)]]


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 3)])
def test_grey_and_colour(shape: tuple[int, ...]) -> None:
    strips = half_blocks(np.full(shape, 128, dtype=np.uint8))
    assert [colours(strip) for strip in strips] == [[("      ", None, "#808080")]] * 2


def test_small_pictures_grow_by_whole_factors() -> None:
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    grown = fit(pixels, 30, 20)
    assert grown.shape == (24, 24)
    assert (grown[::3, ::3] == pixels).all()


def test_large_pictures_shrink_to_means_in_their_proportions() -> None:
    pixels = np.zeros((400, 300, 3), dtype=np.uint8)
    pixels[:, 150:] = 200
    small = fit(pixels, 40, 10)
    assert small.shape == (20, 15, 3)
    assert small[0, :, 0].tolist() == [0] * 7 + [100] + [200] * 7


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (3, 7), (1000, 999, 3)])
def test_any_shape_stays_within_its_cells(shape: tuple[int, ...]) -> None:
    small = fit(np.zeros(shape, dtype=np.uint8), 20, 6)
    assert 1 <= small.shape[0] <= 12
    assert 1 <= small.shape[1] <= 20


async def test_a_picture_is_centred() -> None:
    app = PictureApp(Picture())
    async with app.run_test(size=(20, 10)) as pilot:
        app.widget.show(np.tile(np.array([[0], [255]], dtype=np.uint8), (4, 8)))  # type: ignore[arg-type]
        await pilot.pause()
        assert text_of(app.widget)[0] == "  " + " " * 16 + "  "
        rows = [colours(app.widget.render_line(y)) for y in range(10)]
        assert [len(row) for row in rows] == [1] + [3] * 8 + [1]


async def test_no_picture_is_blank() -> None:
    app = PictureApp(Picture())
    async with app.run_test(size=(20, 10)) as pilot:
        app.widget.show(np.zeros((0, 4), dtype=np.uint8))  # type: ignore[arg-type]
        await pilot.pause()
        assert "".join(text_of(app.widget)).isspace()


async def test_all_pictures_of_a_grid_with_captions_below() -> None:
    app = PictureApp(PictureGrid())
    pictures = [(str(digit), np.full((8, 8, 3), digit, dtype=np.uint8)) for digit in range(10)]
    async with app.run_test(size=(45, 12)) as pilot:
        app.widget.show(pictures)  # type: ignore[arg-type]
        await pilot.pause()
        rows = text_of(app.widget)
        assert rows[4].split() == ["0", "1", "2", "3", "4"]
        assert rows[9].split() == ["5", "6", "7", "8", "9"]


async def test_a_larger_grid_has_larger_pictures() -> None:
    app = PictureApp(PictureGrid())
    pictures = [(str(digit), np.full((8, 8), 9, dtype=np.uint8)) for digit in range(4)]
    async with app.run_test(size=(140, 20)) as pilot:
        app.widget.show(pictures)  # type: ignore[arg-type]
        await pilot.pause()
        assert text_of(app.widget)[16].split() == ["0", "1", "2", "3"]


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (5, 3), (9, 5), (20, 5), (200, 2)])
async def test_a_grid_shows_as_many_as_fit(size: tuple[int, int]) -> None:
    app = PictureApp(PictureGrid())
    pictures = [(f"class {number}", np.zeros((64, 96, 3), dtype=np.uint8)) for number in range(30)]
    async with app.run_test(size=size) as pilot:
        app.widget.show(pictures)  # type: ignore[arg-type]
        await pilot.pause()
        assert [len(row) for row in text_of(app.widget)] == [size[0]] * size[1]


async def test_captions_are_cleaned_cut_and_never_markup() -> None:
    app = PictureApp(PictureGrid())
    picture = np.zeros((16, 16), dtype=np.uint8)
    async with app.run_test(size=(40, 12)) as pilot:
        app.widget.show([("[red]a\x1b[2J", picture), ("汉字汉字汉字汉字汉字汉字汉字汉字", picture)])  # type: ignore[arg-type]
        await pilot.pause()
        text = "".join(text_of(app.widget))
        assert "[red]a�[2J" in text
        assert "汉字汉字" in text
        assert "…" in text
        assert "\x1b" not in text
