"""Files are read in threads of their own; what they held reaches the program when it is there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from asanai_tui import logs
from asanai_tui.data.progress import Progress
from asanai_tui.errors import InputError

if TYPE_CHECKING:
    from asanai_tui.data.preview import Preview
    from asanai_tui.data.spec import Source
    from asanai_tui.opening import Opened
    from asanai_tui.tui.app import AsanaiApp

Result = TypeVar("Result")


class Reader:
    """Reads for the program."""

    def __init__(self, app: AsanaiApp) -> None:
        self._app = app
        self._newest = 0

    def open(
        self, path: Path, done: Callable[[Opened], None], failed: Callable[[str], None], say: Callable[[str], None]
    ) -> None:
        """Find out what `path` is; `say` is told a line now and then while that takes long."""

        def opened() -> Opened:
            from asanai_tui import opening
            from asanai_tui.tui import navigator  # noqa: F401 (the screens, which no key then waits for)

            return opening.open_path(path, look=False, progress=Progress(partial(self._app.call_soon, say)))

        self.aside(opened, done, failed)

    def inspect(self, source: Source, done: Callable[[Preview], None], failed: Callable[[str], None]) -> None:
        """Read a source for its preview; of several such readings only the newest counts."""
        self._newest += 1
        number = self._newest

        def still(call: Callable[[Result], None], result: Result) -> None:
            if number == self._newest:
                call(result)

        self.read(source, partial(still, done), partial(still, failed))

    def read(
        self, source: Source, done: Callable[[Preview], None], failed: Callable[[str], None], decide: bool = False
    ) -> None:
        """Read a source for an edit, which counts whatever is read after it; `decide`: see `sources.inspect`."""

        def inspected() -> Preview:
            from asanai_tui.data import sources

            return sources.inspect(source, decide)

        self.aside(inspected, done, failed)

    def forget(self) -> None:
        """What is being read is no longer wanted."""
        self._newest += 1

    def aside(self, task: Callable[[], Result], done: Callable[[Result], None], failed: Callable[[str], None]) -> None:
        """Run `task` in a thread, then `done` with its result or `failed` with a sentence in the event loop."""

        def run() -> None:
            try:
                result = task()
            except InputError as error:
                self._app.call_soon(failed, str(error))
            except Exception as error:  # a mistake in here must not leave the screen waiting
                self._app.call_soon(failed, logs.record(error))
            else:
                self._app.call_soon(done, result)

        threading.Thread(target=run, daemon=True).start()
