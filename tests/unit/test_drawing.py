"""The picture of a network and its table, without a screen."""

import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from rich.cells import cell_len

from asanai_tui import project as projects
from asanai_tui.project import Project
from asanai_tui.tui.drawing.canvas import Canvas, mesh, mesh_rows
from asanai_tui.tui.drawing.diagram import Diagram
from asanai_tui.tui.drawing.figures import FEW, NEURONS, Scale, neurons
from asanai_tui.tui.drawing.steps import steps
from asanai_tui.tui.drawing.table import table
from asanai_tui.tui.widgets.rows import Part, Row

Layers = list[dict[str, Any]]


def conv(filters: int, **options: Any) -> dict[str, Any]:
    return {"layer": "conv2d", "filters": filters, "padding": "same", **options}


BLOCK = {"layer": "residual", "layers": [conv(8), {"layer": "batch_normalization"}, {"layer": "relu"}]}
HEAD: Layers = [{"layer": "global_average_pooling2d"}, {"layer": "dense", "units": 10}]
RESNET: Layers = [conv(8), BLOCK, {**BLOCK, "trainable": False}, *HEAD]
BROKEN: Layers = [conv(4), {"layer": "lstm"}, {"layer": "dense", "units": 10}]


@pytest.fixture
def digits(samples: Path) -> Path:
    return samples / "digits" / "project.toml"


@pytest.fixture
def iris(samples: Path) -> Path:
    return samples / "iris" / "project.toml"


def with_layers(path: Path, layers: Layers) -> Project:
    """The project of a file with other layers."""
    content = tomllib.loads(path.read_text())
    content["network"] = layers
    return projects.from_toml(tomli_w.dumps(content).encode())


def dense(*units: int) -> Layers:
    return [{"layer": "dense", "units": each} for each in units]


def picture(project: Project, width: int = 76) -> list[str]:
    diagram = Diagram(project, width)
    return ["".join(part.text for part in diagram.row(row)) for row in range(diagram.height)]


def text(rows: list[Row]) -> str:
    return "\n".join("".join(part.text for part in row.left) for row in rows)


def test_canvas_keeps_what_fits_and_joins_looks() -> None:
    canvas = Canvas(6, 2)
    canvas.put(-1, 0, "abc", "muted")
    canvas.put(4, 0, "xyz")
    canvas.put(0, 2, "below")
    canvas.overlay(0, 0, " ⠀q", "line")
    assert canvas.parts(0) == (Part("bc", "muted"), Part("q", "line"), Part(" xy"))
    assert canvas.parts(1) == (Part(" " * 6),)


def test_lines_lead_from_every_column_to_every_column() -> None:
    assert mesh((2,), (2,), 5, 2) == ("⠀⠀⡇⠀⠀", "⠀⠀⡇⠀⠀")
    rows = mesh((0, 8), (4,), 9, 2)
    assert rows[0][0] != "⠀" != rows[0][8]
    assert rows[1][4] != "⠀"
    assert rows[0][4] == "⠀"


def test_a_mesh_takes_the_rows_it_needs_and_none_where_it_would_be_a_blot() -> None:
    assert mesh_rows((0, 12), (6,)) == 3
    assert mesh_rows(tuple(range(0, 31, 2)), tuple(range(0, 31, 2))) == 0


@pytest.mark.parametrize(
    ("count", "room"),
    [(1, 5), (4, 60), (NEURONS, 60), (NEURONS, 31), (NEURONS + 1, 60), (128, 60), (9, 9), (500, 5)],
)
def test_neurons_stand_around_the_middle(count: int, room: int) -> None:
    found = neurons(count, 40, room)
    assert min(found.columns) + max(found.columns) == 80
    assert max(found.columns) - min(found.columns) < max(room, 5)
    assert found.complete is (count <= NEURONS and 2 * count - 1 <= room)
    assert len(found.columns) == count if found.complete else len(found.columns) < FEW


