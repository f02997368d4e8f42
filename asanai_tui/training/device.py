"""Where the numbers are computed, and with how many threads."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import torch

from asanai_tui.errors import InputError, clean

_BLOCK_SECONDS = 0.02  # short steps are timed in blocks of about this long
_ROUNDS = 3
_PATIENCE = 1.0  # seconds after which the thread count is decided with what is known
_GAIN = 1.1  # more threads must be this much faster: they take processor time from everything else


def chosen(name: str) -> torch.device:
    """The device called `name`: auto, cpu, cuda or cuda:N. auto is the first GPU, or else the processor.

    Raises:
        InputError: no such name, or that device is absent.
    """
    kind, _, number = name.partition(":")
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if name == "auto":
        return torch.device("cuda", 0)
    if kind != "cuda" or (number and not number.isdecimal()) or name.endswith(":"):
        raise InputError(f"device {clean(name)!r} is not known; use auto, cpu, cuda or cuda:0.")
    index, count = int(number or 0), torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not count:
        raise InputError(f"device {name}: this machine has no CUDA GPU that torch can use; use auto or cpu.")
    if index >= count:
        raise InputError(f"device {name}: the GPUs here are cuda:0 to cuda:{count - 1}.")
    return torch.device("cuda", index)


def describe(device: torch.device) -> str:
    """`cpu · 2 threads`, or the GPU's name."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"cpu · {threads} {'thread' if threads == 1 else 'threads'}"


@contextmanager
def memory_errors_told(device: torch.device, batch_size: int) -> Iterator[None]:
    """Memory that does not suffice becomes a sentence.

    Raises:
        InputError: instead of torch's and Python's own errors.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not _is_of_memory(error):
            raise
        raise InputError(
            f"The memory of {device} does not suffice for batches of {batch_size:,}; "
            "make batch_size or the layers smaller."
        ) from error


def _is_of_memory(error: RuntimeError) -> bool:
    """torch raises a bare RuntimeError when main memory is short."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def seed(device: torch.device, number: int) -> None:
    """Seed what dropout and first weights are drawn from. (`torch.manual_seed` walks the stack each time.)"""
    torch.default_generator.manual_seed(number)
    if device.type == "cuda":
        torch.cuda.manual_seed(number)


@cache
def all_threads() -> int:
    """As many as torch would take by itself: the cores, or what OMP_NUM_THREADS says."""
    return torch.get_num_threads()


def set_fastest_threads(step: Callable[[], None]) -> None:
    """Set the number of CPU threads to 1 or all, whichever runs `step` faster now.

    Small networks want one thread; on a machine that is busy otherwise, two can be many times slower than one.
    """
    most = all_threads()
    if most > 1:
        torch.set_num_threads(most if _is_faster(step, most) else 1)


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
