"""The program as it is used: opened, trained, left, killed; on a terminal that is restored, small, or taken away."""

import signal
import sys
from pathlib import Path

import pytest

from asanai_tui import project as projects
from asanai_tui.recovery import recovery_folder
from asanai_tui.runs import information
from asanai_tui.training import model_file
from tests.terminal.conftest import Start
from tests.terminal.driver import Terminal
from tests.waiting import until

pytestmark = pytest.mark.terminal

LEAVES_ALTERNATE_SCREEN = b"\x1b[?1049l"
SHOWS_CURSOR = b"\x1b[?25h"


def train(terminal: Terminal) -> None:
    """Start the training and wait for its curve."""
    terminal.wait_for("t trains")
    terminal.press("t")
    terminal.wait_for("── loss")
    terminal.wait_for("┄┄ val")


def check_model(folder: Path) -> None:
    """The one run in `folder` has ended in order and its model is whole."""
    (run,) = (folder / "runs").iterdir()
    until(lambda: information.read(run).state == "stopped")
    for name in ("best", "last"):
        assert model_file.load(run / "checkpoints" / name / "model.safetensors").weights


def check_restored(terminal: Terminal) -> None:
    """The screen before the program is back, with its cursor."""
    after = bytes(terminal.output).rpartition(LEAVES_ALTERNATE_SCREEN)
    assert after[1], "the alternate screen was not left"
    assert SHOWS_CURSOR in terminal.output
    assert b"Traceback" not in after[2]


@pytest.mark.parametrize(("sample", "columns", "rows"), [("digits", 140, 40), ("penguins", 80, 24)])
def test_a_sample_opens_trains_predicts_and_is_left(
    start: Start, samples: Path, sample: str, columns: int, rows: int
) -> None:
    terminal = start(samples / sample, columns=columns, rows=rows)
    train(terminal)
    terminal.wait_for("continue", 120)
    terminal.press("4")
    terminal.wait_for("the data says")
    terminal.wait_for("%")
    terminal.press("q")
    assert terminal.exit_code() == 0
    check_restored(terminal)
    assert "Model: " in terminal.text


def test_layers_are_added_and_removed_by_keyboard_alone(start: Start, tmp_path: Path) -> None:
    rows = "".join(f"{number},{number * 7 % 5},{'yes' if number % 3 else 'no'}\n" for number in range(60))
    (tmp_path / "never seen.csv").write_text(f"first,second,answer\n{rows}")
    terminal = start("never seen.csv", columns=80, rows=24)
    terminal.wait_for("60 rows")
    terminal.press("a", "d", "r", "o", "p", "o")
    terminal.wait_for("Add below 1 dense")
    terminal.press("enter")
    terminal.wait_for("2 dropout")
    terminal.press("d")
    terminal.wait_gone("2 dropout")
    terminal.press("s", "enter")
    terminal.wait_for("Saved ")
    terminal.press("q")
    assert terminal.exit_code() == 0
    assert projects.load(tmp_path / "never seen.toml").problems() == []


def test_a_mistake_of_ours_ends_in_sentences_and_the_work_is_kept(home: Path, samples: Path, tmp_path: Path) -> None:
    broken = (
        "import sys; from asanai_tui.tui.widgets.layer_list import LayerList; from asanai_tui.__main__ import main;"
        "LayerList.action_mark = lambda self: 1 / 0; sys.exit(main())"
    )
    with Terminal(
        sys.executable, "-c", broken, samples / "iris", env={"ASANAI_TUI_HOME": str(home)}, cwd=tmp_path
    ) as terminal:
        terminal.wait_for("150 rows")
        terminal.press("D", "space")
        assert terminal.exit_code(20) == 1
        check_restored(terminal)
        said = " ".join(terminal.text.split())
        assert "Something went wrong inside asanai-tui (ZeroDivisionError: division by zero); the details" in said
        assert "Unsaved work is offered at the next start." in said
    assert len(list(recovery_folder().glob("*.json"))) == 1


def test_nothing_is_sent_while_nothing_happens(start: Start, samples: Path) -> None:
    for arguments, shown in (((samples / "iris",), "150 rows"), ((), "Penguins")):
        terminal = start(*arguments)
        terminal.wait_for(shown)
        terminal.settle(quiet=1.0)
        assert terminal.run_for(3.0) == 0


