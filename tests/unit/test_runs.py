"""Run directories: names, run.json, history, places."""

import os
import re
import shutil
from pathlib import Path

import pytest

from asanai_tui import project as projects
from asanai_tui.errors import InputError
from asanai_tui.project import Project
from asanai_tui.runs import history, information
from asanai_tui.runs.directory import RunDirectory, fallback_folder, runs_folder, short_name
from asanai_tui.runs.history import HistoryWriter, append
from asanai_tui.runs.information import RunInformation
from asanai_tui.training.recorder import Epoch


@pytest.fixture
def iris(samples: Path) -> Project:
    return projects.load(samples / "iris" / "project.toml")


@pytest.fixture
def not_root() -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")


def test_directory_is_named_after_time_and_data(tmp_path: Path, iris: Project) -> None:
    directory = RunDirectory.create(tmp_path / "runs", iris)
    assert re.fullmatch(r"\d{8}-\d{6}-iris", directory.path.name)
    assert directory.path.parent == tmp_path / "runs"


def test_directories_of_one_second_differ(tmp_path: Path, iris: Project) -> None:
    paths = {RunDirectory.create(tmp_path, iris).path for _ in range(5)}
    assert len(paths) == 5
    assert all(path.is_dir() for path in paths)


def test_directory_holds_the_project_that_is_trained(tmp_path: Path, iris: Project) -> None:
    directory = RunDirectory.create(tmp_path / "elsewhere", iris)
    assert projects.load(directory.path / "project.toml") == iris


def test_directory_in_the_place_of_a_file(tmp_path: Path, iris: Project) -> None:
    (tmp_path / "runs").write_text("a note")
    with pytest.raises(InputError) as told:
        RunDirectory.create(tmp_path / "runs", iris)
    assert "runs is a file" in str(told.value)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/data/Iris.csv", "iris"),
        ("/data/my flowers (new).csv", "my-flowers-new"),
        ("/data/Prüfung\n2.csv", "prüfung-2"),
        ("/data/....csv", "run"),
        ("/", "run"),
        ("x" * 300, "x" * 40),
    ],
)
def test_short_name(path: str, name: str) -> None:
    assert short_name(path) == name


def test_log_is_one_line_without_control_characters(tmp_path: Path, iris: Project) -> None:
    directory = RunDirectory.create(tmp_path, iris)
    directory.log("3 rows\nset aside\x1b[2J")
    directory.log("next")
    lines = (directory.path / "log.txt").read_text().splitlines()
    assert len(lines) == 2
    assert "\x1b" not in lines[0]


def test_information_round_trip(tmp_path: Path) -> None:
    written = RunInformation.of_this_process()
    written.save(tmp_path)
    assert information.read(tmp_path) == written
    assert written.pid == os.getpid()
    assert {"asanai-tui", "python", "torch"} <= set(written.versions)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"pid": "x"}', b"\xff", b'{"host": "\xff"}'])
def test_broken_information_is_refused_with_its_place(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(InputError) as told:
        information.read(tmp_path)
    assert "run.json does not describe a run" in str(told.value)


def test_history_is_written_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "INTERVAL", 1e9)
    writer = HistoryWriter(tmp_path)
    epochs = [Epoch(epoch=number, loss=1 / number, val_loss=None) for number in range(1, 101)]
    for epoch in epochs:
        writer.add(epoch)
    assert history.read(tmp_path) == []
    monkeypatch.setattr(history, "INTERVAL", 0.0)
    writer.add(Epoch(epoch=101, loss=0.5, metrics={"f1": 0.25, "val_f1": None}))
    assert history.read(tmp_path) == [*epochs, Epoch(epoch=101, loss=0.5, metrics={"f1": 0.25, "val_f1": None})]


def test_flush_writes_what_is_left_once(tmp_path: Path) -> None:
    writer = HistoryWriter(tmp_path)
    writer.add(Epoch(epoch=1, loss=0.5))
    writer.flush()
    writer.flush()
    assert (tmp_path / "history.jsonl").read_text() == '{"epoch":1,"loss":0.5}\n'


def test_history_survives_a_cut_off_last_line(tmp_path: Path) -> None:
    (tmp_path / "history.jsonl").write_text('{"epoch":1,"loss":0.5}\n{"epoch":2,"lo')
    assert [epoch.epoch for epoch in history.read(tmp_path)] == [1]


@pytest.mark.parametrize("line", [b"nonsense", b'{"epoch":"\xff"}', b"\xff"])
def test_history_names_a_broken_line(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "history.jsonl").write_bytes(b'{"epoch":1,"loss":0.5}\n' + line + b'\n{"epoch":3,"loss":0.5}\n')
    with pytest.raises(InputError) as told:
        history.read(tmp_path)
    assert "line 2" in str(told.value)


