"""Keys without sense or order at every size: nothing breaks, and something always has the focus."""

import random
from pathlib import Path

import pytest

from asanai_tui.tui.actions import BY_ID
from tests.ui.driving import desk

KEYS = [key for action in BY_ID.values() for key in action.keys.split(",") if action.id != "program.quit"]
KEYS += ["enter", "escape", "down", "tab"] * 10 + list("0123456789") + ["backspace", "ctrl+u", "space"]
SIZES = [(20, 5), (40, 12), (80, 24), (140, 40)]
STEPS = 60


@pytest.mark.parametrize("sample", ["iris", "penguins", "digits"])
async def test_any_keys(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample: str) -> None:
    monkeypatch.chdir(tmp_path)
    chance = random.Random(sample)
    pressed: list[str] = []
    async with desk(samples / sample) as each:
        for step in range(STEPS):
            if step % 20 == 19:
                size = chance.choice(SIZES)
                pressed.append(f"{size[0]}x{size[1]}")
                await each.pilot.resize_terminal(*size)
                await each.settle()
            else:
                key = chance.choice(KEYS)
                pressed.append("escape" if each.screen == "QuestionScreen" else key)
                await each.press(pressed[-1])
            assert each.app.screen.focused is not None, f"no focus on {each.screen} after {pressed}"
        assert not [said for said in each.said if "went wrong" in said], pressed
