"""How a CSV file is written: encoding, separator, header, quotes, how numbers are. Guessed from its beginning."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from asanai_tui import number_style
from asanai_tui.data.as_csv import is_converted, open_csv
from asanai_tui.data.records import quoted_fields, quoting
from asanai_tui.data.spec import Quote, Table
from asanai_tui.errors import InputError, clean, counted
from asanai_tui.files import reason
from asanai_tui.number_style import PLAIN, NumberStyle

SAMPLE = 2**18
LONGEST_SAMPLE = 2**25
SAMPLE_RECORDS = 1000
MOST_COLUMNS = 20_000  # more take minutes, and no list of them could be looked through
BINARY = frozenset(range(1, 32)) - frozenset(b"\t\n\v\f\r\x1b")  # bytes that are no text; a NUL may be padding
BINARY_KINDS = 10  # so many different ones are no slips of a program that writes text
SEVERAL = 3  # fields that say how quotes are meant; fewer may be mistakes
ENOUGH_LINES = 200  # to tell by how a file is written
SEPARATORS = "\t;|, "
SEPARATOR_NAMES = {"\t": "tab", ";": "semicolon", "|": "bar", ",": "comma", " ": "blank"}
LATIN_1_NOTE = "Not UTF-8: read as Latin-1; look whether accents are right."
QUOTE_NOTES = {  # where they are not as usual
    "'": "Fields are enclosed in single quotes.",
    "none": "Quotes enclose no fields here: they are read as ordinary characters.",
}
SAID = re.compile('"?sep=(.)"?', re.IGNORECASE)  # a line of its own
NO_SEPARATOR = "\x1f"  # stands in no text
MISSING_TEXTS = {  # what pandas takes for a gap, and the question mark of the UCI collection
    *("", "?", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"),
    *("<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
}


class Dialect(NamedTuple):
    """How to read one CSV file."""

    separator: str
    encoding: str
    numbers: NumberStyle
    header: bool
    names: tuple[str, ...]  # of all columns, distinct and clean
    skip: int  # lines before the first row of data
    sample: tuple[tuple[str, ...], ...]  # the first rows as text
    notes: tuple[str, ...]
    quote: Quote = '"'
    gaps: tuple[str, ...] = ()  # texts that are gaps beside the usual ones


def guess(path: Path, spec: Table | None = None, alone: str = "", divided: bool = False) -> Dialect:
    """Look at the beginning of a file; where `spec` says how it is written, that counts.

    Args:
        alone: the column that is wanted, where a file of that one alone will do.
        divided: `spec` says no more than how the fields are divided, and not what stands in them.

    Raises:
        InputError: the file cannot be read, is empty, or has no two columns.
    """
    raw = _beginning(path)
    written = Table(path=str(path)) if is_converted(path) else spec
    encoding, notes = (written.encoding, []) if written else _encoding(raw)
    if encoding in ("utf-8", "latin-1"):
        _check_text(path, raw)
    lines = _lines(path, raw, encoding)
    quote = written.quote if written else _quote(lines)
    separator = written.separator if written else _separator(lines, quote)
    records = _split(lines, separator, quote)
    width = _width(records)
    if records and alone and (width < 2 or lines[records[0].line].strip(" \"'") == alone):
        separator, width = NO_SEPARATOR, 1
        records = _split(lines, separator, quote)
    if width > MOST_COLUMNS:
        raise InputError(
            f"{clean(path)}: {width:,} columns; at most {MOST_COLUMNS:,} are read as a table. Leave out those that "
            "are not needed."
        )
    if not records:
        raise InputError(f"{clean(path)}: no field has a value; a table needs rows of values.")
    if width < 2 and not alone:
        if spec and written is spec and (why := _doubt(lines, separator, width, quote)):
            raise InputError(f"{clean(path)}: only one column{why}.")
        raise InputError(
            f"{clean(path)}: only one column; a table needs an input and a target, separated by comma, semicolon, tab, "
            "bar or blank."
        )
    notes += [QUOTE_NOTES[quote]] if quote in QUOTE_NOTES and not spec else []
    found = _dialect(path, records, width, separator, encoding, notes, None if divided else written)
    return found._replace(quote=quote, gaps=spec.gap_marks if spec else ())


def doubt(path: Path, found: Dialect) -> str:
    """That the separator may be wrong, to end a sentence, where the file looks as if it had another; or nothing.

    Raises:
        InputError: the file cannot be read.
    """
    if is_converted(path):
        return ""
    lines = _lines(path, _beginning(path), found.encoding)
    return _doubt(lines, found.separator, len(found.names), found.quote)


def is_number(text: str, style: NumberStyle = PLAIN) -> bool:
    """Whether a cell can be read as a number."""
    return style.reads(text)


def is_missing(text: str) -> bool:
    """Whether a cell says that there is no value."""
    return text.strip() in MISSING_TEXTS


def _dialect(
    path: Path,
    records: "list[_Record]",
    width: int,
    separator: str,
    encoding: str,
    notes: list[str],
    spec: Table | None,
) -> Dialect:
    start = next(index for index, record in enumerate(records) if len(record.fields) in (width, width - 1))
    first, rest = records[start].fields, [record.fields for record in records[start + 1 :]]
    rows = [fields for fields in rest if len(fields) == width]
    header = spec.header if spec else _is_header(first, rows)
    if header and not rows:
        raise InputError(f"{clean(path)}: only a header, no rows with a value below it.")
    if start:
        notes.append(f"{start} line{'s' if start > 1 else ''} above the table left out.")
    names, renamed = _names(first if header else (), width, rows)
    if not header:
        renamed = ["No header: the columns are called column_1, column_2 and so on."]
    data = rows if header else [first, *rows]
    return Dialect(
        separator=separator,
        encoding=encoding,
        numbers=spec.numbers if spec else number_style.guess(data, separator),
        header=header,
        names=names,
        skip=records[start].line + (records[start].lines if header else 0),
        sample=tuple(data[:SAMPLE_RECORDS]),
        notes=(*notes, *renamed),
    )


class _Record(NamedTuple):
    fields: tuple[str, ...]
    line: int  # lines before it
    lines: int  # lines it takes


def _beginning(path: Path) -> bytes:
    try:
        with open_csv(path) as file:
            raw = file.read(SAMPLE)
            while raw and not re.search(rb"[\r\n].*[\r\n]", raw, re.DOTALL) and len(raw) < LONGEST_SAMPLE:
                more = file.read(len(raw))
                if not more:
                    break
                raw += more
    except OSError as error:
        raise InputError(f"{clean(path)}: {reason(error)}.") from error
    if not raw.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise InputError(f"{clean(path)}: the file is empty.")
    return raw


def _encoding(raw: bytes) -> tuple[str, list[str]]:
    if raw.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):  # the one begins like UTF-16
        return "utf-32", []
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", []
    if raw[1::2].count(0) > len(raw) // 4:
        return "utf-16-le", []
    if raw[::2].count(0) > len(raw) // 4:
        return "utf-16-be", []
    try:
        codecs.getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeDecodeError:
        return "latin-1", [LATIN_1_NOTE]
    return "utf-8", []


def _check_text(path: Path, raw: bytes) -> None:
    """Raises: InputError: the bytes are those of a picture, a program or the like."""
    if len(BINARY.intersection(raw)) >= BINARY_KINDS:
        raise InputError(f"{clean(path)}: no text, but bytes of another kind of file; a table is text.")


def _lines(path: Path, raw: bytes, encoding: str) -> list[str]:
    """Whole lines of the beginning."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(raw)
    except LookupError as error:
        raise InputError(f"{clean(path)}: no encoding is called {clean(encoding)}; utf-8 and latin-1 are.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{clean(path)}: not {clean(encoding)} text; choose another encoding.") from error
    text = text.removeprefix("\ufeff").replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    return lines[:-1] if len(raw) >= SAMPLE and len(lines) > 2 else lines


