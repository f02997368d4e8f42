"""What augmentation makes of some pictures, by the very code that training uses."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from asanai_tui.data.augmentation_spec import Augmentation
from asanai_tui.data.decoding import read_picture
from asanai_tui.data.masks import coloured
from asanai_tui.data.spec import PictureForm
from asanai_tui.errors import InputError, clean
from asanai_tui.training.augmentation import Augmenter
from asanai_tui.training.batches import prepared

Pictures = NDArray[np.uint8]
Codes = NDArray[np.uint8]  # class numbers of places


class Epoch(NamedTuple):
    """The pictures as one epoch shows them to the network."""

    number: int  # from 1
    pictures: Pictures  # N × height × width × channels; with their masks at the right, where they have some
    partners: tuple[int, ...]  # which of them is blended into each, by mix-up; empty without
    weight: float  # of the picture itself, beside its partner


def read(paths: Sequence[Path], form: PictureForm) -> Pictures:
    """Pictures N × height × width × channels in the form that the network takes.

    Raises:
        InputError: one of them cannot be read.
    """
    pictures = []
    for path in paths:
        try:
            pictures.append(read_picture(path, form))
        except InputError as error:
            raise InputError(f"{clean(path)}: {error}.") from error
    return np.stack(pictures)


def beside(pictures: Pictures, masks: Codes, classes: int) -> Pictures:
    """Pictures N × height × width × channels with their masks (class numbers N × height × width) at the right."""
    rgb = np.broadcast_to(pictures, (*pictures.shape[:3], 3))
    return np.concatenate((rgb, coloured(masks, classes)), 2)


def augmented(
    pictures: Pictures, spec: Augmentation, seed: int, epochs: int, masks: Codes | None = None, classes: int = 0
) -> tuple[Epoch, ...]:
    """What the first batch of each of the first epochs would be if it were of these pictures.

    Args:
        pictures: uint8, N × height × width × channels.
        seed: of the training.
        masks: uint8 N × height × width, the numbers of `classes` classes; they move with their pictures.
    """
    augmenter = Augmenter(spec, seed)
    inputs, places = prepared(torch.from_numpy(pictures)), torch.arange(len(pictures))
    found = []
    for epoch in range(1, epochs + 1):
        changed, pairs = augmenter.batch(inputs, places, epoch, 1)
        back = (changed * 255).round().to(torch.uint8).movedim(1, -1).contiguous().numpy()
        partners = () if pairs.second is None else tuple(int(place) for place in pairs.second)
        if masks is not None:
            moved = augmenter.batch(inputs, torch.from_numpy(masks), epoch, 1)[1].first
            back = beside(back, moved.numpy(), classes)
        found.append(Epoch(epoch, back, partners, pairs.weight))
    return tuple(found)
