"""Which layer went wrong when the loss is not a number any more."""

import torch

from asanai_tui.network.modules import LayerModule, Model

_LARGE = 100.0  # inputs beyond this are unscaled


@torch.no_grad()
def what_went_wrong(model: Model, inputs: torch.Tensor, targets: torch.Tensor) -> str:
    """A sentence that names the first layer, from the input on, with weights or outputs that are not finite.

    Args:
        inputs, targets: the batch whose loss was not finite, as the model and the loss take them.
    """
    if not _finite(inputs):
        return "The inputs of a batch hold a value that is not finite; look for it in the data."
    if targets.is_floating_point() and not _finite(targets):
        return "The targets of a batch hold a value that is not finite; look for it in the data."
    large = float(inputs.abs().max()) > _LARGE
    advice = "scale the inputs (standardise), or lower the learning rate." if large else "lower the learning rate."
    for number, module in enumerate(model.layers(), 1):
        broken = _broken_weight(module)
        if not broken:
            inputs = module(inputs)
            broken = "" if _finite(inputs) else "output"
        if broken:
            return (
                f"The loss is not finite: layer {number} ({module.layer.name}) went wrong, "
                f"its {broken} is not finite; {advice}"
            )
    return f"The loss is not finite although every layer's output is: outputs and targets are too far apart; {advice}"


def _broken_weight(module: LayerModule) -> str:
    return next((name for name, weight in module.weights().items() if not _finite(weight)), "")


def _finite(tensor: torch.Tensor) -> bool:
    return bool(tensor.isfinite().all())
