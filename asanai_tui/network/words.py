"""The layers that read words follow the data: how many words there are, and whether there are any."""

import msgspec

from asanai_tui.network.layers.base import Layer
from asanai_tui.network.layers.embedding import Embedding
from asanai_tui.network.layers.pooling_global import GlobalAveragePooling1D
from asanai_tui.network.network import Network
from asanai_tui.network.suggested import VECTOR


def fit_begin(network: Network, tokens: int, before: int) -> Network:
    """The network with an embedding of so many tokens at its beginning, or without one where no words arrive any more.

    Args:
        tokens: how many arrive now; 0: numbers do.
        before: the same of the data that the network was made for.
    """
    first, others = next(iter(network), None), list(network)[1:]
    if isinstance(first, Embedding):
        if tokens == before:
            return network
        if tokens:
            return Network([msgspec.structs.replace(first, input_dim=tokens), *others])
        return Network(others[1:] if others and isinstance(others[0], GlobalAveragePooling1D) else others)
    if not tokens or tokens == before:
        return network
    reading: list[Layer] = [Embedding(input_dim=tokens, output_dim=VECTOR), GlobalAveragePooling1D()]
    return Network([*reading, *network])
