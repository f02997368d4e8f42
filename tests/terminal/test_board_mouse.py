"""The drawing board in a real terminal: mouse sequences draw, and only cells that change are sent."""

import shutil
from pathlib import Path

import pytest

from tests.terminal.conftest import Start
from tests.terminal.driver import Area, Terminal

pytestmark = pytest.mark.terminal


def mouse(terminal: Terminal, button: int, x: int, y: int, released: bool = False) -> None:
    """What a terminal sends; 0 is the left button, 32 more while the mouse moves. Columns and rows count from 0."""
    terminal.send(f"\x1b[<{button};{x + 1};{y + 1}{'m' if released else 'M'}")


def test_the_mouse_draws_and_few_bytes_are_sent(start: Start, samples: Path, tmp_path: Path) -> None:
    for name in ("0", "1"):
        (tmp_path / "digits" / name).mkdir(parents=True)
        for path in sorted((samples / "digits" / name).iterdir())[:3]:
            shutil.copy(path, tmp_path / "digits" / name)
    terminal = start("digits")
    terminal.wait_for("t trains")
    terminal.press("2")
    terminal.wait_for("camera")
    terminal.press("D")
    terminal.wait_for("Drawing · 8 × 8 grey")
    terminal.settle(0.5)
    whole = Area(0, 0, terminal.screen.columns, terminal.screen.lines)
    before, sent = terminal.cells(whole), terminal.received
    middle = 34, 14
    mouse(terminal, 0, *middle)
    for x in range(middle[0], middle[0] + 16, 2):
        mouse(terminal, 32, x, middle[1])
    mouse(terminal, 0, middle[0] + 14, middle[1], released=True)
    terminal.settle(0.3)
    changed = [place for place, (old, new) in enumerate(zip(before, terminal.cells(whole), strict=True)) if old != new]
    rows = {place // terminal.screen.columns for place in changed}
    assert middle[1] in rows
    assert 8 <= len(changed) <= 200
    assert 0 < terminal.received - sent < 3_000
    terminal.press("enter")
    terminal.wait_for("Save into which class")
    terminal.press("enter")
    terminal.wait_for("Saved as drawing-0001.png in 0.")
    assert (tmp_path / "digits" / "0" / "drawing-0001.png").read_bytes().startswith(b"\x89PNG")
