"""Texts as columns: their words become numbers, known from the training part alone, and raw texts are predicted."""

from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest

from asanai_tui import project as projects
from asanai_tui.data import dataset, large, table
from asanai_tui.data.preprocessing import TablePreprocessing
from asanai_tui.data.spec import Column, Table
from asanai_tui.data.words import Numbered, words_of
from asanai_tui.inspection.predictions import Predictor
from asanai_tui.network.layers.embedding import Embedding
from asanai_tui.suggestion import suggest, with_data
from asanai_tui.tui.column_edits import edited
from tests.unit.test_predictions import trained

HAM = ["see you later then", "are you at home now", "dinner is ready, come home", "I'll call you when I am there"]
SPAM = [
    "win a free prize now",
    "free entry: claim your prize",
    "urgent! you have won, call now",
    "free ringtone, reply",
]


def messages(folder: Path, rows: int = 80, head: str = "kind\tmessage\n") -> Path:
    """Tab-separated, half of each class, every text another one: a number at its end tells them apart."""
    path = folder / "sms.tsv"
    pairs = (("spam", SPAM[n // 2 % 4]) if n % 2 else ("ham", HAM[n // 2 % 4]) for n in range(rows))
    path.write_text(head + "".join(f"{kind}\t{text} n{n}\n" for n, (kind, text) in enumerate(pairs)), "utf-8")
    return path


def loaded(spec: Table) -> tuple[dataset.Dataset, TablePreprocessing]:
    read = dataset.load(spec)
    assert isinstance(read.preprocessing, TablePreprocessing)
    return read, read.preprocessing


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't STOP, it's 5 o'clock!", ["don't", "stop", "it's", "5", "o'clock"]),
        ("über-groß; naïve", ["über", "groß", "naïve"]),
        ("12 5 883", ["12", "5", "883"]),
        ("我爱AI", ["我", "爱", "ai"]),
        ("?! …", []),
    ],
)
def test_words_are_letters_and_digits_in_small_letters(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_numbers_stand_at_the_end_of_a_row_and_gaps_are_told() -> None:
    codes = Numbered(["you", "win"], 0).codes(pd.Series(["you win nothing now", "win", None, "!"]), 3)
    assert codes[:2].tolist() == [[2, 3, 1], [0, 0, 3]]
    assert np.isnan(codes[2]).all()
    assert codes[3].tolist() == [0, 0, 0]


def test_a_table_of_labels_and_texts_reads_the_texts(tmp_path: Path) -> None:
    preview = table.inspect(messages(tmp_path))
    kind, message = preview.spec.columns
    assert (kind.role, message.role, message.type) == ("target", "input", "text")
    assert message.length == 8  # the longest has seven words and its number
    assert preview.columns[1].reason == "texts of about 6 words, 80 different"
    assert not preview.spec.problem
    first = suggest(preview).network[0]
    assert isinstance(first, Embedding)
    assert first.input_dim == message.words + 2


def test_names_beside_other_inputs_stay_left_out(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    rows = (f"{n % 7},{n % 5 / 2},Mr. John Smith the {n}th,{'ab'[n % 2]}" for n in range(60))
    path.write_text("a,b,name,y\n" + "\n".join(rows))
    assert [column.role for column in table.inspect(path).spec.columns] == ["input", "input", "ignore", "target"]


def test_only_words_of_the_training_part_are_known(tmp_path: Path) -> None:
    read, fitted = loaded(table.inspect(messages(tmp_path)).spec)
    numbered = {f"n{row}" for row in range(80)}
    assert {word for word in fitted.vocabulary if word in numbered} == {f"n{row}" for row in read.train}
    assert fitted.vocabulary[0] in ("you", "now", "free")  # the most frequent first
    last = read.inputs[read.validation][:, -1]
    assert (last == 1).all()  # their own words were never seen in training


def test_only_so_many_words_are_told_apart(tmp_path: Path) -> None:
    spec = table.inspect(messages(tmp_path)).spec
    spec = msgspec.structs.replace(
        spec, columns=(spec.columns[0], msgspec.structs.replace(spec.columns[1], words=5, length=4))
    )
    read, fitted = loaded(spec)
    assert len(fitted.vocabulary) == 5
    assert read.inputs.shape == (80, 4)
    assert read.inputs[:].max() == 6


@pytest.mark.parametrize("limit", [large.LIMIT, 100])
def test_raw_texts_become_what_was_trained_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(large, "LIMIT", limit)
    path = messages(tmp_path)
    read, fitted = loaded(table.inspect(path).spec)
    rows = table.read_rows(path, fitted.spec).frame
    assert np.array_equal(fitted.transform(rows), read.inputs[:])


def test_an_empty_text_has_no_words_or_its_row_is_left_out(tmp_path: Path) -> None:
    path = messages(tmp_path)
    path.write_text(path.read_text("utf-8") + "ham\t\n", "utf-8")
    spec = table.inspect(path).spec
    read, _ = loaded(spec)
    assert read.inputs[:][80].tolist() == [0] * 8
    dropped = msgspec.structs.replace(spec.columns[1], missing="drop_row")
    read, _ = loaded(msgspec.structs.replace(spec, columns=(spec.columns[0], dropped)))
    assert len(read.inputs) == 80
    assert "1 row left out: no value in message." in read.notes


def test_a_model_file_knows_its_words_and_predicts_texts(tmp_path: Path) -> None:
    project = suggest(table.inspect(messages(tmp_path)))
    model = trained(project, tmp_path, 40)
    asked = tmp_path / "asked.tsv"
    asked.write_text("message\tlang\nYou have WON a free prize\ten\nwill you come home later?\ten\n\ten\n", "utf-8")
    assert [each.prediction for each in Predictor(model).predict_paths([asked])][:2] == ["spam", "ham"]
    alone = tmp_path / "alone.csv"
    alone.write_text('message\n"a free prize, call now"\n')
    assert [each.prediction for each in Predictor(model).predict_paths([alone])] == ["spam"]


def test_a_project_file_with_texts_opens_as_it_was_saved(tmp_path: Path) -> None:
    project = suggest(table.inspect(messages(tmp_path)))
    projects.save(project, tmp_path / "project.toml")
    assert projects.load(tmp_path / "project.toml") == project


def test_a_text_is_read_alone(tmp_path: Path) -> None:
    columns = (Column(name="a"), Column(name="t", type="text", length=4, words=9), Column(name="y", role="target"))
    both = Table(path="x.csv", columns=columns)
    assert both.problem == "x.csv: the text t is read alone; give the other inputs the role ignore."
    left = edited(edited(both, 1, "role"), 1, "role")
    assert [column.role for column in left.columns] == ["ignore", "input", "target"]
    back = edited(left, 0, "role")
    assert [column.role for column in back.columns] == ["input", "ignore", "target"]
    learned = edited(both, 1, "target")
    assert learned.problem == "x.csv: the column t is a text, which cannot be learned; choose another target or type."


def test_the_embedding_follows_the_words(tmp_path: Path) -> None:
    project = suggest(table.inspect(messages(tmp_path)))
    assert isinstance(project.data, Table)
    kind, message = project.data.columns
    fewer = msgspec.structs.replace(project.data, columns=(kind, msgspec.structs.replace(message, words=20)))
    assert with_data(project, fewer).network[0] == Embedding(input_dim=22, output_dim=16)
    numbers = msgspec.structs.replace(fewer, columns=(kind, Column(name="message")))
    without = with_data(project, numbers)
    assert [layer.name for layer in without.network] == ["dense", "dense"]
    again = with_data(without, project.data)
    assert again.network == project.network


@pytest.mark.parametrize(
    ("content", "cells"),
    [
        ("x\n1\n2.5\n", [1, 2.5]),
        ("x\n1\n", [1]),
        ("1\n2.5\n", [1, 2.5]),
        ("a,x\n7,1\n8,2\n", [1, 2]),
    ],
)
def test_a_file_of_the_only_input_can_be_predicted(tmp_path: Path, content: str, cells: list[float]) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(content)
    spec = Table(path="", columns=(Column(name="x"), Column(name="y", role="target")))
    assert table.read_rows(path, spec).frame["x"].tolist() == cells


def test_texts_with_commas_need_no_quotes_where_they_stand_alone(tmp_path: Path) -> None:
    path = tmp_path / "asked.txt"
    path.write_text('message\nwin, now\n"win, ""now"""\nhome\n')
    spec = Table(path="", columns=(Column(name="message", type="text"), Column(name="y", role="target")))
    assert table.read_rows(path, spec).frame["message"].tolist() == ["win, now", 'win, "now"', "home"]


def test_long_texts_are_measured_and_read_to_their_end(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    texts = (" ".join(f"w{(n * 7 + k) % 90}" for k in range(150)) + f" end{n % 2}" for n in range(40))
    path.write_text("review,kind\n" + "\n".join(f"{text},{'ab'[n % 2]}" for n, text in enumerate(texts)))
    spec = table.inspect(path).spec
    assert spec.columns[0].length == 151
    read, fitted = loaded(spec)
    ends = {fitted.vocabulary.index(f"end{n}") + 2 for n in range(2)}
    assert set(read.inputs[:][:, -1]) == ends


def test_texts_beside_other_inputs_are_said_to_be_readable(tmp_path: Path) -> None:
    path = tmp_path / "clothes.csv"
    rows = (
        f"{n * 7 % 50},this dress fits me well number {n % 30},long words stand in here {n},{n % 2}" for n in range(60)
    )
    path.write_text("age,review,title,y\n" + "\n".join(rows))
    preview = table.inspect(path)
    assert [note.reason.partition("; ")[2] for note in preview.columns[1:3]] == [
        "about 7 words each: with the type text they are read, alone",
        "about 6 words each: with the type text they are read, alone",
    ]
    changed = edited(preview.spec, 1, "type", preview.columns[1].fits)
    used = edited(changed, 1, "role")
    assert used.columns[1].type == "text"
    assert [column.name for column in used.with_role("input")] == ["review"]
