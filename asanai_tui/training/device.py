"""Where the numbers are computed."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from asanai_tui.errors import InputError, clean
from asanai_tui.network import randomness


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
        if not is_of_memory(error):
            raise
        raise InputError(
            f"The memory of {device} does not suffice for batches of {batch_size:,}; "
            "make batch_size or the layers smaller."
        ) from error


def is_of_memory(error: BaseException) -> bool:
    """Whether memory did not suffice; torch raises a bare RuntimeError when main memory is short."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)


def seed(device: torch.device, number: int) -> None:
    """Seed what this thread draws dropout and first weights from. (`torch.manual_seed` walks the stack each time.)"""
    randomness.begin(number)
    if device.type == "cuda":
        torch.cuda.manual_seed(number)
