"""Training without a screen ends in order: by signals, by a lost terminal; by SIGKILL every file is whole or absent."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from asanai_tui.runs import history, information
from asanai_tui.training import model_file
from tests.terminal.driver import Terminal

PROGRAM = (sys.executable, "-m", "asanai_tui")

pytestmark = pytest.mark.terminal


def command(samples: Path, runs: Path, *more: str) -> list[str]:
    return [*PROGRAM, "train", str(samples / "iris"), "--epochs", "1000000", "--runs", str(runs), *more]


def check_whole(run: Path) -> int:
    """Every file that has its name is complete; how many model files there are."""
    if (run / "run.json").exists():
        information.read(run)
    history.read(run)
    models = list(run.glob("checkpoints/*/model.safetensors"))
    for path in models:
        content = model_file.load(path)
        assert all(weight.isfinite().all() for weight in content.weights.values())
    return len(models)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_stops_and_leaves_a_whole_model(
    samples: Path, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    with subprocess.Popen(
        command(samples, tmp_path, "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = [json.loads(process.stdout.readline()) for _ in range(3)]
        assert [line["epoch"] for line in first] == [1, 2, 3]
        process.send_signal(number)
        end = json.loads(process.stdout.read().splitlines()[-1])
        assert process.wait(20) == status
        assert process.stderr.read() == ""
    assert end["event"] == "stopped"
    assert list(end) == ["event", "run", "model", "best_epoch", "val_loss"]
    note = model_file.load(Path(end["model"])).note
    assert (note["best_epoch"], note["val_loss"]) == (end["best_epoch"], end["val_loss"])
    assert information.read(Path(end["run"])).state == "stopped"
    assert check_whole(Path(end["run"])) == 2


def test_signal_while_the_program_still_starts(samples: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        command(samples, tmp_path, "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        time.sleep(0.8)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == ""
    assert not out or json.loads(out.splitlines()[-1])["event"] == "stopped"


def test_kill_leaves_files_whole_or_absent(samples: Path, tmp_path: Path) -> None:
    """Checkpoints are written without a pause here, so that the end comes in the midst of one."""
    program = (
        "import sys; from asanai_tui.runs import history, writer; writer.INTERVAL = 0.0; writer.SHARE = 1e9; "
        "history.INTERVAL = 0.0; from asanai_tui.cli import main; main(sys.argv[1:])"
    )
    models = 0
    for turn in range(3):
        runs = tmp_path / str(turn)
        with subprocess.Popen(
            [sys.executable, "-c", program, *command(samples, runs, "--json")[3:]], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for _ in range(2 + 7 * turn):
                process.stdout.readline()
            process.kill()
        (run,) = runs.iterdir()
        models += check_whole(run)
    assert models >= 3


def test_interrupted_at_a_terminal(samples: Path, tmp_path: Path) -> None:
    with Terminal(*command(samples, tmp_path)) as terminal:
        terminal.wait_for("accuracy")
        assert terminal.text.count("Epoch") == 1
        terminal.send("\x03")
        assert terminal.exit_code() == 130
        assert "Stopped after" in terminal.text
        assert "Model  " in terminal.text


def test_hung_up_terminal_does_not_end_the_training(samples: Path, tmp_path: Path) -> None:
    with Terminal(*command(samples, tmp_path)) as terminal:
        terminal.wait_for("accuracy")
        (run,) = tmp_path.iterdir()
        terminal.hang_up()
        before = len(history.read(run))
        time.sleep(2.5)
        assert terminal.process.poll() is None
        assert len(history.read(run)) > before
        terminal.signal(signal.SIGTERM)
        assert terminal.exit_code() == 143
    assert information.read(run).state == "stopped"
    assert check_whole(run) == 2


def test_output_is_flushed_line_by_line(samples: Path, tmp_path: Path) -> None:
    """A script sees an epoch when it ends, not when a buffer is full."""
    pictures = [*PROGRAM, "train", str(samples / "digits"), "--epochs", "100", "--runs", str(tmp_path), "--json"]
    with subprocess.Popen(pictures, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert msgspec.json.decode(process.stdout.readline())["epoch"] == 1
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        assert process.wait(20) == 143
