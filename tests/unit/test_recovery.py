"""Unsaved work outlives its process, is offered once it has ended, and a torn file harms nobody."""

import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from asanai_tui import project as projects
from asanai_tui import recovery
from asanai_tui.errors import InputError
from asanai_tui.network.layers.noise import Dropout
from asanai_tui.project import Project
from asanai_tui.recovery import Recovery, abandoned, forget, recovery_folder

HOLDS = """
import sys, time
from pathlib import Path
from asanai_tui import project as projects
from asanai_tui.recovery import Recovery
path = Path(sys.argv[1])
recovery = Recovery()
recovery.write(projects.load(path), path)
print("written", flush=True)
time.sleep(60)
"""


@pytest.fixture
def iris(samples: Path) -> Project:
    project = projects.load(samples / "iris" / "project.toml")
    return msgspec.structs.replace(project, network=project.network.inserted(1, Dropout(rate=0.125)))


def left_behind(project: Project, path: Path | None = None) -> Path:
    """A recovery file as a process leaves it that was killed: there, and not locked."""
    process = Recovery()
    process.write(project, path)
    assert process._lock is not None
    process._lock.close()
    return process._file


def test_killed_process_leaves_its_work_and_a_living_one_keeps_it(iris: Project, tmp_path: Path) -> None:
    path = tmp_path / "project.toml"
    projects.save(iris, path)
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        assert abandoned() == []
        assert len(list(recovery_folder().glob("*.json"))) == 1
        process.kill()
    (work,) = abandoned()
    assert work.project == iris
    assert work.path == path
    assert abs(time.time() - work.at) < 60


def test_own_work_is_not_offered_to_oneself(iris: Project) -> None:
    process = Recovery()
    process.write(iris, None)
    assert abandoned() == []
    process.discard()


def test_work_is_offered_until_it_is_forgotten(iris: Project) -> None:
    left_behind(iris)
    assert [work.project for work in abandoned()] == [iris]
    (work,) = abandoned()
    assert work.path is None
    forget(work)
    assert abandoned() == []
    assert list(recovery_folder().iterdir()) == []


def test_discard_leaves_nothing(iris: Project) -> None:
    process = Recovery()
    process.discard()  # nothing was written yet
    process.write(iris, None)
    process.write(iris, None)
    process.discard()
    assert list(recovery_folder().iterdir()) == []
    process.write(iris, None)  # and it can go on
    assert len(list(recovery_folder().glob("*.json"))) == 1
    process.discard()


def test_newest_first(iris: Project) -> None:
    for name in ("20260101-120000-1", "20260301-120000-3", "20260201-120000-2"):
        left_behind(iris).replace(recovery_folder() / f"{name}.json")
    assert [work.file.stem for work in abandoned()] == ["20260301-120000-3", "20260201-120000-2", "20260101-120000-1"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"path": "\xff", "at": 1.0, "project": {}}',
        b'{"path": "", "at": 1.0}',
        b'{"path": 5, "at": 1.0, "project": {}}',
        b'{"path": "", "at": "then", "project": {}}',
        b'{"path": "", "at": 1.0, "project": {"data": {"type": "film"}}}',
        b'{"path": "", "at": 1.0, "project": []}',
    ],
)
def test_torn_file_is_set_aside_and_not_tried_twice(iris: Project, content: bytes) -> None:
    left_behind(iris)
    torn = recovery_folder() / "20990101-000000-1.json"
    torn.write_bytes(content)
    assert [work.project for work in abandoned()] == [iris]
    assert not torn.exists()
    assert torn.with_suffix(".tried").read_bytes() == content  # for a person to look at
    assert [work.project for work in abandoned()] == [iris]


def test_file_that_ends_its_reader_is_not_tried_twice(iris: Project) -> None:
    """A reader that dies within: renamed before it was read, the file does not meet the next reader."""
    file = left_behind(iris)
    dies = (
        "import os; from asanai_tui import project, recovery; project.from_plain = lambda plain: os._exit(9); "
        "recovery.abandoned()"
    )
    assert subprocess.run([sys.executable, "-c", dies], timeout=30).returncode == 9
    assert not file.exists()
    assert abandoned() == []


def test_file_that_another_program_took_meanwhile(iris: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = recovery_folder() / "20990101-000000-1.json"
    left_behind(iris)
    usual = Path.glob
    monkeypatch.setattr(Path, "glob", lambda path, pattern: [gone, *usual(path, pattern)])
    assert [work.project for work in abandoned()] == [iris]


def test_only_some_of_very_many_are_offered(iris: Project) -> None:
    for number in range(recovery.KEPT + 5):
        left_behind(iris).replace(recovery_folder() / f"20260101-120000-{number:03}.json")
    assert len(abandoned()) == recovery.KEPT


def test_folder_that_cannot_be_written_is_said(iris: Project, home: Path) -> None:
    (home / "state").write_text("in the way")
    with pytest.raises(InputError) as told:
        Recovery().write(iris, None)
    assert "cannot be written" in str(told.value)


def test_name_that_is_not_utf8_is_said(iris: Project) -> None:
    data = msgspec.structs.replace(iris.data, path=os.fsdecode(b"/data/caf\xe9.csv"))
    with pytest.raises(InputError) as told:
        Recovery().write(msgspec.structs.replace(iris, data=data), None)
    assert "not UTF-8" in str(told.value)


def test_no_folder_is_no_work(home: Path) -> None:
    assert abandoned() == []
    assert not (home / "state").exists()


@pytest.mark.parametrize("name", ["ﬁ×№.csv", "a b'\"\\.csv", "[bold]x[/].csv"])
def test_any_name_comes_back(iris: Project, tmp_path: Path, name: str) -> None:
    project = projects.relocated(iris, tmp_path / name)
    left_behind(project, tmp_path / f"{name}.toml")
    (work,) = abandoned()
    assert work.project == project
    assert work.path == tmp_path / f"{name}.toml"
