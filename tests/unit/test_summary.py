"""`summary`: what each layer costs, for people in 80 columns and for programs."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from asanai_tui import project as projects
from asanai_tui.cli.summary import as_lines, as_plain
from asanai_tui.project import Project

LONG = [
    {"layer": "conv2d", "filters": 512, "kernel_size": [3, 3], "padding": "same", "activation": "leaky_relu"},
    {"layer": "batch_normalization"},
    {"layer": "conv2d_transpose", "filters": 256, "strides": [2, 2], "activation": "hard_sigmoid", "trainable": False},
    {"layer": "global_average_pooling2d"},
    {"layer": "dense", "units": 10},
]


def changed(path: Path, layers: list[dict[str, Any]]) -> Project:
    """The project of a file with other layers."""
    content = tomllib.loads(path.read_text())
    content["network"] = layers
    return projects.from_toml(tomli_w.dumps(content).encode())


@pytest.fixture
def digits(samples: Path) -> Path:
    return samples / "digits" / "project.toml"


def test_costs_of_every_layer_as_json(digits: Path) -> None:
    found = as_plain(projects.load(digits))
    layers = found["layers"]
    assert [layer["multiply_adds"] for layer in layers] == [9 * 16 * 64, 0, 9 * 16 * 32 * 16, 0, 512 * 64, 0, 640]
    assert found["multiply_adds"] == sum(layer["multiply_adds"] for layer in layers)
    assert found["batch_memory"] == 4 * 64 * found["batch_size"]
    assert found["memory"] == found["batch_memory"] + sum(layer["memory"] for layer in layers)
    assert layers[0]["memory"] == 4 * (160 * 4 + found["batch_size"] * 8 * 8 * 16)


def test_nothing_is_known_from_a_problem_on(digits: Path) -> None:
    project = changed(digits, [{"layer": "lstm"}, {"layer": "dense"}])
    assert [(layer["multiply_adds"], layer["memory"]) for layer in as_plain(project)["layers"]] == [(None, None)] * 2
    lines = as_lines(project)
    assert [line.split() for line in lines[3:5]] == [
        ["1", "lstm", "2", "tanh", "!", "0"],
        ["2", "dense", "2", "linear", "?", "0"],
    ]
    assert lines[-1].startswith("Layer 1 (lstm): ")


def test_table_says_what_learns_and_what_it_takes(digits: Path) -> None:
    content = tomllib.loads(digits.read_text())["network"]
    content[2]["trainable"] = False
    text = "\n".join(as_lines(changed(digits, content)))
    assert "1 conv2d 16 @ 3×3 relu 8×8×16 160 all 9.2 k 134 kB" in " ".join(text.split())
    assert "4,640  no " in text
    assert "116 k multiply-adds to compute one example" in text
    assert "of memory to train batches of 32 with adam, estimated" in text


@pytest.mark.parametrize(
    ("columns", "options"), [(80, ""), (90, "512 @ 3×3 l…"), (120, "512 @ 3×3 leaky_relu"), (20, "")]
)
def test_table_is_as_wide_as_the_terminal(
    digits: Path, monkeypatch: pytest.MonkeyPatch, columns: int, options: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = as_lines(changed(digits, LONG))
    table = lines[: lines.index("")]
    assert max(map(len, table)) <= max(columns, 76)
    assert options in table[3]
    assert ("options" in table[1]) is bool(options)
    assert "1,179,904" in table[5]


def test_learning_in_part(digits: Path) -> None:
    line = next(line for line in as_lines(changed(digits, LONG)) if "batch_norm" in line)
    assert " part " in line


def test_what_a_problem_hides_is_not_told_as_a_number(digits: Path) -> None:
    project = changed(digits, [{"layer": "conv1d"}, {"layer": "dense"}])
    lines = as_lines(project)
    assert not any("multiply-adds to compute" in line for line in lines)
    assert "0 parameters above the problem" in lines
    plain = as_plain(project)
    assert plain["multiply_adds"] is None
    assert plain["memory"] is None
