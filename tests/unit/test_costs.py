"""Work and memory: multiply-adds against torch's own counter, memory against what torch keeps for the gradients."""

import math
from collections.abc import Iterable

import msgspec
import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from asanai_tui.errors import ShapeError
from asanai_tui.network.costs import BYTES, costs
from asanai_tui.network.layers import catalogue, layer_from
from asanai_tui.network.layers.base import Layer, WeightSpec
from asanai_tui.network.layers.basic import Dense, Flatten
from asanai_tui.network.layers.convolution import Conv2D
from asanai_tui.network.layers.embedding import Embedding
from asanai_tui.network.layers.noise import Dropout
from asanai_tui.network.layers.normalization import BatchNormalization
from asanai_tui.network.layers.pooling import MaxPooling2D
from asanai_tui.network.layers.pooling_global import GlobalAveragePooling2D
from asanai_tui.network.layers.recurrent import GRU, LSTM
from asanai_tui.network.layers.residual import Residual
from asanai_tui.network.modules import build
from asanai_tui.network.network import Network
from asanai_tui.network.options import Shape
from asanai_tui.quantities import amount, size
from asanai_tui.training.execution import lean
from asanai_tui.training.optimizer_settings import SGD, Adam, RMSprop
from asanai_tui.training.optimizers import update
from asanai_tui.training.settings import AnyOptimizer
from tests.unit.test_layers import accepted, example, variations

BATCH = 16
FACTOR = 2.0  # of the estimate, either way
SHAPES: tuple[Shape, ...] = ((64,), (30, 32), (16, 16, 16), (6, 6, 6, 8))


def computed(layer: Layer, shape: Shape) -> float:
    """Multiply-adds of one example, as torch counts them: half of its FLOPs.

    oneDNN's recurrences and fused attention are opaque to the counter.
    """
    module = build(Network([layer]), shape)
    x = example(layer, shape)
    with (
        torch.backends.mkldnn.flags(enabled=False),
        sdpa_kernel(SDPBackend.MATH),
        FlopCounterMode(display=False) as counter,
    ):
        module(x)
    return counter.get_total_flops() / 2 / len(x)


def expected(layer: Layer, shape: Shape) -> int:
    """Ours, and what a GRU that resets before its product computes in vain: a third of the recurrent kernel."""
    vain = 0
    if isinstance(layer, GRU) and not layer.reset_after:
        vain = shape[0] * layer.units**2 * (2 if layer.bidirectional else 1)
    return layer.multiply_adds(shape) + vain


@pytest.mark.filterwarnings("ignore:TF32")
@pytest.mark.parametrize("tag", catalogue())
def test_multiply_adds_are_those_that_torch_counts(tag: str) -> None:
    for layer in variations(catalogue()[tag]):
        for shape in accepted(layer):
            assert expected(layer, shape) == computed(layer, shape), f"{layer} on {shape}"


