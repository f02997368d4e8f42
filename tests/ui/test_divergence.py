"""After a training that diverged a question offers to go on at a tenth of the learning rate."""

from pathlib import Path

import msgspec
import pytest

from asanai_tui import project as projects
from asanai_tui.opening import open_path
from asanai_tui.runs import history, information
from asanai_tui.training.optimizer_settings import SGD
from asanai_tui.tui.app import AsanaiApp
from asanai_tui.tui.widgets.rows import Rows
from tests.ui.driving import PATIENCE, Desk, desk
from tests.unit.trainings import dense, network

pytestmark = pytest.mark.usefixtures("here")

FOREVER = 1_000_000


@pytest.fixture
def line(tmp_path: Path) -> Path:
    """A project that learns a line, in sixty batches an epoch."""
    rows = "".join(f"{number},{number * 3}\n" for number in range(120))
    (tmp_path / "line.csv").write_text("x,y\n" + rows)
    project = open_path(tmp_path / "line.csv").project
    training = msgspec.structs.replace(
        project.training, optimizer=SGD(learning_rate=0.001), epochs=FOREVER, batch_size=2
    )
    projects.save(msgspec.structs.replace(project, training=training, network=network(dense(1))), tmp_path / "p.toml")
    return tmp_path / "p.toml"


async def diverge(each: Desk) -> Path:
    """Train well, then at a rate that is far too high; the run."""
    await each.press("t")
    await each.until(lambda: each.app.snapshot.recorded >= 2)
    each.app.desk.wish({"learning_rate": 100.0})
    await each.until_ended()
    await each.until_shown("The training has ended")
    folder = each.app.session.directory if each.app.session else None
    assert folder
    return folder


async def test_y_goes_on_in_the_same_run(line: Path) -> None:
    async with desk(line) as each:
        folder = await diverge(each)
        retry = each.app.snapshot.retry
        assert retry
        assert retry.learning_rate == 10.0
        assert f"go on after {retry.epoch} epoch" in each.text
        assert "layer 1 (dense)" in each.text
        done = len(history.read(folder)[: retry.epoch])
        await each.press("y")
        await each.until(lambda: each.app.snapshot.retry is None or each.app.session is None)
        assert each.project.training.optimizer.learning_rate == 10.0
        await each.until(lambda: each.app.snapshot.ended)  # ten is still too much: the next offer
        await each.until_shown("The training has ended")
        assert each.app.session
        assert each.app.session.directory == folder
        await each.press("enter")
        await each.until(lambda: each.project.training.optimizer.learning_rate == 1.0)
        assert len(history.read(folder)) >= done


async def test_escape_leaves_it_and_it_is_asked_once(line: Path) -> None:
    async with desk(line) as each:
        folder = await diverge(each)
        await each.press("escape")
        await each.pilot.pause(0.6)
        assert each.screen == "WorkbenchScreen"
        assert "✕ The loss is not finite" in " ".join(each.text.split())
        assert information.read(folder).state == "failed"
        assert each.project.training.optimizer.learning_rate == 0.001


async def test_the_health_does_not_call_it_sound(line: Path) -> None:
    async with desk(line, size=(80, 24)) as each:
        await diverge(each)
        await each.press("escape", "h")
        await each.until_shown("✕ The loss is not finite")
        assert "Nothing unhealthy" not in each.text


async def test_what_comes_of_an_answer_is_not_cut_off_in_a_narrow_terminal(line: Path) -> None:
    async with desk(line, size=(60, 20)) as each:
        await diverge(each)
        assert "learning rate 10; the loss was" in each.text and "learning rate 10; epoch" in each.text
        assert "…" not in each.text
        await each.press("down")
        assert each.one(Rows).cursor == "b"


async def test_b_begins_with_the_best(line: Path) -> None:
    async with desk(line) as each:
        folder = await diverge(each)
        await each.press("b")
        await each.until(lambda: each.app.session is not None and each.app.session.directory not in (None, folder))
        assert each.app.session
        assert each.app.session.origin.endswith(folder.name)
        assert each.app.session.project.training.optimizer.learning_rate == 10.0


async def test_it_waits_for_a_dialog_to_close(line: Path) -> None:
    async with desk(line) as each:
        await each.press("t")
        await each.until(lambda: each.app.snapshot.recorded >= 2)
        await each.press("S")
        each.app.desk.wish({"learning_rate": 100.0})
        await each.until_ended()
        await each.pilot.pause(0.6)
        await each.write("y")
        assert each.screen == "PathScreen"
        await each.press("escape")
        await each.until_shown("The training has ended")
        assert not each.app.desk.alive


async def test_attached_to_a_run_that_has_diverged(line: Path) -> None:
    async with desk(line) as each:
        folder = await diverge(each)
    app = AsanaiApp(folder, attach=True)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            other = Desk(app, pilot)
            await other.until(lambda: app.document is not None)
            await other.until_shown("The training has ended")
            await other.press("y")
            await other.until(lambda: app.desk.occupied)
            await other.until(lambda: app.session is not None and app.session.directory == folder)
            assert not app.desk.attached
    finally:
        app.end_training(PATIENCE)
