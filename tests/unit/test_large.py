"""Data that are too large for memory: the same numbers as in memory, and little of them there at any time."""

import mmap
import subprocess
import sys
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from asanai_tui.data import large
from asanai_tui.data.dataset import Dataset, load
from asanai_tui.data.growing import Growing
from asanai_tui.data.large import Computed, Large, Mapped
from asanai_tui.data.leaks import repeated
from asanai_tui.data.spec import Column, Source, Table, TableSplit
from asanai_tui.suggestion import objective
from asanai_tui.training import batches
from tests.unit.trainings import CLASSES, dense, losses, network, trainer

COLUMNS = (
    Column(name="size"),
    Column(name="weight", missing="indicator", scaling="min_max"),
    Column(name="time"),  # far from zero, so that the file is read twice
    Column(name="kind", type="category", missing="own_category", categories=("a", "b", "c")),
)
SPECIES = Column(name="species", type="category", role="target", missing="drop_row", categories=("x", "y", "z"))
LENGTH = Column(name="species", role="target", missing="drop_row")


def mapped(folder: Path, rows: NDArray[np.float32]) -> Mapped:
    (folder / "rows").write_bytes(rows.tobytes())
    with (folder / "rows").open("rb") as file:
        return Mapped(file, rows.shape, rows.dtype)


def table(folder: Path, target: Column) -> Table:
    """300 rows with gaps, some of them twice."""
    random = np.random.default_rng(1)
    lines = ["size,weight,time,kind,species"]
    for number in range(300):
        size, weight = random.normal(100, 30), random.normal()
        species = "xyz"[int(size) % 3] if target is SPECIES else f"{size * 2:.3f}"
        weighs = "" if number % 7 == 0 else f"{weight:.3f}"
        lines.append(f"{size:.4f},{weighs},{1.7e9 + number:.1f},{'abc '[number % 4].strip()},{species}")
    path = folder / "table.csv"
    path.write_text("\n".join([*lines, *lines[1:20]]) + "\n")
    return Table(path=str(path), columns=(*COLUMNS, target), split=TableSplit(test_split=0.1))


def learned(source: Source, data: Dataset) -> tuple[list[NDArray[np.float32]], list[tuple[float, float | None]]]:
    """The weights and losses that a training reaches on `data`."""
    loss, metric = objective(source.targets)
    weighted = source.targets.kind == "classes"
    settings = msgspec.structs.replace(CLASSES, loss=loss, metrics=(metric,), class_weights=weighted)
    last = dense(source.targets.count, "softmax" if weighted else "linear")
    layers = [{"layer": "flatten"}] * (data.inputs.ndim > 2) + [dense(6, "relu"), last]
    training = trainer(network(*layers), (data, source.targets), settings)
    outcome = training.run()
    assert outcome.state == "finished", outcome.message
    return [weight.numpy() for weight in training.best_weights.values()], losses(training)


