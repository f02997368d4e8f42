"""How much memory there is, and blocks of rows that are small against it."""

import os
from pathlib import Path

BYTES_AT_ONCE = 2**23


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
