"""The start screen: samples, what was opened last, and any path, completed as it is typed."""

from pathlib import Path

import pytest

from asanai_tui import project as projects
from asanai_tui import recovery
from asanai_tui.tui import memory
from asanai_tui.tui.app import AsanaiApp
from asanai_tui.tui.completion import MOST, complete, first, listed
from asanai_tui.tui.screens.opening import OpeningScreen
from asanai_tui.tui.screens.start import SAMPLES
from asanai_tui.tui.widgets.path_input import PathInput
from asanai_tui.tui.widgets.rows import Rows
from tests.ui.driving import Desk, desk

pytestmark = pytest.mark.usefixtures("here")


def said(each: Desk) -> str:
    """The line below the path; nothing while the screen is still being built."""
    lines = each.app.screen.query("#say")
    return each.words_of(lines.first()) if lines else ""


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
        await each.press("tab")
        await each.write("mea")
        await each.until_shown("measurements/")
        await each.press("tab", "tab", "enter")
        await each.until_shown("150 rows")
        assert "flowers (not saved)" in each.text
        assert memory.recent()[0].path == str(tmp_path / "measurements" / "flowers.csv")


async def test_absolute_path_is_typed_as_it_is(samples: Path) -> None:
    async with desk() as each:
        await each.write(str(samples / "iris" / "iris.csv"))
        assert each.one(PathInput).value == str(samples / "iris" / "iris.csv")
        await each.press("enter")
        await each.until_shown("150 rows")


async def test_only_the_slash_begins_the_line(home: Path) -> None:
    async with desk() as each:
        line = each.one(PathInput)
        await each.press("slash")
        assert (line.value, line.cursor_position) == ("/", 1)
        await each.press("escape", "tab")
        assert (each.focus, line.value) == ("PathInput", "")
        await each.write("x")
        await each.press("escape", "slash")
        assert line.value == "x"
    (home / "settings").mkdir(exist_ok=True)
    (home / "settings" / "keys.toml").write_text('[keys]\n"start.path" = "p"\n')
    async with desk() as each:
        await each.press("p")
        assert (each.focus, each.one(PathInput).value) == ("PathInput", "")


async def test_tab_completes_as_far_as_all_agree_then_tells_what_there_is(tmp_path: Path) -> None:
    for name in ("flowers-2024.csv", "flowers-2025.csv", "[b]irds.csv"):
        (tmp_path / name).touch()
    async with desk(size=(80, 24)) as each:
        line = each.one(PathInput)
        await each.press("tab")
        await each.write("f")
        await each.press("tab")
        assert line.value == "flowers-202"
        assert said(each) == ""
        await each.press("tab")
        assert (line.value, said(each)) == ("flowers-202", "flowers-2024.csv flowers-2025.csv")
        await each.write("4")
        assert said(each) == ""
        await each.press("tab")
        assert line.value == "flowers-2024.csv"
        line.value = "["
        await each.press("tab")
        assert line.value == "[b]irds.csv"


@pytest.mark.parametrize(
    ("key", "focus"), [("down", "Rows#recent"), ("shift+tab", "Rows#samples"), ("escape", "Rows#samples")]
)
async def test_tab_without_a_match_stays_and_other_keys_leave(key: str, focus: str) -> None:
    async with desk() as each:
        await each.press("tab")
        await each.write("nowhere")
        await each.press("tab")
        assert (each.focus, each.one(PathInput).value) == ("PathInput", "nowhere")
        assert said(each) == "Nothing here begins like this."
        await each.press(key)
        assert each.focus == focus


async def test_wrong_path_and_unsaved_work_are_both_told(samples: Path, tmp_path: Path) -> None:
    process = recovery.Recovery()
    process.write(projects.load(samples / "xor" / "project.toml"), None)
    assert process._lock is not None
    process._lock.close()
    process._file.replace(recovery.recovery_folder() / "20260101-120000-1.json")
    app = AsanaiApp(tmp_path / "nothing.csv")
    async with app.run_test(size=(80, 24)) as pilot:
        each = Desk(app, pilot)
        await each.until(lambda: each.screen == "StartScreen" and "no such file or folder" in said(each))
        assert "Unsaved work was found" in each.text_of(each.app.screen.query_one("#found"))
        assert not each.said
        await each.press("d")
        assert "Unsaved work was found" not in each.text_of(each.app.screen)


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
    memory.keep(theme="light")
    assert (memory.recent(), memory.settings().theme) == ([], "dark")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "just now"), (119, "just now"), (300, "5 min ago"), (7200, "2 h ago"), (86400 * 3, "3 days ago")],
)
def test_ago(seconds: float, words: str) -> None:
    assert memory.ago(seconds) == words


def test_complete(tmp_path: Path) -> None:
    (tmp_path / "alpha").mkdir()
    (tmp_path / "alps.csv").touch()
    (tmp_path / ".hidden").touch()
    assert complete("a") == ("alp", ("alpha/", "alps.csv"), 2)
    assert complete("alp") == ("alp", ("alpha/", "alps.csv"), 2)
    assert complete("alph").text == complete("alpha").text == "alpha/"
    assert complete("./alps").text == "./alps.csv"
    assert complete(f"{tmp_path}/al").text == f"{tmp_path}/alp"
    assert complete(".h").text == ".hidden"
    assert complete("alps.csv") == ("alps.csv", ("alps.csv",), 1)
    for nothing in ("", "  ", "beta", "nowhere/x", "~nobody-of-that-name/x", "\0", "x" * 5000 + "/"):
        assert complete(nothing) == (nothing, (), 0)


def test_first(tmp_path: Path) -> None:
    (tmp_path / "alpha").mkdir()
    (tmp_path / "alps.csv").touch()
    assert (first("a"), first("alp"), first("alps"), first("./")) == ("alpha/", "alpha/", "alps.csv", "./alpha/")
    for nothing in ("", "alps.csv", "beta", "\0"):
        assert first(nothing) is None


def test_many_names_are_sorted_before_they_are_cut(tmp_path: Path) -> None:
    for number in reversed(range(MOST + 20)):
        (tmp_path / f"{number:04}").touch()
    found = complete("0")
    assert (found.text, found.total) == ("0", MOST + 20)
    assert found.names == tuple(f"{number:04}" for number in range(MOST))
    assert listed(found, 40) == "0000  0001  0002  0003  … 120 in all"
    assert listed(complete("000"), 80) == "  ".join(f"000{digit}" for digit in range(10))


async def test_what_is_opened_is_told_while_it_is_read(samples: Path) -> None:
    app = AsanaiApp(samples / "iris")
    async with app.run_test(size=(80, 24)) as pilot:
        assert isinstance(app.screen_stack[0], OpeningScreen)
        first = app.screen_stack[0].query_one("#say").render()
        assert f"opening {samples / 'iris'} …" in str(first)
        await Desk(app, pilot).until(lambda: app.document is not None)
        assert Desk(app, pilot).screen == "WorkbenchScreen"
