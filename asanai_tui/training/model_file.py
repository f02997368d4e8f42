"""A trained network as one file that predicts by itself: safetensors, with everything but the weights as JSON.

Weights are float32 in Keras' layout, named `<position>.<name>`: `0.kernel`. Nothing in the file is ever executed.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, NamedTuple

import msgspec

from asanai_tui.checking import sentence
from asanai_tui.data.preprocessing import Preprocessing
from asanai_tui.data.spec import Targets
from asanai_tui.errors import InputError, clean
from asanai_tui.files import reason, write_atomically
from asanai_tui.network.layers.base import show
from asanai_tui.network.network import Network
from asanai_tui.network.options import Shape
from asanai_tui.training.loss_settings import LossName
from asanai_tui.training.metric_settings import MetricName

if TYPE_CHECKING:
    import torch

FORMAT = 1
KEY = "asanai"  # of safetensors' metadata
MAXIMUM_HEADER = 64 * 2**20  # bytes; a header names weights, labels and columns, so megabytes are plenty

_LENGTH_BYTES = 8  # safetensors: the header's length, little-endian, then the header, then the weights


class ModelFile(NamedTuple):
    """What a model file holds; `header` leaves the weights out."""

    network: Network
    input_shape: Shape  # channels last, without the batch
    preprocessing: Preprocessing
    targets: Targets
    loss: LossName
    metrics: tuple[MetricName, ...]
    note: dict[str, Any]  # where the weights come from: best_epoch, val_loss, …
    weights: "Mapping[str, torch.Tensor]" = MappingProxyType({})


class _Content(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON under `KEY`."""

    format: int
    network: list[dict[str, Any]]
    input_shape: tuple[Annotated[int, msgspec.Meta(ge=1)], ...]
    preprocessing: Preprocessing
    targets: Targets
    loss: LossName
    metrics: tuple[MetricName, ...] = ()
    metric: MetricName | None = None  # before there were several
    note: dict[str, Any]


class _Weight(msgspec.Struct, frozen=True):
    """What safetensors' header says of one tensor; offsets count from the end of the header."""

    dtype: str
    shape: tuple[Annotated[int, msgspec.Meta(ge=0)], ...]
    data_offsets: tuple[Annotated[int, msgspec.Meta(ge=0)], Annotated[int, msgspec.Meta(ge=0)]]


def save(path: Path, model: ModelFile) -> None:
    """Write a model file; a reader sees the old one or the new one, never half.

    Raises:
        InputError: it cannot be written.
    """
    import safetensors.torch

    content = _Content(
        format=FORMAT,
        network=model.network.encoded(),
        input_shape=model.input_shape,
        preprocessing=model.preprocessing,
        targets=model.targets,
        loss=model.loss,
        metrics=model.metrics,
        note=model.note,
    )
    metadata = {KEY: msgspec.json.encode(content).decode()}
    weights = {name: weight.detach().cpu().contiguous() for name, weight in model.weights.items()}
    write_atomically(path, safetensors.torch.save(weights, metadata), make_folder=True)


def header(path: Path) -> ModelFile:
    """All but the weights, read without torch; the file's length and the weights' shapes are checked nevertheless.

    Raises:
        InputError: absent, torn, or not a model file of this program.
    """
    try:
        with path.open("rb") as file:
            return _checked_header(file, path)
    except OSError as error:
        raise InputError(f"{clean(path)} cannot be read: {reason(error)}.") from error


def load(path: Path) -> ModelFile:
    """A whole model file, every size checked against its network before anything is built.

    Raises:
        InputError: absent, torn, or not a model file of this program.
    """
    import safetensors
    import safetensors.torch

    try:
        with path.open("rb") as file:
            head = _checked_header(file, path)
            file.seek(0)
            weights = safetensors.torch.load(file.read())
    except OSError as error:
        raise InputError(f"{clean(path)} cannot be read: {reason(error)}.") from error
    except safetensors.SafetensorError as error:
        raise InputError(f"{clean(path)} is damaged ({clean(error)}); take another copy of it.") from error
    return head._replace(weights=weights)


def _checked_header(file: BinaryIO, path: Path) -> ModelFile:
    size = file.seek(0, 2)
    file.seek(0)
    length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
    if size < _LENGTH_BYTES or not 2 <= length <= MAXIMUM_HEADER:
        raise InputError(f"{clean(path)} is not a model file: it does not begin like safetensors.")
    if _LENGTH_BYTES + length > size:
        raise InputError(f"{clean(path)} is cut off: it ends within its header; take another copy of it.")
    try:
        parts = msgspec.json.decode(file.read(length), type=dict[str, msgspec.Raw])
        content = _content(parts.pop("__metadata__", msgspec.Raw(b"{}")), path)
        weights = {name: msgspec.json.decode(part, type=_Weight) for name, part in parts.items()}
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InputError(f"{clean(path)} is not a model file: {sentence(str(error), 'its header')}") from error
    if _LENGTH_BYTES + length + max((weight.data_offsets[1] for weight in weights.values()), default=0) != size:
        raise InputError(f"{clean(path)} is cut off or damaged: its length is wrong; take another copy of it.")
    network = _network(content, path)
    _check_weights(network, content.input_shape, weights, path)
    return ModelFile(
        network,
        content.input_shape,
        content.preprocessing,
        content.targets,
        content.loss,
        content.metrics or tuple(filter(None, (content.metric,))),
        content.note,
    )


def _content(metadata: msgspec.Raw, path: Path) -> _Content:
    text = msgspec.json.decode(metadata, type=dict[str, str]).get(KEY)
    if text is None:
        raise InputError(
            f"{clean(path)} holds weights, but was not written by asanai-tui, so its network is not known."
        )
    content = msgspec.json.decode(text, type=_Content)
    if content.format != FORMAT:
        raise InputError(f"{clean(path)} has format {content.format}; this program reads format {FORMAT}.")
    return content


def _network(content: _Content, path: Path) -> Network:
    try:
        return Network.decoded(content.network)
    except InputError as error:
        raise InputError(f"{clean(path)}: {error}") from error


def _check_weights(network: Network, input_shape: Shape, found: Mapping[str, _Weight], path: Path) -> None:
    expected: dict[str, Shape] = {}
    for position, stage in enumerate(network.stages(input_shape)):
        if stage.arrives is None or stage.problem:
            raise InputError(f"{clean(path)}: layer {position + 1} ({stage.layer.name}): {stage.problem}")
        for name, spec in stage.layer.weights(stage.arrives).items():
            expected[f"{position}.{name}"] = spec.shape
    if strange := sorted(set(expected) ^ set(found)):
        missing = "is missing" if strange[0] in expected else "does not belong to its network"
        raise InputError(f"{clean(path)} is damaged: the weight {clean(strange[0])!r} {missing}.")
    for name, weight in found.items():
        if weight.dtype != "F32" or weight.shape != expected[name]:
            raise InputError(
                f"{clean(path)} is damaged: the weight {clean(name)!r} is {clean(weight.dtype)} {show(weight.shape)}, "
                f"expected F32 {show(expected[name])}."
            )
