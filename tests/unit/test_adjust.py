"""The switches of the data: whether units, activation, loss and metric follow when the data change."""

from pathlib import Path

import msgspec
import pytest

from asanai_tui import project as projects
from asanai_tui.data import table
from asanai_tui.data.column import Column
from asanai_tui.data.spec import Adjust, Images, Table
from asanai_tui.network.layers.basic import Dense
from asanai_tui.network.network import Network
from asanai_tui.project import Project
from asanai_tui.suggestion import with_data
from asanai_tui.training.settings import Training

LABELS = Column(name="kind", type="category", role="target", categories=("a", "b", "c"))
NUMBER = Column(name="size", role="target", scaling="none")


def project(adjust: Adjust) -> Project:
    """Learns three classes."""
    network = Network([Dense(units=8, activation="relu"), Dense(units=3, activation="softmax")])
    training = Training(loss="categorical_crossentropy", metrics=("accuracy",))
    return Project(data=source(LABELS, adjust), network=network, training=training)


def source(target: Column, adjust: Adjust, fraction: bool = False) -> Table:
    return Table(path="t.csv", columns=(Column(name="x"), target), adjust=adjust, fraction=fraction)


def end(found: Project) -> tuple[int, str, str, str]:
    last = found.network[-1]
    assert isinstance(last, Dense)
    return last.units, last.activation, found.training.loss, found.training.metrics[0]


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        ({}, (1, "linear", "mean_squared_error", "mean_absolute_error")),
        ({"units": False}, (3, "linear", "mean_squared_error", "mean_absolute_error")),
        ({"activation": False}, (1, "softmax", "mean_squared_error", "mean_absolute_error")),
        ({"loss": False}, (1, "linear", "categorical_crossentropy", "accuracy")),
        ({"units": False, "activation": False, "loss": False}, (3, "softmax", "categorical_crossentropy", "accuracy")),
    ],
)
def test_each_switch_holds_its_part(switches: dict[str, bool], expected: tuple[int, str, str, str]) -> None:
    adjust = Adjust(**switches)
    assert end(with_data(project(adjust), source(NUMBER, adjust))) == expected


def test_a_switch_that_is_turned_on_adjusts_at_once() -> None:
    still = Adjust(units=False, activation=False, loss=False)
    changed = with_data(project(still), source(NUMBER, still))
    assert end(with_data(changed, source(NUMBER, Adjust()))) == (
        1,
        "linear",
        "mean_squared_error",
        "mean_absolute_error",
    )


@pytest.mark.parametrize(("fraction", "activation"), [(True, "sigmoid"), (False, "linear")])
def test_a_sigmoid_stays_while_no_target_is_below_0_or_above_1(fraction: bool, activation: str) -> None:
    network = Network([Dense(units=1, activation="sigmoid")])
    training = Training(loss="mean_squared_error", metrics=("mean_absolute_error",))
    before = Project(data=source(NUMBER, Adjust(), True), network=network, training=training)
    assert end(with_data(before, source(NUMBER, Adjust(), fraction)))[1] == activation


@pytest.mark.parametrize(
    ("cells", "scaling", "within"),
    [(["0.25", "0.5", "1"], "none", True), (["0.5", "1.5", "1"], "none", False), (["5", "70.5", "6"], "min_max", True)],
)
def test_whether_targets_lie_from_0_to_1_is_read(tmp_path: Path, cells: list[str], scaling: str, within: bool) -> None:
    path = tmp_path / "table.csv"
    path.write_text("x,y\n" + "".join(f"{n * 1.5},{cells[n % 3]}\n" for n in range(60)))
    spec = table.inspect(path).spec
    y = msgspec.convert({"name": "y", "role": "target", "scaling": scaling}, Column)
    assert msgspec.structs.replace(spec, columns=(spec.columns[0], y)).targets.within is within


def test_switches_stand_in_the_project_file(tmp_path: Path) -> None:
    before = project(Adjust(units=False))
    projects.save(before, tmp_path / "project.toml")
    assert "[data.adjust]\nunits = false" in (tmp_path / "project.toml").read_text()
    assert projects.load(tmp_path / "project.toml").data.adjust == Adjust(units=False)
    images = msgspec.structs.replace(before, data=Images(path="p", classes=("a", "b")))
    projects.save(images, tmp_path / "images.toml")
    assert projects.load(tmp_path / "images.toml").data.adjust == Adjust()
