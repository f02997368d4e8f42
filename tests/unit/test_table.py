"""CSV files as they come: what is read, what is decided, and one sentence for what cannot be read."""

import re
from pathlib import Path

import msgspec
import numpy as np
import pytest

from asanai_tui.data import dataset, records, sources, table
from asanai_tui.data.preview import TablePreview
from asanai_tui.data.spec import Column, Table
from asanai_tui.errors import InputError

ROWS = [f"{number / 7:.3f},{number % 5},{'abc'[number % 3]}" for number in range(60)]
PLAIN = "\n".join(["height,level,kind", *ROWS]) + "\n"


def read(folder: Path, content: str | bytes, name: str = "table.csv") -> TablePreview:
    """The preview of a file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return table.inspect(path)


def roles(preview: TablePreview) -> dict[str, str]:
    return {column.name: f"{column.role} {column.type}" for column in preview.spec.columns}


def reason(preview: TablePreview, name: str) -> str:
    return next(note.reason for note in preview.columns if note.name == name)


def column(preview: TablePreview, name: str) -> Column:
    return next(column for column in preview.spec.columns if column.name == name)


def refusal(folder: Path, content: str | bytes) -> str:
    with pytest.raises(InputError) as refused:
        read(folder, content)
    return str(refused.value)


def test_plain_table(tmp_path: Path) -> None:
    preview = read(tmp_path, PLAIN)
    assert roles(preview) == {"height": "input number", "level": "input number", "kind": "target category"}
    assert preview.rows == 60
    assert preview.header == ("height", "level", "kind")
    assert preview.class_counts == (("a", 20), ("b", 20), ("c", 20))
    assert preview.sample[1] == ("0.143", "1", "b")
    assert preview.notes == ()
    assert preview.spec.problem == ""


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " "])
def test_separators(tmp_path: Path, separator: str) -> None:
    preview = read(tmp_path, PLAIN.replace(",", separator))
    assert preview.spec.separator == separator
    assert preview.rows == 60
    assert column(preview, "kind").categories == ("a", "b", "c")


def test_runs_of_blanks_are_one_separator(tmp_path: Path) -> None:
    content = "\n".join(f"  {number}.5   {number}    {'ab'[number % 2]} " for number in range(40))
    preview = read(tmp_path, content)
    assert len(preview.spec.columns) == 3
    assert preview.rows == 40


@pytest.mark.parametrize(
    ("encoding", "mark", "read_as"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("utf-16", b"", "utf-16"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("latin-1", b"", "latin-1"),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, mark: bytes, read_as: str) -> None:
    content = PLAIN.replace("height", "höhe").replace(",a", ",grün")
    preview = read(tmp_path, mark + content.encode(encoding))
    assert preview.spec.encoding == read_as
    assert preview.spec.columns[0].name == "höhe"
    assert preview.spec.columns[2].categories == ("b", "c", "grün")
    assert preview.rows == 60
    assert any("Latin-1" in note for note in preview.notes) == (encoding == "latin-1")


def test_latin_1_far_behind_the_beginning(tmp_path: Path) -> None:
    content = "number,kind\n" + "".join(f"{number},{'xy'[number % 2]}\n" for number in range(60_000)) + "7,grün\n"
    preview = read(tmp_path, content.encode("latin-1"))
    assert preview.spec.encoding == "latin-1"
    assert preview.class_counts == (("grün", 1), ("x", 30_000), ("y", 30_000))
    assert any("Latin-1" in note for note in preview.notes)


def test_no_header(tmp_path: Path) -> None:
    preview = read(tmp_path, "\n".join(ROWS))
    assert preview.header == ("column_1", "column_2", "column_3")
    assert preview.rows == 60
    assert preview.spec.header is False
    assert any("No header" in note for note in preview.notes)


def test_header_with_a_name_less(tmp_path: Path) -> None:
    preview = read(tmp_path, "x,y\n" + "\n".join(f"r{number},{number}.5,{number % 3}" for number in range(30)))
    assert preview.header == ("row_name", "x", "y")
    assert column(preview, "row_name").role == "ignore"


def test_duplicate_and_empty_names(tmp_path: Path) -> None:
    preview = read(tmp_path, "x,x,x_2,,y\n" + "\n".join(f"{n}.5,{n}.25,{n / 3},{n / 7},{n % 2}" for n in range(30)))
    assert preview.header == ("x", "x_3", "x_2", "column_4", "y")
    assert any("Two columns are called x" in note for note in preview.notes)


def test_control_characters_in_names_and_cells(tmp_path: Path) -> None:
    preview = read(tmp_path, PLAIN.replace("height", "[red]\x1b[2Jhi").replace(",a", ",\x1b]0;a"))
    assert preview.header[0] == "[red]�[2Jhi"
    assert column(preview, "kind").categories == ("b", "c", "�]0;a")
    assert "\x1b" not in "".join("".join(row) for row in preview.sample)


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n\n"])
def test_line_ends(tmp_path: Path, newline: str) -> None:
    preview = read(tmp_path, PLAIN.replace("\n", newline))
    assert preview.rows == 60
    assert preview.notes == ()


def test_ragged_rows_are_set_aside_and_named(tmp_path: Path) -> None:
    lines = PLAIN.splitlines()
    lines[3] += ",too,long"
    lines[10] = "1.0"
    lines[11:11] = ["", "  "]
    preview = read(tmp_path, "\n".join(lines))
    assert preview.rows == 58
    assert any("2 rows set aside" in note and "lines 4, 11" in note for note in preview.notes)


def test_many_ragged_rows_are_counted(tmp_path: Path) -> None:
    preview = read(tmp_path, PLAIN + "1,2\n" * 20)
    assert preview.rows == 60
    assert any("20 rows set aside" in note and "and 15 more" in note for note in preview.notes)


def test_ragged_rows_that_balance_each_other(tmp_path: Path) -> None:
    """As many separators as there should be: a short row and a long one, in any order."""
    for wrong in (["1,2", "1,2,a,9"], ["1,2,a,9", "1,2"]):
        preview = read(tmp_path, PLAIN + "\n".join(wrong) + "\n")
        assert preview.rows == 60
        assert any("2 rows set aside" in note and "lines 62, 63" in note for note in preview.notes)
        preview = read(tmp_path, "\n".join([PLAIN.splitlines()[0], *wrong, *ROWS]))
        assert preview.rows == 60
        assert any("lines 2, 3" in note for note in preview.notes)


def test_ragged_rows_in_a_later_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "BLOCK_BYTES", 200)
    lines = PLAIN.splitlines()
    lines[40], lines[50] = "1,2", '9,"8,a'
    preview = read(tmp_path, "\n".join(lines))
    assert preview.rows == 58
    assert any("lines 41, 51" in note for note in preview.notes)


@pytest.mark.parametrize("size", [7, 64, 2**21])
def test_quotes_separators_and_line_ends_in_fields(tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "BLOCK_BYTES", size)
    kinds = ['"a, or\nb"', '"say ""c"""', "d"]
    content = "x,kind\n" + "".join(f"{number}.5,{kinds[number % 3]}\n" for number in range(60))
    preview = read(tmp_path, content)
    assert preview.rows == 60
    assert column(preview, "kind").categories == ("a, or�b", "d", 'say "c"')
    assert preview.notes == ()


