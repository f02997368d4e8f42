"""Tables in the manner of well-known public ones: what is decided when nobody has said anything."""

from pathlib import Path

from asanai_tui.data import sources
from asanai_tui.data.preview import TablePreview


def read(path: Path, lines: list[str]) -> TablePreview:
    path.write_text("\n".join(lines) + "\n")
    preview = sources.guess(path)
    assert isinstance(preview, TablePreview)
    return preview


def test_columns_set_with_blanks_and_a_tab_before_the_name(tmp_path: Path) -> None:
    """As auto-mpg.data: blanks, one tab, a name in quotes, a question mark for a gap."""
    rows = [
        f'{18 + n % 13}.0   8   {300 + n}.0      {"?" if n == 7 else f"{90 + n}.0"}      {3000 + n}.   12.0\t"ford {n}"'
        for n in range(100)
    ]
    preview = read(tmp_path / "auto-mpg.data", rows)
    assert (preview.spec.separator, preview.rows, len(preview.columns), preview.spec.header) == (" ", 100, 7, False)
    assert preview.columns[3].missing == 1


def test_tabs_between_texts_of_two_words_stay(tmp_path: Path) -> None:
    preview = read(tmp_path / "a.tsv", ["first name\tlast size", *(f"Ann Lee\t{n} cm" for n in range(50))])
    assert preview.spec.separator == "\t"


def test_the_value_of_a_house_is_learned_though_a_text_comes_last(tmp_path: Path) -> None:
    """As the California housing table."""
    places = ("INLAND", "NEAR BAY", "<1H OCEAN")
    rows = [f"{n * 7 % 31}.0,{n % 9}.25,{20000 + n * n % 9973}.0,{places[n % 3]}" for n in range(120)]
    preview = read(tmp_path / "housing.csv", ["rooms,income,median_house_value,ocean_proximity", *rows])
    assert preview.spec.targets.names == ("median_house_value",)
    assert [column.name for column in preview.spec.with_role("input")] == ["rooms", "income", "ocean_proximity"]
