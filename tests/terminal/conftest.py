"""The program in a pseudo-terminal, ended with the test whatever happens."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from tests.terminal.driver import Terminal


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
