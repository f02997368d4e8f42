"""Computes examples with the real layers. Needs torch, so it is imported only when something is to be computed."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from asanai_tui.handbook.examples import Example
from asanai_tui.network.modules import Model, build, to_torch


class Outcome(NamedTuple):
    """What an example gives."""

    outputs: np.ndarray | None  # batch × shape; None where only shapes are told
    moved: Mapping[str, np.ndarray]  # weights that the pass itself changed, such as moving averages


class OwnNumbers(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Within it random numbers come from a generator of its own.

    Drawn from torch's own generator they would be missing in a training that runs meanwhile, which then could not be
    repeated.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._generator = torch.Generator().manual_seed(seed)

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        named = dict(kwargs or {})
        if "generator" in func.overloadpacket.overloads():  # of rand, randperm: the variant that takes one
            func = func.overloadpacket.generator
        if any(argument.name == "generator" for argument in func._schema.arguments) and named.get("generator") is None:
            named["generator"] = self._generator
        return func(*args, **named)


def computed(example: Example) -> Outcome:
    """Run the layers once over what arrives; weights that are not given begin as the options say."""
    if example.inputs is None:
        return Outcome(None, {})
    with OwnNumbers(example.given.seed), torch.no_grad():
        model = build(example.network, example.arrives).train(example.given.training)
        _set_weights(model, example)
        before = {name: value.clone() for name, value in model.keras_weights().items()}
        x = torch.from_numpy(example.inputs)
        y = model(x.movedim(-1, 1).contiguous()).movedim(1, -1)
        after = model.keras_weights()
    moved = {name: value.numpy() for name, value in after.items() if not torch.equal(value, before[name])}
    return Outcome(y.contiguous().numpy(), moved)


def _set_weights(model: Model, example: Example) -> None:
    for module, given in zip(model.layers(), example.weights, strict=True):
        for name, value in given.items():
            weight = module.weights()[name]
            weight.copy_(to_torch(torch.from_numpy(value), module.specs[name]))
