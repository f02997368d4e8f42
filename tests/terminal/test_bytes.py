"""What is sent to a real terminal. It rests on names inside Textual (`App._display`, its compositor): none may go."""

from pathlib import Path

import pytest

from tests.terminal.conftest import Start

pytestmark = pytest.mark.terminal


def test_a_dialog_and_another_screen_send_what_differs(start: Start, samples: Path) -> None:
    """Textual by itself sends 67 kB for a dialog that opens and closes over 100×30 cells, 76 kB for a screen."""
    terminal = start(samples / "iris")
    terminal.wait_for("t trains")
    terminal.settle(0.5)
    opened = terminal.received
    assert opened < 30_000
    terminal.press("T")
    terminal.wait_for("high-contrast")
    terminal.press("escape")
    terminal.wait_gone("high-contrast")
    terminal.settle()
    assert terminal.received - opened < 10_000
    left = terminal.received
    terminal.press("2")
    terminal.wait_for("sepal_width_cm")
    terminal.settle()
    assert 0 < terminal.received - left < 20_000
