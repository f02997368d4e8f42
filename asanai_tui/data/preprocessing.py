"""From raw rows and picture files to what the network takes; fitted on the training part alone, kept with the model."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from asanai_tui.data import booleans, date_times
from asanai_tui.data.array_preprocessing import ArraysPreprocessing
from asanai_tui.data.column import CONSTANTS, Column, slots_of
from asanai_tui.data.facts import LARGEST, numbers
from asanai_tui.data.labels import label_of, whole_label
from asanai_tui.data.spec import Colour, PictureForm, Resampling, Resize, Table
from asanai_tui.data.words import NOTHING, Numbered
from asanai_tui.errors import InputError, clean, counted
from asanai_tui.number_style import NumberStyle

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float32]
UNKNOWN = -1.0  # the code of a text that is none of the categories; a gap is NaN
TEXTS_NAMED = 3
ENOUGH = 10_000  # numbers of a column for its median
TOO_MUCH = 1e-7  # of a scaled number
CELLS_AT_ONCE = 2**14  # what fits the processor's cache


class Fitted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers taken from the training part for one column: (value - center) / scale, and what fills a gap."""

    center: float = 0.0
    scale: float = 1.0
    fill: float = 0.0  # as `coded` gives it: in the column's own units or its logarithm, or the index of a category


