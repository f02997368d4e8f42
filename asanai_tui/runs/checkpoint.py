"""Where a training stands, as one file: complete or absent, and never executed.

The file is safetensors: tensors as `Standing` has them, and as JSON under `KEY` what is no tensor.
"""

import hashlib
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from asanai_tui.errors import InputError, clean
from asanai_tui.files import reason, write_atomically
from asanai_tui.training.batch_losses import BatchLosses

if TYPE_CHECKING:
    import torch

    from asanai_tui.data.dataset import Dataset
    from asanai_tui.training.standing import Standing

STATE = Path("checkpoints", "last", "state.safetensors")  # inside a run directory
KEY = "asanai"  # of safetensors' metadata
_MISSHAPEN = (TypeError, AttributeError)  # where JSON has other kinds of values than were written
_SEEN = 4096  # rows of a data set that its digest looks at


class Curve(msgspec.Struct, frozen=True):
    """Of the numbers of a standing those that an onlooker draws."""

    epoch: int  # that was being trained
    batch: int  # batches of it that were done
    batch_losses: BatchLosses

    @property
    def batches(self) -> int:
        """Of one epoch; 0 where none has ended."""
        return (self.batch_losses.count - self.batch) // max(1, self.epoch - 1)


class _Content(msgspec.Struct, frozen=True):
    numbers: Curve


def save(path: Path, standing: "Standing", digest: str) -> None:
    """Write where a training stands; a reader sees the old file or the new one, never half.

    Args:
        digest: of the data that it learns from.

    Raises:
        InputError: it cannot be written.
    """
    import safetensors.torch

    tensors = {name: tensor.cpu().contiguous() for name, tensor in standing.tensors.items()}
    numbers = msgspec.to_builtins(standing.numbers)
    content = {"data": digest, "numbers": numbers, "checksum": _checksum(numbers, tensors)}
    metadata = {KEY: msgspec.json.encode(content).decode()}
    write_atomically(path, safetensors.torch.save(tensors, metadata), make_folder=True)


def load(path: Path) -> "tuple[Standing, str] | None":
    """Where a training stood and the digest of its data; None where no file is.

    Raises:
        InputError: torn, or written by another version of this program.
    """
    import safetensors
    from safetensors.torch import load as tensors_of

    from asanai_tui.training.standing import FORMAT, Numbers, Standing

    try:
        content = path.read_bytes()
        tensors = tensors_of(content)
        found = msgspec.json.decode(_metadata(content[8 : 8 + int.from_bytes(content[:8], "little")]))
        if found["numbers"].get("format") != FORMAT:
            raise InputError(f"{clean(path)} was written by another version of asanai-tui, which can resume it.")
        if found.get("checksum", checksum := _checksum(found["numbers"], tensors)) != checksum:
            raise msgspec.ValidationError("the values are not those that were written")
        return Standing(msgspec.convert(found["numbers"], Numbers), tensors), str(found["data"])
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"{clean(path)} cannot be read: {reason(error)}.") from error
    except (safetensors.SafetensorError, msgspec.MsgspecError, UnicodeDecodeError, LookupError, *_MISSHAPEN) as error:
        raise InputError(
            f"{clean(path)} is damaged, so the run cannot go on to the bit; train --from its model begins anew."
        ) from error


def curve(path: Path) -> Curve:
    """The losses of the batches; nothing else of the file is read, however large the network is.

    Raises:
        InputError: absent, torn, or written by a version that did not keep them.
    """
    try:
        with path.open("rb") as file:
            length = min(int.from_bytes(file.read(8), "little"), path.stat().st_size)
            return msgspec.json.decode(_metadata(file.read(length)), type=_Content).numbers
    except OSError as error:
        raise InputError(f"{clean(path)} cannot be read: {reason(error)}.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError) as error:
        raise InputError(f"{clean(path)} holds no losses of batches.") from error


def _checksum(numbers: Any, tensors: "Mapping[str, torch.Tensor]") -> int:
    """CRC-32 of all of it, tensors in the order of their names: tells what a disk tore or a hand changed."""
    import torch

    found = zlib.crc32(msgspec.json.encode(numbers))
    for name in sorted(tensors):
        found = zlib.crc32(tensors[name].reshape(-1).view(torch.uint8).numpy().data, found)
    return found


def _metadata(header: bytes) -> str:
    parts = msgspec.json.decode(header, type=dict[str, msgspec.Raw])
    return msgspec.json.decode(parts["__metadata__"], type=dict[str, str])[KEY]


def digest_of(dataset: "Dataset") -> str:
    """What tells another data set from the one that was trained on: sizes, parts, preprocessing and rows spread evenly.

    Reading every row of a folder larger than memory would take minutes; values that changed change the fitted
    preprocessing of their column too.
    """
    known = hashlib.blake2b(digest_size=16)
    for rows in (dataset.train, dataset.validation, dataset.test):
        known.update(np.ascontiguousarray(rows).data)
    known.update(msgspec.json.encode(dataset.preprocessing, enc_hook=_plain))
    chosen = np.unique(np.linspace(0, len(dataset.inputs) - 1, _SEEN).astype(np.int64))
    for values in (dataset.inputs, dataset.targets):
        known.update(repr((values.shape, str(values.dtype))).encode())
        known.update(np.ascontiguousarray(values[chosen]).data)
    return known.hexdigest()


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value.encoded()
