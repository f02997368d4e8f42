"""Several processes, the ranks, train one model: each computes a part of every batch, and all do the same with the sum.

The gradients of all weights lie in one flat tensor, with a few numbers behind them: the loss, the sums of metrics, what
users and signals wish. One sum over all ranks a step is all that they exchange, besides the statistics of batch
normalization. That is what DistributedDataParallel does with a single bucket. Its class is not used: it waits for the
gradients of every weight in every backward pass, so it never returns where one rank computes its part in two halves
because its memory is short, and it sums into buckets of its own, which would be copied to and fro.

A rank that fails leaves its sentence in the store where all have met, and ends; its connections close, so the others
do not wait. A rank that was killed leaves nothing: the others call the roll and name who is missing.
"""

import contextlib
import hashlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch
from torch import distributed
from torch.distributed.rendezvous import rendezvous

from asanai_tui.data.progress import Stopped
from asanai_tui.errors import DivergenceError, InputError, clean
from asanai_tui.files import typed
from asanai_tui.network.shares import Part
from asanai_tui.training import device as devices
from asanai_tui.training.rank_environment import RankEnvironment, ended_file, run_file
from asanai_tui.training.recorder import State

TIMEOUT = timedelta(minutes=5)  # a machine without power closes no connection
_LOOK = 0.05  # seconds
_ROLL_CALL = 3.0  # seconds in which a rank answers that waits for another, or its starter says how it ended
_LAST_ONES = 10.0  # seconds in which all reach the end

_LEFT_ALONE = "left alone"  # the end of a rank that lost another one, and so tells no reason


class End(msgspec.Struct, frozen=True):
    """How a rank ended, told to the others."""

    state: str  # of the recorder, or `_LEFT_ALONE`
    message: str
    diverged: bool = False


class Piece(NamedTuple):
    """What a rank computes of a batch, and what that counts in the sum over all ranks."""

    part: Part
    weight: float
    counts: bool = True  # among the metrics