def test_blank_after_the_separator(tmp_path: Path) -> None:
    preview = read(tmp_path, PLAIN.replace(",a", ', "a, b"').replace(",c", ", c"))
    assert column(preview, "kind").categories == ("a, b", "b", "c")
    assert preview.rows == 60


def test_quote_that_is_never_closed_costs_its_row_only(tmp_path: Path) -> None:
    lines = PLAIN.splitlines()
    lines[5] = '1.0,2,"a'
    preview = read(tmp_path, "\n".join(lines))
    assert preview.rows == 59
    assert any("1 row set aside" in note and "line 6" in note for note in preview.notes)


def test_nul_bytes(tmp_path: Path) -> None:
    preview = read(tmp_path, PLAIN.encode().replace(b",2,", b",\x002,"))
    assert preview.rows == 60
    assert column(preview, "level").type == "number"
    assert any("NUL byte" in note for note in preview.notes)


def test_field_of_10_megabytes(tmp_path: Path) -> None:
    preview = read(tmp_path, PLAIN + f'1.0,2,"{"x" * 10_000_000}"\n')
    assert preview.rows == 61
    assert max(len(label) for label in column(preview, "kind").categories) <= 200


def test_decimal_comma(tmp_path: Path) -> None:
    content = "a;b;y\n" + "".join(f"{number},5;{number};{number * 2},25\n" for number in range(30))
    preview = read(tmp_path, content)
    assert (preview.spec.separator, preview.spec.decimal) == (";", ",")
    assert roles(preview) == {"a": "input number", "b": "ignore identifier", "y": "target number"}


def test_words_for_a_gap(tmp_path: Path) -> None:
    cells = ["", "NA", "nan", "NULL", "?", "n/a", "1.5", "2.5", "3.5", "4.5"]
    preview = read(tmp_path, "x,kind\n" + "".join(f"{cell},{'ab'[i % 2]}\n" for i, cell in enumerate(cells * 4)))
    assert column(preview, "x").missing == "median"
    assert preview.columns[0].missing == 24
    assert reason(preview, "x") == "all numbers, 24 gaps filled with the median"


