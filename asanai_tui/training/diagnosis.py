"""Which layer went wrong when the loss is not a number any more."""

import torch

from asanai_tui.errors import DivergenceError, InputError
from asanai_tui.network.modules import LayerModule, Model

_LARGE = 100.0  # inputs beyond this are unscaled
_HUGE = 1e6  # outputs beyond this, times the inputs, are on their way to infinity


def what_went_wrong(model: Model, inputs: torch.Tensor, targets: torch.Tensor) -> InputError:
    """What is to be raised; a `DivergenceError` unless the data is at fault.

    Args:
        inputs, targets: the batch whose loss was not finite, as the model and the loss take them.
    """
    for name, values in (("inputs", inputs), ("targets", targets)):
        if not _finite(values):
            return InputError(f"The {name} of a batch hold a value that is not finite; look for it in the data.")
    return DivergenceError(_broken_layer(model, inputs, targets))


def average_went_wrong(average: str, model: Model, index: int) -> DivergenceError:
    """What is to be raised where a running average is not finite, of the optimizer so that its weights stand still.

    Args:
        average: its name, as Keras has it.
        index: of the number in the flat buffer of weights.
    """
    for number, module in enumerate(model.layers(), 1):
        for name, weight in module.weights().items():
            if weight.requires_grad and 0 <= index - weight.storage_offset() < weight.numel():
                return DivergenceError(
                    f"The gradient of layer {number} ({module.layer.name}) grew too large: the {average} that is "
                    f"kept for its {name} is not finite; lower the learning rate."
                )
    return DivergenceError(f"The {average} that is kept for the weights is not finite; lower the learning rate.")


@torch.no_grad()
def _broken_layer(model: Model, inputs: torch.Tensor, targets: torch.Tensor) -> str:
    """A sentence that names the first layer, from the input on, with weights or outputs that are not finite.

    Where all are finite, and only their squares are not, it is the first layer whose outputs are huge.
    """
    largest = float(inputs.abs().max())
    advice = (
        "scale the inputs (standardise), or lower the learning rate" if largest > _LARGE else "lower the learning rate"
    )
    grown = ""
    for number, module in enumerate(model.layers(), 1):
        where = f"layer {number} ({module.layer.name})"
        broken = _broken_weight(module)
        if not broken:
            inputs = module(inputs)
            broken = "" if _finite(inputs) else "output"
        if broken:
            return f"The loss is not finite: {where} went wrong, its {broken} is not finite; {advice}."
        reached = float(inputs.abs().max())
        if not grown and reached > _HUGE * max(1.0, largest):
            grown = f"{where} went wrong, its output grew to {reached:.0e}"
    if grown:
        return f"The loss is not finite: {grown}; {advice}."
    return f"The loss is not finite: the targets reach {float(targets.abs().max()):.0e}; scale them, or {advice}."


def _broken_weight(module: LayerModule) -> str:
    return next((name for name, weight in module.weights().items() if not _finite(weight)), "")


def _finite(tensor: torch.Tensor) -> bool:
    return bool(tensor.isfinite().all())
