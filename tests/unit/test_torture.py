"""The torture list: broken, odd and hostile tables work, or are refused in one sentence with the place."""

import gzip
import json
import os
import random
import threading
from pathlib import Path

import pytest

from asanai_tui import cli
from asanai_tui.data import sources
from asanai_tui.data.dataset import load
from asanai_tui.data.preview import TablePreview
from asanai_tui.errors import InputError

Content = str | bytes
ROWS = [f"{n * n % 97},{n % 7},{'ab'[n % 2]}" for n in range(60)]
GOOD = "\n".join(["x,z,kind", *ROWS]) + "\n"
LINES = GOOD.splitlines()
EVIL = ("[red]a", "b\x1b]0;evil\x07")


def rows(line: str, names: str = "x,z,y", count: int = 60) -> str:
    """A table of lines, with `{a}`, `{b}` and `{k}` in them for numbers and a class."""
    made = (line.format(a=n * n % 97, b=n % 7, k="ab"[n % 2]) for n in range(count))
    return "\n".join([names, *made]) + "\n"


WORKS: dict[str, tuple[Content, int, str]] = {  # how many rows are read, and what is told of them
    "ragged": ("\n".join(line + ",1" * (n % 10 == 3) for n, line in enumerate(LINES)), 54, "6 rows set aside"),
    "a quote unclosed": ("\n".join([*LINES[:20], '3,4,"a', *LINES[20:]]), 60, "set aside: not as many fields"),
    "a quote unclosed at the end": (GOOD + '3,4,"a', 60, "(line 62)"),
    "a quote unclosed in the header": ('x,"z,kind\n' + "\n".join(ROWS), 60, '"z'),
    "a field of 10 MB": (GOOD + "1,2," + "q" * 10_000_000 + "\n" + "\n".join(ROWS), 121, "qqq…"),
    "a quoted field of 10 MB": (GOOD + '1,2,"' + "q\n" * 5_000_000 + '"\n' + "\n".join(ROWS), 121, "q�q�q"),
    "NUL bytes": (GOOD.replace("a\n", "a\0\n"), 60, "30 NUL bytes removed"),
    "one column missing": (rows(",{b},{k}"), 60, "no cell has a value"),
    "one class": (rows("{a},{b},a"), 60, "always a"),
    "constant columns": (rows("5,{a},{k}"), 60, "always 5"),
    "a number of 1e308": (GOOD + "1e308,3,a\n", 61, "too large or infinite"),
    "infinite numbers": (GOOD + "inf,3,a\n-inf,2,b\n", 62, "2 cells too large or infinite"),
    "tiny numbers": (rows("{a}e-308,{b}e-40,{a}e-300"), 60, "all numbers"),
    "mixed types": (GOOD + "soon,3,a\n2020-01-01,3,b\n", 62, "2 cells cannot be read"),
    "names twice": ("x,x,x\n" + "\n".join(ROWS), 60, "column 3 is now x_3"),
    "no names": (",,\n" + "\n".join(ROWS), 60, "column_3"),
    "no header": ("\n".join(ROWS), 60, "No header"),
    "control characters and markup": (
        "x\x1b[31m,[bold]z[/],\x07kind\u202e\n" + "\n".join(f"{n},{n % 7},{EVIL[n % 2]}" for n in range(60)),
        60,
        "[bold]z[/]",
    ),
    "UTF-16": (GOOD.encode("utf-16"), 60, "kind"),
    "UTF-16 without mark": (GOOD.encode("utf-16-be"), 60, "kind"),
    "UTF-32": (GOOD.encode("utf-32"), 60, "kind"),
    "Latin-1": (GOOD.replace("a\n", "ä\n").encode("latin-1"), 60, "read as Latin-1"),
    "Latin-1, seen late": ((GOOD + "\n".join(ROWS * 1000) + "\n1,2,ü\n").encode("latin-1"), 60_061, "read as Latin-1"),
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD.encode(), 60, "x       input"),
    "lone CR": (GOOD.replace("\n", "\r"), 60, "kind"),
    "all line ends": ("\r\n".join(LINES[:20]) + "\r" + "\r".join(LINES[20:40]) + "\n" + "\n".join(LINES[40:]), 60, "x"),
    "two rows": ("x,z,y\n1,2,3\n2,3,4\n", 2, "Only 2 rows"),
}
REFUSED: dict[str, tuple[Content, str]] = {  # and the sentence
    "nothing.csv": ("", "the file is empty"),
    "nul.csv": (b"\0" * 1000, "the file is empty"),
    "blank.csv": ("  \n\n \n", "the file is empty"),
    "header.csv": ("x,z,kind\n", "only a header, no rows with a value below it"),
    "missing.csv": (rows(",,"), "only a header, no rows with a value below it"),
    "gaps.csv": (rows("NA,?,"), "no column is a target"),
    "always.csv": (rows("5,5,5"), "no column is a target"),
    "target.csv": (rows("5,5,{k}"), "no column is an input"),
    "infinite.csv": (rows("inf,-inf,inf"), "no column is a target"),
    "huge.csv": (rows("1e308,2e308,-1e308"), "no column is a target"),
    "wide.csv": (
        ",".join(f"c{n}" for n in range(100_000)) + "\n" + ",".join("1" * 100_000),
        "100,000 columns; at most",
    ),
    "narrow.csv": ("x\n1\n2\n3\n", "only one column"),
    "quotes.csv": ('"\n"\n"\n', "no field has a value"),
    "torn.csv": (GOOD.encode("utf-16")[:-1], "is not utf-16 text"),
    "binary.csv": (random.Random(1).randbytes(300_000), "no text, but bytes of another kind"),
    "empty.csv.gz": (b"", "the file is empty"),
    "nothing.csv.gz": (gzip.compress(b""), "the file is empty"),
    "cut.csv.gz": (gzip.compress(GOOD.encode() * 50)[:-40], "the .gz archive is cut off"),
    "plain.csv.gz": (GOOD, "the content is no .gz archive"),
}


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """The exit status of a command, with what it printed on both ways."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> tuple[int, str, str]:
        status = cli.main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def written(path: Path, content: Content) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def train(path: Path) -> tuple[object, ...]:
    return "train", path, "--epochs", 1, "--runs", path.parent / "runs"


def is_refused(said: tuple[int, str, str], path: Path, sentence: str) -> bool:
    """Whether it is one sentence that names the file and ends as one does."""
    status, _, error = said
    whole = error.startswith(str(path)) and error.count("\n") == 1 and error.endswith(".\n")
    return status == 1 and whole and sentence in error


@pytest.mark.parametrize("case", WORKS)
def test_works_and_tells_what_was_done(tmp_path: Path, tell, case: str) -> None:
    content, count, told = WORKS[case]
    path = written(tmp_path / "table.csv", content)
    status, out, error = tell("data", path)
    assert (status, error) == (0, "")
    assert f"{count:,} rows" in out
    assert told in out
    assert not any(ord(character) < 32 and character != "\n" for character in out)
    assert tell(*train(path))[0] == 0


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_in_one_sentence(tmp_path: Path, tell, name: str) -> None:
    content, sentence = REFUSED[name]
    path = written(tmp_path / name, content)
    assert is_refused(tell(*train(path)), path, sentence)
    status, out, error = tell("data", path)
    assert sentence in " ".join((out + error).split())
    assert status == int("no column is" not in sentence)  # a table without a target can be looked at


def test_what_is_no_file(tmp_path: Path, tell) -> None:
    pipe, folder = tmp_path / "pipe.csv", tmp_path / "folder.csv"
    os.mkfifo(pipe)
    folder.mkdir()
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    (tmp_path / "model.safetensors").symlink_to("pipe.csv")
    for command in (lambda path: ("data", path), train):
        assert is_refused(tell(*command(pipe)), pipe, "is a pipe, not a file")
        assert is_refused(tell(*command(folder)), folder, "no picture")
        assert is_refused(tell(*command(tmp_path / "zero.csv")), tmp_path / "zero.csv", "is a device, not a file")
        assert is_refused(tell(*command(tmp_path / "loop.csv")), tmp_path / "loop.csv", "is a link that leads nowhere")
    assert is_refused(
        tell("predict", tmp_path / "model.safetensors", pipe), tmp_path / "model.safetensors", "is a pipe"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path, tell) -> None:
    path = written(tmp_path / "table.csv", GOOD)
    path.chmod(0)
    assert is_refused(tell("data", path), path, "permission denied")


def test_a_pipe_among_pictures_is_set_aside(tmp_path: Path, tell) -> None:
    import cv2
    import numpy as np

    for name in ("a/1.png", "a/2.png", "b/1.png", "b/2.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        assert cv2.imwrite(str(tmp_path / name), np.full((4, 4, 3), ord(name[0]), np.uint8))
    os.mkfifo(tmp_path / "a" / "0.png")
    status, out, _ = tell("data", tmp_path, "--json")
    told = json.loads(out)
    assert (status, told["classes"]) == (0, {"a": 2, "b": 2})
    assert "pipe" in told["set_aside"][0]["reason"]


@pytest.mark.parametrize("left", [0, 3, 1_000_000])
def test_a_file_cut_off_while_it_is_read(tmp_path: Path, left: int) -> None:
    path = written(tmp_path / "table.csv", GOOD + "\n".join(ROWS * 20_000))
    spec = sources.guess(path).spec
    cut = threading.Event()

    def step(_: str) -> None:
        if not cut.is_set():
            cut.set()
            os.truncate(path, left)

    try:
        dataset = load(spec, step)
    except InputError as error:
        assert str(path) in str(error)
    else:
        assert 0 < len(dataset.inputs) < 1_200_060
    assert cut.is_set()


def test_a_file_cut_off_between_two_looks(tmp_path: Path) -> None:
    path = written(tmp_path / "table.csv", GOOD)
    spec = sources.guess(path).spec
    for left, sentence in ((0, "the file is empty"), (1, "only one column"), (11, "only a header")):
        os.truncate(path, left)
        path.write_text(GOOD[:left])
        with pytest.raises(InputError, match=sentence):
            load(spec)


def test_a_file_that_grows_while_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "table.csv", GOOD + "\n".join(ROWS * 20_000) + "\n")
    preview = sources.guess(path)
    assert isinstance(preview, TablePreview)
    more = iter(["\n".join(ROWS * 1000) + "\n1,"])  # whose last row is not whole yet

    def step(_: str) -> None:
        with path.open("a") as file:
            file.write(next(more, ""))

    dataset = load(preview.spec, step)
    assert preview.rows <= len(dataset.inputs) <= preview.rows + 60_000