def test_gaps_in_text_become_a_category_of_their_own(tmp_path: Path) -> None:
    preview = read(tmp_path, "sex,y\n" + "".join(f"{('male', 'female', '')[n % 3]},{n}.5\n" for n in range(30)))
    sex = column(preview, "sex")
    assert (sex.type, sex.missing, sex.categories, sex.width) == ("category", "own_category", ("female", "male"), 3)
    assert "a gap is a value of its own" in reason(preview, "sex")


def test_text_in_a_number_column(tmp_path: Path) -> None:
    lines = [f"{number}.5,{'ab'[number % 2]}" for number in range(40)]
    lines[7] = "unknown,a"
    preview = read(tmp_path, "\n".join(["x,kind", *lines]))
    assert column(preview, "x").type == "number"
    assert preview.columns[0].missing == 1
    assert "1 cell cannot be read and counts as missing" in reason(preview, "x")


def test_half_text_is_a_category(tmp_path: Path) -> None:
    preview = read(tmp_path, "x,y\n" + "".join(f"{('1', '2', 'many')[n % 3]},{n / 3}\n" for n in range(30)))
    assert column(preview, "x").categories == ("1", "2", "many")


def test_text_that_only_comes_after_the_sample(tmp_path: Path) -> None:
    """The first rows speak for a number; the whole file is what counts."""
    first = "".join(f"{n % 9},{n / 3}\n" for n in range(2000))
    preview = read(tmp_path, "x,y\n" + first + "".join(f"{'pq'[n % 2]},{n / 3}\n" for n in range(2000)))
    assert column(preview, "x").type == "category"
    assert {"0", "8", "p", "q"} <= set(column(preview, "x").categories)


def test_numbers_too_large_and_infinite(tmp_path: Path) -> None:
    lines = [f"{number}.5,{'ab'[number % 2]}" for number in range(40)]
    lines[3:6] = ["1e308,a", "inf,b", "-1e400,a"]
    preview = read(tmp_path, "\n".join(["x,kind", *lines]))
    assert "3 cells too large or infinite count as missing" in reason(preview, "x")
    assert preview.columns[0].missing == 3


def test_useless_columns_are_ignored_with_a_reason(tmp_path: Path) -> None:
    names = "id,name,same,empty,note,x,kind\n"
    rows = [f"{n},name{n},7,,note{n % 150},{n % 17},{'ab'[n % 2]}\n" for n in range(300)]
    preview = read(tmp_path, names + "".join(rows))
    assert [column.name for column in preview.spec.columns if column.role == "ignore"] == names.split(",")[:5]
    assert reason(preview, "id") == "counts up like a row number"
    assert reason(preview, "name") == "every text is different, like a name"
    assert reason(preview, "same") == "always 7"
    assert reason(preview, "empty") == "no cell has a value"
    assert reason(preview, "note") == "150 different texts: too many for categories"


def test_counting_up_is_an_input_when_there_is_no_other(tmp_path: Path) -> None:
    preview = read(tmp_path, "x,y\n" + "".join(f"{number},{2 * number + 0.5}\n" for number in range(30)))
    assert roles(preview) == {"x": "input number", "y": "target number"}


@pytest.mark.parametrize(
    ("labels", "role", "binary"),
    [
        ("012", "target integer_category", False),
        ("12", "target integer_category", False),
        ("01", "target number", True),
    ],
)
def test_whole_numbers_in_the_last_column(tmp_path: Path, labels: str, role: str, binary: bool) -> None:
    rows = "".join(f"{n / 3},{labels[n % len(labels)]}\n" for n in range(60))
    preview = read(tmp_path, "x,y\n" + rows)
    assert roles(preview)["y"] == role
    assert preview.spec.binary is binary
    assert preview.spec.targets.binary is binary


def test_few_rows_of_whole_numbers_are_no_classes(tmp_path: Path) -> None:
    preview = read(tmp_path, "x,y\n" + "".join(f"{n},{2 * n + 1}\n" for n in range(12)))
    assert roles(preview)["y"] == "target number"
    assert preview.spec.split.validation_split == 0
    assert any("Only 12 rows" in note for note in preview.notes)


def test_years_are_inputs_never_a_target(tmp_path: Path) -> None:
    rows = "".join(f"{n / 3},{'ab'[n % 2]},{2007 + n % 3}\n" for n in range(60))
    preview = read(tmp_path, "x,kind,year\n" + rows)
    assert roles(preview) == {"x": "input number", "kind": "target category", "year": "input number"}


