"""The start screen: samples, what was opened last, and any path, completed as it is typed."""

from pathlib import Path

import pytest

from asanai_tui.tui import memory
from asanai_tui.tui.screens.start import SAMPLES
from asanai_tui.tui.widgets.path_input import PathInput, completed
from asanai_tui.tui.widgets.rows import Rows
from tests.ui.driving import Desk, desk


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def said(each: Desk) -> str:
    return each.words_of(each.app.screen.query_one("#say"))


async def test_samples_are_listed_and_open(samples: Path) -> None:
    async with desk() as each:
        assert each.focus == "Rows#samples"
        for sample in SAMPLES:
            assert sample.name in each.text
            assert sample.about in each.text
        await each.press("down", "enter")
        await each.until_shown("150 rows")
        assert each.screen == "WorkbenchScreen"
        assert each.project.data.path == str(samples / "iris" / "iris.csv")


async def test_sample_trains_on_one_key() -> None:
    async with desk() as each:
        await each.press("end", "t")
        await each.until(lambda: each.app.snapshot.recorded > 0)
        assert "xor (sample)" in each.text
        await each.press("t")
        await each.until_ended()
        assert each.app.snapshot.state in ("stopped", "finished")


async def test_recent_paths_newest_first(samples: Path, tmp_path: Path) -> None:
    for name in ("iris", "penguins"):
        memory.remember(samples / name / "project.toml")
    memory.remember(tmp_path / "gone.toml")
    async with desk() as each:
        recent = each.text_of(each.one(Rows, "#recent"))
        assert recent.index("penguins") < recent.index("iris")
        assert "gone" not in recent
        assert "just now" in recent
        await each.press("shift+tab", "down", "enter")
        await each.until(lambda: each.app.document is not None)
        assert each.project.data.path.endswith("iris.csv")
        await each.press("o")
        recent = each.text_of(each.one(Rows, "#recent"))
        assert recent.index("iris") < recent.index("penguins")
        await each.press("escape")
        assert each.screen == "WorkbenchScreen"


async def test_any_path_is_typed_with_completion(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "measurements").mkdir()
    (tmp_path / "measurements" / "flowers.csv").write_bytes((samples / "iris" / "iris.csv").read_bytes())
    async with desk() as each:
        await each.press("slash")
        await each.write("mea")
        await each.until(lambda: each.one(PathInput)._suggestion)
        await each.press("tab")
        assert each.one(PathInput).value == "measurements/"
        await each.until(lambda: each.one(PathInput)._suggestion)
        await each.press("tab", "enter")
        await each.until_shown("150 rows")
        assert "flowers (not saved)" in each.text
        assert memory.recent()[0].path == str(tmp_path / "measurements" / "flowers.csv")


async def test_tab_goes_round_and_escape_leaves_the_line() -> None:
    async with desk() as each:
        stops = []
        for _ in range(3):
            await each.press("tab")
            stops.append(each.focus)
        assert stops == ["PathInput", "Rows#recent", "Rows#samples"]
        await each.press("slash", "escape")
        assert each.focus == "Rows#samples"
        await each.press("escape")
        assert each.screen == "StartScreen"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("nothing.csv", None, "no such file or folder"),
        ("~nobody-of-that-name/a.csv", None, "cannot be opened"),
        ("empty.csv", b"", "empty"),
        ("one.csv", b"a\n1\n2\n3\n", "one column"),
        ("header.csv", b"a,b\n", "rows"),
        ("letter.docx", b"PK", "this kind of file is not known here"),
        ("broken.toml", b"[data\n", "not valid TOML"),
        ("torn.safetensors", b"abc", "torn.safetensors"),
        ("folder", Path(), "put the pictures of each class into a folder of its own"),
    ],
)
async def test_wrong_paths_are_sentences(
    tmp_path: Path, name: str, content: bytes | Path | None, sentence: str
) -> None:
    if isinstance(content, bytes):
        (tmp_path / name).write_bytes(content)
    elif content is not None:
        (tmp_path / name).mkdir()
    async with desk() as each:
        await each.press("slash")
        each.one(PathInput).value = name
        await each.press("enter")
        await each.until(lambda: "✕" in said(each))
        assert sentence in said(each)
        assert each.screen == "StartScreen"
        assert each.app.document is None
        assert each.one(PathInput).value == name
        assert memory.recent() == []


