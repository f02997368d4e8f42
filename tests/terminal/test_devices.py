"""`train --devices 2` and torchrun: real processes, one history, one sentence when one of them dies, none left over."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

from asanai_tui.cli.program import main
from asanai_tui.runs import checkpoint, history, information
from asanai_tui.runs.attached import AttachedSession
from asanai_tui.training.rank_environment import FOLDER
from tests.waiting import until

PROGRAM = (sys.executable, "-m", "asanai_tui")
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "asanai_tui")
LONG = 1_000_000

pytestmark = pytest.mark.terminal


def train(samples: Path, runs: Path, epochs: int, *more: str) -> list[str]:
    return ["train", str(samples / "iris"), "--epochs", str(epochs), "--runs", str(runs), "--json", *more]


def epochs_of(lines: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, lines.splitlines()) if line["event"] == "epoch"]


@contextmanager
def running(command: list[str]) -> Iterator["subprocess.Popen[str]"]:
    """A training that has ended its third epoch."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert [json.loads(process.stdout.readline())["epoch"] for _ in range(3)] == [1, 2, 3]
            yield process
        finally:
            process.kill()


def ranks_of(process: "subprocess.Popen[str]") -> list[int]:
    """The processes that this one has started, by rank."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    found = {}
    for child in children:
        names = dict(line.split("=", 1) for line in Path(f"/proc/{child}/environ").read_text().split("\0") if line)
        found[int(names["RANK"])] = int(child)
    return [found[rank] for rank in sorted(found)]


def is_there(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def only(runs: Path) -> Path:
    (folder,) = runs.iterdir()
    return folder


@pytest.mark.parametrize("start", [(*PROGRAM,), TORCHRUN], ids=["devices", "torchrun"])
def test_two_processes_learn_as_one(samples: Path, tmp_path: Path, start: tuple[str, ...]) -> None:
    alone = subprocess.run([*PROGRAM, *train(samples, tmp_path / "one", 5)], capture_output=True, text=True, check=True)
    more = ("--devices", "2") if start == PROGRAM else ()
    two = subprocess.run(
        [*start, *train(samples, tmp_path / "two", 5), *more], capture_output=True, text=True, check=True
    )
    assert [list(line) for line in epochs_of(two.stdout)] == [list(line) for line in epochs_of(alone.stdout)]
    for ours, wanted in zip(epochs_of(two.stdout), epochs_of(alone.stdout), strict=True):
        assert ours == pytest.approx(wanted, rel=1e-4)
    assert len(history.read(only(tmp_path / "two"))) == 5
    about = information.read(only(tmp_path / "two"))
    assert (about.state, about.epochs) == ("finished", 5)


@pytest.mark.parametrize("victim", [0, 1])
def test_a_killed_rank_ends_all_in_a_sentence_and_the_run_goes_on(samples: Path, tmp_path: Path, victim: int) -> None:
    with running([*PROGRAM, *train(samples, tmp_path, LONG, "--devices", "2")]) as process:
        ranks = ranks_of(process)
        os.kill(ranks[victim], signal.SIGKILL)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 1
        assert not any(map(is_there, ranks))
    run = only(tmp_path)
    assert said.count("\n") == 1
    assert said.startswith(f"Rank {victim} of 2 (process {ranks[victim]}")
    assert said.endswith(
        f"was killed by SIGKILL, so all have ended; asanai-tui resume {run} --devices 2 goes on from the last "
        "checkpoint.\n"
    )
    found = checkpoint.load(run / checkpoint.STATE)
    assert found is not None
    kept = found[0].numbers.epoch
    more = [*PROGRAM, "resume", str(run), "--devices", "2", "--epochs", str(kept + 1), "--json"]
    end = subprocess.run(more, capture_output=True, text=True, check=True)
    assert end.stderr.startswith(f"Goes on after {kept - 1:,} epoch")
    assert information.read(run).state == "finished"
    assert [epoch.epoch for epoch in history.read(run)] == list(range(1, kept + 2))


def test_nothing_is_left_of_a_starter_that_was_killed(samples: Path, tmp_path: Path) -> None:
    with running([*PROGRAM, *train(samples, tmp_path, LONG, "--devices", "2")]) as process:
        ranks = ranks_of(process)
        process.kill()
        until(lambda: not any(map(is_there, ranks)))
    assert information.read(only(tmp_path)).state == "stopped"


def test_a_signal_stops_all_and_the_run_goes_on_to_the_bit(samples: Path, tmp_path: Path) -> None:
    both = ("--devices", "2", "--batch-size", "4")  # so that few epochs pass before the signal arrives
    with running([*PROGRAM, *train(samples, tmp_path / "stopped", LONG, *both)]) as process:
        process.send_signal(signal.SIGUSR1)
        _, said = process.communicate(timeout=60)
        assert (process.returncode, said) == (75, "")
    run = only(tmp_path / "stopped")
    ends = str(len(history.read(run)) + 3)
    subprocess.run(
        [*PROGRAM, "resume", str(run), "--devices", "2", "--epochs", ends, "--json"], check=True, capture_output=True
    )
    whole = [*PROGRAM, *train(samples, tmp_path / "whole", int(ends), *both)]
    subprocess.run(whole, check=True, capture_output=True)
    ours, wanted = checkpoint.load(run / checkpoint.STATE), checkpoint.load(only(tmp_path / "whole") / checkpoint.STATE)
    assert ours is not None
    assert wanted is not None
    assert ours[0].tensors.keys() == wanted[0].tensors.keys()
    assert all(torch.equal(value, wanted[0].tensors[name]) for name, value in ours[0].tensors.items())


def test_attached_it_is_paused_changed_and_stopped(samples: Path, tmp_path: Path) -> None:
    with running([*PROGRAM, *train(samples, tmp_path, LONG, "--devices", "2")]) as process:
        session = AttachedSession(only(tmp_path))
        session.start()
        until(lambda: session.recorder.snapshot().state == "training")
        assert session.recorder.snapshot().device.startswith("2 × cpu")
        session.pause()
        until(lambda: session.recorder.snapshot().state == "paused")
        session.control.wish(learning_rate=0.125)
        session.go_on()
        until(lambda: session.recorder.snapshot().learning_rate == 0.125)
        session.stop()
        process.communicate(timeout=60)
        assert process.returncode == 0
        assert session.join(30)
    assert information.read(only(tmp_path)).state == "stopped"
    assert {"learning_rate": 0.125} in [epoch.changes for epoch in history.read(only(tmp_path))]


def test_what_one_rank_cannot_read_is_told_by_the_first(samples: Path, tmp_path: Path) -> None:
    """As on a second machine where the data is missing."""

    def rank(number: int, path: Path) -> "subprocess.Popen[str]":
        place = {"RANK": str(number), "WORLD_SIZE": "2", "LOCAL_RANK": str(number), FOLDER: str(tmp_path)}
        command = [*PROGRAM, "train", str(path), "--epochs", "1", "--runs", str(tmp_path / "runs")]
        return subprocess.Popen(
            command,
            env={**os.environ, **place},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    first, second = rank(0, samples / "iris"), rank(1, tmp_path / "nothing.csv")
    with first, second:
        until(lambda: None not in (first.poll(), second.poll()), 60)
        assert (first.returncode, second.returncode) == (1, 1)
        assert first.stderr is not None
        assert second.stderr is not None
        said = first.stderr.read()
        assert second.stderr.read() == ""
    assert said.count("\n") == 1
    assert said.startswith("Rank 1 of 2 (process ")
    assert said.endswith(f"ended: {tmp_path / 'nothing.csv'}: no such file or folder.\n")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--devices", "2", "--folds", "3"), "folds and seeds are trained by one process"),
        (("--devices", "2", "--device", "cuda:0"), "several processes cannot share one GPU"),
    ],
)
def test_what_cannot_be_is_a_sentence(samples: Path, tmp_path: Path, options: tuple[str, ...], sentence: str) -> None:
    end = subprocess.run([*PROGRAM, *train(samples, tmp_path, 1, *options)], capture_output=True, text=True)
    assert end.returncode == 1
    assert end.stderr.count("\n") == 1
    assert sentence in end.stderr


@pytest.mark.skipif(torch.cuda.is_available(), reason="of a machine without a GPU")
def test_all_of_no_gpus_is_a_sentence(samples: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(train(samples, tmp_path, 1, "--devices", "all")) == 1
    said = capfd.readouterr().err
    assert said == "--devices all: this machine has no GPU that torch can use; give a number of processes.\n"


def test_a_wrong_number_of_devices_is_wrong_usage(
    samples: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(train(samples, tmp_path, 1, "--devices", "0")) == 2
    assert "'0' is neither a number from 1 to 256 nor all." in capfd.readouterr().err
