"""Start the screen: the environment it needs, and an orderly end."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Any

from asanai_tui import logs

# Read when textual is imported. Animations and smooth scrolling cost bytes on the link and time on the keys;
# escape counts as a key of its own after so many milliseconds.
DEFAULTS = {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0", "ESCDELAY": "15"}
SWITCH_INTERVAL = 0.0005  # seconds a thread may keep the interpreter while a key waits
PATIENCE = 20.0  # seconds that the training gets to write its model when the program ends


def launch(path: Path | None, theme: str = "", mouse: bool = True, attach: bool = False) -> int:
    """Run the program until it ends; its exit status. `attach`: the path is that of a run to be shown."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    sys.setswitchinterval(SWITCH_INTERVAL)
    with logs.diverted_stderr() as terminal:
        streams: Any = sys
        usual, streams.__stderr__ = sys.__stderr__, terminal  # what Textual writes to
        try:
            from asanai_tui.tui.app import AsanaiApp

            app = AsanaiApp(path, theme, attach)
            status = app.run(mouse=mouse)
            app.end_training(PATIENCE)
            if app.mishap is not None:
                app.last_words += [logs.record(app.mishap), *app.keeper.rescue()]
        finally:
            streams.__stderr__ = usual
        with contextlib.suppress(OSError):  # the terminal is gone
            print("\n".join(app.last_words), end="\n" if app.last_words else "", file=terminal, flush=True)
    return status or app.return_code or 0
