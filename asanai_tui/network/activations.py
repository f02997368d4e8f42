"""Activation functions with Keras' meaning. Formulas: keras.io/api/layers/activations."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import torch

ActivationName = Literal[
    "linear", "relu", "sigmoid", "tanh", "softmax", "elu", "selu", "relu6", "softplus", "softsign",
    "swish", "mish", "gelu", "hard_sigmoid", "exponential", "leaky_relu",
]  # fmt: skip

_KEEP_WHAT_ARRIVES = frozenset({
    "elu", "selu", "relu6", "softplus", "softsign", "swish", "mish", "gelu", "hard_sigmoid", "leaky_relu",
})  # fmt: skip


def kept(name: ActivationName) -> int:
    """How many values torch keeps for the gradient of one: what leaves, and for some functions also what arrives."""
    return 2 if name in _KEEP_WHAT_ARRIVES else 1


@cache
def function(name: ActivationName) -> "Callable[[torch.Tensor], torch.Tensor]":
    """The function on tensors whose channels are dimension 1."""
    import torch
    from torch.nn import functional

    table: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "linear": lambda x: x,
        "relu": torch.relu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "softmax": lambda x: torch.softmax(x, dim=1),
        "elu": functional.elu,
        "selu": functional.selu,
        "relu6": functional.relu6,
        "softplus": functional.softplus,
        "softsign": functional.softsign,
        "swish": functional.silu,
        "mish": functional.mish,
        "gelu": functional.gelu,  # exact, with erf, as Keras' default
        "hard_sigmoid": functional.hardsigmoid,  # relu6(x + 3) / 6, as Keras 3
        "exponential": torch.exp,
        "leaky_relu": lambda x: functional.leaky_relu(x, 0.2),  # Keras' activation; its layer has 0.3
    }
    return table[name]