class Ranks:
    """This process among all that train one model."""

    def __init__(self, environment: RankEnvironment) -> None:
        """
        Raises:
            InputError: the others cannot be reached.
        """
        self.rank, self.count, self.local = environment.rank, environment.count, environment.local
        self.environment = environment
        self._store = _store(environment)
        self._told_end = self._lost = False
        self._store.set(f"from {self.rank}", f"{socket.gethostname()} {os.getpid()}")

    def device(self, name: str) -> str:
        """The device of this rank where the document says `name`: each has a GPU of its own."""
        if name == "cuda" or (name == "auto" and torch.cuda.is_available()):
            return f"cuda:{self.local}"
        if name in ("auto", "cpu"):
            return "cpu"
        raise InputError(f"device {clean(name)}: several processes cannot share one GPU; use auto, cuda or cpu.")

    def threads(self) -> int:
        """A fair share of this machine's processor."""
        every = torch.get_num_threads()
        return every if "OMP_NUM_THREADS" in os.environ else max(1, every // self.environment.on_machine)

    def writes(self, run: Path) -> None:
        """Rank 0 tells the others, and who started them, the directory of the run."""
        self._store.set("run", os.fspath(run))
        if folder := self.environment.folder:
            with contextlib.suppress(OSError):
                run_file(folder).write_text(os.fspath(run))

    def meet(self, device_name: str, what: str, stopping: Callable[[], bool]) -> None:
        """Wait until all ranks have come here with the same `what`: project and data.

        Args:
            device_name: as the document has it.

        Raises:
            InputError: another one has ended, or trains something else.
            Stopped: on a wish, of this rank or another.
        """
        device = devices.chosen(self.device(device_name))
        self._store.set(f"met {self.rank}", hashlib.blake2b(what.encode(), digest_size=16).hexdigest())
        for rank in range(self.count):
            while not self._store.check([f"met {rank}"]):
                if stopping():
                    raise Stopped
                self._check_ends()
                time.sleep(_LOOK)
            if self._store.get(f"met {rank}") != self._store.get(f"met {self.rank}"):
                raise InputError(
                    f"{self._named(rank)} reads another project or other data than rank {self.rank}; "
                    "every machine needs the same files."
                )
        if device.type == "cuda":
            torch.cuda.set_device(device)
        if self.environment.folder:  # all on this machine: no port that another could reach
            os.environ.setdefault("GLOO_SOCKET_IFNAME", _loopback())
        backend = "nccl" if device.type == "cuda" else "gloo"
        group = distributed.PrefixStore("group", self._store)  # type: ignore[attr-defined]
        with self._losses_told():
            distributed.init_process_group(backend, store=group, rank=self.rank, world_size=self.count, timeout=TIMEOUT)

    def piece(self, examples: int) -> Piece:
        """What this rank computes of a batch.

        Where there are fewer examples than ranks each computes all of them, as they would otherwise have none for the
        statistics of batch normalization.
        """
        if examples < self.count:
            return Piece(Part(0, examples, examples), 1 / self.count, self.rank == 0)
        start, end = (self._bound(examples, rank) for rank in (self.rank, self.rank + 1))
        return Piece(Part(start, end, examples), (end - start) / examples)

    def _bound(self, examples: int, rank: int) -> int:
        """The first example of a rank; the first ones have one more where it does not come out even."""
        each, rest = divmod(examples, self.count)
        return rank * each + min(rank, rest)

    def sum_over_all(self, tensor: torch.Tensor) -> None:
        """In place; every rank has to call this with a tensor of the same size.

        Raises:
            InputError: another rank has ended.
        """
        with self._losses_told():
            distributed.all_reduce(tensor)

    def as_first(self, *tensors: torch.Tensor) -> None:
        """Every rank takes the values that rank 0 has."""
        with self._losses_told():
            for tensor in tensors:
                distributed.broadcast(tensor, 0)

    def told(self, content: bytes, device: torch.device) -> bytes:
        """What rank 0 says, to all."""
        length = torch.tensor([len(content)], device=device)
        self.as_first(length)
        said = torch.frombuffer(bytearray(content), dtype=torch.uint8) if self.rank == 0 and content else None
        held = torch.zeros(int(length), dtype=torch.uint8, device=device)
        if said is not None:
            held.copy_(said)
        self.as_first(held)
        return bytes(held.cpu().numpy())

    def ended(self, state: State, message: str, diverged: bool = False) -> None:
        """This rank is at its end. Returns when the others are too, as far as they are to be waited for."""
        if self._told_end:
            return
        self._told_end = True
        self._store.set(
            f"end {self.rank}", msgspec.json.encode(End(_LEFT_ALONE if self._lost else state, message, diverged))
        )
        until = time.monotonic() + (0 if state == "failed" else _LAST_ONES)
        while time.monotonic() < until and not all(self._end_of(rank) for rank in range(self.count)):
            time.sleep(_LOOK)

    def may_tell(self) -> bool:
        """Whether it is up to this rank to say why all have ended: to the first that is left."""
        if self.environment.folder:  # else it is up to whoever started all
            return self.rank == 0
        until = time.monotonic() + (0 if self.rank == 0 else _ROLL_CALL)
        try:
            while time.monotonic() < until and not self._store.check(["told"]):
                time.sleep(_LOOK)
            first = bool(self._store.add("tellers", 1) == 1)
            self._store.set("told", "")
        except RuntimeError:  # rank 0 held the store, and has gone
            return self.rank == 1
        return first

    def _check_ends(self) -> None:
        for rank in range(self.count):
            if rank == self.rank or not (end := self._end_of(rank)):
                continue
            if end.state == "stopped":
                raise Stopped
            raise self._failure(rank, end)
        self._check_starter()

    def _check_starter(self) -> None:
        for rank in range(self.count):
            if note := self._starter_says(rank):
                self._lost = True
                raise InputError(self._missing(rank, note))

    @contextlib.contextmanager
    def _losses_told(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            raise self._what_happened(error) from error

    def _what_happened(self, error: RuntimeError) -> InputError:
        """Why nobody answers: the sentence of the rank that failed, or the name of the one that is missing."""
        self._lost = True
        until = time.monotonic() + _ROLL_CALL
        others = [rank for rank in range(self.count) if rank != self.rank]
        try:
            self._store.set(f"here {self.rank}", "")
            while time.monotonic() < until:
                for rank in others:
                    if (end := self._end_of(rank)) and end.state != _LEFT_ALONE:
                        return self._failure(rank, end)
                    if note := self._starter_says(rank):
                        return InputError(self._missing(rank, note))
                time.sleep(_LOOK)
            for rank in others:
                if not self._store.check([f"here {rank}"]):
                    return InputError(self._missing(rank, "does not answer any more"))
        except RuntimeError:
            return InputError(self._missing(0, "has gone", host="the first machine"))
        return InputError(f"The ranks lost each other: {clean(error)}{self._goes_on()}")

    def _failure(self, rank: int, end: End) -> InputError:
        self._lost = True
        if end.diverged:  # which is nobody's own
            return DivergenceError(end.message)
        return InputError(f"{self._named(rank)} ended: {end.message}" if end.message else self._missing(rank, "ended"))

    def _missing(self, rank: int, how: str, host: str = "") -> str:
        named = f"Rank {rank} of {self.count} on {host}" if host else self._named(rank)
        return f"{named} {how}, so all have ended{self._goes_on()}"

    def _goes_on(self) -> str:
        """Said after the reason; nothing where no run has begun."""
        try:
            if not self._store.check(["run"]):
                return "."
            run = typed(self._store.get("run").decode())
        except RuntimeError:
            return "; the last checkpoint can be resumed."
        devices = f" --devices {self.count}" if self.environment.folder else ""
        return f"; asanai-tui resume {run}{devices} goes on from the last checkpoint."

    def _named(self, rank: int) -> str:
        host, pid = self._store.get(f"from {rank}").decode().rsplit(" ", 1)
        return f"Rank {rank} of {self.count} (process {pid} on {clean(host)})"

    def _end_of(self, rank: int) -> End | None:
        key = f"end {rank}"
        return msgspec.json.decode(self._store.get(key), type=End) if self._store.check([key]) else None

    def _starter_says(self, rank: int) -> str:
        folder = self.environment.folder
        try:
            return (folder / ended_file(rank)).read_text() if folder else ""
        except OSError:
            return ""


def _loopback() -> str:
    return next((name for _, name in socket.if_nameindex() if name.startswith("lo")), "lo")


def _store(environment: RankEnvironment) -> Any:
    if environment.folder:
        store = distributed.FileStore(os.fspath(environment.folder / "store"), environment.count)  # type: ignore[attr-defined]
        store.set_timeout(TIMEOUT)
        return store
    try:
        found, _, _ = next(rendezvous("env://", timeout=TIMEOUT))
    except (RuntimeError, ValueError) as error:
        where = f"{os.environ.get('MASTER_ADDR')}:{os.environ.get('MASTER_PORT')}"
        raise InputError(f"The other ranks cannot be reached at {clean(where)}: {clean(error)}.") from error
    return distributed.PrefixStore("asanai-tui", found)  # type: ignore[attr-defined]
