"""With how many threads the processor trains: measured once for a network, a batch size and a machine.

The number decides in which order sums are made, and so the last bits of every weight. Remembering it makes two runs of
the same project equal to the bit. A number that was measured while the machine was busy with other things may be the
wrong one: it holds until it can be measured on a quiet machine, and that one is kept.
"""

import hashlib
import os
import statistics
import time
from collections.abc import Callable
from functools import cache

import msgspec
import torch

from asanai_tui.errors import InputError
from asanai_tui.files import state_folder, write_atomically
from asanai_tui.network.network import Network
from asanai_tui.network.options import Shape
from asanai_tui.training.settings import Training

_BLOCK_SECONDS = 0.02  # short steps are timed in blocks of about this long
_ROUNDS = 3
_PATIENCE = 1.0  # seconds after which the thread count is decided with what is known
_GAIN = 1.1  # more threads must be this much faster: they take processor time from everything else
_KEPT = 1000  # choices that are remembered


@cache
def all_threads() -> int:
    """As many as torch would take by itself: the cores, or what OMP_NUM_THREADS says."""
    return torch.get_num_threads()


def key_of(network: Network, input_shape: Shape, training: Training) -> str:
    """What the fastest number of threads depends on."""
    content = (
        network.encoded(),
        input_shape,
        training.batch_size,
        all_threads(),
        os.cpu_count(),
        str(torch.__version__),
    )
    return hashlib.blake2b(repr(content).encode(), digest_size=12).hexdigest()


class Choice(msgspec.Struct, frozen=True):
    """A number of threads, and whether much else was going on when it was measured."""

    threads: int
    busy: bool


def set_fastest(key: str, step: Callable[[], None]) -> None:
    """Set the number of threads to what was chosen for `key` before, else to 1 or all, whichever runs `step` faster.

    Small networks want one thread; on a machine that is busy otherwise, two can be many times slower than one.
    """
    most = all_threads()
    if most == 1:
        return
    known, busy = _remembered(), _is_busy()
    choice = known.get(key)
    if choice is None or not 1 <= choice.threads <= most or (choice.busy and not busy):
        choice = Choice(most if _is_faster(step, most) else 1, busy)
        _remember({**known, key: choice})
    torch.set_num_threads(choice.threads)


def _is_busy() -> bool:
    """Whether more than half of the cores were at work in the last minute."""
    return os.getloadavg()[0] > (os.cpu_count() or 1) / 2


def _remembered() -> dict[str, Choice]:
    try:
        return msgspec.json.decode((state_folder() / "threads.json").read_bytes(), type=dict[str, Choice])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):  # nothing yet, or torn: it is measured again
        return {}


def _remember(known: dict[str, Choice]) -> None:
    newest = dict(list(known.items())[-_KEPT:])
    try:
        write_atomically(state_folder() / "threads.json", msgspec.json.encode(newest), make_folder=True)
    except InputError:
        return  # a full disk: the choice holds for this training


def _is_faster(step: Callable[[], None], threads: int) -> bool:
    seconds: dict[int, list[float]] = {1: [], threads: []}
    began = time.perf_counter()
    for _ in range(_ROUNDS):
        for number, times in seconds.items():
            torch.set_num_threads(number)
            times.append(_seconds_each(step))
        if time.perf_counter() - began > _PATIENCE:
            break
    return statistics.median(seconds[threads]) * _GAIN < statistics.median(seconds[1])


def _seconds_each(step: Callable[[], None]) -> float:
    """The first step after a change wakes threads or sends them away; it counts only where one is long enough."""
    first = _seconds_of(step)
    if first > _BLOCK_SECONDS:
        return first
    times: list[float] = []
    while sum(times) < _BLOCK_SECONDS:
        times.append(_seconds_of(step))
    return statistics.median(times)


def _seconds_of(step: Callable[[], None]) -> float:
    began = time.perf_counter()
    step()
    return time.perf_counter() - began
