"""The camera on the screen: series into a class, from video files and streams, and questions about what it sees."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from asanai_tui.data.spec import Images
from asanai_tui.opening import open_path
from asanai_tui.runs.session import TrainingSession
from asanai_tui.tui import memory
from asanai_tui.tui.screens.camera import CameraScreen
from asanai_tui.tui.widgets.live_picture import BYTES_PER_SECOND, CELL, LOOK, LivePicture, coarse, even, nearer
from asanai_tui.tui.widgets.rows import Rows
from tests.ui.driving import Desk, desk
from tests.videos import STEP, stream, write_video


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Two classes of four dark and four light pictures."""
    folder = tmp_path / "pets"
    for name, light in (("cat", 20), ("dog", 220)):
        (folder / name).mkdir(parents=True)
        for number in range(4):
            cv2.imwrite(str(folder / name / f"{number}.png"), np.full((16, 16, 3), light + number, np.uint8))
    return folder


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = write_video(tmp_path / "film.avi")
    memory.keep(camera=str(path))
    return path


@pytest.fixture
def address() -> Iterator[str]:
    with stream() as found:
        memory.keep(camera=found)
        yield found


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("camera"))


def doing(each: Desk) -> str:
    return str(each.app.screen.query_one("#doing").render())


async def camera(each: Desk) -> CameraScreen:
    await each.press("2", "c")
    screen = each.app.screen
    assert isinstance(screen, CameraScreen)
    return screen


async def series(each: Desk, count: int, every: str) -> None:
    """Type what is wanted."""
    await each.press("tab", "home", "enter", "ctrl+u")
    await each.write(str(count))
    await each.press("enter", "down", "enter", "ctrl+u")
    await each.write(every)
    await each.press("enter", "escape")
    assert each.focus == "View#view"


async def test_a_series_from_a_video_goes_into_the_class(pets: Path, film: Path) -> None:
    async with desk(pets) as each:
        await camera(each)
        await series(each, 3, "0.5")
        await each.until(lambda: "c takes 3 pictures into cat, 0.5 s apart." in doing(each))
        await each.press("i")
        await each.write("dog")
        await each.press("enter", "c")
        await each.until(lambda: doing(each) == "3 pictures written into dog.")
        names = ["camera-0001.png", "camera-0002.png", "camera-0003.png"]
        assert files(pets / "dog") == names
        assert [round(cv2.imread(str(pets / "dog" / name)).mean() / STEP) for name in names] == [0, 5, 10]
        assert not files(pets / "cat")
        await each.press("escape")
        assert each.screen == "DataScreen"
        await each.until_shown("cat 4 · dog 7")


async def test_a_video_that_ends_keeps_what_was_taken_and_says_so(pets: Path, film: Path) -> None:
    async with desk(pets) as each:
        await camera(each)
        await each.until(lambda: "takes 20 pictures" in doing(each))
        await each.press("c")
        await each.until(lambda: "film.avi ends after 2.9 s. 3 pictures written into cat." in doing(each))
        assert len(files(pets / "cat")) == 3


async def test_no_camera_is_a_sentence_and_another_device_helps(pets: Path, film: Path) -> None:
    memory.keep(camera="250")
    async with desk(pets) as each:
        await camera(each)
        await each.until(lambda: "There is no camera 250 that can be opened" in doing(each))
        await each.press("d", "ctrl+u")
        await each.write(str(film))
        await each.press("enter")
        await each.until(lambda: "takes 20 pictures" in doing(each))
        assert memory.settings().camera == str(film)
        assert "film.avi" in str(each.app.screen.query_one("#view").border_title)


async def test_a_new_class_becomes_one_of_the_project(pets: Path, film: Path) -> None:
    async with desk(pets) as each:
        await camera(each)
        await series(each, 2, "1")
        await each.press("i")
        await each.write("another")
        await each.press("enter")
        await each.write("a/b")
        await each.press("enter")
        assert "cannot name a class" in each.text
        await each.press("ctrl+u")
        await each.write("bird")
        await each.press("enter")
        await each.until(lambda: "into bird" in doing(each))
        await each.press("c")
        await each.until(lambda: doing(each) == "2 pictures written into bird.")
        assert isinstance(each.project.data, Images)
        assert each.project.data.classes == ("bird", "cat", "dog")
        assert each.project.problems() == []
        await each.press("2")
        await each.until_shown("bird 2 · cat 4 · dog 4")


async def test_a_live_series_is_counted_stopped_and_kept(pets: Path, address: str) -> None:
    async with desk(pets) as each:
        await camera(each)
        await series(each, 1000, "0.01")
        await each.press("c")
        await each.until(lambda: " of 1,000 pictures taken into cat; c stops." in doing(each))
        await each.until(lambda: not doing(each).startswith("0 "))
        await each.press("c")
        await each.until(lambda: doing(each).endswith("written into cat."))
        number = int(doing(each).split()[0])
        assert len(files(pets / "cat")) == number > 0
        assert "▀" in each.text or each.one(LivePicture)._pixels is not None


