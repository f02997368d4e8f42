"""The network view on a real terminal, where what loses the focus by being hidden must not take it back."""

from pathlib import Path

import pytest

from tests.terminal.conftest import Start

pytestmark = pytest.mark.terminal


@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1"}], ids=["colour", "no colour"])
def test_costs_and_picture_take_turns_at_80_columns(start: Start, samples: Path, env: dict[str, str]) -> None:
    terminal = start(samples / "digits", columns=80, rows=24, **env)
    terminal.wait_for("Layers")
    terminal.press("N")
    terminal.wait_for("941 kB to train")
    for wanted, gone in (("Picture", "to train"), ("to train", "Picture"), ("Picture", "to train")):
        terminal.press("tab")
        terminal.wait_for(wanted)
        terminal.settle()
        assert wanted in terminal.text
        assert gone not in terminal.text
    assert "╭" in terminal.text
    assert "8×8×16" in terminal.text
    terminal.press("escape")
    terminal.wait_for("Feature extraction")
