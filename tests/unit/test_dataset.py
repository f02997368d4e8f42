"""From a source to arrays."""

import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from asanai_tui.data import records, sources
from asanai_tui.data.dataset import load
from asanai_tui.data.growing import Growing
from asanai_tui.data.progress import Progress, Stopped
from asanai_tui.data.spec import Column, Table
from asanai_tui.errors import InputError

COLUMNS = (
    Column(name="x"),
    Column(name="kind", type="category", missing="own_category", categories=("a", "b")),
    Column(name="y", type="category", role="target", missing="drop_row", categories=("no", "yes")),
)


def table(folder: Path, rows: list[str], header: str = "x,kind,y") -> Table:
    path = folder / "table.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return Table(path=str(path), columns=COLUMNS)


def rows(count: int) -> list[str]:
    return [f"{number / 3},{'ab'[number % 2]},{('no', 'yes')[number % 2]}" for number in range(count)]


def test_classes(tmp_path: Path) -> None:
    loaded = load(table(tmp_path, rows(100)))
    assert loaded.inputs.shape == (100, 4)
    assert loaded.inputs.dtype == np.float32
    assert loaded.inputs.flags.c_contiguous
    assert loaded.targets.tolist() == [number % 2 for number in range(100)]
    assert loaded.targets.dtype == np.int8
    assert (len(loaded.train), len(loaded.validation)) == (80, 20)
    assert loaded.targets[loaded.validation].sum() == 10
    assert loaded.inputs[loaded.train][:, 0].mean() == pytest.approx(0, abs=1e-6)
    assert loaded.inputs[:, 1].tolist() == [1 - number % 2 for number in range(100)]
    assert loaded.notes == ()


