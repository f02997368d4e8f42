"""`--devices N`: this program once for each device, watched until all have ended."""

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from asanai_tui.cli.signals import status_of, stops_caught
from asanai_tui.errors import InputError, counted
from asanai_tui.files import reason, typed
from asanai_tui.training.rank_environment import FOLDER, ended_file, rank_environment, run_file

if TYPE_CHECKING:
    from asanai_tui.training.ranks import Ranks

LOOK = 0.05  # seconds
CROWD = 4  # processes for each core, above which they and their memory would only be in each other's way
LAST_WORDS = 20.0  # seconds that the others get when one has ended in its work


def processes(devices: int | None) -> int:
    """How many processes are to be started: 1 where this one trains by itself or is one of several already.

    Args:
        devices: how many are wished; 0: as many as there are GPUs.

    Raises:
        InputError: there is no GPU, or too few cores, or torchrun has started several processes already.
    """
    environment = rank_environment()
    if devices is None or (environment and environment.folder):
        return 1
    if environment:
        raise InputError("torchrun has started the processes; leave out --devices.")
    most = CROWD * _cores()
    if 0 < devices <= most:
        return devices
    import torch

    if devices > max(most, torch.cuda.device_count()):
        raise InputError(f"--devices {devices}: that is too many for {counted(_cores(), 'core')}; give at most {most}.")
    if devices:
        return devices
    if not (count := torch.cuda.device_count()):
        raise InputError("--devices all: this machine has no GPU that torch can use; give a number of processes.")
    return count


def start(count: int, arguments: list[str], messages: TextIO) -> int:
    """Run this program `count` times with the same `arguments`; the exit status of all.

    The first one writes to standard output, and to `messages` as standard error.

    Each process has a session of its own, so that signals come from here alone. Its standard input is a pipe that
    closes when this process ends, in whatever way, and that ends it too.
    """
    with tempfile.TemporaryDirectory(prefix="asanai-tui-ranks-") as name:
        ranks = [_started(rank, count, arguments, Path(name), messages) for rank in range(count)]
        try:
            with stops_caught(lambda arrived: _forward(arrived[-1], ranks)) as received:
                first = _watch(ranks, Path(name), received)
        finally:
            for process in ranks:
                process.kill()
        status = ranks[0].returncode
        if status < 0 and not received:
            raise InputError(_told(first, ranks, Path(name)))
        if status < 0:
            return status_of(received[0])
        return status


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _started(rank: int, count: int, arguments: list[str], folder: Path, messages: TextIO) -> "subprocess.Popen[bytes]":
    environment = {
        "OMP_NUM_THREADS": str(max(1, _cores() // count)),
        **os.environ,
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(count),
        "LOCAL_WORLD_SIZE": str(count),
        FOLDER: str(folder),
    }
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "asanai_tui", *arguments],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=None if rank == 0 else subprocess.DEVNULL,
            stderr=messages if rank == 0 else subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise InputError(f"Process {rank + 1} of {count} cannot be started: {reason(error)}.") from error


def _forward(number: signal.Signals, ranks: "list[subprocess.Popen[bytes]]") -> None:
    for process in ranks:
        process.send_signal(number)


def _watch(ranks: "list[subprocess.Popen[bytes]]", folder: Path, received: list[signal.Signals]) -> int:
    """Wait until all have ended; the first that ended in its work. The others hear of it, and get a while to end."""
    first, until = 0, float("inf")
    while None in [process.poll() for process in ranks]:
        fallen = [rank for rank, process in enumerate(ranks) if process.returncode]
        if fallen and not received and until == float("inf"):
            first, until = fallen[0], time.monotonic() + LAST_WORDS
            (folder / ended_file(first)).write_text(_how(ranks[first].returncode))
        if time.monotonic() > until:
            for process in ranks:
                process.kill()
        time.sleep(LOOK)
    return first


def _how(status: int) -> str:
    if status >= 0:
        return f"has ended with status {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"


def _told(first: int, ranks: "list[subprocess.Popen[bytes]]", folder: Path) -> str:
    """What rank 0, which was killed, cannot tell."""
    count, process = len(ranks), ranks[first]
    told = f"Rank {first} of {count} (process {process.pid}) {_how(process.returncode)}, so all have ended"
    with contextlib.suppress(OSError):
        run = typed(run_file(folder).read_text())
        return f"{told}; asanai-tui resume {run} --devices {count} goes on from the last checkpoint."
    return f"{told}."


@contextlib.contextmanager
def ranks_here() -> "Iterator[Ranks | None]":
    """This process among others that train together; None where it is alone. Of all, one tells why they failed.

    Raises:
        InputError: what went wrong within, if it is up to this rank to say it.
    """
    environment = rank_environment()
    if environment is None:
        yield None
        return
    import click

    from asanai_tui.training.ranks import Ranks

    if environment.folder:
        _end_with_starter(environment.folder if environment.rank == 0 else None)
    ranks = Ranks(environment)
    try:
        yield ranks
        ranks.ended("stopped", "")  # if it has not come to train
    except InputError as error:
        ranks.ended("failed", str(error))
        if not ranks.may_tell():
            raise click.exceptions.Exit(1) from error
        raise


def _end_with_starter(folder: Path | None) -> None:
    """Stop in order when the process that started this one has gone, and if that takes too long, at once.

    Args:
        folder: what is to be removed in its place.
    """

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1):
                pass
        if folder:
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(LAST_WORDS)
        os._exit(128 + signal.SIGTERM)

    threading.Thread(target=wait, name="starter", daemon=True).start()