def same(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the least of limits, everything is as without."""
    held = load(source)
    assert not isinstance(held.inputs, Large)
    weights, history = learned(source, held)
    monkeypatch.setattr(large, "LIMIT", 0)
    monkeypatch.setattr(large, "RESIDENT", 200)
    monkeypatch.setattr(batches, "_AHEAD", 2000)
    other = load(source)
    assert isinstance(other.inputs, Large)
    assert (other.inputs.shape, other.inputs.dtype) == (held.inputs.shape, held.inputs.dtype)
    assert np.array_equal(other.inputs[:], held.inputs)
    assert np.array_equal(other.targets[:], held.targets)
    assert other.preprocessing == held.preprocessing
    assert repeated(other, other.validation) == repeated(held, held.validation)
    others, again = learned(source, other)
    assert again == history
    assert all(np.array_equal(one, two) for one, two in zip(weights, others, strict=True))


@pytest.mark.parametrize("target", [SPECIES, LENGTH])
def test_a_table_is_learned_as_in_memory(target: Column, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    same(table(tmp_path, target), monkeypatch)
    assert large.LIMIT == 0


def test_pictures_are_learned_as_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from asanai_tui.data import images

    random = np.random.default_rng(1)
    for number in range(30):
        (tmp_path / "ab"[number % 2]).mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / "ab"[number % 2] / f"{number}.png"), random.integers(0, 255, (6, 5, 3), np.uint8))
    same(images.inspect(tmp_path).spec, monkeypatch)
    assert large.LIMIT == 0


def test_rows_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "RESIDENT", 64)
    rows = np.arange(3000, dtype=np.float32).reshape(1000, 3)
    found = mapped(tmp_path, rows)
    random = np.random.default_rng(1)
    for wanted in (random.integers(0, 1000, 500), np.arange(1000), np.array([999, 0, 999]), np.empty(0, np.int64)):
        assert np.array_equal(found[wanted], rows[wanted])
        assert np.array_equal(found[wanted.astype(np.int32)], rows[wanted])
    assert np.array_equal(found[10:20], rows[10:20])
    assert (len(found), found.ndim, found.nbytes) == (1000, 2, 12_000)


def test_rows_that_end_with_a_page(tmp_path: Path) -> None:
    rows = np.arange(4096, dtype=np.float32).reshape(1024, 4)
    assert rows.nbytes % mmap.PAGESIZE == 0
    assert np.array_equal(mapped(tmp_path, rows)[:], rows)


def test_what_is_computed_leaves_its_rows_alone() -> None:
    rows = np.zeros((4, 1), np.float32)

    def made(some: NDArray[np.float32]) -> NDArray[np.float32]:
        some += 1
        return some

    computed = Computed(rows, rows.shape, rows.dtype, made)
    assert computed[:].tolist() == [[1.0]] * 4
    assert rows.sum() == 0


def test_rows_that_move_into_a_file(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(large, "LIMIT", 100)
    growing = Growing(np.empty((0, 2), np.float32), 3)
    for number in range(40):
        growing.add(np.full((number % 3, 2), number, np.float32))
    whole = growing.whole()
    assert isinstance(whole, Mapped)
    assert whole[:][:, 0].tolist() == [number for number in range(40) for _ in range(number % 3)]
    assert list((home / "cache").iterdir()) == []


SCRIPT = """
import resource, sys
from pathlib import Path
from asanai_tui.data import large, table
from asanai_tui.data.dataset import load
from asanai_tui.errors import InputError
spec = table.inspect(Path(sys.argv[1])).spec
large.LIMIT = int(sys.argv[2])
if len(sys.argv) > 3:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
high = lambda: next(int(l.split()[1]) for l in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in l)
Path("/proc/self/clear_refs").write_text("5")
before = high()
try:
    data = load(spec)
    for start in range(0, len(data.inputs), 1000):
        data.inputs[start : start + 1000]
    print(data.inputs.nbytes, (high() - before) * 1024)
except InputError as error:
    print("refused:", error)
"""


def read(path: Path, *arguments: int) -> str:
    """What a process says that reads a table, with a limit in memory and perhaps one of a file's size."""
    command = [sys.executable, "-c", SCRIPT, str(path), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_memory_does_not_grow_with_the_table(tmp_path: Path, home: Path) -> None:
    """40 MB of codes that become 238 MB of inputs, read and passed through with a limit of 4 MiB."""
    random = np.random.default_rng(1)
    names = [f"n{number}" for number in range(19)]
    block = "".join(
        f"{','.join(map(str, cells))},k{cells[0] * 10 + cells[1]},{cells[2] % 2}\n"
        for cells in random.integers(0, 10, (5000, 19)).tolist()
    )
    (tmp_path / "table.csv").write_text(f"{','.join(names)},kind,class\n" + block * 100)
    tensor, peak = map(int, read(tmp_path / "table.csv", 4 * 2**20).split())
    assert tensor == 500_000 * (19 + 100) * 4
    assert peak < 120 * 2**20, f"{peak / 2**20:.0f} MiB"


def test_disk_that_is_full(tmp_path: Path, home: Path) -> None:
    """A file may grow to 2,500 bytes only: the system refuses the rest as it does on a full disk."""
    source = table(tmp_path, SPECIES)
    told = read(Path(source.path), 100, 2500)
    assert told.startswith("refused:")
    assert "too many for memory and cannot be kept on disk (file too large); free space there" in told
    assert list((home / "cache").iterdir()) == []
