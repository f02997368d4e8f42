"""Room for a large array: in memory where it fits, else in a file that nobody else sees and that goes by itself."""

import os
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asanai_tui.errors import InputError, clean
from asanai_tui.files import cache_folder, reason

BYTES_AT_ONCE = 2**23
MEMORY_SHARE = 0.25  # of what is free, for an array that could as well lie on disk


def room(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """An array of float32 to be written.

    Raises:
        InputError: it fits neither into memory nor onto the disk.
    """
    size = int(np.prod(shape, dtype=np.int64)) * 4
    if size <= free_memory() * MEMORY_SHARE:
        return np.empty(shape, np.float32)
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:  # mapped memory outlives its name and its descriptor
            _reserve(file.fileno(), size)
            return np.memmap(file, np.float32, "r+", shape=shape)
    except OSError as error:
        raise InputError(
            f"{clean(folder)}: {size / 1e6:,.0f} MB of scaled examples cannot be kept ({reason(error)}); free space "
            "there, or choose scaling none."
        ) from error


def _reserve(descriptor: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)  # a full disk is told here, not when a page is written
    else:
        os.truncate(descriptor, size)


def free_memory() -> int:
    """Bytes that can be used without swapping, as far as the system tells."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def blocks(count: int, bytes_each: int) -> list[slice]:
    """Slices of rows that are worked on together, so that memory stays bounded."""
    step = max(1, BYTES_AT_ONCE // max(1, bytes_each))
    return [slice(start, min(start + step, count)) for start in range(0, count, step)]
