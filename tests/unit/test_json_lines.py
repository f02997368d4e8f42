"""JSON lines: the same table as a CSV file, or one sentence."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asanai_tui.data import examples, sources, table
from asanai_tui.data.as_csv import open_csv
from asanai_tui.data.dataset import load
from asanai_tui.data.preview import TablePreview
from asanai_tui.errors import InputError
from asanai_tui.opening import open_path

OBJECTS = [
    {"height": number / 7, "level": number % 5, "note": f'a; "b", {number % 3}\n', "kind": "abc"[number % 3]}
    for number in range(9000)
]


def written(path: Path, *objects: Any) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in objects))
    return path


def guessed(path: Path) -> TablePreview:
    preview = sources.guess(path)
    assert isinstance(preview, TablePreview)
    return preview


def text(path: Path) -> str:
    with open_csv(path) as file:
        return file.read().decode()


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as refused:
        sources.guess(path)
    assert str(refused.value).startswith(f"{path}: ")
    return str(refused.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize("name", ["table.jsonl", "table.NDJSON", "table.jsonl.gz"])
def test_a_table(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, *OBJECTS)
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(path.read_bytes()))
    preview = open_path(path).preview
    assert isinstance(preview, TablePreview)
    assert preview.rows == len(OBJECTS)
    assert preview.header == ("height", "level", "note", "kind")
    assert preview.class_counts == (("a", 3000), ("b", 3000), ("c", 3000))
    assert preview.notes == ()
    loaded = load(preview.spec)
    assert len(loaded.inputs) == len(OBJECTS)
    assert loaded.targets.tolist() == [number % 3 for number in range(9000)]
    frame, notes = table.read_rows(path, preview.spec)
    assert notes == ()
    np.testing.assert_array_equal(frame["height"], [number / 7 for number in range(9000)])
    assert sources.inspect(preview.spec).spec == preview.spec
    assert all(row["kind"] in "abc" for row in examples.rows(preview.spec))


def test_values(tmp_path: Path) -> None:
    path = written(
        tmp_path / "values.jsonl",
        {"a": 1, "b": True, "c": "x,y"},
        {"c": 'say "x"', "d": 1.5e300},
        {"a": None, "b": {"in": [1, "ä"]}, "d": 12345678901234567890},
    )
    assert text(path) == 'a,b,c,d\n1,true,"x,y",\n,,"say ""x""",1.5e+300\n,"{""in"":[1,""ä""]}",,12345678901234567890\n'


def test_blank_lines_marks_and_no_last_line_end(tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1, "b": 2}\r\n\r\n  \n{"b": 4, "a": 3}')
    assert text(path) == "a,b\n1,2\n3,4\n"
    path.write_bytes(b"\n" * 2**19 + b'{"a": 1, "b": 2}')
    assert text(path) == "a,b\n1,2\n"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"a": 1, "b": ', "line 3 is no JSON object (Input data was truncated); correct it or leave it out."),
        (b"[1, 2]", "line 3 is no JSON object (Expected `object`, got `array`); correct it or leave it out."),
        (b'{"a": "\xff"}', "line 3 is no JSON object ("),
        (b'{"a": ' + b"[" * 10**5, "line 3 is no JSON object ("),
        (b"a,b", "line 3 is no JSON object ("),
        (b'{"a": "' + b"x" * 2**24 + b'"}', "line 3 is longer than 16 MiB; correct it or leave it out."),
    ],
)
def test_wrong_lines(tmp_path: Path, line: bytes, why: str) -> None:
    path = tmp_path / "wrong.jsonl"
    path.write_bytes(b'{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n' + line + b"\n")
    assert refusal(path).startswith(why)


def test_a_field_that_comes_late(tmp_path: Path) -> None:
    path = written(tmp_path / "late.jsonl", *OBJECTS, {"height": 1, "width": 2})
    assert refusal(path) == (
        "line 9,001 has the field width, which none of the first lines has; correct it or leave it out."
    )


def test_no_table(tmp_path: Path) -> None:
    assert refusal(written(tmp_path / "none.jsonl")) == "the file is empty."
    assert refusal(written(tmp_path / "one.jsonl", {"a": "x y"}, {"a": "z y"})).startswith("only one column")