async def test_the_device_is_closed_with_the_screen_not_with_a_dialog(pets: Path, address: str) -> None:
    async with desk(pets) as each:
        screen = await camera(each)
        await each.until(lambda: "takes 20" in doing(each))
        opened = screen._desk
        await each.press("question_mark", "escape")
        assert screen._desk is opened is not None
        await each.press("1")
        assert screen._desk is None
        await each.until(lambda: opened.look.state == "ended")
        assert opened.look.problem == ""


async def test_leaving_while_it_takes_keeps_what_was_taken(pets: Path, address: str) -> None:
    async with desk(pets) as each:
        await camera(each)
        await series(each, 1000, "0.01")
        await each.press("c")
        await each.until(lambda: "taken into cat" in doing(each) and not doing(each).startswith("0 "))
        await each.press("escape")
        await each.until(lambda: dict(each.app.preview.class_counts)["cat"] > 4)
        assert files(pets / "cat")


async def test_where_parts_have_folders_it_goes_into_that_to_train(pets: Path, film: Path, tmp_path: Path) -> None:
    for part in ("Train", "val"):
        shutil.copytree(pets, tmp_path / "parted" / part)
    async with desk(tmp_path / "parted") as each:
        await camera(each)
        await series(each, 2, "1")
        await each.press("c")
        await each.until(lambda: doing(each) == "2 pictures written into cat.")
        assert len(files(tmp_path / "parted" / "Train" / "cat")) == 2
        await each.until(lambda: dict(each.app.preview.class_counts)["cat"] == 10)


async def test_samples_stay_as_they_are(samples: Path, film: Path) -> None:
    async with desk(samples / "digits") as each:
        await camera(each)
        await each.until(lambda: "takes 20 pictures" in doing(each))
        await each.press("c")
        assert "The samples stay as they are; copy the folder digits" in each.said[-1]
        assert "takes 20 pictures" in doing(each)
    assert not files(samples / "digits" / "0")


async def test_tables_have_no_camera(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("2")
        assert "camera" not in each.text.splitlines()[-1]
        await each.press("tab", "c")
        assert each.screen == "DataScreen"


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (80, 24), (200, 60)], ids=str)
async def test_every_size(pets: Path, film: Path, size: tuple[int, int]) -> None:
    async with desk(pets, size) as each:
        await camera(each)
        for _ in range(3):
            focused = each.app.screen.focused
            assert focused is not None
            assert each.app.screen.find_widget(focused).visible_region.area
            await each.press("tab")


async def test_predict_asks_about_what_the_camera_sees(pets: Path, film: Path, tmp_path: Path) -> None:
    project = open_path(pets).project
    training = msgspec.structs.replace(project.training, epochs=2)
    session = TrainingSession(msgspec.structs.replace(project, training=training), tmp_path / "runs")
    session.start()
    assert session.join(60)
    assert session.model_path is not None
    async with desk(session.model_path) as each:
        answer = each.one(Rows, "#answer")
        await each.until(lambda: "the data says" in each.words_of(answer))
        for _ in range(3):  # 0, 1 and 2 seconds of the film
            await each.press("c")
            await each.until(lambda: each.words_of(answer).startswith("Answer") and "film.avi" in each.words_of(answer))
        assert "%" in each.words_of(answer)
        await each.press("c")
        await each.until(lambda: "ends after 2.9 s. d chooses another." in each.words_of(answer))
        await each.press("n")
        await each.until(lambda: "the data says" in each.words_of(answer))


def test_what_is_sent_of_a_moving_picture_stays_in_the_budget() -> None:
    chance = np.random.default_rng(1)
    old, new = (even(chance.integers(0, 255, (31, 40, 3), np.uint8)) for _ in range(2))
    shown, spent = nearer(coarse(old), new, BYTES_PER_SECOND / 4)
    cells = (shown != coarse(old)).any(axis=2).reshape(16, 2, 40).any(axis=1)
    assert 0 < cells.sum() <= BYTES_PER_SECOND / 4 / CELL
    assert BYTES_PER_SECOND / 4 - CELL - LOOK <= spent <= BYTES_PER_SECOND / 4
    for _ in range(200):
        shown, spent = nearer(shown, new, BYTES_PER_SECOND / 4)
    assert spent == 0  # it has arrived, and a still picture costs nothing
    assert np.abs(shown.astype(int) - new).max() < 24
    assert nearer(shown, np.clip(new.astype(int) + 3, 0, 255).astype(np.uint8), 500.0)[1] < 500