def test_little_is_sent_while_training(start: Start, endless: Path) -> None:
    terminal = start(endless)
    train(terminal)
    terminal.run_for(2.0)
    seconds = 4.0
    assert 0 < terminal.run_for(seconds) / seconds <= 2000


def test_signal_while_training_restores_the_terminal_and_keeps_the_model(start: Start, endless: Path) -> None:
    terminal = start(endless)
    train(terminal)
    terminal.signal(signal.SIGTERM)
    assert terminal.exit_code(20) == 128 + signal.SIGTERM
    check_restored(terminal)
    check_model(endless.parent)
    assert "Model: " in terminal.text


def test_signal_without_a_training(start: Start, samples: Path) -> None:
    terminal = start(samples / "iris")
    terminal.wait_for("150 rows")
    terminal.press("D")
    terminal.signal(signal.SIGTERM)
    assert terminal.exit_code() == 143
    check_restored(terminal)
    assert len(list(recovery_folder().glob("*.json"))) == 1


def test_quitting_while_training_asks_and_keeps_the_model(start: Start, endless: Path) -> None:
    terminal = start(endless)
    train(terminal)
    terminal.press("q")
    terminal.wait_for("Training is at epoch")
    terminal.press("escape")
    terminal.wait_gone("Training is at epoch")
    terminal.press("q", "s")
    assert terminal.exit_code(20) == 0
    check_restored(terminal)
    check_model(endless.parent)


def test_killed_with_unsaved_work_the_next_start_offers_it(start: Start, endless: Path) -> None:
    first = start(endless)
    first.wait_for("150 rows")
    first.press("D")
    first.wait_for("●")
    until(lambda: list(recovery_folder().glob("*.json")))
    first.signal(signal.SIGKILL)
    first.process.wait()
    second = start()
    second.wait_for("Unsaved work was found")
    second.press("enter")
    second.wait_for("4 dense")
    assert "●" in second.text
    second.press("s")
    second.wait_for("Saved ")
    assert len(projects.load(endless).network) == 4


@pytest.mark.parametrize("name", ["nothing.csv", "\x1b[31mred.csv"])
def test_path_that_is_not_there_is_one_sentence(start: Start, name: str) -> None:
    terminal = start(name)
    assert terminal.exit_code() == 1
    assert "no such file or folder" in " ".join(terminal.text.split())
    assert LEAVES_ALTERNATE_SCREEN not in terminal.output
    assert b"\x1b[31m" not in terminal.output


def test_file_that_cannot_be_used_is_a_sentence_on_the_start_screen(start: Start, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    terminal = start("empty.csv")
    terminal.wait_for("✕")
    assert "empty" in terminal.text
    terminal.press("q")
    assert terminal.exit_code() == 0


def test_smallest_terminal(start: Start, samples: Path) -> None:
    terminal = start(samples / "xor", columns=20, rows=5)
    terminal.wait_for("dense")
    terminal.press("down", "tab", "tab", "2", "3", "4", "1")
    terminal.resize(140, 40)
    terminal.wait_for("t trains")
    terminal.resize(20, 5)
    terminal.settle()
    terminal.press("q")
    assert terminal.exit_code() == 0
    check_restored(terminal)


def test_without_a_terminal_it_says_so(start: Start, samples: Path) -> None:
    import subprocess

    command = [sys.executable, "-m", "asanai_tui", str(samples / "xor")]
    said = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    assert said.returncode == 1
    assert "terminal" in said.stderr
    assert "Traceback" not in said.stderr


def test_resizing_with_a_dialog_open_shows_what_lies_below(start: Start, samples: Path) -> None:
    terminal = start(samples / "iris", columns=140, rows=40)
    terminal.wait_for("t trains")
    terminal.press("a")
    terminal.wait_for("type to search")
    for columns, rows in ((80, 24), (20, 5), (140, 40)):
        terminal.resize(columns, rows)
        terminal.settle()
    terminal.wait_for("type to search")
    terminal.wait_for("Options · 1 dense")
    terminal.press("escape")
    terminal.wait_gone("type to search")
    assert "Training" in terminal.text
