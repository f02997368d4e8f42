"""How a model is computed while it trains: the same numbers as the model itself with less work, on the same weights."""

import copy
from collections.abc import Iterable, Iterator

import msgspec
from torch import nn

from asanai_tui.network.layers.activation import Activation, Softmax
from asanai_tui.network.layers.basic import Dense
from asanai_tui.network.layers.pooling import MaxPooling
from asanai_tui.network.layers.sliding import Sliding
from asanai_tui.network.modules import LayerModule, Model


def lean(modules: Iterable[nn.Module]) -> Model:
    """A model that takes less memory traffic for the same outputs and gradients.

    A relu changes its layer's output in place, since nobody else needs it. Where max poolings follow, it is applied
    after them: relu(max(x)) = max(relu(x)), also for gradients, and there are fewer values by then.
    """
    return Model(*_relu_late(modules))


def _relu_late(modules: Iterable[nn.Module]) -> Iterator[nn.Module]:
    waits = False
    for module in modules:
        if waits and not _is(module, MaxPooling):
            yield nn.ReLU(inplace=True)
            waits = False
        if isinstance(module, LayerModule) and module.specs and activation_of(module) == "relu":
            yield without_activation(module)
            waits = True
        else:
            yield module
    if waits:
        yield nn.ReLU(inplace=True)


def logits(model: Model, activation: str) -> list[nn.Module] | None:
    """The modules of `model` up to the input of its last activation; None when that is not `activation`."""
    modules = list(model)
    last = modules[-1] if modules else None
    if not isinstance(last, LayerModule) or activation_of(last) != activation:
        return None
    kept = [without_activation(last)] if last.specs else []
    return [*modules[:-1], *kept]


def activation_of(module: LayerModule) -> str:
    """The activation that ends a layer, if it can be told apart from the layer.

    An activity regularizer looks at the activated output, so such a layer stays whole; so do layers that may use their
    activation in another way than at the end.
    """
    if module.activity is not None:
        return ""
    if isinstance(module.layer, Dense | Sliding | Activation):
        return module.layer.activation
    return "softmax" if isinstance(module.layer, Softmax) else ""


def without_activation(module: LayerModule) -> LayerModule:
    """The same layer ending linearly, with the same weights: a module's shallow copy shares its tables of them."""
    bare = copy.copy(module)
    bare.layer = msgspec.structs.replace(module.layer, activation="linear")
    return bare


def _is(module: nn.Module, kind: type) -> bool:
    return isinstance(module, LayerModule) and isinstance(module.layer, kind)
