"""`data`: what was read and decided, and why; the parts as they really fall, and what to beware of."""

import shutil
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from asanai_tui.cli.tables import aligned
from asanai_tui.data.column import CONSTANTS, USELESS, Column
from asanai_tui.data.dataset import Dataset, load
from asanai_tui.data.leaks import repeated
from asanai_tui.data.preview import ArraysPreview, ColumnNote, Preview, TablePreview, classes_of
from asanai_tui.data.spec import Split
from asanai_tui.data.split import Indices
from asanai_tui.errors import InputError, clean, counted
from asanai_tui.network.layers.base import show
from asanai_tui.opening import Opened
from asanai_tui.suggestion import examples

UNEVEN = 2.0  # how many times as frequent the largest class is as the smallest, from which on it is told
MOST_CLASSES = 30  # that are listed for people
MOST_COLUMNS = 10  # that are warned of one by one
HEADINGS = ("column", "role", "type", "missing", "scaling", "why")
SHORTEST_REASON, INDENT = 24, 4  # characters
MISSING = HEADINGS.index("missing")


class Finding(NamedTuple):
    """The data of a project, looked at and read."""

    preview: Preview
    parts: dict[str, Indices]  # the examples of each part; empty where nothing can be trained on
    notes: tuple[str, ...]  # what was left out and why
    warnings: tuple[str, ...]


def found(opened: Opened) -> Finding:
    """Read the data of what was opened, whole.

    Raises:
        InputError: it cannot be read.
    """
    if opened.preview is None:
        raise InputError(opened.problem)
    preview = opened.preview
    dataset = None if preview.spec.problem else load(preview.spec)
    parts = _parts(dataset) if dataset else {}
    warnings = (*_imbalance(preview), *_useless(preview), *(_leaks(dataset, parts, preview) if dataset else ()))
    notes = tuple(dict.fromkeys((*preview.notes, *(dataset.notes if dataset else ()))))
    return Finding(preview, parts, notes, warnings)


def as_plain(finding: Finding) -> dict[str, Any]:
    """One object for scripts; shapes are channels last and without the batch."""
    preview, source = finding.preview, finding.preview.spec
    targets = source.targets
    return {
        "path": source.path,
        "type": source.__struct_config__.tag,
        "examples": examples(preview),
        "stored": dict(preview.stored) if isinstance(preview, ArraysPreview) else None,
        "input_shape": list(source.input_shape),
        "targets": {"kind": targets.kind, "names": list(targets.names), "shape": list(targets.shape)},
        "classes": dict(classes_of(source, preview)),
        "columns": [_plain_column(*pair) for pair in _columns(preview)],
        "set_aside": [{"file": file, "reason": why} for file, why in getattr(preview, "set_aside", ())],
        "split": {name: len(rows) for name, rows in finding.parts.items()} or None,
        "split_method": source.split.method,
        "split_column": source.split.by or None,
        "notes": list(finding.notes),
        "warnings": list(finding.warnings),
        "problem": source.problem or None,
    }


def as_lines(finding: Finding) -> list[str]:
    """The same for people, as wide as the terminal."""
    preview, source = finding.preview, finding.preview.spec
    width = shutil.get_terminal_size().columns
    lines = [f"{clean(source.path, 200)}: {counted(examples(preview), source.example)}", "", *_table(preview, width)]
    if isinstance(preview, ArraysPreview):
        lines += [*(f"{name:<8} {text}" for name, text in preview.stored), ""]
    lines += [*_classes(preview), f"inputs   {show(source.input_shape)}", f"targets  {_wanted(preview)}"]
    if finding.parts:
        lines.append(f"split    {_shares(finding.parts)}{_way(source.split)}")
    sentences = [f"✕ {clean(file)}: {clean(why)}" for file, why in getattr(preview, "set_aside", ())]
    sentences += [*finding.notes, *(f"⚠ {warning}" for warning in finding.warnings)]
    sentences += [source.problem] if source.problem else []
    wrapped = [textwrap.wrap(clean(text, 1000), max(20, width), subsequent_indent="  ") for text in sentences]
    return [*lines, *([""] if wrapped else []), *(line for some in wrapped for line in some)]


def _parts(dataset: Dataset) -> dict[str, Indices]:
    return {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}


def _columns(preview: Preview) -> list[tuple[Column, ColumnNote]]:
    if not isinstance(preview, TablePreview):
        return []
    notes = {note.name: note for note in preview.columns}
    return [(column, notes[column.name]) for column in preview.spec.columns if column.name in notes]


def _plain_column(column: Column, note: ColumnNote) -> dict[str, Any]:
    return {
        "name": column.name,
        "role": column.role,
        "type": column.type,
        "missing": column.missing,
        "missing_cells": note.missing,
        "constant": column.constant if column.missing in CONSTANTS else None,
        "scaling": column.scaling if column.is_scaled else None,
        "divisor": column.divisor if column.is_scaled and column.scaling == "divide_by" else None,
        "categories": len(column.categories) if column.has_categories else None,
        "format": column.format or None,
        "length": column.length or None,
        "words": column.words or None,
        "inputs": column.width if column.role == "input" else 0,
        "distinct": note.distinct,
        "examples": list(note.examples),
        "reason": note.reason,
    }


