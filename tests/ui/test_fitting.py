"""What does not fit is left out whole, on every line that holds several things."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from rich.segment import Segment

from asanai_tui import project as projects
from asanai_tui.training.recorder import Epoch, Snapshot
from asanai_tui.tui.widgets.fitting import Piece, fitting, fitting_hints
from asanai_tui.tui.widgets.key_bar import KeyBar
from asanai_tui.tui.widgets.title_bar import TitleBar
from asanai_tui.tui.widgets.training_pane import TrainingPane
from asanai_tui.tui.widgets.training_progress import Progress
from tests.ui.driving import Desk, desk

EPOCH = Epoch(21, 0.123, 0.234, {"accuracy": 0.952, "val_accuracy": 0.94}, 0.001)
MOMENT = Snapshot(
    state="training", epoch=21, epochs=2000, batch=13, batches=45, samples_per_second=14_210.0, seconds_left=1960.0,
    learning_rate=0.001, recorded=21, last=EPOCH, best=EPOCH, metrics=("accuracy",), device="cpu · 1 thread",
)  # fmt: skip
WHOLE = {
    "epoch", "21/2000", "1%", "32:40 left", "14k/s", "batch 13/45", "lr 0.001", "acc 0.952", "val 0.940", "best 21",
    "▲", "paused",
}  # fmt: skip


def texts(segments: list[Segment]) -> list[str]:
    return [segment.text for segment in segments]


def test_the_lightest_goes_first_and_the_order_stays() -> None:
    pieces = [Piece("one ", None, 2), Piece("two ", None, 1), Piece("three ", None, 3)]
    assert texts(fitting(pieces, 13)) == ["one ", "two ", "three "]  # the last blank needs no room
    assert texts(fitting(pieces, 12)) == ["one ", "three "]
    assert texts(fitting(pieces, 2)) == ["three "]


@pytest.mark.parametrize(
    ("width", "shown"), [(30, "a add · d delete"), (16, "a add · d delete"), (15, "a add"), (4, "")]
)
def test_hints_are_shown_whole_or_not_at_all(width: int, shown: str) -> None:
    assert fitting_hints("a add · d delete", width) == shown


def words(line: str) -> str:
    """What is left of a line when everything that may stand on it is taken away."""
    for whole in sorted(WHOLE, key=len, reverse=True):
        line = line.replace(whole, "", 1)
    return line.replace("━", "").replace("·", "").strip()


@pytest.mark.parametrize("state", ["training", "paused"])
async def test_progress_holds_whole_figures_at_every_width(samples: Path, state: str) -> None:
    async with desk(samples / "iris") as each:
        progress = each.one(Progress)
        progress.show(MOMENT._replace(state=state), "")
        for width in range(12, 120):
            lines = [strip.text.rstrip() for strip in progress.draw(width, 2)]
            assert all(len(line) <= width for line in lines)
            assert [words(line) for line in lines] == ["", ""]
        at_80x24 = [strip.text for strip in progress.draw(36, 2)]
        assert "21/2000" in at_80x24[0]
        assert ("32:40 left" if state == "training" else "paused") in at_80x24[0]
        assert at_80x24[1] == "lr 0.001 acc 0.952 val 0.940 best 21"


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 100, 140])
async def test_title_holds_whole_words(samples: Path, columns: int) -> None:
    async with desk(samples / "iris", (columns, 24)) as each:
        await each.press("t")
        await each.until_ended()
        await each.until(lambda: each.text.splitlines()[0].find("✓") >= 0)
        title = each.text_of(each.one(TitleBar)).splitlines()[0]
        right = title[title.index("✓") :].strip()
        device, threads = each.app.snapshot.device.split(" · ")
        assert right in {"✓", "✓ finished", f"✓ finished  {device}", f"✓ finished  {device} · {threads}"}


@pytest.mark.parametrize("columns", [60, 80, 100, 140])
async def test_borders_hold_whole_hints_after_a_resize(samples: Path, columns: int) -> None:
    async with desk(samples / "iris") as each:
        await each.press("3")
        pane = each.one(TrainingPane)
        full = str(pane.border_subtitle)
        for width in (columns, 30, columns):
            await each.pilot.resize_terminal(width, 24)
            await each.settle()
            hints = each.text_of(pane).splitlines()[-1].strip("╰╯─ ")
            assert full.startswith(hints)
            assert set(hints.split(" · ")) <= set(full.split(" · "))
            assert hints


@pytest.mark.parametrize("screen", ["1", "2", "3", "4"])
async def test_help_and_quit_are_always_in_the_key_bar(samples: Path, screen: str) -> None:
    async with desk(samples / "digits", (80, 24)) as each:
        await each.press(screen)
        bar = each.text_of(each.one(KeyBar))
        assert " ? help  q quit" in bar
        await each.pilot.resize_terminal(20, 10)
        await each.settle()
        assert each.text_of(each.one(KeyBar)).split() == ["?", "help", "q", "quit"]


@pytest.fixture
def endless(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """The irises, trained without end, in a folder of one's own."""
    monkeypatch.chdir(tmp_path)
    project = projects.load(samples / "iris" / "project.toml")
    training = msgspec.structs.replace(project.training, epochs=1_000_000)
    projects.save(msgspec.structs.replace(project, training=training), tmp_path / "project.toml")
    return lambda: tmp_path / "project.toml"


async def test_the_learning_rate_is_seen_while_training(endless: Callable[[], Path]) -> None:
    async with desk(endless(), (80, 24)) as each:
        await each.press("t")
        await each.until(lambda: "lr 0.002" in figures(each))
        await each.press("plus")
        await each.until(lambda: "lr 0.004" in figures(each))
        assert "lr 0.002" not in figures(each)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (140, 40)], ids=str)
async def test_the_end_of_a_training_says_what_to_do_next(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.chdir(tmp_path)
    async with desk(samples / "iris", size) as each:
        await each.press("t")
        await each.until_ended()
        await each.until(lambda: "✓ Trained for 100 epochs" in figures(each))
        assert "4 asks it" in figures(each)
        assert "acc" in figures(each)


def figures(each: Desk) -> str:
    return each.words_of(each.one(Progress))
