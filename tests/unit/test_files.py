"""Files are complete or absent, whatever the disk does."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from asanai_tui.cli import main
from asanai_tui.cli.changing import change
from asanai_tui.errors import InputError
from asanai_tui.files import cache_folder, reason, settings_folder, state_folder, typed, write_atomically
from asanai_tui.runs.resuming import resumed

LIMITED = """
import resource, signal, sys
from pathlib import Path
from asanai_tui.errors import InputError
from asanai_tui.files import write_atomically
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write_atomically(Path(sys.argv[1]), b"new" * 100_000)
except InputError as error:
    print(error)
"""


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_content_folder_and_rights(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file.toml"
    mask = os.umask(0o027)
    try:
        write_atomically(path, b"content", make_folder=True)
    finally:
        os.umask(mask)
    assert path.read_bytes() == b"content"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert names(path.parent) == ["file.toml"]


def test_missing_folder_is_not_made_unasked(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    with pytest.raises(InputError) as caught:
        write_atomically(folder / "file", b"content")
    why = f"folder {folder} does not exist; make it first or choose another path."
    assert str(caught.value) == f"{folder / 'file'} cannot be written: {why}"
    assert names(tmp_path) == []


def test_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"a much longer old content")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["file"]


def test_full_disk_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    said = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True, timeout=30
    )
    assert said.stdout.strip() == f"{path} cannot be written: file too large."
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("target", ["folder", "file/inside"])
def test_what_is_in_the_way_is_said(tmp_path: Path, target: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "kept").write_text("kept")
    (tmp_path / "file").write_text("kept")
    with pytest.raises(InputError, match=rf"{target} cannot be written: .*\.$"):
        write_atomically(tmp_path / target, b"new")
    assert names(tmp_path) == ["file", "folder"]
    assert names(tmp_path / "folder") == ["kept"]
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("rights", [0o500, 0o300])
def test_folder_without_rights_is_no_traceback(tmp_path: Path, rights: int) -> None:
    """0o500: may not be written. 0o300: may be written but not read, which is enough."""
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(rights)
    try:
        if rights == 0o300:
            write_atomically(folder / "file", b"new")
            assert (folder / "file").read_bytes() == b"new"
        else:
            with pytest.raises(InputError, match="permission denied"):
                write_atomically(folder / "file", b"new")
    finally:
        folder.chmod(0o700)


def test_control_characters_of_a_name_do_not_reach_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError) as caught:
        write_atomically(tmp_path / "file" / "\x1b[2J", b"")
    assert "\x1b" not in str(caught.value)


def test_reason_is_what_the_system_says() -> None:
    assert reason(OSError(28, "No space left on device")) == "no space left on device"
    assert reason(OSError("odd")) == "odd"


def test_everything_lies_in_the_home_of_the_tests(home: Path) -> None:
    assert {state_folder(), cache_folder(), settings_folder()} == {home / "state", home / "cache", home / "settings"}


def test_a_path_in_a_command_can_be_copied() -> None:
    assert typed("runs/iris") == "runs/iris"
    assert typed("my runs/it's") == """'my runs/it'"'"'s'"""
    assert "\x1b" not in typed("a\x1b[2J")


def test_a_run_that_is_not_trained_tells_a_command_that_can_be_copied(samples: Path, tmp_path: Path) -> None:
    project = str(samples / "iris" / "project.toml")
    assert main(["train", project, "--epochs", "1", "--seeds", "2", "--runs", str(tmp_path / "my runs")]) == 0
    (run,) = (tmp_path / "my runs").iterdir()
    with pytest.raises(InputError) as caught:
        resumed(run, {})
    assert str(caught.value).endswith(f"; asanai-tui resume '{run}/seed-1' --epochs N makes one of them longer.")
    with pytest.raises(InputError) as caught:
        list(change(run, {}, "stop"))
    assert f"asanai-tui resume '{run}' --epochs N goes on" in str(caught.value)
