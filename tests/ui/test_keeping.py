"""Work is saved where the user says, never lost without a question, and survives a crash."""

from pathlib import Path

import pytest

from asanai_tui import project as projects
from asanai_tui import recovery
from asanai_tui.errors import InputError
from asanai_tui.network.layers.noise import Dropout
from asanai_tui.project import Project
from asanai_tui.recovery import Recovery
from asanai_tui.tui.saving import target
from asanai_tui.tui.widgets.fitting import Dialog
from asanai_tui.tui.widgets.path_input import PathInput
from tests.ui.driving import Desk, desk

pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture
def iris(samples: Path, tmp_path: Path) -> Path:
    """A project of one's own."""
    path = tmp_path / "flowers.toml"
    projects.save(projects.load(samples / "iris" / "project.toml"), path)
    return path


def kept() -> list[Path]:
    return sorted(recovery.recovery_folder().glob("*.json"))


def left_behind(project: Project, path: Path | None = None) -> None:
    """Work of a process that has ended."""
    process = Recovery()
    process.write(project, path)
    assert process._lock is not None
    process._lock.close()
    process._file.replace(recovery.recovery_folder() / "20260101-120000-1.json")


async def enter_path(each: Desk, path: Path | str) -> None:
    assert each.screen == "PathScreen"
    each.one(PathInput).value = str(path)
    await each.press("enter")


async def test_save_goes_to_the_file_at_once(iris: Path) -> None:
    async with desk(iris) as each:
        await each.press("D")
        assert "flowers.toml ●" in each.text.splitlines()[0]
        await each.press("s")
        assert projects.load(iris) == each.project
        assert each.said[-1] == f"Saved {iris}."
        assert "●" not in each.text.splitlines()[0]
        await each.press("u")
        assert "●" in each.text.splitlines()[0]


async def test_sample_is_never_overwritten(samples: Path, tmp_path: Path) -> None:
    sample = samples / "iris" / "project.toml"
    before = sample.read_bytes()
    async with desk(sample) as each:
        await each.press("d", "s")
        assert each.one(PathInput).value == str(tmp_path / "iris.toml")
        await enter_path(each, sample)
        assert "belongs to the samples" in each.words_of(each.one(Dialog))
        assert each.app.document.dirty
        await each.press("escape", "s", "enter")
        assert projects.load(tmp_path / "iris.toml") == each.project
        await each.press("d", "s")
        assert projects.load(tmp_path / "iris.toml") == each.project
    assert sample.read_bytes() == before


async def test_save_as_asks_before_it_replaces_another_file(iris: Path, tmp_path: Path) -> None:
    other = tmp_path / "other [b].toml"
    other.write_text("mine")
    async with desk(iris) as each:
        await each.press("D", "S")
        await enter_path(each, other)
        assert "other [b].toml is already there" in each.text
        await each.press("escape")
        assert other.read_text() == "mine"
        assert each.app.document.dirty
        await each.press("S")
        await enter_path(each, other)
        await each.press("o")
        assert projects.load(other) == each.project
        assert each.app.document.path == other
        await each.press("S", "enter")  # its own file needs no question
        assert each.screen == "WorkbenchScreen"
        await each.press("S", "escape")
        assert each.screen == "WorkbenchScreen"


async def test_typing_replaces_the_name_that_save_as_begins_with_and_right_keeps_it(iris: Path, tmp_path: Path) -> None:
    (tmp_path / "flowers.toml.old").touch()  # a longer path, which right must not take over
    async with desk(iris, size=(80, 24)) as each:
        await each.press("D", "S")
        assert each.one(PathInput).value == str(iris)
        await each.write("b.toml")
        assert each.one(PathInput).value == "b.toml"
        await each.press("enter")
        assert each.app.document.path == tmp_path / "b.toml"
        for key in ("right", "end"):
            await each.press("S", key, *["backspace"] * 6, *"c.toml")
            assert each.one(PathInput).value == f"{tmp_path}/c.toml"
            await each.press("escape")


async def test_tab_in_save_as_tells_what_is_there(iris: Path, tmp_path: Path) -> None:
    for name in ("one.toml", "other.toml"):
        (tmp_path / name).touch()
    async with desk(iris, size=(80, 24)) as each:
        await each.press("S")
        await each.write("o")
        await each.press("tab")
        assert "one.toml  other.toml" in each.text
        await each.press("n")
        assert "other.toml" not in each.text
        await each.press("tab")
        assert each.one(PathInput).value == "one.toml"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("~nobody-of-that-name/a.toml", "cannot be written: "),
        ("iris.csv", "the name of a project file ends in .toml"),
        ("/proc/version/a.toml", "/proc/version is a file, not a folder"),
        ("new/a.toml", "does not exist; make it first or choose another path."),
    ],
)
async def test_impossible_names_are_sentences_and_the_work_stays(iris: Path, text: str, said: str) -> None:
    async with desk(iris) as each:
        await each.press("D", "S")
        await enter_path(each, text)
        assert said in each.words_of(each.one(Dialog))
        assert each.one(PathInput).value == text
        await each.press("escape")
        assert each.screen == "WorkbenchScreen"
        assert each.app.document.dirty


def test_target(samples: Path, tmp_path: Path) -> None:
    assert target("a.toml") == tmp_path / "a.toml"
    assert target("~/a.TOML") == Path.home() / "a.TOML"
    for text in ("a.csv", "a", str(samples / "x.toml"), str(tmp_path / ".." / samples / "iris" / "project.toml")):
        with pytest.raises(InputError):
            target(text)


async def test_leaving_without_changes_asks_nothing(iris: Path) -> None:
    async with desk(iris) as each:
        await each.press("D", "u", "q")
        assert each.app.return_code == 0
        assert kept() == []


