"""A program in a pseudo-terminal of its own: keys go in, and what comes out is drawn on a screen that can be read."""

import codecs
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import pyte

KEYS = {
    "enter": "\r", "tab": "\t", "shift+tab": "\x1b[Z", "escape": "\x1b", "space": " ", "backspace": "\x7f",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "delete": "\x1b[3~", "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "shift+up": "\x1b[1;2A", "shift+down": "\x1b[1;2B",
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~", "f10": "\x1b[21~",
    **{f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "abcdefghijklmnopqrstuvwxyz"},
}  # fmt: skip
ASKS_SYNCHRONIZED = b"\x1b[?2026$p"
HAS_SYNCHRONIZED = b"\x1b[?2026;2$y"
# Sequences of newer terminals that pyte would print as text, and the beginning of one that the next read completes.
FOREIGN = re.compile(r"\x1b\[[<=>][\d;:]*[A-Za-z]|\x1b\[\?[\d;]*\$p|\x1b[P_^][^\x1b]*\x1b\\")
UNFINISHED = re.compile(r"\x1b(\[[\d;:<=>?$]*|[P_^][^\x1b]*\x1b?)?$")


class Area(NamedTuple):
    """A rectangle of the screen; right and bottom are the first column and row outside."""

    left: int
    top: int
    right: int
    bottom: int


class Terminal:
    """Runs `command` until the `with` block ends. Times are seconds; what does not come in time is a TimeoutError."""

    def __init__(
        self,
        *command: str | Path,
        columns: int = 100,
        rows: int = 30,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.output = bytearray()  # everything the program has sent
        self._stream = pyte.Stream(self.screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._master, slave = os.openpty()
        self._set_size(columns, rows)
        inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=cwd,
            env={**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})},
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.hang_up()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    @property
    def text(self) -> str:
        """What the screen shows, a line a row."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    @property
    def received(self) -> int:
        """Bytes sent by the program so far."""
        return len(self.output)

    def pump(self, timeout: float) -> int:
        """Draw what arrives next, waiting for it at most `timeout`; the number of bytes, 0 for none."""
        if self._master < 0 or not select.select([self._master], [], [], timeout)[0]:
            return 0
        try:
            chunk = os.read(self._master, 65536)
        except OSError:  # EIO: nobody holds the other end any more
            self.hang_up()
            return 0
        self.output += chunk
        if ASKS_SYNCHRONIZED in self.output[-len(chunk) - len(ASKS_SYNCHRONIZED) + 1 :]:
            os.write(self._master, HAS_SYNCHRONIZED)
        text = self._rest + self._decoder.decode(chunk)
        unfinished = UNFINISHED.search(text)
        self._rest = text[unfinished.start() :] if unfinished else ""
        self._stream.feed(FOREIGN.sub("", text.removesuffix(self._rest)))
        return len(chunk)

    def run_for(self, seconds: float) -> int:
        """Keep drawing for so long; the bytes that arrived."""
        before, end = self.received, time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if not self.pump(left) and self._master < 0:
                time.sleep(max(0.0, end - time.perf_counter()))
        return self.received - before

    def settle(self, quiet: float = 0.2, timeout: float = 5.0) -> None:
        """Draw until nothing has arrived for `quiet` seconds."""
        end = time.perf_counter() + timeout
        while self.pump(quiet) and time.perf_counter() < end:
            pass

    def wait_for(self, wanted: str, timeout: float = 20.0) -> float:
        """Until the screen shows `wanted`; how long that took."""
        return self._until(wanted, True, timeout)

    def wait_gone(self, unwanted: str, timeout: float = 20.0) -> float:
        """Until the screen no longer shows `unwanted`; how long that took."""
        return self._until(unwanted, False, timeout)

    def press(self, *keys: str) -> None:
        """Press keys one after another, each by its name or as the character itself, and let the screen follow."""
        for key in keys:
            self.send(KEYS.get(key, key))
            self.settle(0.1, 1.0)

    def send(self, text: str) -> None:
        """Characters as they are, at once."""
        if self._master < 0:
            raise BrokenPipeError(f"nobody reads {text!r} any more; the screen:\n{self.text}")
        os.write(self._master, text.encode())

    def latency(self, key: str, area: Area, timeout: float = 3.0) -> float:
        """From pressing `key` to the first change within `area`."""
        before, start = self.cells(area), time.perf_counter()
        self.send(KEYS.get(key, key))
        while self.cells(area) == before:
            if time.perf_counter() - start > timeout:
                raise TimeoutError(f"{key} changed nothing within {timeout:g} s; the screen:\n{self.text}")
            self.pump(0.1)
        return time.perf_counter() - start

    def cells(self, area: Area) -> list[pyte.screens.Char]:
        """Characters of a rectangle with their colours."""
        buffer = self.screen.buffer
        return [buffer[y][x] for y in range(area.top, area.bottom) for x in range(area.left, area.right)]

    def resize(self, columns: int, rows: int) -> None:
        """Another size of the window; the system tells the program."""
        self.screen.resize(rows, columns)
        self._set_size(columns, rows)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """Take the terminal away, as a dropped connection does."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def exit_code(self, timeout: float = 10.0) -> int:
        """Wait until the program has ended by itself; negative for a signal."""
        end = time.perf_counter() + timeout
        while self.process.poll() is None:
            if time.perf_counter() > end:
                raise TimeoutError(f"still running after {timeout:g} s; the screen:\n{self.text}")
            if not self.pump(0.05):
                time.sleep(0.01)
        while self.pump(0.0):
            pass
        return self.process.returncode

    def _until(self, text: str, there: bool, timeout: float) -> float:
        start = time.perf_counter()
        while (text in self.text) != there:
            ended = self.process.poll() is not None and not self.pump(0.0)
            if ended or time.perf_counter() - start > timeout:
                state = f"the program ended with {self.process.returncode}" if ended else f"after {timeout:g} s"
                raise TimeoutError(
                    f"{state}, {text!r} is {'not' if there else 'still'} shown; the screen:\n{self.text}"
                )
            self.pump(0.05)
        return time.perf_counter() - start

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _take_terminal() -> None:
    """In the new process: make its standard input the terminal that sends it signals."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may run below nohup, which programs inherit
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
