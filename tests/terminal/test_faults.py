"""Faults while a real process trains: folders that go, disks that are full, signals at the worst moment."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from asanai_tui import project as projects
from asanai_tui.opening import open_path
from asanai_tui.runs import checkpoint, history, information
from asanai_tui.runs.lock import is_locked
from tests.terminal.conftest import Start
from tests.waiting import until

PROGRAM = (sys.executable, "-m", "asanai_tui")
FOREVER = 1_000_000

pytestmark = pytest.mark.terminal


@contextmanager
def training(
    *arguments: str | Path, home: Path, before: Callable[[], None] | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """`asanai-tui ARGUMENTS --json` in a process of its own; killed at the end of the block if it still runs."""
    with subprocess.Popen(
        [*PROGRAM, *map(str, arguments), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,
        env={**os.environ, "ASANAI_TUI_HOME": str(home)},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: "subprocess.Popen[str]", lines: int) -> list[dict[str, object]]:
    assert process.stdout is not None
    return [json.loads(process.stdout.readline()) for _ in range(lines)]


def ended(process: "subprocess.Popen[str]", status: int) -> dict[str, object]:
    """The last object that a process says, which ends with this status and no traceback."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == status, err
    assert "Traceback" not in err
    last: dict[str, object] = json.loads(out.splitlines()[-1])
    return last


def check_gapless(run: Path) -> int:
    """The history has every epoch once, and the checkpoint goes on with it; how many."""
    epochs = [epoch.epoch for epoch in history.read(run)]
    found = checkpoint.load(run / checkpoint.STATE)
    assert found is not None
    assert epochs == list(range(1, found[0].numbers.epoch))
    return len(epochs)


def test_all_runs_removed_this_one_ends_whole_somewhere_else(samples: Path, tmp_path: Path, home: Path) -> None:
    runs = tmp_path / "runs"
    with training("train", samples / "iris", "--epochs", str(FOREVER), "--runs", runs, home=home) as process:
        said(process, 50)
        (run,) = runs.iterdir()
        until(lambda: (run / checkpoint.STATE).exists() and len(history.read(run)) > 0)
        shutil.rmtree(runs)
        said(process, 50)
        process.send_signal(signal.SIGTERM)
        end = ended(process, 143)
    moved = Path(str(end["run"]))
    assert moved.is_relative_to(home)
    assert check_gapless(moved) >= 100
    with training("resume", moved, home=home) as process:
        said(process, 2)
        process.send_signal(signal.SIGTERM)
        assert ended(process, 143)["run"] == str(moved)
    assert check_gapless(moved) > 100


def test_a_history_in_whose_place_a_folder_comes_goes_elsewhere_with_all_epochs(
    samples: Path, tmp_path: Path, home: Path
) -> None:
    with training("train", samples / "iris", "--epochs", str(FOREVER), "--runs", tmp_path, home=home) as process:
        said(process, 20)
        (run,) = (each for each in tmp_path.iterdir() if (each / "run.json").exists())
        until(lambda: len(history.read(run)) > 20)
        (run / "history.jsonl").unlink()
        (run / "history.jsonl").mkdir()
        said(process, 400)  # more than are written at once
        process.send_signal(signal.SIGTERM)
        end = ended(process, 143)
    assert Path(str(end["run"])) != run
    assert check_gapless(Path(str(end["run"]))) > 70


def test_a_disk_that_is_full_ends_nothing_and_goes_on_when_there_is_room(
    samples: Path, tmp_path: Path, home: Path
) -> None:
    """The limit of file sizes stands for the disk; it is taken away while the training goes on."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))

    with training(
        "train", samples / "iris", "--epochs", str(FOREVER), "--runs", tmp_path, home=home, before=limit
    ) as process:
        said(process, 100)
        (run,) = (each for each in tmp_path.iterdir() if (each / "run.json").exists())
        assert (run / "history.jsonl").stat().st_size <= 3000
        assert not (run / checkpoint.STATE).exists()
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        until(lambda: (run / checkpoint.STATE).exists())
        process.send_signal(signal.SIGTERM)
        end = ended(process, 143)
    assert Path(str(end["run"])) == run
    assert check_gapless(run) >= 100


def test_one_process_at_a_time_trains_a_run_and_five_signals_are_as_good_as_one(
    samples: Path, tmp_path: Path, home: Path
) -> None:
    with training("train", samples / "iris", "--epochs", str(FOREVER), "--runs", tmp_path, home=home) as process:
        said(process, 3)
        (run,) = (each for each in tmp_path.iterdir() if (each / "run.json").exists())
        until(lambda: (run / checkpoint.STATE).exists())
        with training("resume", run, home=home) as second:
            _, err = second.communicate(timeout=60)
            assert second.returncode == 1
            assert "is being trained by another process; stop it first." in err
        for _ in range(5):
            process.send_signal(signal.SIGINT)
        ended(process, 130)
    assert check_gapless(run) > 3


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A project whose preparing takes a moment, whose epochs are long, and whose validation is as long."""
    rows = "".join(f"{number % 7},{number % 11},{number % 2}\n" for number in range(60_000))
    (tmp_path / "large.csv").write_text("x,y,kind\n" + rows)
    project = open_path(tmp_path / "large.csv").project
    split = msgspec.structs.replace(project.data.split, validation_split=0.5)
    changed = msgspec.structs.replace(
        project,
        data=msgspec.structs.replace(project.data, split=split),
        training=msgspec.structs.replace(project.training, epochs=FOREVER, batch_size=4),
    )
    projects.save(changed, tmp_path / "project.toml")
    return tmp_path / "project.toml"


def run_of(project: Path) -> Path:
    runs = project.parent / "runs"
    until(lambda: runs.is_dir() and any(is_locked(run) and (run / "run.json").exists() for run in runs.iterdir()), 60)
    (run,) = (run for run in runs.iterdir() if is_locked(run))
    return run


def stop(run: Path) -> None:
    os.kill(information.read(run).pid, signal.SIGTERM)
    until(lambda: not is_locked(run), 60)
    assert information.read(run).state == "stopped"


@pytest.mark.parametrize("how", ["closed", "signal"])
def test_a_terminal_that_goes_while_training_is_prepared(start: Start, large: Path, how: str) -> None:
    terminal = start(large)
    terminal.wait_for("t trains")
    terminal.send("t")
    terminal.wait_for("preparing")
    if how == "closed":
        terminal.hang_up()
    else:
        terminal.signal(signal.SIGHUP)
        assert terminal.exit_code(60) == 128 + signal.SIGHUP
    run = run_of(large)
    stop(run)
    assert checkpoint.load(run / checkpoint.STATE) is not None


def test_a_terminal_that_goes_while_it_shows_the_run_of_another(start: Start, large: Path, home: Path) -> None:
    with training("train", large, "--runs", large.parent / "runs", home=home) as process:
        run = run_of(large)
        for how in ("closed", "signal"):
            onlooker = start("attach", run)
            onlooker.wait_for("▶ training", 60)
            onlooker.run_for(0.5)  # the first paint is whole
            if how == "closed":
                onlooker.hang_up()
            else:
                onlooker.signal(signal.SIGHUP)
            assert onlooker.exit_code(30) != 0
        assert process.poll() is None
        assert information.read(run).pid == process.pid
        process.send_signal(signal.SIGTERM)
        ended(process, 143)
