"""The terminal of the tests does what a terminal does."""

import signal
import time

import pytest

from tests.terminal.driver import Area, Terminal

pytestmark = pytest.mark.terminal


def shell(script: str, columns: int = 100, rows: int = 30) -> Terminal:
    return Terminal("sh", "-c", script, columns=columns, rows=rows)


def test_size_is_told_and_told_again() -> None:
    with shell('trap "stty size" WINCH; stty size; while :; do sleep 0.05; done', columns=80, rows=24) as terminal:
        terminal.wait_for("24 80")
        terminal.resize(140, 40)
        terminal.wait_for("40 140")
        assert terminal.text.split() == ["24", "80", "40", "140"]


def test_keys_arrive_and_answers_are_drawn() -> None:
    with shell('read name; printf "\\033[2J\\033[3;5Hhello %s" "$name"; sleep 9') as terminal:
        terminal.press("A", "d", "a", "enter")
        terminal.wait_for("hello Ada")
        assert terminal.text.splitlines()[2] == "    hello Ada"
        assert "".join(cell.data for cell in terminal.cells(Area(4, 2, 9, 3))) == "hello"


def test_newer_sequences_do_not_show() -> None:
    asked = 'stty -echo; printf "\\033[>1u\\033[?2026\\044pa\\033[<u"; printf "b"'
    with shell(f'{asked}; read -r answer; printf %s "$answer" | tr -d "\\033"; sleep 9') as terminal:
        terminal.wait_for("ab")
        terminal.press("enter")  # behind the terminal's answer
        terminal.wait_for("ab[?2026;2$y")
        assert terminal.text.strip() == "ab[?2026;2$y"


def test_latency_looks_at_its_area_alone() -> None:
    answer = 'read key; printf "\\033[9;1Helsewhere"; sleep 0.3; printf "\\033[1;1HREADY"'
    with shell(f'stty -echo; printf "\\033[2Jready"; {answer}; sleep 9') as terminal:
        terminal.wait_for("ready")
        assert 0.3 <= terminal.latency("enter", Area(0, 0, 5, 1)) < 2
        assert "elsewhere" in terminal.text


def test_nothing_is_nothing() -> None:
    with shell("printf x; sleep 9") as terminal:
        terminal.wait_for("x")
        assert (terminal.run_for(0.3), terminal.received) == (0, 1)


def test_what_does_not_come_is_said_with_the_screen() -> None:
    with shell("echo something; sleep 9") as terminal:
        terminal.wait_for("something")
        with pytest.raises(TimeoutError) as told:
            terminal.wait_for("else", timeout=0.2)
        assert "something" in str(told.value)


def test_end_is_noticed_while_waiting() -> None:
    with shell("echo gone; exit 3") as terminal:
        started = time.perf_counter()
        with pytest.raises(TimeoutError, match="ended with 3"):
            terminal.wait_for("never")
        assert time.perf_counter() - started < 5
        assert terminal.exit_code() == 3


def test_signal_and_hang_up_end_the_program() -> None:
    with shell("echo on; sleep 9") as terminal:
        terminal.wait_for("on")
        terminal.signal(signal.SIGTERM)
        assert terminal.exit_code() == -signal.SIGTERM
    with shell("echo on; sleep 9") as terminal:
        terminal.wait_for("on")
        terminal.hang_up()
        assert terminal.exit_code() == -signal.SIGHUP
        with pytest.raises(BrokenPipeError, match="on"):
            terminal.press("a")
