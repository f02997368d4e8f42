"""Keys from a pipe: an escape alone is told without waiting for the next look at whether the program ends."""

import os
import queue
import threading

import pytest
from textual.events import Key
from textual.message import Message

from asanai_tui.tui import prompt_keys
from asanai_tui.tui.prompt_keys import PromptDriver

FAR = 1000.0  # seconds


class Heard(PromptDriver):
    """Reads a pipe in place of a terminal."""

    def __init__(self, fileno: int) -> None:
        self.fileno = fileno
        self.exit_event = threading.Event()
        self._debug = False
        self.messages: queue.Queue[Message] = queue.Queue()

    def process_message(self, message: Message) -> None:
        self.messages.put(message)

    def key(self) -> str:
        message = self.messages.get(timeout=20)
        assert isinstance(message, Key)
        return message.key


def test_an_escape_alone_needs_no_further_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt_keys, "LOOK", FAR)
    here, there = os.pipe()
    driver = Heard(here)
    thread = threading.Thread(target=driver.run_input_thread)
    thread.start()
    try:
        os.write(there, b"\xc3")  # half a letter
        for sent, heard in ((b"\xa4", "ä"), (b"\x1b", "escape"), (b"D", "D"), (b"\x1b[A", "up"), (b"\x1bx", "alt+x")):
            os.write(there, sent)
            assert driver.key() == heard
    finally:
        driver.exit_event.set()
        os.write(there, b" ")  # wakes it
        thread.join()
        os.close(here)
        os.close(there)


def test_where_the_terminal_is_gone_nobody_is_waited_for() -> None:
    here, there = os.pipe()
    thread = threading.Thread(target=Heard(here).run_input_thread)
    thread.start()
    os.close(there)
    thread.join(20)
    os.close(here)
    assert not thread.is_alive()
