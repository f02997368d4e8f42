"""Which of several processes of one training this one is, as its environment says. No torch here.

torchrun sets these names, and so does `--devices`, which adds a folder of its own: the processes meet there and not at
a network port.
"""

import os
from pathlib import Path

import msgspec

from asanai_tui.errors import InputError

FOLDER = "ASANAI_TUI_RANKS"
_NAMES = ("RANK", "WORLD_SIZE", "LOCAL_RANK")


class RankEnvironment(msgspec.Struct, frozen=True):
    """The place of this process among all."""

    rank: int  # from 0; the first one records
    count: int
    local: int  # among those of this machine
    on_machine: int  # how many these are
    folder: Path | None  # where they meet; None: at the address that torchrun gave


def rank_environment() -> RankEnvironment | None:
    """None where this process trains alone.

    Raises:
        InputError: the numbers contradict each other.
    """
    folder = os.environ.get(FOLDER)
    if not all(name in os.environ for name in _NAMES) or not (folder or "MASTER_ADDR" in os.environ):
        return None
    try:
        rank, count, local = (int(os.environ[name]) for name in _NAMES)
        on_machine = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    except ValueError as error:
        raise InputError("RANK, WORLD_SIZE and LOCAL_RANK are not whole numbers; start with torchrun.") from error
    if not 0 <= rank < count or local < 0:
        raise InputError(f"RANK {rank} does not fit WORLD_SIZE {count}; start with torchrun.")
    return RankEnvironment(rank, count, local, on_machine, Path(folder) if folder else None) if count > 1 else None


def ended_file(rank: int) -> str:
    """The file in the folder of `--devices` that says how a process ended."""
    return f"ended-{rank}"


def run_file(folder: Path) -> Path:
    """The file in which rank 0 says which run it writes."""
    return folder / "run"
