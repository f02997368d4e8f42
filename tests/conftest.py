"""What every test needs: a home of its own, and one thread for torch, because two workers share the cores."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from asanai_tui.network import randomness

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when torch is first imported

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Recovery files, recent projects, keys and decoded pictures of this test, and of what it starts, lie here."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("ASANAI_TUI_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def ordinary_randomness() -> Iterator[None]:
    """A step that a test computes in its own thread seeds this thread; the next test draws from torch's own again."""
    yield
    randomness.end()


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of the samples."""
    return ROOT / "samples"
