"""How often a training is shown anew: bytes have their time, on a clock of the test's own."""

import pytest

from asanai_tui.tui import pace
from asanai_tui.tui.pace import BUDGET, LONGEST, Pace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])
    return now


def test_updates_stay_within_the_budget(clock: list[float]) -> None:
    each, sent, shown = Pace(), 0, 0
    for _ in range(240):
        clock[0] += 0.25
        if each.ready(sent):
            sent, shown = sent + 900, shown + 1
    assert 0.6 * BUDGET < sent / 60 <= BUDGET  # less than it, since a look comes four times a second
    assert shown < 240


def test_small_updates_never_wait(clock: list[float]) -> None:
    each = Pace()
    for number in range(40):
        clock[0] += 0.25
        assert each.ready(number * 100)


def test_a_whole_screen_holds_nothing_up_for_long(clock: list[float]) -> None:
    each = Pace()
    assert each.ready(0)
    assert not each.ready(50_000)  # all of it was an update
    clock[0] += LONGEST
    assert each.ready(50_000)


def test_what_keys_bring_to_the_screen_holds_nothing_up(clock: list[float]) -> None:
    each = Pace()
    assert each.ready(9_000)  # the first paint
    assert not each.ready(59_000)
    clock[0] += LONGEST
    assert each.ready(99_000)  # another screen, while updates waited
