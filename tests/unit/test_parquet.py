"""Parquet files work wherever a CSV file works; without pyarrow one sentence says what to install."""

import datetime as dt
import json
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from asanai_tui import cli
from asanai_tui.data import examples, sources
from asanai_tui.data.dataset import load
from asanai_tui.data.preview import TablePreview
from asanai_tui.errors import InputError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def written(path: Path, columns: dict[str, object], **options: object) -> Path:
    pq.write_table(pa.table(columns), path, **options)
    return path


def read(path: Path) -> TablePreview:
    preview = sources.guess(path)
    assert isinstance(preview, TablePreview)
    return preview


def test_the_same_as_the_csv_file(samples: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(samples / "penguins" / "penguins.csv")
    path = written(tmp_path / "penguins.parquet", {name: frame[name] for name in frame}, row_group_size=50)
    found, wanted = read(path), read(samples / "penguins" / "penguins.csv")
    assert found.spec.columns == wanted.spec.columns
    assert found.rows == 344 and found.class_counts == wanted.class_counts
    ours, theirs = load(found.spec), load(wanted.spec)
    assert np.array_equal(ours.inputs, theirs.inputs)
    assert np.array_equal(ours.targets, theirs.targets)
    assert examples.rows(found.spec)[0].keys() == {column.name for column in found.spec.columns}


def test_types_become_what_csv_would_say(tmp_path: Path) -> None:
    n = 40
    path = written(
        tmp_path / "types.parquet",
        {
            "decimal": pa.array([Decimal(f"{i * i}.25") for i in range(n)], pa.decimal128(10, 2)),
            "flag": [i % 3 == 0 for i in range(n)],
            "half": pa.array([np.float16(i * i) for i in range(n)], pa.float16()),
            "kind": pa.array(["a, b", 'c "d"', None, "ü"] * 10).dictionary_encode(),
            "list": [[i, 1] if i % 2 else None for i in range(n)],
            "raw": [bytes([i, 255]) for i in range(n)],
            "day": [dt.date(2026, 1, 1) + dt.timedelta(i) for i in range(n)],
            "at": [dt.datetime(2026, 1, 1, 8) + dt.timedelta(hours=i) for i in range(n)],
            "clock": [dt.time(8, i) for i in range(n)],
            "took": pa.array([i * i for i in range(n)], pa.duration("s")),
            "y": [None if i == 3 else i * 0.5 for i in range(n)],
        },
    )
    preview = read(path)
    columns = {column.name: column for column in preview.spec.columns}
    assert preview.rows == n
    assert columns["decimal"].type == columns["half"].type == columns["took"].type == "number"
    assert columns["kind"].categories == ("a, b", 'c "d"', "ü")
    sample = dict(zip(preview.header, preview.sample[1], strict=True))
    assert (sample["decimal"], sample["flag"], sample["list"], sample["day"]) == (
        "1.25",
        "false",
        "[1,1]",
        "2026-01-02",
    )
    assert sample["at"].startswith("2026-01-01 09:00") and sample["clock"].startswith("08:01")
    dataset = load(preview.spec)
    assert len(dataset.inputs) == n - 1
    assert np.isfinite(dataset.inputs).all()


def test_many_batches_and_no_row(tmp_path: Path) -> None:
    values = np.arange(300_000) ** 2 % 9973
    path = written(tmp_path / "long.pq", {"x": values, "y": values * 2.0})
    assert read(path).rows == 300_000
    dataset = load(read(path).spec)
    assert dataset.inputs.shape == (300_000, 1)
    empty = written(tmp_path / "empty.parquet", {"x": pa.array([], "int64"), "y": pa.array([], "int64")})
    with pytest.raises(InputError, match="no rows with a value"):
        read(empty)


def test_what_is_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_text("x,y\n1,2\n")
    with pytest.raises(InputError, match=r"a\.parquet: no whole Parquet file"):
        read(path)
    whole = written(tmp_path / "b.parquet", {"x": list(range(5000)), "y": list(range(5000))}).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="fetched or written again"):
        read(path)
    path.write_bytes(whole[:100] + b"\xff" * 200 + whole[300:])
    with pytest.raises(InputError, match="no whole Parquet file"):
        read(path)


def test_without_pyarrow_one_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "a.parquet", {"x": [1, 2, 3], "y": [2, 4, 6]})
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert cli.main(["data", str(path)]) == 1
    said = capsys.readouterr().err
    assert "pip install pyarrow" in said and said.count("\n") == 1


def test_train_and_predict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=100)
    path = written(tmp_path / "line.parquet", {"x": x, "kind": list("ab") * 50, "y": 2 * x})
    assert cli.main(["train", str(path), "--epochs", "2", "--json"]) == 0
    run = json.loads(capsys.readouterr().out.splitlines()[-1])["run"]
    assert cli.main(["predict", run, str(path)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 101
