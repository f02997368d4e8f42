"""Where a thread's layers take their random numbers from.

A training draws from a generator of its own thread: torch's global one is used by whatever else the program computes
meanwhile, such as a prediction or an example of the handbook, and would then give other numbers.
"""

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


class _Local(threading.local):
    seed: int | None = None
    generator: "torch.Generator | None" = None
    seeded: bool = False  # the generator begins with `seed`, or went on from there


_local = _Local()


def begin(seed: int) -> None:
    """From here on this thread draws numbers that depend on `seed` alone."""
    _local.seed, _local.seeded = seed, False


def end() -> None:
    """From here on this thread draws from torch's global generators again."""
    _local.seed = None


def generator(device: "torch.device | None" = None) -> "torch.Generator | None":
    """The generator for numbers in main memory; None: torch's own for `device`."""
    if _local.seed is None or (device is not None and device.type != "cpu"):
        return None
    if not _local.seeded:  # only now: most networks draw nothing in a step
        import torch

        _local.generator, _local.seeded = _local.generator or torch.Generator(), True
        _local.generator.manual_seed(_local.seed)
    return _local.generator


def generator_of(seed: int, rounds: int, device: "torch.device") -> "torch.Generator":
    """A generator for a layer that has a `seed`, with other numbers at each step, or at each of `rounds` elsewhere."""
    import numpy as np
    import torch

    step = rounds if _local.seed is None else _local.seed
    number = np.random.SeedSequence((seed, step)).generate_state(1, np.uint64)[0]
    return torch.Generator(device).manual_seed(int(number))


def stepping() -> bool:
    """Whether this thread was told a seed, so that each step has its own."""
    return _local.seed is not None