@pytest.mark.parametrize(("key", "ends", "saves"), [("escape", False, False), ("x", True, False), ("s", True, True)])
async def test_leaving_with_unsaved_work_asks(iris: Path, key: str, ends: bool, saves: bool) -> None:
    async with desk(iris) as each:
        await each.press("D", "q")
        assert each.screen == "QuestionScreen"
        assert "The project is not saved" in each.text
        await each.press(key)
        assert (each.app.return_code == 0) == ends
        assert (projects.load(iris) == each.project) == saves
        if not ends:
            assert each.screen == "WorkbenchScreen"
    if ends:
        assert kept() == []


async def test_answers_are_chosen_with_arrows_too(iris: Path) -> None:
    async with desk(iris) as each:
        await each.press("D", "q", "down", "down", "enter")
        assert each.screen == "WorkbenchScreen"
        await each.press("q", "enter")
        assert each.app.return_code == 0
        assert projects.load(iris) == each.project


async def test_leaving_a_sample_saves_it_elsewhere(samples: Path, tmp_path: Path) -> None:
    async with desk(samples / "iris") as each:
        await each.press("D", "q", "s", "escape")  # not saved, so not left
        assert each.app.return_code is None
        await each.press("q", "s", "enter")
        assert each.app.return_code == 0
        assert len(projects.load(tmp_path / "iris.toml").network) == 4


async def test_a_save_that_fails_keeps_the_program(iris: Path) -> None:
    async with desk(iris) as each:
        await each.press("D")
        iris.unlink()
        iris.mkdir()
        await each.press("q", "s")
        assert each.app.return_code is None
        assert "cannot be written" in each.said[-1]


async def test_opening_something_else_asks_about_unsaved_work(iris: Path, samples: Path) -> None:
    async with desk(iris) as each:
        await each.press("D", "o", "end", "enter")
        assert "The project is not saved" in each.text
        await each.press("escape", "escape")
        assert each.screen == "WorkbenchScreen"
        assert len(each.layers) == 4
        await each.press("o", "end", "enter", "s")
        await each.until(lambda: "xor" in each.project.data.path)
        assert len(projects.load(iris).network) == 4
        await each.press("D", "o", "end", "up", "enter", "x")
        await each.until(lambda: "penguins" in each.project.data.path)
        assert not each.app.document.dirty


async def test_going_back_gives_up_what_is_being_opened(iris: Path, samples: Path) -> None:
    async with desk(iris) as each:
        await each.press("o")
        each.app.opener.open(samples / "digits")
        each.app.pop_screen()  # before the thread that reads can have answered
        await each.press("D")
        await each.pilot.pause(0.3)
        assert each.screen == "WorkbenchScreen"
        assert each.layers == ["dense"] * 4


async def test_unsaved_work_is_in_the_recovery_file_and_gone_when_saved(iris: Path) -> None:
    async with desk(iris) as each:
        await each.press("D")
        await each.until(kept)
        assert projects.from_plain(recovery.msgspec.json.decode(kept()[0].read_bytes())["project"]) == each.project
        await each.press("s")
        assert kept() == []


async def test_work_of_a_killed_program_is_offered_and_restored(samples: Path, iris: Path) -> None:
    project = projects.load(iris)
    changed = projects.Project(
        data=project.data, network=project.network.inserted(1, Dropout()), training=project.training
    )
    left_behind(changed, iris)
    async with desk() as each:
        assert "Unsaved work was found" in each.text
        assert each.focus == "Rows#recent"
        assert "flowers.toml  not saved" in each.text
        await each.press("enter")
        await each.until(lambda: each.app.document is not None)
        assert each.project == changed
        assert each.app.document.dirty
        assert each.app.document.path == iris
        assert len(kept()) == 1  # its own
        await each.press("s")
        assert projects.load(iris) == changed
        assert kept() == []


async def test_offered_work_can_be_discarded(iris: Path) -> None:
    left_behind(projects.load(iris), iris)
    async with desk() as each:
        await each.press("d")
        assert "Discarded." in each.text
        assert "not saved" not in each.text
        assert kept() == []


async def test_offered_work_can_be_trained_at_once(samples: Path) -> None:
    left_behind(projects.load(samples / "xor" / "project.toml"))
    async with desk() as each:
        await each.press("t")
        await each.until(lambda: each.app.session is not None)
        assert each.app.document.dirty
        await each.press("t")
        await each.until_ended()


async def test_with_a_path_given_found_work_is_told(iris: Path, samples: Path) -> None:
    left_behind(projects.load(samples / "xor" / "project.toml"))
    async with desk(iris) as each:
        await each.until(lambda: any("Unsaved work was found" in said for said in each.said))
        await each.press("o")
        assert "xor.csv  not saved" in each.text
        await each.press("enter")
        await each.until(lambda: "xor" in each.project.data.path)


async def test_signal_keeps_the_edit_of_the_last_moment(iris: Path) -> None:
    async with desk(iris) as each:
        await each.pilot.press("D")
        each.app._ended_from_outside(143)
        await each.settle()
        assert each.app.return_code == 143
        (file,) = kept()
        assert len(projects.from_plain(recovery.msgspec.json.decode(file.read_bytes())["project"]).network) == 4


async def test_home_that_cannot_be_written_is_told_and_work_goes_on(iris: Path, home: Path) -> None:
    (home / "state").write_text("in the way")
    async with desk(iris) as each:
        await each.press("D")
        await each.until(lambda: any("not protected" in said for said in each.said))
        await each.press("s")
        assert projects.load(iris) == each.project