def _separator(lines: Sequence[str], quote: Quote) -> str:
    """The one that divides most lines into the same number of fields; of tabs among runs of blanks, the blank.

    Where the first line says which, as Excel writes and reads it, it is that one.
    """
    if lines and (said := SAID.fullmatch(lines[0])):
        return said[1]
    found = max(SEPARATORS, key=lambda separator: _regularity(lines, separator, quote))
    some = [line for line in lines[:ENOUGH_LINES] if line.strip()]
    aligned = sum("  " in line.strip() for line in some) > len(some) / 2
    return " " if found == "\t" and aligned and _regularity(lines, " ", quote) == 1 else found


def _quote(lines: Sequence[str]) -> Quote:
    """Double quotes, unless single ones enclose fields, or double ones stand about without enclosing any."""
    some = [line.encode() for line in lines[:ENOUGH_LINES]]
    whole = [b"\n".join(some)]
    if not _quoted(whole, '"')[0]:
        enclosing, loose = _quoted(whole, "'")
        if enclosing >= SEVERAL and not loose:
            return "'"
    if _quoted(some, '"')[1] < SEVERAL:
        return '"'
    return "none" if any(_regularity(lines, separator, "none") == 1 for separator in SEPARATORS) else '"'


def _quoted(texts: Sequence[bytes], quote: Quote) -> tuple[int, int]:
    """How many fields are enclosed in such quotes, and how many only begin with one."""
    texts = [text for text in texts if quote.encode() in text]
    if not texts:
        return 0, 0
    separator = _separator(b"\n".join(texts).decode().split("\n"), quote).encode()
    found = [
        bool(match[1]) and text[match.end() : match.end() + 8].lstrip(b" ")[:1] in (b"", b"\n", separator)
        for text in texts
        for match in quoted_fields(separator.decode(), quote).finditer(text)
    ]
    return sum(found), len(found) - sum(found)


