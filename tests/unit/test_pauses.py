"""The collector leaves libraries alone once they are loaded."""

import gc
import sys

import pytest

from asanai_tui.tui.pauses import Collector


@pytest.fixture(autouse=True)
def thawed() -> object:
    yield
    gc.unfreeze()


def test_what_is_loaded_is_frozen_when_no_more_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.unfreeze()
    collector = Collector()
    collector.look()
    assert gc.get_freeze_count() == 0  # more may be coming
    collector.look()
    frozen = gc.get_freeze_count()
    assert frozen > 0
    kept = [[] for _ in range(1000)]  # type: ignore[var-annotated]
    collector.look()
    assert gc.get_freeze_count() == frozen  # work done since is collected as ever
    monkeypatch.setitem(sys.modules, "one_more_module", gc)
    collector.look()
    collector.look()
    assert gc.get_freeze_count() >= frozen + len(kept)
