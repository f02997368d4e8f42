"""What goes over the socket of a run: MessagePack, each message with its length before it. Nothing is ever executed."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from asanai_tui.runs.log import Line
from asanai_tui.training.batch_losses import Means
from asanai_tui.training.findings import Health
from asanai_tui.training.live import Live
from asanai_tui.training.recorder import Epoch, Retry, Snapshot
from asanai_tui.training.trials import Result, Trial

SOCKET = "control.sock"  # inside a run directory
LONGEST = 2**26  # bytes of a message
EPOCHS = 2000  # of the history in one message
_LENGTH = 4

Message = TypeVar("Message", bound=msgspec.Struct)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What an onlooker asks for."""

    do: Literal["look", "stop", "pause", "go_on", "begin_now", "wish"] = "look"
    wishes: dict[str, float] = {}
    epochs: int = 0  # of the history that are known already
    means: Means = Means()  # of batches that are known already; only where they end
    lines: int = 0  # of the log that are known already
    health: int = 0  # the look at the health that is known already


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What it is told: the training at one moment."""

    snapshot: dict[str, Any]
    epochs: list[Epoch] = []  # after those that are known, at most `EPOCHS`
    known: int | None = None  # epochs up to the last of these; None: of a version that sent every one
    means: Means = Means()  # of batches, after those that are known
    lines: list[Line] = []
    total_lines: int = 0
    paused: bool = False
    notes: tuple[str, ...] = ()
    origin: str = ""
    health: Health | None = None  # where there was a newer look
    model: str = ""  # its path, once there is one
    problem: str = ""  # why the request was not heeded


class _Parts(msgspec.Struct):
    """The parts of a snapshot that are structs."""

    last: Epoch | None = None
    best: Epoch | None = None
    retry: Retry | None = None
    live: Live | None = None
    trial: Trial | None = None
    results: tuple[Result, ...] = ()
    metrics: tuple[str, ...] = ()


def plain(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot as it is sent."""
    content: dict[str, Any] = msgspec.to_builtins(snapshot._asdict())
    return content


def snapshot_of(content: dict[str, Any]) -> Snapshot:
    """The snapshot that was sent; fields of other versions are left out."""
    parts = msgspec.convert(content, _Parts)
    known = {name: value for name, value in content.items() if name in Snapshot._fields}
    return Snapshot(**{**known, **msgspec.structs.asdict(parts)})


def send(connection: socket.socket, message: msgspec.Struct) -> None:
    """
    Raises:
        OSError: nobody is there any more.
    """
    content = msgspec.msgpack.encode(message)
    connection.sendall(len(content).to_bytes(_LENGTH, "little") + content)


def receive(connection: socket.socket, kind: type[Message]) -> Message | None:
    """The next message; None where the other side has gone.

    Raises:
        OSError: the connection broke.
        msgspec.MsgspecError: it is no such message.
    """
    head = _exactly(connection, _LENGTH)
    if head is None:
        return None
    length = int.from_bytes(head, "little")
    if length > LONGEST:
        raise msgspec.ValidationError("the message is too long")
    content = _exactly(connection, length)
    return None if content is None else msgspec.msgpack.decode(content, type=kind)


def _exactly(connection: socket.socket, count: int) -> bytes | None:
    parts, left = [], count
    while left:
        part = connection.recv(min(left, 2**20))
        if not part:
            return None
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


@contextmanager
def short_path(folder: Path) -> Iterator[str]:
    """A path of the socket that fits: the address of a socket has at most 107 bytes.

    Raises:
        OSError: the folder is gone.
    """
    path = str(folder / SOCKET)
    if not sys.platform.startswith("linux") or len(os.fsencode(path)) < 100:
        yield path
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)
