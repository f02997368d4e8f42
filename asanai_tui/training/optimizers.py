"""From what the document says of an optimizer to what makes its steps; numbers are Keras' (keras.io/api/optimizers)."""

from collections.abc import Sequence

import torch

from asanai_tui.training import adaptive, muon, updates
from asanai_tui.training import optimizer_settings as settings
from asanai_tui.training.updates import Part, Update

_UPDATES: dict[type[settings.Optimizer], type[Update]] = {
    settings.SGD: updates.SGDUpdate,
    settings.RMSprop: updates.RMSpropUpdate,
    settings.Adam: updates.AdamUpdate,
    settings.AdamW: updates.AdamUpdate,
    settings.Nadam: adaptive.NadamUpdate,
    settings.RAdam: adaptive.RAdamUpdate,
    settings.Adamax: adaptive.AdamaxUpdate,
    settings.Adagrad: adaptive.AdagradUpdate,
    settings.Adadelta: adaptive.AdadeltaUpdate,
    settings.Lion: adaptive.LionUpdate,
    settings.Muon: muon.MuonUpdate,
}


def update(
    options: settings.AnyOptimizer, weights: torch.Tensor, gradients: torch.Tensor, parts: Sequence[Part] = ()
) -> Update:
    """The optimizer that the document asks for.

    Args:
        weights: flat, changed in place at every step.
        gradients: flat, of the same size.
        parts: the tensors that both consist of.
    """
    return _UPDATES[type(options)](options, weights, gradients, parts)