def test_small_targets_stay_as_they_are(tmp_path: Path) -> None:
    small = read(tmp_path, "x,y\n" + "".join(f"{n / 3},{n / 100}\n" for n in range(60)))
    large = read(tmp_path, "x,y\n" + "".join(f"{n / 3},{n * 100.5}\n" for n in range(60)))
    assert column(small, "y").scaling == "none"
    assert column(large, "y").scaling == "standardise"


def test_labels_like_01_stay_texts(tmp_path: Path) -> None:
    preview = read(tmp_path, "x,kind\n" + "".join(f"{n / 3},{('01', '02', '1')[n % 3]}\n" for n in range(60)))
    assert column(preview, "kind").categories == ("01", "1", "02")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "the file is empty"),
        ("\n\n  \n", "the file is empty"),
        ("\ufeff", "the file is empty"),
        ("a,b,c\n", "only a header"),
        ("a\n1\n2\n3\n", "only one column"),
        ("just a line", "only"),
        (b"\x00" * 1000, "the file is empty"),
    ],
)
def test_refused_with_a_sentence(tmp_path: Path, content: str | bytes, says: str) -> None:
    sentence = refusal(tmp_path, content)
    assert says in sentence
    assert sentence.startswith(str(tmp_path / "table.csv"))
    assert sentence.endswith(".")


def test_nothing_to_learn_is_said(tmp_path: Path) -> None:
    preview = read(tmp_path, "a,b\n" + ",\n" * 5 + "NA,NA\n" * 5)
    assert preview.rows == 10
    assert "no column is a target" in preview.spec.problem


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError) as told:
        sources.guess(tmp_path / "missing.csv")
    assert "missing.csv: there is no such file or folder." in str(told.value)
    with pytest.raises(InputError) as told:
        table.inspect(tmp_path / "missing.csv")
    assert "no such file or directory" in str(told.value)


def test_what_is_no_table_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "movie.mp4").write_bytes(b"0")
    with pytest.raises(InputError) as told:
        sources.guess(tmp_path / "movie.mp4")
    assert "a table (.csv" in str(told.value)


def test_binary_file_called_csv(tmp_path: Path) -> None:
    content = bytes(np.random.default_rng(1).integers(0, 256, 5000, np.uint8))
    try:
        preview = read(tmp_path, content)
    except InputError as error:
        assert str(error).startswith(str(tmp_path))
    else:
        assert preview.notes


def test_with_a_spec_the_document_counts(tmp_path: Path) -> None:
    first = read(tmp_path, PLAIN)
    columns = list(first.spec.columns)
    columns[1] = msgspec.structs.replace(columns[1], type="category")
    columns[0] = msgspec.structs.replace(columns[0], missing="mean", scaling="min_max")
    again = sources.inspect(msgspec.structs.replace(first.spec, columns=tuple(columns)))
    assert isinstance(again, TablePreview)
    assert again.spec.columns[0] == columns[0]
    assert again.spec.columns[1].categories == ("0", "1", "2", "3", "4")
    assert again.spec.split == first.spec.split


def test_with_a_spec_what_does_not_fit_any_more_is_said(tmp_path: Path) -> None:
    spec = read(tmp_path, PLAIN).spec
    again = table.inspect(tmp_path / "table.csv", spec)
    assert again.notes == ()
    (tmp_path / "table.csv").write_text(PLAIN.replace("level", "stage"))
    changed = table.inspect(tmp_path / "table.csv", spec)
    assert any("The column level is not in the file any more" in note for note in changed.notes)
    assert roles(changed)["stage"] == "ignore number"


def test_target_of_the_document_stays_binary(tmp_path: Path) -> None:
    spec = read(tmp_path, "a,b,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n").spec
    assert spec.binary
    swapped = tuple(
        msgspec.structs.replace(column, role={"a": "target", "y": "input"}.get(column.name, column.role))
        for column in spec.columns
    )
    again = table.inspect(Path(spec.path), msgspec.structs.replace(spec, columns=swapped, binary=False))
    assert again.spec.binary


def test_rows_to_predict_are_found_by_name(tmp_path: Path) -> None:
    spec = read(tmp_path, PLAIN).spec
    (tmp_path / "new.csv").write_text("other;level;height\nx;3;1.5\ny;;2.5\n")
    rows = table.read_rows(tmp_path / "new.csv", spec)
    assert list(rows.frame.columns) == ["height", "level"]
    assert rows.frame["height"].tolist() == [1.5, 2.5]
    (tmp_path / "bad.csv").write_text("height,width\n1.5,3\n2.5,4\n")
    with pytest.raises(InputError, match="the column level is missing; there are height, width"):
        table.read_rows(tmp_path / "bad.csv", spec)


