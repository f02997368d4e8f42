"""Keys as soon as they are known: Textual's input loop looks only every 100 ms whether an escape stands alone."""

from __future__ import annotations

import codecs
import os
import select

from textual import constants
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

LOOK = 0.1  # seconds between looks whether the program ends
READ = 4096  # bytes at once


class PromptDriver(LinuxDriver):
    """An escape counts after `constants.ESCAPE_DELAY`, so that a key behind it is not taken for alt+key."""

    def run_input_thread(self) -> None:
        """Read the terminal until the driver stops it."""
        parser, decoder = XTermParser(self._debug), codecs.getincrementaldecoder("utf-8")("replace")
        patience = LOOK
        while not self.exit_event.is_set():
            if select.select([self.fileno], [], [], patience)[0]:
                data = os.read(self.fileno, READ)
                if not data:  # the terminal is gone; nobody may be left who sets the event
                    return
                if text := decoder.decode(data):
                    for message in parser.feed(text):
                        self.process_message(message)
                patience = constants.ESCAPE_DELAY  # what was read may end in an escape
            else:
                patience = LOOK
            for message in parser.tick():
                self.process_message(message)
