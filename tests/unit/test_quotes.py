"""Quotes around fields: double, single or none, guessed from the file and kept in the project."""

from pathlib import Path

import pytest

from asanai_tui.data import examples, sources
from asanai_tui.data.dataset import load
from asanai_tui.data.preview import TablePreview
from asanai_tui.data.spec import Quote
from asanai_tui.data.table import read_rows

CITIES = ("Paris", "Rome, old", "Oslo")


def read(path: Path, text: str) -> TablePreview:
    path.write_text(text)
    preview = sources.guess(path)
    assert isinstance(preview, TablePreview)
    return preview


def quoted(quote: str, count: int = 30) -> str:
    rows = (f"{n * n},{quote}{CITIES[n % 3]}{quote},{2 * n}" for n in range(count))
    return "\n".join(["x,city,y", *rows]) + "\n"


@pytest.mark.parametrize("quote", ['"', "'"])
def test_fields_in_quotes_may_hold_separators(tmp_path: Path, quote: Quote) -> None:
    preview = read(tmp_path / "a.csv", quoted(quote))
    assert (preview.spec.quote, preview.rows, preview.spec.columns[1].categories) == (quote, 30, ("Oslo", *CITIES[:2]))
    assert bool([note for note in preview.notes if "single quotes" in note]) == (quote == "'")
    assert load(preview.spec).inputs.shape == (30, 4)
    assert any(row["city"] == "Rome, old" for row in examples.rows(preview.spec))
    assert read_rows(tmp_path / "a.csv", preview.spec).frame["city"].nunique() == 3
    assert sources.inspect(preview.spec).spec == preview.spec


def test_single_quotes_may_hold_line_ends_and_themselves(tmp_path: Path) -> None:
    texts = "'it''s'", "'a\nb'"
    rows = [f"{n},{texts[n % 2]},{n * n}" for n in range(30)]
    preview = read(tmp_path / "a.csv", "\n".join(["x,t,y", *rows]))
    assert (preview.rows, preview.spec.quote) == (30, "'")
    assert len(preview.spec.columns[1].categories) == 2


def test_apostrophes_in_names_are_no_quotes(tmp_path: Path) -> None:
    rows = [f"{n},{('O’Neil', chr(39) + 't Hooft', 'D' + chr(39) + 'Arcy')[n % 3]},{n * n}" for n in range(30)]
    preview = read(tmp_path / "a.csv", "\n".join(["x,t,y", *rows]))
    assert (preview.rows, preview.spec.quote) == (30, '"')
    assert "'t Hooft" in preview.spec.columns[1].categories


def test_quotes_that_enclose_nothing_are_characters(tmp_path: Path) -> None:
    rows = [f'{n},"{5 + n % 3} inch,{n * n}' for n in range(60)]
    preview = read(tmp_path / "pipes.csv", "\n".join(["x,pipe,y", *rows]))
    assert (preview.spec.quote, preview.rows) == ("none", 60)
    assert preview.spec.columns[1].categories == ('"5 inch', '"6 inch', '"7 inch')
    assert "read as ordinary characters" in preview.notes[0]
    assert len(load(preview.spec).inputs) == 60


def test_one_loose_quote_is_a_mistake_in_its_row(tmp_path: Path) -> None:
    lines = quoted('"').splitlines()
    lines[-1] = '6,"Paris,12'
    preview = read(tmp_path / "a.csv", "\n".join(lines))
    assert (preview.spec.quote, preview.rows) == ('"', 29)
    assert "line 31" in preview.notes[0]
