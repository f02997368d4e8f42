"""The health of the layers on the screen: before a training, while it runs, attached."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from asanai_tui import project as projects
from asanai_tui.network.network import Network
from asanai_tui.opening import open_path
from asanai_tui.tui.widgets.layer_list import LayerList
from asanai_tui.tui.widgets.training_pane import TrainingPane
from tests.ui.driving import Desk, desk
from tests.unit.trainings import dense, network

pytestmark = pytest.mark.usefixtures("here")

FOREVER = 1_000_000
DEAD = {"bias_initializer": {"name": "constant", "value": -100.0}}


def project(folder: Path, layers: Network) -> Path:
    (folder / "line.csv").write_text("x,y\n" + "".join(f"{number},{number * 3}\n" for number in range(60)))
    opened = open_path(folder / "line.csv").project
    training = msgspec.structs.replace(opened.training, epochs=FOREVER)
    projects.save(msgspec.structs.replace(opened, training=training, network=layers), folder / "p.toml")
    return folder / "p.toml"


async def health(each: Desk) -> None:
    await each.press("h")
    await each.until_shown("Health · before the first step")


async def test_before_a_training_and_back(iris: Callable[[int], Path]) -> None:
    async with desk(iris(3), size=(80, 24)) as each:
        await health(each)
        assert "2 dense" in each.text
        assert "Nothing unhealthy was found." in each.text
        await each.press("down", "down", "enter")
        assert each.screen == "WorkbenchScreen"
        assert each.one(LayerList).selected == (1,)
        await each.press("h", "escape")
        assert each.screen == "TrainingScreen"


async def test_a_dead_layer_with_advice_while_it_trains(tmp_path: Path) -> None:
    path = project(tmp_path, network(dense(8, "relu", **DEAD), dense(1)))
    async with desk(path, size=(140, 40)) as each:
        await each.press("3", "t")
        await each.until(lambda: each.app.snapshot.recorded >= 2)
        await each.until(lambda: "findings: h" in str(each.one(TrainingPane).border_title))
        assert each.app.snapshot.findings == 3
        assert "Layer 1 (dense) gives only zeros" in each.text
        await each.press("h")
        await each.until_shown("✕ 1 dense")
        assert "dead, no gradient" in each.text
        assert "Use leaky_relu or elu" in each.text
        await each.press("r", "down", "tab")
        assert each.focus == "Rows#findings"
        await each.press("escape", "t")
        await each.until_ended()
        await each.press("h")
        await each.until_shown("dead, no gradient")


async def test_an_edit_is_looked_at_anew(tmp_path: Path) -> None:
    path = project(tmp_path, network(dense(8, "relu", **DEAD), dense(1)))
    async with desk(path, size=(140, 40)) as each:
        await health(each)
        await each.until_shown("dead")
        await each.press("1", "g", "d", "h")
        await each.until(lambda: "dead" not in each.text and "Nothing unhealthy" in each.text)
        assert "1 dense" in each.text


async def test_what_keeps_it_from_being_looked_at_is_a_sentence(tmp_path: Path) -> None:
    path = project(tmp_path, network(dense(8, "relu"), dense(3)))
    async with desk(path, size=(80, 24)) as each:
        await each.press("h")
        await each.until_shown("✕ ")
        assert "The last layer gives 3" in each.text


async def test_two_hundred_layers(tmp_path: Path) -> None:
    path = project(tmp_path, network(*[dense(2, "tanh") for _ in range(200)], dense(1)))
    async with desk(path, size=(80, 24)) as each:
        await health(each)
        await each.press("G")
        assert "201 dense" in each.text
        await each.press("g")
        assert "input" in each.text
