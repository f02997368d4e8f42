"""The drawing board: keys, the mouse, saving into a class and asking the network."""

import shutil
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from textual.events import MouseDown, MouseEvent, MouseMove, MouseUp

from asanai_tui.data.painting import Painting
from asanai_tui.opening import open_path
from asanai_tui.runs.session import TrainingSession
from asanai_tui.tui.screens.drawing import DrawingScreen
from asanai_tui.tui.widgets.board import Board
from asanai_tui.tui.widgets.rows import Rows
from tests.ui.driving import Desk, desk


@pytest.fixture
def digits(samples: Path, tmp_path: Path) -> Path:
    """A copy of 8×8 grey pictures, light on dark: three classes, 20 of each."""
    for name in ("0", "1", "7"):
        (tmp_path / "digits" / name).mkdir(parents=True)
        for path in sorted((samples / "digits" / name).iterdir())[:20]:
            shutil.copy(path, tmp_path / "digits" / name)
    return tmp_path / "digits"


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    """Two classes of colour pictures, 20 high and 30 wide, on white."""
    for name in ("a", "b"):
        (tmp_path / "colours" / name).mkdir(parents=True)
        for number in range(3):
            picture = np.full((20, 30, 3), 255, np.uint8)
            picture[5:9, 5:9] = (0, 40 * number, 200)
            cv2.imwrite(str(tmp_path / "colours" / name / f"{number}.png"), picture)
    return tmp_path / "colours"


async def board(each: Desk) -> Board:
    await each.press("2", "D")
    assert isinstance(each.app.screen, DrawingScreen)
    assert each.focus == "Board"
    return each.one(Board)


def painting(each: Desk) -> Painting:
    assert isinstance(each.app.screen, DrawingScreen)
    return each.app.screen._painting


def light(each: Desk) -> list[tuple[int, int]]:
    """The pixels that are not ground, as (row, column)."""
    found = painting(each)
    return [(int(y), int(x)) for y, x in np.argwhere((found.pixels != found.ground).any(axis=2))]


def tools(each: Desk) -> str:
    return str(each.app.screen.query_one("#inks").render())


async def test_arrows_draw_while_the_pen_is_down(digits: Path) -> None:
    async with desk(digits) as each:
        await board(each)
        assert "Drawing · 8 × 8 grey" in each.text
        assert painting(each).ground == (0,)  # as the digits have it
        await each.press("right", "up")
        assert light(each) == []
        await each.press("space", "right", "right", "down")
        assert light(each) == [(3, 5), (3, 6), (3, 7), (4, 7)]
        assert "pen     down" in tools(each)
        await each.press("space", "down", "left")
        assert len(light(each)) == 4
        assert (painting(each).pixels.max(), "colour  white" in tools(each)) == (255, True)


async def test_strokes_are_taken_back_and_edits_of_the_project_are_not(digits: Path) -> None:
    async with desk(digits) as each:
        await each.press("1", "a", *"drop", "enter")
        layers = each.layers
        await board(each)
        await each.press("space", "right", "space", "down", "space", "space")
        assert len(light(each)) == 3
        await each.press("u")
        assert len(light(each)) == 2
        await each.press("n")
        assert light(each) == []
        await each.press("u", "u")
        assert light(each) == []
        await each.press("u")
        assert "There is nothing more." in each.said
        assert each.layers == layers


async def test_brush_colour_and_fill(colours: Path) -> None:
    async with desk(colours) as each:
        await board(each)
        assert "Drawing · 20 × 30 colour" in each.text
        assert painting(each).ground == (255, 255, 255)
        assert "colour  black" in tools(each)
        await each.press("B", "B", "space", "space")
        assert len(light(each)) == 1
        await each.press("b", "b", "c", "c", "space", "space")
        assert "colour  red" in tools(each)
        assert "brush   3 of 10" in tools(each)
        assert len(light(each)) == 9
        await each.press("C", "C", "C", "up", "up", "up", "f")
        assert "colour  grey" in tools(each)
        assert len(light(each)) == 600
        for _ in range(12):
            await each.press("b")
        assert "brush   10 of 10" in tools(each)


