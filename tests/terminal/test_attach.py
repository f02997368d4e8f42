"""Training outlives its screen: hung up, left, crashed; and it is seen and controlled from another terminal."""

import os
import signal
import stat
import sys
from pathlib import Path

import pytest

from asanai_tui.runs import history, information
from asanai_tui.runs.lock import is_locked
from tests.terminal.conftest import Start
from tests.terminal.driver import Terminal
from tests.terminal.test_program import check_model, check_restored, train
from tests.waiting import until

pytestmark = pytest.mark.terminal


def the_run(endless: Path) -> Path:
    (run,) = (endless.parent / "runs").iterdir()
    return run


def grows(run: Path) -> bool:
    """Whether epochs are still being added."""
    before = len(history.read(run))
    until(lambda: len(history.read(run)) > before)
    return is_locked(run)


def gapless(run: Path) -> bool:
    """Whether the history has every epoch once."""
    return [epoch.epoch for epoch in history.read(run)] == list(range(1, len(history.read(run)) + 1))


def stop(run: Path) -> None:
    os.kill(information.read(run).pid, signal.SIGTERM)
    until(lambda: not is_locked(run))


def test_left_in_the_background_and_attached_to_from_another_terminal(start: Start, endless: Path) -> None:
    terminal = start(endless)
    train(terminal)
    terminal.press("q")
    terminal.wait_for("train in the background")
    terminal.press("b")
    assert terminal.exit_code(60) == 0
    check_restored(terminal)
    assert "Training goes on in the background; asanai-tui attach" in terminal.text.replace("\n", " ")
    run = the_run(endless)
    assert grows(run)
    assert information.read(run).pid != terminal.process.pid

    other = start("attach")
    other.wait_for("training  attached  cpu")
    other.wait_for("── loss")
    other.press("p")
    other.wait_for("paused")
    other.press("p")
    other.wait_for("▶ training")
    other.press("+")
    until(lambda: any("learning_rate" in epoch.changes for epoch in history.read(run)))
    other.press("q")
    assert other.exit_code() == 0
    assert grows(run)

    third = start("attach", run)
    third.wait_for("▶ training")
    third.press("t")
    third.wait_for("stopped")
    third.press("q")
    assert third.exit_code() == 0
    check_model(endless.parent)
    assert gapless(run)


def test_closed_terminal_leaves_the_training_going_on(start: Start, endless: Path) -> None:
    terminal = start(endless)
    train(terminal)
    terminal.hang_up()
    run = the_run(endless)
    assert grows(run)
    other = start("attach", run)
    other.wait_for("▶ training")
    other.press("t")
    other.wait_for("stopped")
    assert terminal.exit_code(20) != 0
    check_model(endless.parent)
    assert gapless(run)


def test_closed_terminal_is_noticed_where_its_signal_is_ignored(endless: Path, home: Path) -> None:
    """As below nohup: without the signal the program must not draw for nobody; its training goes on."""
    script = f'trap "" HUP; exec {sys.executable} -m asanai_tui "{endless}"'
    with Terminal("sh", "-c", script, env={"ASANAI_TUI_HOME": str(home)}, cwd=endless.parent) as terminal:
        train(terminal)
        terminal.hang_up()
        run = the_run(endless)
        assert grows(run)
        stop(run)
        assert terminal.exit_code(20) != 0
    check_model(endless.parent)


def test_a_hang_up_signal_gives_the_terminal_back_and_the_training_goes_on(start: Start, endless: Path) -> None:
    terminal = start(endless)
    train(terminal)
    terminal.signal(signal.SIGHUP)
    assert terminal.exit_code(60) == 128 + signal.SIGHUP
    check_restored(terminal)
    run = the_run(endless)
    assert grows(run)
    stop(run)
    assert gapless(run)


def test_a_crash_of_the_screen_does_not_stop_the_training(home: Path, endless: Path) -> None:
    broken = (
        "import sys; from asanai_tui.tui.widgets.layer_list import LayerList; from asanai_tui.__main__ import main;"
        "LayerList.action_mark = lambda self: 1 / 0; sys.exit(main())"
    )
    with Terminal(
        sys.executable, "-c", broken, endless, env={"ASANAI_TUI_HOME": str(home)}, cwd=endless.parent
    ) as terminal:
        train(terminal)
        terminal.press("space")
        assert terminal.exit_code(60) == 1
        check_restored(terminal)
    run = the_run(endless)
    assert grows(run)
    stop(run)


def test_the_socket_is_for_its_owner_alone_and_goes_with_the_training(start: Start, endless: Path) -> None:
    terminal = start("train", endless, "--runs", endless.parent / "runs")
    terminal.wait_for("Epoch")
    run = the_run(endless)
    until(lambda: (run / "control.sock").exists())
    assert stat.S_IMODE((run / "control.sock").stat().st_mode) == 0o600
    terminal.signal(signal.SIGUSR1)
    assert terminal.exit_code(20) == 75
    assert "resume" in terminal.text
    assert not (run / "control.sock").exists()


def test_a_training_that_is_killed_is_told_to_those_who_look_on(start: Start, endless: Path) -> None:
    terminal = start("train", endless, "--runs", endless.parent / "runs")
    terminal.wait_for("Epoch")
    run = the_run(endless)
    other = start("attach", run)
    other.wait_for("▶ training")
    terminal.signal(signal.SIGKILL)
    other.wait_for("asanai-tui resume")
    other.press("q")
    assert other.exit_code() == 0


def test_a_long_path_and_a_run_that_has_ended(start: Start, samples: Path, tmp_path: Path) -> None:
    """The address of a socket has at most 107 bytes; a path may be longer."""
    runs = tmp_path / ("long " * 20) / ("path " * 20)
    terminal = start("train", samples / "iris", "--epochs", "100000", "--runs", runs)
    terminal.wait_for("Epoch")
    (run,) = runs.iterdir()
    other = start("attach", run)
    other.wait_for("▶ training")
    other.press("t")
    other.wait_for("stopped")
    terminal.exit_code(20)
    last = start("attach", run)
    last.wait_for("stopped")
    last.wait_for("── loss")
    assert "lr 0.002" in last.text
    assert len(history.read(run)) > 1


def test_no_run_is_a_sentence(start: Start, tmp_path: Path) -> None:
    terminal = start("attach")
    assert terminal.exit_code(20) == 1
    assert "No run is known on this machine" in terminal.text
    strange = start("attach", tmp_path)
    assert strange.exit_code(20) == 1
    assert "is not the directory of a run" in strange.text


def test_changed_on_an_attached_screen_and_from_the_command_line(start: Start, endless: Path) -> None:
    terminal = start(endless)
    train(terminal)
    run = the_run(endless)
    other = start("attach", run)
    other.wait_for("training  attached  cpu")
    other.wait_for("── loss")
    other.press("M")
    other.wait_for("the training that runs")
    other.press("down", "down", "enter")
    other.press(*"90000")
    other.press("enter")
    other.wait_for("From the next batch on: patience 90000")
    other.press("escape")
    told = start("change", run, "--learning-rate", "0.125", "--epochs", "2")
    assert told.exit_code(30) == 0
    assert "learning_rate 0.125, epochs 2; epoch" in told.text.replace("\n", " ")
    terminal.wait_for("✓")
    changes = [epoch.changes for epoch in history.read(run) if epoch.changes]
    assert changes == [{"patience": 90_000}, {"learning_rate": 0.125, "epochs": 2}]
