"""From arrays as they are stored to what the network takes; fitted on the training part alone, kept with the model."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from asanai_tui.data.facts import LARGEST
from asanai_tui.data.room import blocks
from asanai_tui.data.spec import ArrayScaling, Axes, PictureForm, Shape
from asanai_tui.data.spec import channels_last as channels_last_shape
from asanai_tui.errors import InputError

Stored = NDArray[Any]
BYTES = 255.0


class ArrayScale(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """(value - center) / scale for each channel; a single number each stands for all channels."""

    centers: tuple[float, ...] = (0.0,)
    scales: tuple[float, ...] = (1.0,)

    @property
    def nothing(self) -> bool:
        """Whether values stay as they are."""
        return not any(self.centers) and set(self.scales) == {1.0}

    def of_bytes(self, array: Stored) -> bool:
        """Whether these are bytes that become 0 to 1: they are kept as they are and divided where they are used."""
        return array.dtype == np.uint8 and not any(self.centers) and set(self.scales) == {BYTES}


class ArraysPreprocessing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="arrays"):
    """How arrays become inputs, and what the network gives becomes numbers in the units of y."""

    shape: Shape  # of an example, as stored
    axes: Axes
    inputs: ArrayScale
    targets: ArrayScale = ArrayScale()
    name: str = ""  # of the inputs in an .npz

    def transform(self, array: Stored) -> Stored:
        """N × `shape` as N × input shape, float32; bytes that are to become 0 to 1 stay bytes.

        Raises:
            InputError: another shape, no numbers, or values that are not finite.
        """
        if array.shape[1:] != self.shape:
            raise InputError(
                f"an array of {_extents(('N', *array.shape[1:]))}; expected {_extents(('N', *self.shape))}."
            )
        if array.dtype.kind not in "biuf":
            raise InputError(f"an array of {array.dtype}; expected numbers.")
        for rows in blocks(len(array), array[:1].nbytes):
            if not usable(array[rows]).all():
                raise InputError("an array that holds NaN or infinite values; expected numbers.")
        return scaled(channels_last(array, self.axes), self.inputs)

    @property
    def picture_form(self) -> PictureForm | None:
        """What picture files are made into, where the inputs are pictures of 0 to 255 divided by 255."""
        shape = channels_last_shape(self.shape, self.axes)
        if len(shape) != 3 or shape[2] not in (1, 3) or not self.inputs.of_bytes(np.empty(0, np.uint8)):
            return None
        return PictureForm(shape[0], shape[1], "grey" if shape[2] == 1 else "rgb")

    def targets_back(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """What the network gives, N × … × channels, in the units of y."""
        scales, centers = (np.array(each, outputs.dtype) for each in (self.targets.scales, self.targets.centers))
        back: NDArray[Any] = outputs * scales + centers
        return back

    @property
    def target_scale(self) -> NDArray[np.float64]:
        """For each channel of y the factor from the network's units to those of y."""
        return np.array(self.targets.scales)

    @property
    def target_center(self) -> NDArray[np.float64]:
        """For each channel of y what is 0 in the network's units."""
        return np.array(self.targets.centers)


def channels_last(array: Stored, axes: Axes) -> Stored:
    """A view of N × …, with at least one dimension behind the first and the channels at the end."""
    if axes == "channels_first" and array.ndim > 2:
        return np.moveaxis(array, 1, -1)
    return array[..., np.newaxis] if axes == "add_channel" or array.ndim == 1 else array


def usable(rows: Stored) -> NDArray[np.bool_]:
    """Which examples hold nothing but numbers that float32 can compute with: N."""
    if rows.dtype.kind != "f":
        return np.ones(len(rows), bool)
    flat = rows.reshape(len(rows), -1)
    with np.errstate(invalid="ignore"):
        inside = (flat >= -LARGEST) & (flat <= LARGEST)
    return np.asarray(inside.all(1))


def unchanged(array: Stored, scale: ArrayScale) -> bool:
    """Whether `scaled` has nothing to do."""
    return scale.of_bytes(array) or (scale.nothing and array.dtype == np.dtype(np.float32))


def scaled(array: Stored, scale: ArrayScale) -> Stored:
    """N × … × channels as float32, block by block; the same array where nothing is to be done."""
    if unchanged(array, scale):
        return array
    centers, scales = np.array(scale.centers), np.array(scale.scales)
    result = np.empty(array.shape, np.float32)
    for rows in blocks(len(array), 8 * array[:1].size):
        with np.errstate(over="ignore", invalid="ignore"):  # of examples that are left out
            result[rows] = (array[rows].astype(np.float64) - centers) / scales
    return result


def fitted(array: Stored, train: NDArray[np.int64], scaling: ArrayScaling, divisor: float) -> ArrayScale:
    """Take center and scale of each channel from the training rows of N × … × channels, in float64.

    A channel that is always the same keeps the scale 1.
    """
    match scaling:
        case "divide_by":
            return ArrayScale((0.0,), (divisor,))
        case "none":
            return ArrayScale()
        case "min_max":
            centers, spans = _extremes(array, train)
        case _:
            centers, spans = _moments(array, train)
    good = np.isfinite(spans) & (spans > 0)
    return ArrayScale(tuple(centers.tolist()), tuple(np.where(good, spans, 1.0).tolist()))


def _extremes(array: Stored, train: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lows, highs = [], []
    for cells in _cells(array, train):
        lows.append(cells.min(0))
        highs.append(cells.max(0))
    low: NDArray[np.float64] = np.min(lows, 0)
    return low, np.max(highs, 0) - low


def _moments(array: Stored, train: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    count = len(train) * int(np.prod(array.shape[1:-1], dtype=np.int64))
    mean = np.zeros(array.shape[-1])
    for cells in _cells(array, train):
        mean += cells.sum(0) / count
    variance = np.zeros(array.shape[-1])
    for cells in _cells(array, train):
        variance += np.square(cells - mean).sum(0) / count
    return mean, np.sqrt(variance)


def _cells(array: Stored, train: NDArray[np.int64]) -> Iterator[NDArray[np.float64]]:
    """Blocks of the training rows as places × channels."""
    for rows in blocks(len(train), 8 * array[:1].size):
        yield array[train[rows]].astype(np.float64).reshape(-1, array.shape[-1])


def _extents(shape: tuple[object, ...]) -> str:
    return "×".join(map(str, shape))
