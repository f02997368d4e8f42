"""Classes on the data screen: made, named, joined, left out, filled; each of it undone where it is the project's."""

import os
from pathlib import Path

import pytest
from PIL import Image

from asanai_tui.tui.widgets.class_rows import ClassRows
from asanai_tui.tui.widgets.data_pane import DataPane
from tests.ui.driving import Desk, desk


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    for number in range(12):
        path = tmp_path / "zoo" / ("ape", "bat", "cat")[number % 3] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), number).save(path)
    return tmp_path / "zoo"


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


async def until_classes(each: Desk, *names: str) -> None:
    await each.until(lambda: each.project.data.targets.names == names)


async def test_classes_are_named_joined_and_left_out(zoo: Path) -> None:
    before = files(zoo)
    async with desk(zoo) as each:
        await each.press("2")
        await each.until(lambda: each.focus == "ClassRows")
        await each.press("down", "r", *["backspace"] * 3)
        await each.write("owl")
        await each.press("enter")
        await until_classes(each, "ape", "cat", "owl")
        assert "owl 4 folder bat" in each.words_of(each.one(ClassRows))
        each.one(ClassRows).select("cat")
        await each.press("r", *["backspace"] * 3)
        await each.write("ape")
        await each.press("enter")
        await until_classes(each, "ape", "owl")
        assert "ape 8 also cat" in each.words_of(each.one(ClassRows))
        each.one(ClassRows).select("owl")
        await each.press("d")
        await until_classes(each, "ape")
        assert "bat – left out" in each.words_of(each.one(ClassRows))
        each.one(ClassRows).select("/bat")
        await each.press("d")
        await until_classes(each, "ape", "bat")
        for names in (("ape",), ("ape", "owl"), ("ape", "cat", "owl"), ("ape", "bat", "cat")):
            await each.press("u")
            await until_classes(each, *names)
        await each.until(lambda: "ape 4 bat 4 cat 4" in each.words_of(each.one(ClassRows)))
        assert each.project.network[-1].units == 3  # type: ignore[attr-defined]
    assert files(zoo) == before


async def test_a_class_is_made_and_filled(zoo: Path) -> None:
    async with desk(zoo, size=(80, 24)) as each:
        await each.press("2", "a")
        await each.write("a/b")
        await each.press("enter")
        assert "cannot name a class" in each.text
        await each.press(*["backspace"] * 3)
        await each.write("yak")
        await each.press("enter")
        await each.until(lambda: "yak 0 no pictures yet" in each.words_of(each.one(ClassRows)))
        each.one(ClassRows).select("yak")
        await each.press("i")
        await each.write(str(zoo / "ape"))
        await each.press("enter")
        await until_classes(each, "ape", "bat", "cat", "yak")
        assert "4 pictures copied into yak." in each.said
        assert sorted(os.listdir(zoo / "yak")) == sorted(os.listdir(zoo / "ape"))
        await each.until(lambda: "yak 4" in each.words_of(each.one(ClassRows)))


async def test_samples_stay_as_they_are(samples: Path) -> None:
    before = files(samples / "digits")
    async with desk(samples / "digits") as each:
        await each.press("2", "a")
        await each.write("ten")
        await each.press("enter")
        assert "The samples stay as they are" in each.said[-1]
    assert files(samples / "digits") == before


async def test_a_table_says_what_classes_there_are(tmp_path: Path) -> None:
    for number in range(12):
        Image.new("L", (8, 8), number).save(tmp_path / f"{number}.png")
    rows = "".join(f"{number}.png,{'ab'[number % 2]}\n" for number in range(12))
    (tmp_path / "known.csv").write_text(f"picture,letter\n{rows}")
    async with desk(tmp_path) as each:
        await each.press("2", "a")
        assert "known.csv says what classes there are" in each.said[-1]
        await each.press("r", "backspace")
        await each.write("c")
        await each.press("enter")
        await until_classes(each, "b", "c")
        assert "classes b 6 · c 6" in each.words_of(each.one(DataPane))


async def test_the_cursor_is_on_the_class_that_was_made_or_named(zoo: Path) -> None:
    async with desk(zoo) as each:
        await each.press("2", "a")
        await each.write("yak")
        await each.press("enter")
        await each.until(lambda: each.one(ClassRows).cursor == "yak")
        each.one(ClassRows).select("ape")
        await each.press("r", *["backspace"] * 3)
        await each.write("zebra")
        await each.press("enter")
        await each.until(lambda: each.one(ClassRows).cursor == "zebra")
        await each.press("d")
        await until_classes(each, "bat", "cat")
        each.one(ClassRows).select("/ape")
        await each.press("d")
        await each.until(lambda: each.one(ClassRows).cursor == "ape")
        assert {path.name for path in zoo.iterdir() if path.is_dir()} >= {"ape", "bat", "cat", "yak"}


async def test_a_drawing_goes_into_a_class_without_pictures_and_into_one_that_is_typed(zoo: Path) -> None:
    (zoo / "yak").mkdir()
    async with desk(zoo) as each:
        for name, keys in (("yak", ("enter",)), ("newt", ("enter", "enter"))):
            await each.press("2", "D", "space", "right", "enter")
            await each.write(name)
            await each.press(*keys)
            await each.until(lambda name=name: f"Saved as drawing-0001.png in {name}." in each.said)
            assert os.listdir(zoo / name) == ["drawing-0001.png"]


async def test_a_class_that_undo_took_back_says_so_and_is_taken_in_again(zoo: Path) -> None:
    async with desk(zoo) as each:
        await each.press("2")
        each.one(ClassRows).select("ape")
        await each.press("D", "space", "right", "enter")
        await each.write("newt")
        await each.press("enter", "enter")
        await until_classes(each, "ape", "bat", "cat", "newt")
        await each.press("2", "u")
        await until_classes(each, "ape", "bat", "cat")
        await each.until(lambda: "newt 1 new, not learned yet; d takes it in" in each.words_of(each.one(ClassRows)))
        each.one(ClassRows).select("newt")
        await each.press("d")
        await until_classes(each, "ape", "bat", "cat", "newt")
        assert "not learned yet" not in each.words_of(each.one(ClassRows))


async def test_a_refused_link_is_no_class(zoo: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (zoo / "dog").symlink_to(tmp_path / "elsewhere")
    (zoo / "eel").mkdir()
    async with desk(zoo) as each:
        await each.press("2")
        await each.until(lambda: "eel 0 no pictures yet" in each.words_of(each.one(ClassRows)))
        assert "dog" not in each.words_of(each.one(ClassRows))
        assert "dog: a link that leads out of the folder" in each.text