def saved(model: nn.Module, x: torch.Tensor) -> int:
    """Bytes that a forward pass leaves for the backward pass, besides weights and inputs; each storage once."""
    found: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        found[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        held = model(x)
    for own in (x, *model.parameters(), *model.buffers()):
        found.pop(own.untyped_storage().data_ptr(), None)
    assert held.isfinite().all()
    return sum(found.values())


def estimated(network: Network, shape: Shape) -> int:
    """Bytes that all layers keep of a batch, by our arithmetic."""
    stages = network.stages(shape)
    total = costs(stages, shape, BATCH, 0).total
    assert total is not None
    all_of_it = total.memory
    return all_of_it - BYTES * (BATCH * math.prod(shape) + sum(s.parameters + s.trainable for s in stages))


def batch(shape: Shape, tokens: int = 0) -> torch.Tensor:
    x = torch.randint(0, tokens, (BATCH, *shape)).float() if tokens else torch.randn(BATCH, *shape)
    return x.movedim(-1, 1)


def takes(layer: Layer, shape: Shape) -> bool:
    try:
        return bool(layer.leaving(shape))
    except ShapeError:
        return False


@pytest.mark.parametrize("tag", catalogue())
def test_what_a_layer_keeps_is_near_what_torch_saves(tag: str) -> None:
    """Between two dense layers that need what arrives at it and what leaves it."""
    cls = catalogue()[tag]
    layer = layer_from({"layer": tag, **({"units": 16} if "units" in cls.__struct_fields__ else {})}, "test")
    for shape in SHAPES:
        front: list[Layer] = [] if layer.takes_tokens else [Dense(units=shape[-1], activation="tanh")]
        if takes(layer, shape):
            network = Network([*front, layer, Flatten(), Dense(units=1)])
            real = saved(build(network, shape).train(), batch(shape, getattr(layer, "input_dim", 0)))
            assert real / FACTOR <= estimated(network, shape) <= real * FACTOR, f"{layer} on {shape}"


BLOCK = Residual(
    layers=Network([
        Conv2D(filters=16, padding="same"), BatchNormalization(), Conv2D(filters=16, padding="same", activation="relu"),
    ])
)  # fmt: skip
NETWORKS = {
    "pictures": (
        (16, 16, 1),
        [
            Conv2D(filters=16, activation="relu"), MaxPooling2D(), Conv2D(filters=32, activation="relu"),
            Flatten(), Dense(units=64, activation="relu"), Dropout(), Dense(units=10, activation="softmax"),
        ],
    ),
    "resnet": (
        (16, 16, 3),
        [Conv2D(filters=16, padding="same"), BLOCK, BLOCK, BLOCK, GlobalAveragePooling2D(), Dense(units=10)],
    ),
    "text": (
        (40,),
        [Embedding(input_dim=50, output_dim=32), LSTM(units=32, return_sequences=True), LSTM(units=32), Dense(units=4)],
    ),
    "table": ((12,), [Dense(units=64, activation="swish"), Dense(units=64, activation="relu"), Dense(units=3)]),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_memory_of_whole_networks_is_within_the_factor(name: str) -> None:
    shape, layers = NETWORKS[name]
    network = Network(layers)  # type: ignore[arg-type]
    real = saved(lean(build(network, shape)).train(), batch(shape, 50 if name == "text" else 0))
    assert real / FACTOR <= estimated(network, shape) <= real * FACTOR


@pytest.mark.parametrize(
    "options",
    [
        SGD(), SGD(momentum=0.9), SGD(momentum=0.9, nesterov=True), RMSprop(), RMSprop(centered=True),
        RMSprop(momentum=0.5, centered=True), Adam(),
    ],
    ids=repr,
)  # fmt: skip
def test_slots_are_what_the_optimizer_holds(options: AnyOptimizer) -> None:
    weights = torch.zeros(7)
    held = vars(update(options, weights, torch.zeros(7))).values()
    flat: Iterable[object] = [*held, *next(each for each in held if isinstance(each, dict)).values()]
    tensors = {id(each) for each in flat if isinstance(each, torch.Tensor) and each.shape == weights.shape}
    assert len(tensors) - 2 == options.slots  # besides weights and gradients


def test_memory_by_hand() -> None:
    stages = Network([Dense(units=3), Dense(units=2, trainable=False)]).stages((4,))
    found = costs(stages, (4,), batch_size=10, slots=2)
    assert found.batch == 4 * 10 * 4
    assert [cost.memory for cost in found.layers] == [4 * (15 + 3 * 15 + 10 * 3), 4 * (8 + 10 * 2)]
    assert found.total is not None
    assert found.total.memory == found.batch + sum(cost.memory for cost in found.layers)
    assert found.total.multiply_adds == 12 + 6


def test_below_the_first_layer_that_learns_only_its_input_is_kept() -> None:
    frozen = [Conv2D(trainable=False, activation="elu"), Conv2D(trainable=False, activation="elu"), Flatten()]
    network = Network([*frozen, Dense(units=2)])
    stages = network.stages((8, 8, 1))
    kept = [cost.memory // BYTES - s.parameters for cost, s in zip(costs(stages, (8, 8, 1), 1, 0).layers, stages)]  # noqa: B905
    assert kept == [0, 0, 0, stages[3].trainable + 2]
    ends = Network([*frozen[:2], GlobalAveragePooling2D(), Dense(units=2)]).stages((8, 8, 1))
    assert costs(ends, (8, 8, 1), 1, 0).layers[2].memory == BYTES * 4
    none = Network(frozen).stages((8, 8, 1))
    assert [cost.memory for cost in costs(none, (8, 8, 1), 1, 2).layers] == [BYTES * s.parameters for s in none]


def test_after_a_problem_nothing_costs() -> None:
    stages = Network([Dense(units=3), Conv2D(), Dense(units=2)]).stages((4,))
    assert [tuple(cost) for cost in costs(stages, (4,), 1, 0).layers[1:]] == [(0, 0), (0, 0)]


class Mixing(Layer, frozen=True):
    """A layer that says nothing of its costs."""

    def weights(self, shape: Shape) -> dict[str, WeightSpec]:
        return Dense(units=shape[-1]).weights(shape)


def test_layer_that_says_nothing_has_the_costs_of_its_kernel() -> None:
    stage = Network([Mixing()]).stages((5, 6))[0]
    assert (stage.multiply_adds, stage.kept) == (5 * 6 * 6, 5 * 6)


def test_inner_layers_of_a_residual_count() -> None:
    inner = Network([Conv2D(filters=3, padding="same", use_bias=False)])
    residual = Residual(layers=inner)
    assert residual.multiply_adds((4, 4, 3)) == inner.stages((4, 4, 3))[0].multiply_adds == 16 * 81
    frozen = msgspec.structs.replace(residual, trainable=False)
    assert frozen.multiply_adds((4, 4, 3)) == 16 * 81


@pytest.mark.parametrize(
    ("value", "short"),
    [
        (0, "0"), (999, "999"), (1000, "1 k"), (1240, "1.2 k"), (9_960, "10 k"), (38_282, "38 k"), (999_499, "999 k"),
        (999_501, "1 M"), (2**31, "2.1 G"), (10**23, "100000 E"),
    ],
)  # fmt: skip
def test_amounts(value: int, short: str) -> None:
    assert amount(value) == short


@pytest.mark.parametrize(
    ("value", "short"), [(0, "0 B"), (512, "512 B"), (34_000_000, "34 MB"), (1_500_000_000, "1.5 GB")]
)
def test_sizes(value: int, short: str) -> None:
    assert size(value) == short
