"""Numbers and words that stand for an empty cell: noticed, said in the project, the same for rows to predict."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from asanai_tui import project as projects
from asanai_tui.data import dataset, table
from asanai_tui.data.column import Column
from asanai_tui.data.preprocessing import TablePreprocessing
from asanai_tui.data.spec import Table
from asanai_tui.inspection.predictions import Predictor
from asanai_tui.suggestion import suggest
from tests.unit.test_predictions import trained


def air(folder: Path, gap: str = "-200", separator: str = ",", decimal: str = ".") -> Path:
    """Every fifth of 100 numbers, from 0.5 to 10, was not measured."""
    path = folder / "air.csv"
    cells = (gap if n % 5 == 0 else f"{n % 20 / 2 + 0.5}".replace(".", decimal) for n in range(100))
    lines = (f"{cell}{separator}{n % 7}{separator}{'ab'[n % 2]}" for n, cell in enumerate(cells))
    path.write_text(separator.join(["co", "t", "y"]) + "\n" + "\n".join(lines))
    return path


@pytest.mark.parametrize(
    ("gap", "told"),
    [("-200", "-200"), ("-999", "-999"), ("9999", "9999"), ("-20", ""), ("", ""), ("-200.0", "-200")],
)
def test_what_may_stand_for_a_gap_is_told(tmp_path: Path, gap: str, told: str) -> None:
    reason = table.inspect(air(tmp_path, gap)).columns[0].reason
    assert reason.startswith(f"all numbers, of which {told} may stand for a gap" if told else "all numbers")
    assert ("may stand for a gap" in reason) == bool(told)


@pytest.mark.parametrize(
    ("gap", "separator", "decimal"),
    [("-200", ",", "."), ("-200,0", ";", ","), ("-200.0", "\t", "."), ("off", ",", ".")],
)
def test_gaps_are_read_as_empty_cells(tmp_path: Path, gap: str, separator: str, decimal: str) -> None:
    path = air(tmp_path, gap, separator, decimal)
    spec = table.inspect(path).spec
    told = msgspec.structs.replace(spec, gaps="-200 off", columns=(Column(name="co"), *spec.columns[1:]))
    preview = table.inspect(path, told)
    assert (preview.spec.columns[0].type, preview.columns[0].missing) == ("number", 20)
    read = dataset.load(preview.spec)
    assert isinstance(read.preprocessing, TablePreprocessing)
    measured = [n % 20 / 2 + 0.5 for n in read.train if n % 5]
    assert read.preprocessing.inputs[0].center == pytest.approx(np.mean(measured))
    rows = table.read_rows(path, read.preprocessing.spec).frame
    assert np.allclose(read.preprocessing.transform(rows), read.inputs)


def test_rows_that_are_typed_know_the_gaps_of_the_model(tmp_path: Path) -> None:
    project = suggest(table.inspect(air(tmp_path)))
    assert isinstance(project.data, Table)
    project = msgspec.structs.replace(project, data=msgspec.structs.replace(project.data, gaps="-200"))
    projects.save(project, tmp_path / "project.toml")
    assert projects.load(tmp_path / "project.toml") == project
    predictor = Predictor(trained(project, tmp_path / "runs", 1))
    typed = predictor.predict_rows([{"co": text, "t": "3"} for text in ("-200", "-200.0", "", "-201")])
    assert typed[0].values == typed[1].values == typed[2].values != typed[3].values