def test_history_keeps_what_it_could_not_write(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    writer = HistoryWriter(folder)
    writer.add(Epoch(epoch=1, loss=0.5))
    with pytest.raises(InputError, match="cannot be written"):
        writer.flush()
    folder.mkdir()
    writer.flush()
    assert len(history.read(folder)) == 1


def test_history_that_was_deleted_is_written_again(tmp_path: Path) -> None:
    writer = HistoryWriter(tmp_path)
    for number in (1, 2, 3):
        writer.add(Epoch(epoch=number, loss=0.5))
        writer.flush()
        (tmp_path / "history.jsonl").unlink()
    writer.add(Epoch(epoch=4, loss=0.5))
    writer.flush()
    assert [epoch.epoch for epoch in history.read(tmp_path)] == [1, 2, 3, 4]


def test_history_of_a_removed_run_goes_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    writer, elsewhere = HistoryWriter(folder), HistoryWriter(tmp_path)
    writer.add(Epoch(epoch=1, loss=0.5))
    writer.flush()
    shutil.rmtree(folder)
    writer.add(Epoch(epoch=2, loss=0.5))
    with pytest.raises(InputError, match="no such file or directory"):
        writer.flush()
    elsewhere.take_over(writer)
    elsewhere.add(Epoch(epoch=3, loss=0.5))
    elsewhere.flush()
    assert [epoch.epoch for epoch in history.read(tmp_path)] == [1, 2, 3]


def test_history_in_whose_place_a_folder_stands(tmp_path: Path) -> None:
    """What was written before is still known, and what comes is kept until there is a place for it."""
    writer = HistoryWriter(tmp_path)
    writer.add(Epoch(epoch=1, loss=0.5))
    writer.flush()
    (tmp_path / "history.jsonl").rename(tmp_path / "moved.jsonl")
    (tmp_path / "history.jsonl").mkdir()
    writer.add(Epoch(epoch=2, loss=0.5))
    with pytest.raises(InputError, match="is a directory"):
        writer.flush()
    with pytest.raises(InputError, match=r"history\.jsonl: is a directory"):
        history.read(tmp_path)
    (tmp_path / "history.jsonl").rmdir()
    writer.flush()
    assert [epoch.epoch for epoch in history.read(tmp_path)] == [1, 2]


def test_the_first_epochs_and_the_rest_cut_off(tmp_path: Path) -> None:
    writer = HistoryWriter(tmp_path)
    for number in range(1, 21):
        writer.add(Epoch(epoch=number, loss=1 / number))
    writer.flush()
    append(tmp_path / "history.jsonl", b'{"epoch":21,"lo')
    whole = (tmp_path / "history.jsonl").read_bytes()
    found = history.recorded(tmp_path, lambda epoch: epoch.epoch <= 7)
    assert (len(found.epochs), found.size) == (7, whole.index(b'{"epoch":8,'))
    assert len(history.recorded(tmp_path).epochs) == 20
    history.cut(tmp_path, found.size)
    assert [epoch.epoch for epoch in history.read(tmp_path)] == list(range(1, 8))


def test_runs_are_beside_the_project_file(tmp_path: Path, iris: Project) -> None:
    assert runs_folder(iris, tmp_path / "project.toml") == tmp_path / "runs"


def test_runs_are_beside_the_data(tmp_path: Path, iris: Project) -> None:
    moved = projects.relocated(iris, tmp_path / "flowers.csv")
    assert runs_folder(moved, None) == tmp_path / "runs"


def test_runs_are_not_in_a_folder_of_pictures(tmp_path: Path, samples: Path) -> None:
    digits = projects.relocated(projects.load(samples / "digits" / "project.toml"), tmp_path / "digits")
    (tmp_path / "digits").mkdir()
    assert runs_folder(digits, None) == tmp_path / "runs"
    assert runs_folder(digits, tmp_path / "digits" / "project.toml") == tmp_path / "runs"


def test_runs_of_samples_are_where_the_user_is(
    tmp_path: Path, iris: Project, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert runs_folder(iris, samples / "iris" / "project.toml") == tmp_path / "runs"


def test_runs_go_to_the_state_folder_when_there_is_no_other_place(tmp_path: Path, iris: Project) -> None:
    moved = projects.relocated(iris, tmp_path / "gone" / "flowers.csv")
    assert runs_folder(moved, None) == fallback_folder()


@pytest.mark.usefixtures("not_root")
def test_runs_go_to_the_state_folder_when_the_place_is_read_only(tmp_path: Path, iris: Project) -> None:
    moved = projects.relocated(iris, tmp_path / "flowers.csv")
    tmp_path.chmod(0o500)
    assert runs_folder(moved, None) == fallback_folder()