async def test_the_mouse_draws_lines_and_rubs_out(colours: Path) -> None:
    async with desk(colours) as each:
        found = await board(each)
        pixels = found._shown[1] // 30
        left, top = found._origin[1], found._origin[0]

        async def at(x: int, y: int, kind: type[MouseEvent], button: int = 0) -> None:
            offset = (left + x * pixels, top + y * pixels // 2)
            await each.pilot._post_mouse_events([kind], Board, offset, button=button)
            await each.settle()

        await each.press("B", "B")
        await at(3, 4, MouseDown, 1)
        await at(23, 4, MouseMove)
        await at(23, 14, MouseMove)
        await at(23, 14, MouseUp, 1)
        assert light(each) == [(4, x) for x in range(3, 24)] + [(y, 23) for y in range(5, 15)]
        await at(3, 10, MouseMove)  # no button is pressed
        assert len(light(each)) == 31
        await at(10, 4, MouseDown, 3)
        await at(15, 4, MouseMove)
        await at(15, 4, MouseUp, 3)
        assert len(light(each)) == 25
        await each.press("u")
        assert len(light(each)) == 31
        await each.press("u")
        assert light(each) == []


async def test_a_drawing_becomes_a_picture_of_a_class(digits: Path) -> None:
    async with desk(digits) as each:
        await board(each)
        await each.press("enter")
        assert "Nothing is drawn yet." in each.said
        await each.press("space", "down", "down", "enter")
        assert each.screen == "PickScreen"
        await each.write("7")
        await each.press("enter")
        await each.until(lambda: "Saved as drawing-0001.png in 7." in each.said)
        saved = cv2.imread(str(digits / "7" / "drawing-0001.png"), cv2.IMREAD_UNCHANGED)
        assert saved.shape == (8, 8)
        assert [(int(y), int(x)) for y, x in np.argwhere(saved)] == [(4, 4), (5, 4), (6, 4)]
        assert painting(each).empty
        await each.until(lambda: dict(each.app.preview.class_counts)["7"] == 21)
        await each.press("f", "enter")
        assert each.one(Rows).cursor == "7"  # again into the same
        await each.press("escape", "escape")
        assert each.screen == "DataScreen"
        await each.press("D")
        assert len(light(each)) == 64  # it is still there


async def test_a_folder_that_cannot_be_written_is_a_sentence_and_the_drawing_stays(digits: Path) -> None:
    async with desk(digits) as each:
        await board(each)
        await each.press("f")
        shutil.rmtree(digits)
        await each.press("enter", "enter")
        await each.until(lambda: any("does not exist; make it first" in said for said in each.said))
        assert len(light(each)) == 64


async def test_samples_stay_as_they_are(samples: Path) -> None:
    async with desk(samples / "digits") as each:
        await board(each)
        await each.press("f", "enter")
        assert "The samples stay as they are" in each.said[-1]
        assert each.screen == "DrawingScreen"


async def test_the_network_is_asked(digits: Path, tmp_path: Path) -> None:
    project = open_path(digits).project
    training = msgspec.structs.replace(project.training, epochs=3)
    session = TrainingSession(msgspec.structs.replace(project, training=training), tmp_path / "runs")
    session.start()
    assert session.join(60)
    assert session.model_path is not None
    async with desk(session.model_path) as each:
        await each.until(lambda: "the data says" in each.text)
        await each.press("D")
        await each.press("space", "down", "down", "a")
        assert each.screen == "PredictScreen"
        answer = each.one(Rows, "#answer")
        await each.until(lambda: "the drawing" in each.words_of(answer))
        assert "%" in each.words_of(answer)
        await each.press("2", "D", "a")
        await each.until(lambda: "the drawing" in each.words_of(answer))


async def test_without_a_network_it_says_what_to_do(digits: Path) -> None:
    async with desk(digits) as each:
        await board(each)
        await each.press("f", "a")
        assert "No trained network yet" in each.words_of(each.one(Rows, "#answer"))


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (80, 24), (200, 60)], ids=str)
async def test_every_size_of_terminal_and_picture(digits: Path, size: tuple[int, int]) -> None:
    changed = msgspec.structs.replace
    async with desk(digits, size) as each:
        for height, width in ((1, 1), (3, 200), (512, 512)):
            data = changed(each.project.data, height=height, width=width)
            each.app.editor.project(changed(each.project, data=data), "size")
            await board(each)
            assert painting(each).pixels.shape == (height, width, 1)
            await each.press("space", *["right"] * 3, *["down"] * 3, "space", "b", "f", "n", "u")
            assert light(each)
            assert each.app.screen.find_widget(each.one(Board)).visible_region.area
            await each.press("escape")
