"""The program in a pseudo-terminal, ended with the test whatever happens."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Protocol

import msgspec
import pytest

from asanai_tui import project as projects
from asanai_tui.runs import information
from asanai_tui.runs.lock import is_locked
from tests.terminal.driver import Terminal

FOREVER = 1_000_000


@pytest.fixture
def endless(samples: Path, tmp_path: Path) -> Iterator[Path]:
    """Iris, in a project that trains until it is stopped; what trains in the background is stopped afterwards."""
    project = projects.load(samples / "iris" / "project.toml")
    training = msgspec.structs.replace(project.training, epochs=FOREVER)
    projects.save(msgspec.structs.replace(project, training=training), tmp_path / "project.toml")
    yield tmp_path / "project.toml"
    for run in (tmp_path / "runs").glob("*/"):
        if is_locked(run):
            with suppress(ProcessLookupError):
                os.kill(information.read(run).pid, signal.SIGKILL)


class Start(Protocol):
    """Starts `asanai-tui` with arguments in a terminal of a given size."""

    def __call__(self, *arguments: str | Path, columns: int = 100, rows: int = 30, **env: str) -> Terminal: ...


@pytest.fixture
def start(home: Path, tmp_path: Path) -> Iterator[Start]:
    """`start("project.toml", columns=140, rows=40)`; it runs in `tmp_path` and keeps its state in `home`."""
    with ExitStack() as open_terminals:

        def start_one(*arguments: str | Path, columns: int = 100, rows: int = 30, **env: str) -> Terminal:
            command = (sys.executable, "-m", "asanai_tui", *arguments)
            return open_terminals.enter_context(
                Terminal(*command, columns=columns, rows=rows, env={"ASANAI_TUI_HOME": str(home), **env}, cwd=tmp_path)
            )

        yield start_one