def test_boxes_hint_at_sizes() -> None:
    scale = Scale.of([(32, 32, 3), (16, 16, 64), (2, 4, 256), (20, 8), (10, 8), (512,), (64,)])
    large, middle, small = (scale.box(shape, 40, 60) for shape in ((32, 32, 3), (16, 16, 64), (2, 4, 256)))
    assert large.width > middle.width > small.width >= 5
    assert large.height > middle.height > small.height >= 2
    assert large.edges < middle.edges < small.edges
    assert scale.box((20, 8), 40, 60).width > scale.box((10, 8), 40, 60).width
    assert scale.box((512,), 40, 60).width > scale.box((64,), 40, 60).width
    assert all(box.width % 2 for box in (large, middle, small))


def test_picture_goes_from_the_input_to_the_output(digits: Path) -> None:
    rows = picture(projects.load(digits))
    assert rows[0].startswith("input")
    assert rows[0].endswith("8×8×1")
    names = [row.split("  ")[0] for row in rows if row[0].isdigit()]
    assert names == ["1 conv2d", "2 max_pooling2d", "3 conv2d", "4 flatten", "5 dense", "6 dropout", "7 dense"]
    labelled = {row.split("  ")[0]: row for row in rows}
    assert labelled["5 dense"].count("○") == 10
    assert "⋯" in labelled["5 dense"]
    assert labelled["7 dense"].count("○") == 10
    assert labelled["7 dense"].endswith("10")


def test_every_line_meets_the_next(digits: Path) -> None:
    """In the middle column nothing is interrupted from the first box to the last layer."""
    rows = picture(projects.load(digits))
    middle = rows[3].index("┬")
    assert all(row[middle] != " " or "│" in row for row in rows[3:-2])
    for upper, lower in pairwise(rows[3:-2]):
        assert upper[middle] not in "┬│" or lower[middle] in "┴│┼○⋯╯ ", (upper, lower)


def test_small_layers_are_connected_and_large_ones_joined(iris: Path) -> None:
    small = picture(with_layers(iris, dense(2, 3)))
    assert any("\u2800" < character <= "\u28ff" for row in small for character in row)
    assert "┬" not in "".join(small)
    large = picture(with_layers(iris, dense(16, 16, 3)))
    assert "└" in "".join(large)
    assert "┌" in "".join(large)


def test_residuals_are_drawn_with_what_goes_around_them(digits: Path) -> None:
    rows = picture(with_layers(digits, RESNET))
    opened = next(place for place, row in enumerate(rows) if row.startswith("2 residual"))
    ended = next(place for place, row in enumerate(rows) if "⊕" in row)
    column = rows[opened].index("╭")
    assert all(row[column] == "│" for row in rows[opened + 1 : ended])
    assert rows[ended][column] == "╰"
    assert rows[ended].index("⊕") == rows[opened].index("┤")
    assert any(row.startswith("2.1 conv2d") for row in rows[opened:ended])
    assert sum("⊕" in row for row in rows) == 2
    assert any(row.endswith("frozen") for row in rows[ended:])


def test_residuals_deep_in_one_another_become_boxes(digits: Path) -> None:
    deep = {"layer": "residual", "layers": [{"layer": "relu"}]}
    for _ in range(5):
        deep = {"layer": "residual", "layers": [deep]}
    rows = picture(with_layers(digits, [deep, *HEAD]))
    assert sum("⊕" in row for row in rows) == 3
    assert any(row.startswith("1.1.1.1 residual") and "╭" in row for row in rows)
    assert not any(row.startswith("1.1.1.1.1") for row in rows)


def test_problem_is_told_where_it_is_and_nothing_after_it_is_known(digits: Path) -> None:
    project = with_layers(digits, BROKEN)
    rows = picture(project)
    place = next(place for place, row in enumerate(rows) if row.startswith("2 lstm"))
    assert rows[place].endswith("?")
    assert "✕ needs steps × features" in " ".join(rows[place:])
    assert rows[-2].startswith("3 dense")
    assert "╌" in rows[-2]
    diagram = Diagram(project, 76)
    looks = {part.look for row in range(diagram.height) for part in diagram.row(row)}
    assert {"problem", "convolution"} <= looks