class TablePreprocessing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="table"):
    """How rows of a table become numbers."""

    spec: Table
    inputs: tuple[Fitted, ...]  # one for each slot of the input columns
    targets: tuple[Fitted, ...] = ()  # one for each target column that is a number
    vocabulary: tuple[str, ...] = ()  # of the column of text, if there is one: the words that were learned

    def transform(self, rows: "pd.DataFrame") -> Array:
        """Rows with at least the input columns, found by name, as N×W for the network.

        Raises:
            InputError: an input column is missing.
        """
        columns = self.spec.with_role("input")
        if missing := [column.name for column in columns if column.name not in rows.columns]:
            raise InputError(f"The column {clean(missing[0])} is missing; it is an input of this network.")
        if (text := self.spec.text) is not None:
            tokens = Numbered(self.vocabulary, 0).codes(rows[text.name], text.length)
            return np.nan_to_num(tokens, nan=NOTHING).astype(np.float32)
        centers = np.array([fitted.center for fitted in self.inputs])
        codes = coded(rows, columns, self.spec.numbers)
        return finished((codes - centers).astype(np.float32), slots_of(columns), self.inputs, centers)

    def unknown(self, rows: "pd.DataFrame") -> tuple[str, ...]:
        """Sentences on texts that are none of the categories; the network sees them as no category at all."""
        return tuple(
            sentence
            for column in self.spec.with_role("input")
            if column.is_category and column.name in rows.columns
            if (sentence := _unknown(column, rows[column.name]))
        )

    def targets_back(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """What the network gives for N rows, N×T, in the units of the target columns."""
        if not self.targets:
            return outputs
        scale, center = (each.astype(outputs.dtype) for each in (self.target_scale, self.target_center))
        back: NDArray[Any] = outputs * scale + center
        for index, column in enumerate(self.spec.with_role("target")):
            if is_log(column):
                back[:, index] = _power(back[:, index])
        return back

    @property
    def target_scale(self) -> NDArray[np.float64]:
        """For each target the factor from the network's units to the column's, or to the logarithm's."""
        return np.array([fitted.scale for fitted in self.targets])

    @property
    def target_center(self) -> NDArray[np.float64]:
        """For each target what is 0 in the network's units."""
        return np.array([fitted.center for fitted in self.targets])


class ImagesPreprocessing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="images"):
    """How picture files become numbers."""

    height: int
    width: int
    colour: Colour
    classes: tuple[str, ...]
    resize: Resize = "stretch"
    resampling: Resampling = "auto"
    targets: tuple[Fitted, ...] = ()  # one for each number that is learned

    @property
    def target_scale(self) -> NDArray[np.float64]:
        """For each number that is learned the factor from the network's units to its own."""
        return np.array([fitted.scale for fitted in self.targets])

    @property
    def target_center(self) -> NDArray[np.float64]:
        """For each number that is learned what is 0 in the network's units."""
        return np.array([fitted.center for fitted in self.targets])

    def targets_back(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """What the network gives for N pictures, N×T, in the units of the numbers that were learned."""
        if not self.targets:
            return outputs
        scale, center = (each.astype(outputs.dtype) for each in (self.target_scale, self.target_center))
        back: NDArray[Any] = outputs * scale + center
        return back

    @property
    def form(self) -> PictureForm:
        return PictureForm(self.height, self.width, self.colour, self.resize, self.resampling)

    def transform(self, paths: Sequence[Path]) -> tuple[NDArray[np.uint8], tuple[tuple[str, str], ...]]:
        """Pictures as N×H×W×C of 0 to 255, and those that could not be read with the reason (left out of N)."""
        from asanai_tui.data.decoding import decoded

        return decoded(paths, self.form)


Preprocessing = TablePreprocessing | ImagesPreprocessing | ArraysPreprocessing


def coded(rows: "pd.DataFrame", columns: Sequence[Column], style: NumberStyle) -> NDArray[np.float64]:
    """One number for each slot, N×S: the number, its logarithm, or the index of the category; NaN for a gap."""
    kinds = dict(zip(rows.columns, rows.dtypes, strict=True))
    plain = [column.name for column in columns if column.type == "number" and kinds[column.name].kind in "iuf"]
    codes = rows[plain].to_numpy(np.float64)  # at once: to take a column out of a frame costs more than its numbers
    if len(plain) < len(columns) or not codes.flags.writeable:
        codes = _with_others(rows, columns, style, dict(zip(plain, codes.T, strict=True)))
    if not (codes.min(initial=0) >= -LARGEST and codes.max(initial=0) <= LARGEST):  # or there are gaps
        codes[np.abs(codes) > LARGEST] = np.nan
    for index, slot in enumerate(slots_of(columns)):
        if is_log(slot):
            codes[:, index] = _log(codes[:, index])
    return codes


def is_log(column: Column) -> bool:
    """Whether the logarithm of a column is learned in place of its numbers."""
    return column.type == "number" and column.scaling == "log"


def _log(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The symmetric logarithm sign(x) ln(1 + |x|), which takes zero and negative numbers too."""
    return np.copysign(np.log1p(np.abs(values)), values)


def _power(logs: NDArray[Any]) -> NDArray[Any]:
    """What `_log` was given; at most the largest number that can be read, which an untrained network may exceed."""
    within: NDArray[Any] = np.minimum(np.abs(logs), np.log1p(LARGEST))
    raw: NDArray[Any] = np.copysign(np.expm1(within), logs)
    return raw


def _with_others(
    rows: "pd.DataFrame", columns: Sequence[Column], style: NumberStyle, plain: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    codes = np.empty((len(rows), len(slots_of(columns))), order="F")
    start = 0
    for column in columns:
        found = plain[column.name] if column.name in plain else _read(rows[column.name], column, style)
        width = len(column.slots)
        codes[:, start : start + width] = found.reshape(len(rows), width)
        start += width
    return codes


def _read(cells: "pd.Series[Any]", column: Column, style: NumberStyle) -> NDArray[np.float64]:
    """The slots of one column, N or N×S."""
    match column.type:
        case "number":
            return numbers(cells, style)
        case "boolean":
            return booleans.codes(cells)
        case "date_time":
            found = date_times.codes(cells, column.format)
            return found if column.missing != "indicator" else np.column_stack([found, np.isnan(found[:, 0])])
        case _:
            return _category_codes(cells, column)


def fitted(column: Column, codes: Array, center: float = 0.0) -> Fitted:
    """Take a column's numbers from the training part: `codes` of N cells, `center` already taken off.

    Means and deviations are computed in float64. A column that is always the same keeps the scale 1.
    """
    known = codes[~np.isnan(codes)] if has_gaps(codes) else codes
    if column.type == "category":
        known = known[known != UNKNOWN]
        counts = np.bincount(known.astype(np.int64), minlength=1)
        return Fitted(fill=float(counts.argmax()))
    if not known.size:
        return Fitted(center=center, fill=_constant(column) if column.missing in CONSTANTS else center)
    step = 1 if known.size < codes.size else 1 + known.size // ENOUGH  # no gap yet: for rows to come, some tell enough
    fill = _constant(column) if column.missing in CONSTANTS else center + _fill(column, known[::step])
    middle, scale = _scaling(column, known, center)
    return Fitted(center=middle, scale=scale if np.isfinite(scale) and scale > 0 else 1.0, fill=fill)


def finished(
    codes: Array, columns: Sequence[Column], numbers: Sequence[Fitted], taken_off: NDArray[np.float64]
) -> Array:
    """Scale, fill gaps, one-hot: N×C becomes N×W, in place where no column becomes several.

    `taken_off` says for each column what was subtracted from the raw numbers to give `codes`.
    """
    exact = np.array([fit.center for fit in numbers]) - taken_off
    rounded = exact.astype(np.float32)
    scales = np.array([fit.scale for fit in numbers], np.float32)
    rest = (exact - rounded).astype(np.float32)  # of years, for one, that lie close together
    matters = bool((np.abs(rest) > TOO_MUCH * scales).any())
    many = max(1, CELLS_AT_ONCE // max(1, len(numbers)))
    # numpy is slow at short rows
    centers, rests, scales = (np.tile(each, (many, 1)) for each in (rounded, rest, scales))
    for start in range(0, len(codes), many):
        some = codes[start : start + many]
        some -= centers[: len(some)]
        if matters:
            some -= rests[: len(some)]
        some /= scales[: len(some)]
    empty = _indicators(codes, columns)
    for index in np.flatnonzero(has_gaps(codes)).tolist():
        column, cells, fit = columns[index], codes[:, index], numbers[index]
        own = column.type == "category" and column.missing == "own_category"
        gap = len(column.categories) if own else (fit.fill - fit.center) / fit.scale
        np.copyto(cells, np.float32(gap), where=np.isnan(cells))
    if not empty and all(column.type == "number" for column in columns):
        return codes
    return _widened(codes, columns, empty)


def has_gaps(codes: NDArray[Any]) -> NDArray[np.bool_]:
    """For each column whether a cell is NaN: a sum tells, without an array of that size."""
    with np.errstate(over="ignore", invalid="ignore"):
        gaps: NDArray[np.bool_] = np.isnan(codes.sum(axis=0))
    return gaps


def _indicators(codes: Array, columns: Sequence[Column]) -> dict[int, NDArray[np.bool_]]:
    """Where the cells are empty of those columns that tell the network so, by the place of the column."""
    told = (place for place, each in enumerate(columns) if each.type == "number" and each.missing == "indicator")
    return {place: np.isnan(codes[:, place]) for place in told}


def _widened(codes: Array, columns: Sequence[Column], empty: Mapping[int, NDArray[np.bool_]]) -> Array:
    wide = np.zeros((len(codes), sum(column.width for column in columns)), np.float32)
    start = 0
    for index, column in enumerate(columns):
        if column.type == "number":
            wide[:, start] = codes[:, index]
            if index in empty:
                wide[:, start + 1] = empty[index]
        else:
            known = np.flatnonzero(codes[:, index] >= 0)
            wide[known, start + codes[known, index].astype(np.int64)] = 1
        start += column.width
    return wide


def _constant(column: Column) -> float:
    """What fills a gap where that is not taken from the training part."""
    return float(_log(np.array(column.constant))) if is_log(column) else column.constant


def _fill(column: Column, known: Array) -> float:
    match column.missing:
        case "mean":
            return float(known.mean(dtype=np.float64))
        case "most_frequent":
            values, counts = np.unique(known, return_counts=True)
            return float(values[counts.argmax()])
        case _:
            return float(np.median(known))


def _scaling(column: Column, known: Array, center: float) -> tuple[float, float]:
    match column.scaling:
        case "standardise":
            mean = float(known.mean(dtype=np.float64))
            return center + mean, _deviation(known, mean)
        case "min_max":
            low, high = float(known.min()), float(known.max())
            return center + low, high - low
        case "divide_by":
            return 0.0, column.divisor
        case _:
            return 0.0, 1.0


def _deviation(known: NDArray[Any], mean: float) -> float:
    """The standard deviation, without a copy of the column in float64."""
    squares = 0.0
    for start in range(0, known.size, CELLS_AT_ONCE):
        some = known[start : start + CELLS_AT_ONCE].astype(np.float64)
        some -= mean
        some *= some
        squares += float(some.sum())
    return float(np.sqrt(squares / known.size))


def _category_codes(cells: "pd.Series[Any]", column: Column) -> NDArray[np.float64]:
    texts = cells if cells.dtype == "category" else as_category(cells)
    label = category_label(column)
    index = {name: float(position) for position, name in enumerate(column.categories)}
    codes = np.array([index.get(label(text), UNKNOWN) for text in texts.cat.categories] + [np.nan])
    return codes[texts.cat.codes.to_numpy()]


def category_label(column: Column) -> Callable[[object], str]:
    """What a cell is called as a category of this column."""
    return whole_label if column.type == "integer_category" else label_of


def as_category(cells: "pd.Series[Any]") -> "pd.Series[Any]":
    """Texts and gaps of rows to predict, as a file's."""
    from asanai_tui.data.dialect import is_missing

    texts = cells.astype("object").map(lambda cell: None if is_missing(str(cell)) else str(cell), na_action="ignore")
    return texts.astype("category")


def _unknown(column: Column, cells: "pd.Series[Any]") -> str:
    strange = np.flatnonzero(_category_codes(cells, column) == UNKNOWN)
    if not strange.size:
        return ""
    texts = list(dict.fromkeys(label_of(cells.iloc[int(row)]) for row in strange[:100]))
    named = ", ".join(texts[:TEXTS_NAMED]) + (" …" if len(texts) > TEXTS_NAMED else "")
    return f"{clean(column.name)}: {counted(len(strange), 'row')} not one of the known categories ({named})."
