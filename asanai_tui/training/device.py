"""Where the numbers are computed."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from asanai_tui.errors import InputError, clean
from asanai_tui.network import randomness

_SHORT = ("can't allocate memory", "MPS backend out of memory")  # in the errors of torch


def chosen(name: str) -> torch.device:
    """The device called `name`: auto, cpu, cuda, cuda:N or mps. auto is the first CUDA GPU, else Apple's, else the cpu.

    Raises:
        InputError: no such name, or that device is absent.
    """
    kind, _, number = name.partition(":")
    if name == "auto":
        return torch.device("cuda", 0) if torch.cuda.is_available() else torch.device(_without_cuda())
    if name == "cpu":
        return torch.device("cpu")
    if name == "mps":
        if _without_cuda() == "cpu":
            raise InputError("device mps: this machine has no Apple GPU that torch can use; use auto or cpu.")
        return torch.device("mps")
    if kind != "cuda" or (number and not number.isdecimal()) or name.endswith(":"):
        raise InputError(f"device {clean(name)!r} is not known; use auto, cpu, cuda, cuda:0 or mps.")
    return _cuda(name, int(number or 0))


def _without_cuda() -> str:
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _cuda(name: str, index: int) -> torch.device:
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not count:
        raise InputError(f"device {name}: this machine has no CUDA GPU that torch can use; use auto or cpu.")
    if index >= count:
        raise InputError(f"device {name}: the GPUs here are cuda:0 to cuda:{count - 1}.")
    return torch.device("cuda", index)


def describe(device: torch.device) -> str:
    """`cpu · 2 threads`, or the GPU's name."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU"
    threads = torch.get_num_threads()
    return f"cpu · {threads} {'thread' if threads == 1 else 'threads'}"


def free_memory(device: torch.device) -> int:
    """Bytes of a GPU that may still be taken. Apple's shares the main memory; there it is what torch recommends."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return max(0, torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())


def give_back(device: torch.device) -> None:
    """Memory that torch keeps for later, to the GPU."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def computes(device: torch.device, kind: torch.dtype) -> bool:
    """Whether layers can compute in numbers of that kind there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is told by the answer
        try:
            with torch.autocast(device.type, kind):
                return torch.is_autocast_enabled(device.type)
        except RuntimeError:  # a CUDA GPU too old for bfloat16
            return False


@contextmanager
def memory_errors_told(device: torch.device, batch_size: int) -> Iterator[None]:
    """Memory that does not suffice becomes a sentence.

    Raises:
        InputError: instead of torch's and Python's own errors.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_of_memory(error):
            raise
        raise InputError(
            f"The memory of {device} does not suffice for batches of {batch_size:,}; "
            "make batch_size or the layers smaller."
        ) from error


def is_of_memory(error: BaseException) -> bool:
    """Whether memory did not suffice; torch raises a bare RuntimeError when main memory is short, or Apple's."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(said in str(error) for said in _SHORT)


def seed(device: torch.device, number: int) -> None:
    """Seed what this thread draws dropout and first weights from. (`torch.manual_seed` walks the stack each time.)"""
    randomness.begin(number)
    if device.type == "cuda":
        torch.cuda.manual_seed(number)
    elif device.type == "mps":
        torch.mps.manual_seed(number)
