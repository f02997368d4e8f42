"""Start the screen: the environment it needs, and an orderly end."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TextIO

from asanai_tui.files import state_folder

# Read when textual is imported. Animations and smooth scrolling cost bytes on the link and time on the keys.
DEFAULTS = {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0"}
SWITCH_INTERVAL = 0.0005  # seconds a thread may keep the interpreter while a key waits
PATIENCE = 20.0  # seconds that the training gets to write its model when the program ends


def launch(path: Path | None, theme: str = "", mouse: bool = True) -> int:
    """Run the program until it ends; its exit status."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    sys.setswitchinterval(SWITCH_INTERVAL)
    with _Quiet():
        from asanai_tui.tui.app import AsanaiApp

        app = AsanaiApp(path, theme)
        status = app.run(mouse=mouse)
        app.end_training(PATIENCE)
    for line in app.last_words:
        print(line, file=sys.stderr)
    return status or app.return_code or 0


class _Quiet:
    """While the screen is up, what libraries print to file descriptor 2 goes to a log, not over the screen.

    Textual writes to `sys.__stderr__`, which keeps the terminal on a descriptor of its own.
    """

    def __enter__(self) -> None:
        self._terminal = os.dup(2)
        self._old: TextIO | None = sys.__stderr__
        log = _log()
        os.dup2(log, 2)
        os.close(log)
        sys.__stderr__ = os.fdopen(os.dup(self._terminal), "w", encoding="utf-8")  # type: ignore[misc]

    def __exit__(self, *_: object) -> None:
        os.dup2(self._terminal, 2)
        os.close(self._terminal)
        sys.__stderr__ = self._old  # type: ignore[misc]


def _log() -> int:
    try:
        folder = state_folder()
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder / "stderr.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)  # no home folder: better no log than a torn screen