def _doubt(lines: Sequence[str], separator: str, width: int, quote: Quote) -> str:
    likely = _separator(lines, quote)
    number = _width(_split(lines, likely, quote))
    if likely == separator or number in (1, width):
        return ""
    return (
        f"; the separator may be wrong: the {_name(separator)} gives {counted(width, 'column')}, "
        f"the {_name(likely)} {number}"
    )


def _name(separator: str) -> str:
    return SEPARATOR_NAMES.get(separator) or f"separator {clean(separator)!r}"


def _regularity(lines: Sequence[str], separator: str, quote: Quote) -> float:
    if not any(separator in line for line in lines[:ENOUGH_LINES]):
        return 0.0
    widths = Counter(len(record.fields) for record in _split(lines[:ENOUGH_LINES], separator, quote))
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return count / widths.total() if width > 1 else 0.0


def _split(lines: Sequence[str], separator: str, quote: Quote) -> list[_Record]:
    """The first records, as csv understands quotes; a quote that is never closed is an ordinary character."""
    text = "\n".join(lines[: 2 * SAMPLE_RECORDS])
    if separator == " ":
        text = re.sub(r"(?m)^ +| +$", "", re.sub(r"[ \t]+", " ", text))
    found = quoted_fields(separator, quote).finditer(text.encode()) if quote != "none" else ()
    unclosed = [match.start() for match in found if not match[1]]
    if unclosed:
        before = text.encode()[: unclosed[0]].count(b"\n")
        later = (line.count(separator) for line in text.split("\n")[before + 1 :])
        if before >= ENOUGH_LINES // 2 or (before > 1 and not any(later)):  # the sample may end within this record
            text, unclosed = "\n".join(text.split("\n")[:before]), []
    csv.field_size_limit(LONGEST_SAMPLE)
    written = (f"{line}\n" for line in text.split("\n"))
    reader = csv.reader(written, delimiter=separator, skipinitialspace=True, **quoting("none" if unclosed else quote))
    records, line = [], 0
    for fields in reader:
        if any(field.strip() for field in fields) and not (line == 0 and SAID.fullmatch(lines[0])):
            records.append(_Record(tuple(fields), line, reader.line_num - line))
        line = reader.line_num
    return records[: SAMPLE_RECORDS + 1]


def _width(records: Sequence[_Record]) -> int:
    """How many fields most records have; of two equally frequent widths that of the first record."""
    widths = Counter(len(record.fields) for record in records)
    return max(widths, key=lambda width: (widths[width], width == len(records[0].fields)), default=0)


def _is_header(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Names are text, and what is a name does not come again below."""
    if any(is_number(cell) or is_number(cell, NumberStyle(",")) for cell in first if not is_missing(cell)):
        return False
    if all(is_missing(cell) for cell in first):
        return False
    return not any(
        cell and cell in column[:200] for cell, column in zip(first, zip(*rows[:200], strict=True), strict=False)
    )


def _names(first: Sequence[str], width: int, rows: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], list[str]]:
    """Distinct clean names for all columns, and what had to be changed."""
    given = [clean(name).strip() for name in first][:width]
    notes = []
    if first and len(given) == width - 1 and any(row[-1].strip() for row in rows):
        given.insert(0, "row_name")
        notes.append("The header has one name less than there are columns: the first column is called row_name.")
    names: dict[str, None] = {}
    taken = set(given)
    for number in range(1, width + 1):
        name = given[number - 1] if number <= len(given) else ""
        if name and name not in names:
            names[name] = None
            continue
        new = _free(f"{name}_2" if name else f"column_{number}", taken)
        taken.add(new)
        names[new] = None
        if name:
            notes.append(f"Two columns are called {name}: column {number} is now {new}.")
    return tuple(names), notes


def _free(name: str, taken: set[str]) -> str:
    stem, _, number = name.rpartition("_")
    count = int(number)
    while f"{stem}_{count}" in taken:
        count += 1
    return f"{stem}_{count}"
