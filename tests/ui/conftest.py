"""What tests of the screen share: runs lie in a folder of the test, and a project that trains as long as it is to."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from asanai_tui import project as projects


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of samples are written where the program was started."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def iris(samples: Path, tmp_path: Path) -> Callable[[int], Path]:
    """A project of one's own that trains for so many epochs."""

    def with_epochs(epochs: int) -> Path:
        project = projects.load(samples / "iris" / "project.toml")
        training = msgspec.structs.replace(project.training, epochs=epochs)
        projects.save(msgspec.structs.replace(project, training=training), tmp_path / "project.toml")
        return tmp_path / "project.toml"

    return with_epochs
