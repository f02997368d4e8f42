"""The samples are learned well, without a screen, within two minutes on two cores."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("what", "wanted"),
    [
        ("iris/project.toml", 0.93),
        ("iris/iris.csv", 0.93),
        ("penguins/project.toml", 0.95),
        ("digits/project.toml", 0.95),
    ],
)
def test_validation_accuracy_of_the_best_model(samples: Path, tmp_path: Path, what: str, wanted: float) -> None:
    command = [sys.executable, "-m", "asanai_tui", "train", str(samples / what), "--runs", str(tmp_path), "--json"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    *epochs, end = [json.loads(line) for line in said.stdout.splitlines()]
    best = epochs[end["best_epoch"] - 1]
    assert best["val_loss"] == end["val_loss"]
    assert best["val_accuracy"] >= wanted


def test_xor_is_learned(samples: Path, tmp_path: Path) -> None:
    program = [sys.executable, "-m", "asanai_tui"]
    train = [*program, "train", str(samples / "xor"), "--runs", str(tmp_path), "--json"]
    said = subprocess.run(train, capture_output=True, text=True, timeout=120, check=True)
    run = json.loads(said.stdout.splitlines()[-1])["run"]
    predict = [*program, "predict", run, str(samples / "xor" / "xor.csv")]
    lines = subprocess.run(predict, capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()
    assert [line.split(",")[1] for line in lines] == ["prediction", "0", "1", "1", "0"]
