"""The recovery file: unsaved work survives a crash."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from asanai_tui import recovery
from asanai_tui.errors import InputError

if TYPE_CHECKING:
    from asanai_tui.tui.app import AsanaiApp

KEEP = 0.3  # seconds from an edit to the recovery file


class Keeper:
    """Keeps what is unsaved in the recovery file."""

    def __init__(self, app: AsanaiApp) -> None:
        self._app = app
        self._recovery = recovery.Recovery()
        self._due = False  # the recovery file is about to be written
        self._busy = threading.Lock()  # what is unsaved must not change between the look and the writing
        self._given_up = False

    def protect(self) -> None:
        """Write unsaved work to the recovery file; soon and aside, so that no key waits for the disk."""
        if not self._due:
            self._due = True
            self._app.set_timer(KEEP, lambda: self._app.reader.aside(self._protect, lambda _: None, self._not_kept))

    def protect_now(self) -> None:
        """The same before anything else happens."""
        try:
            self._protect()
        except InputError as error:
            self._not_kept(str(error))

    def rescue(self) -> list[str]:
        """After a mistake of ours that ended the program: what became of the work, in sentences."""
        if not self.unsaved:
            return []
        try:
            self._protect()
        except InputError as error:
            return [f"Unsaved work could not be kept: {error}"]
        return ["Unsaved work is offered at the next start."]

    def forget(self, for_good: bool = False) -> None:
        """The work is saved; or it is given up `for_good`, as the program ends."""
        with self._busy:
            self._given_up = for_good
            self._recovery.discard()

    def _protect(self) -> None:
        self._due = False
        with self._busy:
            document = self._app.document
            if document is not None and document.dirty and not self._given_up:
                self._recovery.write(document.project, document.path)
            else:
                self._recovery.discard()

    def _not_kept(self, sentence: str) -> None:
        said = f"Unsaved work is not protected against a crash: {sentence}"
        self._app.notify(said, severity="warning", timeout=15)

    @property
    def unsaved(self) -> bool:
        """Whether there is work that no file holds."""
        return self._app.document is not None and self._app.document.dirty
