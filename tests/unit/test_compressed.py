"""Compressed CSV files: the same table as the plain one, or one sentence."""

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import zstandard

from asanai_tui.data import compressed, examples, records, sources, table
from asanai_tui.data.dataset import load
from asanai_tui.data.preview import TablePreview
from asanai_tui.errors import InputError
from asanai_tui.opening import open_path

ROWS = [f'{number / 7:.3f},"{number % 5}","{"abc"[number % 3]}\n, ä"' for number in range(9000)]
PLAIN = ("\n".join(["height,level,kind", *ROWS]) + "\n").encode()


def zipped(content: bytes, *names: str) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names or ("table.csv",):
            archive.writestr(name, content)
    return file.getvalue()


def zst(content: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(content)


PACKED: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zip": zipped,
    ".zst": zst,
}


@pytest.fixture(params=PACKED)
def suffix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def guessed(path: Path) -> TablePreview:
    preview = sources.guess(path)
    assert isinstance(preview, TablePreview)
    return preview


def refusal(path: Path) -> str:
    """The one sentence about a file, which begins with its path."""
    with pytest.raises(InputError) as refused:
        sources.guess(path)
    sentence = str(refused.value)
    assert sentence.startswith(f"{path}: ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence.removeprefix(f"{path}: ")


def test_every_format_is_tested() -> None:
    assert tuple(PACKED) == compressed.SUFFIXES


def test_as_the_plain_file(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "SMALLEST_BLOCK", 2**13)  # many blocks, one for each few hundred records
    plain = guessed(written(tmp_path / "table.csv", PLAIN))
    packed = guessed(written(tmp_path / f"table.csv{suffix}", PACKED[suffix](PLAIN)))
    assert packed.rows == len(ROWS)
    assert packed.spec.path.endswith(f"table.csv{suffix}")
    assert packed._replace(spec=plain.spec) == plain
    assert packed.spec.columns == plain.spec.columns
    there, wanted = load(packed.spec), load(plain.spec)
    np.testing.assert_array_equal(there.inputs, wanted.inputs)
    np.testing.assert_array_equal(there.targets, wanted.targets)


def test_opened_wherever_a_table_is(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path / f"table{suffix.upper()}", PACKED[suffix](PLAIN))
    opened = open_path(path)
    assert isinstance(opened.preview, TablePreview)
    frame, notes = table.read_rows(path, opened.preview.spec)
    assert (len(frame), notes) == (len(ROWS), ())
    assert frame["height"].tolist() == [float(f"{number / 7:.3f}") for number in range(9000)]


def test_examples_are_unpacked(tmp_path: Path, suffix: str) -> None:
    rows = "\n".join(["x,y", *(f"{number},{number % 2}" for number in range(500))]).encode()
    preview = guessed(written(tmp_path / f"table.csv{suffix}", PACKED[suffix](rows)))
    found = examples.rows(preview.spec)
    assert len(found) == examples.MOST
    assert all(row["y"] == str(int(row["x"]) % 2) for row in found)
    written(Path(preview.spec.path), PACKED[suffix](rows)[:40])
    assert examples.rows(preview.spec) == ()


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_torn(tmp_path: Path, suffix: str, share: float) -> None:
    whole = PACKED[suffix](PLAIN)
    path = written(tmp_path / f"table.csv{suffix}", whole[: int(len(whole) * share)])
    assert f"the {suffix} archive is " in refusal(path)


def test_torn_after_it_was_opened(tmp_path: Path, suffix: str) -> None:
    whole = PACKED[suffix](PLAIN)
    spec = guessed(written(tmp_path / f"table.csv{suffix}", whole)).spec
    written(Path(spec.path), whole[:-5])
    with pytest.raises(InputError, match=f"csv{suffix}: the {suffix} archive is "):
        load(spec)


def test_damaged_inside(tmp_path: Path, suffix: str) -> None:
    whole = bytearray(PACKED[suffix](PLAIN))
    middle = len(whole) // 2
    whole[middle : middle + 40] = bytes(range(200, 240))
    refused = refusal(written(tmp_path / f"table.csv{suffix}", bytes(whole)))
    assert f"the {suffix} archive is " in refused


def test_a_wrong_name(tmp_path: Path, suffix: str) -> None:
    called_plain = written(tmp_path / "table.csv", PACKED[suffix](PLAIN))
    assert guessed(called_plain).rows == len(ROWS)
    called_other = written(tmp_path / ("table.gz" if suffix != ".gz" else "table.xz"), PACKED[suffix](PLAIN))
    assert guessed(called_other).rows == len(ROWS)
    called_packed = written(tmp_path / f"plain.csv{suffix}", PLAIN)
    assert refusal(called_packed) == (
        f"the content is no {suffix} archive; a plain CSV file should be called plain.csv."
    )


def test_nothing_in_it(tmp_path: Path, suffix: str) -> None:
    assert refusal(written(tmp_path / f"table.csv{suffix}", PACKED[suffix](b""))) == "the file is empty."
    assert refusal(written(tmp_path / f"none.csv{suffix}", b"")) == "the file is empty."


def test_utf_16_with_a_mark(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path / f"table.csv{suffix}", PACKED[suffix](PLAIN.decode().encode("utf-16")))
    preview = guessed(path)
    assert preview.spec.encoding == "utf-16"
    assert preview.rows == len(ROWS)
    assert preview.sample[1] == ("0.143", "1", "b\ufffd, ä")  # a line end cannot be shown


def test_nul_bytes(tmp_path: Path, suffix: str) -> None:
    preview = guessed(written(tmp_path / f"table.csv{suffix}", PACKED[suffix](PLAIN.replace(b"5.000,", b"5.\x00000,"))))
    assert preview.rows == len(ROWS)
    assert any("NUL" in note for note in preview.notes)


def test_packed_twice_and_archives_of_files(tmp_path: Path, suffix: str) -> None:
    twice = written(tmp_path / f"table.csv.gz{suffix}", PACKED[suffix](gzip.compress(PLAIN)))
    assert refusal(twice) == "a .gz archive is packed in this one; unpack it and give the CSV file."
    tar = written(
        tmp_path / f"table.tar{suffix}", PACKED[suffix](b"table.csv".ljust(257, b"\0") + b"ustar\x0000" + PLAIN)
    )
    assert refusal(tar) == "a .tar archive is packed in this one; unpack it and give the CSV file."


def test_several_streams_in_one_file(tmp_path: Path) -> None:
    half = PLAIN.index(b"\n", len(PLAIN) // 2)
    for suffix in (".gz", ".bz2", ".xz", ".zst"):
        content = PACKED[suffix](PLAIN[:half]) + PACKED[suffix](PLAIN[half:])
        assert guessed(written(tmp_path / f"table.csv{suffix}", content)).rows == len(ROWS)


def test_zip_with_what_macos_adds(tmp_path: Path) -> None:
    content = zipped(PLAIN, "data/", "data/table.csv", "data/.DS_Store", "__MACOSX/data/._table.csv", ".hidden.csv")
    assert guessed(written(tmp_path / "table.zip", content)).rows == len(ROWS)


def test_zip_with_several_files_or_none(tmp_path: Path) -> None:
    two = written(tmp_path / "two.zip", zipped(PLAIN, "train.csv", "\x1b[31mtest.csv"))
    assert refusal(two) == (
        "a .zip archive with one CSV file in it is needed, and this one has 2 files (train.csv, �[31mtest.csv); "
        "unpack it."
    )
    many = written(tmp_path / "many.zip", zipped(PLAIN[:100], *(f"{number}.csv" for number in range(30))))
    assert "30 files (0.csv, 1.csv, 2.csv, 3.csv, 4.csv, …)" in refusal(many)
    none = written(tmp_path / "none.zip", zipped(PLAIN, "data/", "__MACOSX/table.csv"))
    assert "this one has 0 files; unpack it." in refusal(none)


def test_zip_that_is_encrypted_or_of_an_unknown_method(tmp_path: Path) -> None:
    whole = bytearray(zipped(PLAIN))
    directory = whole.rindex(b"PK\x01\x02")
    for flags, method in ((6, 8), (directory + 8, directory + 10)):
        whole[flags] |= 1
        whole[method] = 8
    assert refusal(written(tmp_path / "locked.zip", bytes(whole))) == (
        "table.csv in it is encrypted; unpack it with its password."
    )
    for flags, method in ((6, 8), (directory + 8, directory + 10)):
        whole[flags] &= 0xFE
        whole[method] = 97
    assert "packed in a way that is not known here" in refusal(written(tmp_path / "odd.zip", bytes(whole)))


def test_no_permission_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or directory"):
        compressed.open_table(tmp_path / "none.csv.gz")
    with pytest.raises(InputError, match="is a directory"):
        compressed.open_table(tmp_path)


def test_a_small_file_that_becomes_large_is_read_in_pieces(tmp_path: Path) -> None:
    """2 kB of .zst that stand for 64 MB: no read unpacks more than it needs."""
    path = written(tmp_path / "zeros.csv.zst", zst(b"0,0\n" + bytes(2**26)))
    with compressed.open_table(path) as file:
        assert not file.seekable()
        assert file.readline() == b"0,0\n"
        assert sum(len(file.read(2**20)) for _ in range(100)) == 2**26