def test_rows_to_predict_without_a_header(tmp_path: Path) -> None:
    spec = read(tmp_path, PLAIN).spec
    (tmp_path / "new.csv").write_text("1.5,3\n2.5,4\n")
    assert table.read_rows(tmp_path / "new.csv", spec).frame["level"].tolist() == [3, 4]


def test_wrong_separator_in_the_document_is_suspected(tmp_path: Path) -> None:
    content = "Länge;Breite;Art\n" + "".join(f"{n},13;-0,{n};{'ab'[n % 2]}\n" for n in range(30))
    good = read(tmp_path, content).spec
    wrong = msgspec.structs.replace(good, separator=",")
    suspicion = "; the separator may be wrong: the comma gives 3 columns, the semicolon 5"
    content = content.replace(";a", ";a;1;2").replace(";b", ";b;1;2").replace("Art", "Art;x;y")
    (tmp_path / "table.csv").write_text(content)
    assert sources.inspect(wrong).notes[-1].endswith(f"{suspicion}.")
    with pytest.raises(InputError, match=f"the column Länge is missing; there are .*{suspicion}"):
        dataset.load(wrong)
    with pytest.raises(InputError, match="only one column; the separator may be wrong: the bar gives 1 column, the s"):
        sources.inspect(msgspec.structs.replace(good, separator="|"))


def test_right_separator_is_not_suspected(tmp_path: Path) -> None:
    spec = read(tmp_path, PLAIN).spec
    (tmp_path / "table.csv").write_text(PLAIN.replace("height", "width"))
    with pytest.raises(InputError) as told:
        dataset.load(spec)
    assert re.search(r"the column height is missing; there are width, level, kind\.$", str(told.value))


@pytest.mark.parametrize("numbers", ["{:,}", "{:,}.5", "-{:,}"])
def test_thousands_separators_are_told(tmp_path: Path, numbers: str) -> None:
    rows = "".join(f'{n / 7:.2f},"{numbers.format(500 + 37 * n)}"\n' for n in range(100))
    preview = read(tmp_path, "size,price\n" + rows)
    assert roles(preview) == {"size": "input number", "price": "target number"}
    assert preview.spec.thousands == "comma"
    columns = (Column(name="size"), Column(name="price", type="category", role="ignore"))
    other = table.inspect(Path(preview.spec.path), Table(path=preview.spec.path, columns=columns))
    assert "thousands separators (" in reason(other, "price")
    assert reason(other, "price").endswith("); say in thousands which")


def test_a_few_odd_texts_are_no_thousands(tmp_path: Path) -> None:
    rows = "".join(f'{n / 7:.2f},"{("1,000", "a", "b")[n % 3]}"\n' for n in range(99))
    assert roles(read(tmp_path, "size,kind\n" + rows))["kind"] == "target category"


def test_a_thousand_columns(tmp_path: Path) -> None:
    names = ",".join(f"x{number}" for number in range(1000))
    row = ",".join(f"{number}.5" for number in range(1000))
    other = ",".join(f"{number}.75" for number in range(1000))
    preview = read(tmp_path, "\n".join([names, *[row, other] * 12]))
    assert preview.spec.input_shape == (999,)


def test_wrong_encoding_in_the_document(tmp_path: Path) -> None:
    read(tmp_path, PLAIN)
    spec = Table(path=str(tmp_path / "table.csv"), encoding="klingon", columns=(Column(name="height"),))
    with pytest.raises(InputError) as told:
        sources.inspect(spec)
    assert "no encoding is called klingon" in str(told.value)


@pytest.mark.parametrize(("said", "separator"), [("sep=;", ";"), ('"sep=,"', ","), ("SEP=\t", "\t"), ("sep=~", "~")])
def test_the_line_that_tells_excel_the_separator_is_no_row(tmp_path: Path, said: str, separator: str) -> None:
    path = tmp_path / "excel.csv"
    rows = (separator.join([f"{n / 4}", f"{n % 7}", "pq"[n % 2]]) for n in range(40))
    path.write_text("\r\n".join([said, separator.join("aby"), *rows]))
    spec = table.inspect(path).spec
    assert spec.separator == separator
    assert [column.name for column in spec.columns] == ["a", "b", "y"]
    assert table.inspect(path, spec).spec == spec
    assert len(dataset.load(spec).inputs) == 40
    assert len(table.read_rows(path, spec).frame) == 40