async def test_wrong_path_on_the_command_line_leads_to_the_start_screen(tmp_path: Path) -> None:
    from asanai_tui.tui.app import AsanaiApp

    app = AsanaiApp(tmp_path / "nothing.csv")
    async with app.run_test() as pilot:
        each = Desk(app, pilot)
        await each.until(lambda: each.screen == "StartScreen" and "no such file or folder" in said(each))
        await each.press("end", "enter")
        await each.until(lambda: app.document is not None)
        assert each.screen == "WorkbenchScreen"


async def test_wrong_path_while_something_is_open_leaves_it_open(samples: Path) -> None:
    async with desk(samples / "iris") as each:
        before = each.app.document
        await each.press("o", "slash", *"nowhere", "enter")
        await each.until(lambda: "no such file" in said(each))
        await each.press("escape", "escape")
        assert each.screen == "WorkbenchScreen"
        assert each.app.document is before


async def test_names_from_files_are_no_markup(samples: Path, tmp_path: Path) -> None:
    path = tmp_path / "[red]a[@click=app.exit]b.csv"
    rows = "".join(f"{number},{'[/]x' if number % 2 else '[bold]y'},{number % 3}\n" for number in range(40))
    path.write_text(f"[one],[link=x]two,[/three]\n{rows}")
    async with desk(path) as each:
        await each.press("S", "enter")
        await each.press("2", "end", "m", "u", "c", "u")
        assert "[/three]" in each.text
        await each.press("o")
        assert "[red]a[@click=app.exit]b" in each.text


def test_recent_list_survives_what_is_wrong_with_it(home: Path, tmp_path: Path) -> None:
    for content in (b"", b"{", b"[5]", b'[{"path": 5, "at": 1}]', b"\xff", b'[{"path": "\xff", "at": 1}]'):
        (home / "state").mkdir(exist_ok=True)
        (home / "state" / "recent.json").write_bytes(content)
        assert memory.recent() == []
        memory.remember(tmp_path)
        assert [each.path for each in memory.recent()] == [str(tmp_path)]
    (home / "state" / "recent.json").write_text(f'[{{"path": "/{"x" * 5000}", "at": 1}}]')
    assert memory.recent() == []


def test_recent_list_is_short_and_has_each_path_once(tmp_path: Path) -> None:
    for number in range(memory.KEPT + 3):
        (tmp_path / str(number)).touch()
        memory.remember(tmp_path / str(number))
    memory.remember(tmp_path / "10")
    paths = [Path(each.path).name for each in memory.recent()]
    assert len(paths) == len(set(paths)) == memory.KEPT
    assert paths[0] == "10"


def test_home_that_cannot_be_written_is_no_trouble(home: Path, tmp_path: Path) -> None:
    (home / "state").write_text("in the way")
    (home / "settings").write_text("in the way")
    memory.remember(tmp_path)
    memory.keep_theme("light")
    assert (memory.recent(), memory.settings().theme) == ([], "dark")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "just now"), (119, "just now"), (300, "5 min ago"), (7200, "2 h ago"), (86400 * 3, "3 days ago")],
)
def test_ago(seconds: float, words: str) -> None:
    assert memory.ago(seconds) == words


def test_completed(tmp_path: Path) -> None:
    (tmp_path / "alpha").mkdir()
    (tmp_path / "alps.csv").touch()
    (tmp_path / ".hidden").touch()
    assert completed("alp") == "alpha/"
    assert completed("alps") == "alps.csv"
    assert completed("./alps") == "./alps.csv"
    assert completed(f"{tmp_path}/al") == f"{tmp_path}/alpha/"
    assert completed(".h") == ".hidden"
    for nothing in ("", "  ", "beta", "alps.csv", "nowhere/x", "~nobody-of-that-name/x", "\0", "x" * 5000 + "/"):
        assert completed(nothing) is None