def test_numbers(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("x,y\n" + "".join(f"{n},{n / 50}\n" for n in range(50)))
    columns = Column(name="x"), Column(name="y", role="target", scaling="none")
    loaded = load(Table(path=str(path), columns=columns))
    assert loaded.targets.shape == (50, 1)
    assert loaded.targets.dtype == np.float32
    assert loaded.targets[:, 0] == pytest.approx(np.arange(50) / 50)


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    content = rows(40)
    content[3] = "1,a,"
    content[4] = "1,a,perhaps"
    content[5] = "many,a,yes"
    content[6] = "1,a"
    loaded = load(table(tmp_path, content))
    assert len(loaded.inputs) == len(loaded.targets) == 37
    assert loaded.notes == (
        "1 row set aside: not as many fields as the header (line 8).",
        "x: 1 cell cannot be read as a number up to 1e+30 and counts as missing.",
        "1 row left out: no value in y.",
        "1 row left out: a text in y that is none of its categories.",
    )


def test_rows_with_gaps_are_dropped_when_wished(tmp_path: Path) -> None:
    source = table(tmp_path, [*rows(20), ",a,yes", "NA,b,no"])
    assert len(load(source).inputs) == 22
    columns = (msgspec.structs.replace(COLUMNS[0], missing="drop_row"), *COLUMNS[1:])
    loaded = load(msgspec.structs.replace(source, columns=columns))
    assert len(loaded.inputs) == 20
    assert "2 rows left out: no value in x." in loaded.notes


def test_blocks_make_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = [row.replace(",a,", ',"a",') if number % 7 == 0 else row for number, row in enumerate(rows(500))]
    content[100] = ",b,no"
    content[200] = "7,b"
    whole = load(table(tmp_path, content))
    monkeypatch.setattr(records, "BLOCK_BYTES", 128)
    parts = load(table(tmp_path, content))
    assert np.array_equal(whole.inputs, parts.inputs)
    assert np.array_equal(whole.targets, parts.targets)
    assert whole.notes == parts.notes
    assert whole.preprocessing == parts.preprocessing


def test_same_source_same_dataset(tmp_path: Path) -> None:
    source = table(tmp_path, rows(100))
    first, again = load(source), load(source)
    assert np.array_equal(first.inputs, again.inputs)
    assert np.array_equal(first.validation, again.validation)


def test_column_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(InputError) as told:
        load(table(tmp_path, rows(10), header="x,sort,y"))
    assert "table.csv: the column kind is missing; there are x, sort, y." in str(told.value)


def test_source_that_cannot_be_learned_from(tmp_path: Path) -> None:
    source = table(tmp_path, rows(10))
    with pytest.raises(InputError) as told:
        load(msgspec.structs.replace(source, columns=COLUMNS[:2]))
    assert "no column is a target" in str(told.value)
    with pytest.raises(InputError) as told:
        load(table(tmp_path, ["1,a,"] * 10))
    assert "no example is left" in str(told.value)


def test_stopped_while_reading(tmp_path: Path) -> None:
    asked: list[bool] = []
    with pytest.raises(Stopped):
        load(table(tmp_path, rows(100)), stopped=lambda: not asked.append(True))
    assert asked == [True]


def test_progress_is_told(tmp_path: Path) -> None:
    lines: list[str] = []
    load(table(tmp_path, rows(100)), lines.append)
    assert lines == ["read 100 rows"]


def test_progress_speaks_a_few_times_a_second() -> None:
    lines: list[str] = []
    progress = Progress(lines.append)
    for number in range(10_000):
        progress.step(str(number))
    assert lines[0] == "0"
    assert len(lines) < 10


def test_growing() -> None:
    growing = Growing(np.empty((0, 2), np.float32))
    for number in range(100):
        growing.add(np.full((number % 4, 2), number, np.float32))
    whole = growing.whole()
    assert whole.shape == (150, 2)
    assert whole[:, 0].tolist() == [number for number in range(100) for _ in range(number % 4)]
    assert Growing(np.empty((0, 3))).whole().shape == (0, 3)


def test_samples(samples: Path) -> None:
    shapes = {"iris/iris.csv": (150, 4), "xor/xor.csv": (4, 2), "digits": (1797, 8, 8, 1)}
    for name, shape in shapes.items():
        loaded = load(sources.guess(samples / name).spec)
        assert loaded.inputs.shape == shape
        assert len(loaded.train) + len(loaded.validation) == shape[0]


def test_memory_stays_near_the_tensor(tmp_path: Path) -> None:
    """In a process of its own: reading needs at most 3 times the tensor (design.md section 6)."""
    random = np.random.default_rng(1)
    path = tmp_path / "table.csv"
    columns = [*(f"x{number}" for number in range(32)), "y"]
    block = "\n".join(",".join(f"{value:.5f}" for value in row) for row in random.normal(size=(500, 33)).tolist())
    path.write_text(",".join(columns) + "\n" + "\n".join([block] * 200))
    script = """
import sys
from pathlib import Path
import pandas
from asanai_tui.data import table
from asanai_tui.data.dataset import load
spec = table.inspect(Path(sys.argv[1])).spec
Path("/proc/self/clear_refs").write_text("5")
high = lambda: next(int(l.split()[1]) for l in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in l)
before = high()
print(load(spec).inputs.nbytes, (high() - before) * 1024)
"""
    done = subprocess.run([sys.executable, "-c", script, path], check=True, capture_output=True, text=True)
    tensor, peak = map(int, done.stdout.split())
    assert tensor == 100_000 * 32 * 4
    assert peak <= 3 * tensor + 16 * 2**20, f"{peak / tensor:.2f} times"


def test_pictures_need_no_pandas(samples: Path) -> None:
    """And nothing of the data package needs torch."""
    script = """
import sys
from pathlib import Path
from asanai_tui.data import sources
from asanai_tui.data.dataset import load
load(sources.guess(Path(sys.argv[1])).spec)
assert not {"pandas", "torch"} & set(sys.modules), "loaded"
"""
    done = subprocess.run([sys.executable, "-c", script, samples / "digits"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("missing", ["", "NA"])
def test_gaps_in_the_last_column_and_short_rows(tmp_path: Path, missing: str) -> None:
    """Both look alike to pandas: a gap costs its value, a short row is set aside with its line."""
    content = [f"{number % 2},{number}.5" for number in range(60)]
    content[7], content[40], content[41] = f"1,{missing}", "1", "1,2.5,3"
    path = tmp_path / "table.csv"
    path.write_text("y,x\n" + "\n".join(content) + "\n")
    loaded = load(
        Table(path=str(path), columns=(Column(name="y", role="target"), Column(name="x", missing="drop_row")))
    )
    assert len(loaded.inputs) == 57
    assert loaded.notes == (
        "2 rows set aside: not as many fields as the header (lines 42, 43).",
        "1 row left out: no value in x.",
    )


def test_short_and_long_rows_beside_an_ignored_column(tmp_path: Path) -> None:
    """pandas says nothing of long rows when only some columns are asked for."""
    content = [*rows(20), "1,a", "1,a,yes,9", *rows(20)]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(["x,kind,y", *content]) + "\n")
    loaded = load(Table(path=str(path), columns=(COLUMNS[0], COLUMNS[2])))
    assert len(loaded.inputs) == 40
    assert loaded.notes == ("2 rows set aside: not as many fields as the header (lines 22, 23).",)


@pytest.mark.parametrize("labels", [("01", "1"), ("True", "False"), ("NA", "9" * 25)])
def test_categories_that_look_like_something_else(
    tmp_path: Path, labels: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first blocks hold plain texts, so that pandas has to guess; what it makes of the others is put right."""
    monkeypatch.setattr(records, "BLOCK_BYTES", 64)
    content = [f"{number},{'ab'[number % 2]}" for number in range(40)]
    content += [f"{number},{labels[number % 2]}" for number in range(40)]
    path = tmp_path / "table.csv"
    path.write_text("x,y\n" + "\n".join(content) + "\n")
    kinds = ("a", "b", *labels)
    target = Column(name="y", type="category", role="target", categories=kinds)
    loaded = load(Table(path=str(path), columns=(Column(name="x"), target)))
    wanted = [*(number % 2 for number in range(40)), *(2 + number % 2 for number in range(40))]
    assert loaded.targets.tolist() == [code for code in wanted if kinds[code] != "NA"]


def test_growing_beyond_what_was_expected() -> None:
    growing = Growing(np.empty((0, 1)), additions=2)
    for number in range(20):
        growing.add(np.full((number + 1, 1), number))
    assert growing.whole()[:, 0].tolist() == [number for number in range(20) for _ in range(number + 1)]