@pytest.mark.parametrize("width", [1, 2, 9, 20, 39, 44, 45, 60, 133, 300])
@pytest.mark.parametrize(
    "layers", [RESNET, BROKEN, dense(1, 16, 17, 1000, 2), [BLOCK]], ids=["resnet", "broken", "dense", "one"]
)
def test_picture_and_table_fit_any_width(digits: Path, iris: Path, layers: Layers, width: int) -> None:
    project = with_layers(iris if layers[0]["layer"] == "dense" else digits, layers)
    rows = picture(project, width)
    assert {cell_len(row) for row in rows} == {width}
    found = table(project, width)
    assert max(cell_len(line.rstrip()) for line in text([found.heading, *found.rows]).splitlines()) <= max(width, 24)


def test_every_layer_has_its_rows(digits: Path) -> None:
    project = with_layers(digits, RESNET)
    diagram = Diagram(project, 76)
    keys = [step.key for step in steps(project) if step.key]
    assert (
        [key for key in diagram.row_keys() if key]
        == keys
        == ["0", "1", "1.0", "1.1", "1.2", "2", "2.0", "2.1", "2.2", "3", "4"]
    )
    for key in keys:
        top, rows = diagram.extent(key)
        assert rows >= 2
        assert {diagram.key_at(row) for row in range(top, top + rows)} == {key}
    assert diagram.extent("nothing") == (0, 0)


def test_table_of_costs(digits: Path) -> None:
    found = table(projects.load(digits), 76)
    lines = text(found.rows).splitlines()
    assert text([found.heading]).split() == ["layer", "options", "output", "params", "trained", "mul-adds", "memory"]
    assert lines[0].split() == ["input", "8×8×1", "8.2", "kB"]
    assert lines[3].split() == [
        "3",
        "conv2d",
        "32",
        "@",
        "3×3",
        "relu",
        "4×4×32",
        "4.6",
        "k",
        "yes",
        "74",
        "k",
        "140",
        "kB",
    ]
    totals = text(list(found.totals))
    assert totals.startswith("38,282 parameters\n116 k multiply-adds for one example\n")
    assert "batches of 32, adam" in totals


def test_table_marks_frozen_layers_and_indents_inner_ones(digits: Path) -> None:
    project = with_layers(digits, RESNET)
    wide = text(table(project, 120).rows)
    assert "\n*3 residual " in wide
    assert "\n*  3.1 conv2d " in wide
    assert wide.count("frozen") == 3
    narrow = table(project, 50)
    assert "frozen" not in text(narrow.rows)
    assert "\n*3 residual " in text(narrow.rows)
    assert "not trained" in text(list(narrow.totals))


def test_table_tells_problems(digits: Path) -> None:
    rows = table(with_layers(digits, BROKEN), 76).rows
    assert "✕2 lstm" in text(rows)
    assert "needs steps × features" in text(rows)
    short = table(with_layers(digits, [{"layer": "flatten"}, *dense(3)]), 76).rows
    assert "✕ The last layer gives 3" in text(short)


def test_text_of_any_script_leaves_the_columns_where_they_are(digits: Path) -> None:
    project = with_layers(digits, [{"layer": "debug", "label": "日本語 \u0301e\u0301 \x1b[31m"}, *HEAD])
    rows = picture(project)
    assert {cell_len(row) for row in rows} == {76}
    assert "\x1b" not in "".join(rows)
    found = text(table(project, 100).rows).splitlines()
    assert len({cell_len(line) for line in found}) == 1
    assert "日本語" in found[1]


def test_data_without_inputs_has_an_unknown_shape(iris: Path) -> None:
    content = tomllib.loads(iris.read_text())
    for column in content["data"]["columns"]:
        column["role"] = "target" if column.get("role") == "target" else "ignore"
    project = projects.from_toml(tomli_w.dumps(content).encode())
    assert project.input_shape == (0,)
    rows = picture(project)
    assert rows[0].startswith("input")
    assert rows[0].endswith("?")
    assert "input" in text(table(project, 76).rows)
