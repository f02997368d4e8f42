"""The socket of a run that trains: onlookers of the same user see it and control it, from any terminal."""

import contextlib
import os
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from asanai_tui.runs.frames import EPOCHS, SOCKET, Request, View, plain, receive, send, short_path

if TYPE_CHECKING:
    from asanai_tui.runs.session import TrainingSession

_WAIT = 60.0  # seconds after which an onlooker that says nothing is taken for gone


class RunServer:
    """Listens in the directory of a run, for its owner alone (mode 0600). There is never a network port."""

    def __init__(self, session: "TrainingSession", folder: Path) -> None:
        """
        Raises:
            OSError: the file system has no sockets; the training does without.
        """
        self._session, self._folder = session, folder
        (folder / SOCKET).unlink(missing_ok=True)  # of a process that was killed; the lock of the run is ours
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        os.fchmod(self._socket.fileno(), 0o600)  # before there is a name, so that nobody else gets in between
        with short_path(folder) as path:
            self._socket.bind(path)
        os.chmod(folder / SOCKET, 0o600)
        self._socket.listen()
        threading.Thread(target=self._listen, name="run server", daemon=True).start()

    def close(self) -> None:
        """No more onlookers; those that are there learn how it ended with their next question."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with contextlib.suppress(OSError):
            (self._folder / SOCKET).unlink()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(connection,), name="onlooker", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        """Answer one onlooker until it goes; one that breaks the rules is left."""
        connection.settimeout(_WAIT)
        with connection, contextlib.suppress(OSError, msgspec.MsgspecError):
            while (request := receive(connection, Request)) is not None:
                send(connection, self._answer(request))

    def _answer(self, request: Request) -> View:
        session, problem = self._session, ""
        match request.do:
            case "stop":
                session.stop()
            case "pause":
                session.pause()
            case "go_on":
                session.go_on()
            case "begin_now":
                session.begin_now()
            case "wish":
                problem = session.wish(request.wishes)
        total, lines = session.log.lines(request.lines)
        known, epochs = session.recorder.epochs(request.epochs, EPOCHS)
        snapshot = session.recorder.snapshot()
        return View(
            snapshot=plain(snapshot),
            health=session.health if snapshot.health != request.health else None,
            epochs=epochs,
            known=known,
            means=session.recorder.means(request.means),
            lines=lines,
            total_lines=total,
            paused=session.control.paused,
            notes=session.notes,
            origin=session.origin,
            model=str(session.model_path or ""),
            problem=problem,
        )