def _table(preview: Preview, width: int) -> list[str]:
    """A line a column; a reason that is longer than the room behind it goes on below."""
    rows = [_row(column, note) for column, note in _columns(preview)]
    if not rows:
        return []
    heading, *lines = aligned([HEADINGS, *((*row[:-1], "") for row in rows)], (MISSING,))
    place = heading.rindex(HEADINGS[-1])
    if width - place < SHORTEST_REASON:
        place = INDENT
    table = [heading]
    for line, row in zip(lines, rows, strict=True):
        why = textwrap.wrap(row[-1], max(SHORTEST_REASON, width - place))
        begin = f"{line:<{place}}{why[0] if why else ''}".rstrip() if place > INDENT else line
        table += [begin, *(" " * place + text for text in why[place > INDENT :])]
    return [*table, ""]


def _row(column: Column, note: ColumnNote) -> tuple[str, ...]:
    used = column.role != "ignore" and column.type not in USELESS
    constant = f" {column.constant:g}" if column.missing in CONSTANTS else ""
    filled = f" {column.missing.replace('_', ' ')}{constant}" if note.missing and used else ""
    divisor = f" {column.divisor:g}" if column.scaling == "divide_by" else ""
    scaling = f"{column.scaling.replace('_', '-')}{divisor}" if column.is_scaled else "one-hot"
    if column.type == "boolean":
        scaling = "0 and 1"
    if column.type == "text":
        scaling = f"{column.length} words of {column.words:,}"
    if column.role == "target" and column.names_classes:
        scaling = "classes"
    scaling = scaling if used else "–"
    return (clean(column.name, 24), column.role, column.type, f"{note.missing:,}{filled}", scaling, clean(note.reason))


def _classes(preview: Preview) -> list[str]:
    counts = classes_of(preview.spec, preview)
    rows = [(clean(name, 40), f"{count:,}") for name, count in counts[:MOST_CLASSES]]
    more = [f"and {len(counts) - MOST_CLASSES:,} more"] if len(counts) > MOST_CLASSES else []
    return [*aligned([("class", "count"), *rows], (1,)), *more, ""] if rows else []


def _wanted(preview: Preview) -> str:
    targets = preview.spec.targets
    what = f"one of {counted(targets.count, 'class', 'classes')}"
    if targets.kind == "numbers":
        what = counted(targets.count, "number") + (", 0 or 1" if targets.binary else "")
    return f"{what} at each of {show(targets.shape)} places" if targets.shape else what


def _shares(parts: dict[str, Indices]) -> str:
    total = sum(len(rows) for rows in parts.values())
    return " · ".join(f"{len(rows):,} {name} ({len(rows) / total:.1%})" for name, rows in parts.items() if len(rows))


def _way(split: Split) -> str:
    """How the parts were chosen, where not at random."""
    of = f" of {clean(split.by, 40)}" if split.by else ""
    ways = {"order": f", in the order{of or ' of the rows'}", "group": f", by groups{of}", "folders": ", by folders"}
    return ways.get(split.method, "")


def _imbalance(preview: Preview) -> Iterator[str]:
    counts: Sequence[tuple[str, int]] = [pair for pair in classes_of(preview.spec, preview) if pair[1]]
    if len(counts) > 1:
        most, least = max(counts, key=lambda pair: pair[1]), min(counts, key=lambda pair: pair[1])
        if most[1] >= UNEVEN * least[1]:
            yield (
                f"The classes differ {most[1] / least[1]:.1f} to 1: {clean(most[0], 40)} has {most[1]:,}, "
                f"{clean(least[0], 40)} {least[1]:,}."
            )


def _useless(preview: Preview) -> Iterator[str]:
    empty = [(column, note) for column, note in _columns(preview) if note.distinct <= 1 and not _tells_gaps(column)]
    for column, note in empty[:MOST_COLUMNS]:
        yield f"The column {clean(column.name, 40)} tells nothing: {clean(note.reason)}."
    if len(empty) > MOST_COLUMNS:
        yield f"{len(empty) - MOST_COLUMNS:,} more columns tell nothing, either."


def _tells_gaps(column: Column) -> bool:
    """Whether at least the gaps of a column tell the network something."""
    return column.role == "input" and column.missing in ("own_category", "indicator")


def _leaks(dataset: Dataset, parts: dict[str, Indices], preview: Preview) -> Iterator[str]:
    kind = f"{preview.spec.example}s"
    for name, rows in parts.items():
        if name != "train" and (count := repeated(dataset, rows)):
            yield (
                f"{count:,} of {len(rows):,} {name} {kind} also stand in the training part with the same inputs, so "
                "what is measured there looks better than it is."
            )
