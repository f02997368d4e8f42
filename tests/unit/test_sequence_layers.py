"""Layers of sequences: two ways to compute the same, how they begin, dropout, tokens.

Keras' numbers are compared in test_keras_goldens.py.
"""

from typing import Any

import pytest
import torch

from asanai_tui.errors import InputError
from asanai_tui.network.layers import layer_from
from asanai_tui.network.layers.recurrent import Recurrent
from asanai_tui.network.modules import Model, build
from asanai_tui.network.network import Network
from asanai_tui.network.options import Shape

STEPS: Shape = (6, 3)
FUSED: list[dict[str, Any]] = [
    {"layer": "simple_rnn"}, {"layer": "simple_rnn", "activation": "relu"}, {"layer": "gru"}, {"layer": "lstm"},
]  # fmt: skip


def model_of(shape: Shape = STEPS, **content: Any) -> Model:
    torch.manual_seed(1)
    return build(Network([layer_from(content, "test")]), shape)


def batch(shape: Shape = STEPS, examples: int = 4) -> torch.Tensor:
    torch.manual_seed(2)
    return torch.randn(examples, *shape).movedim(-1, 1)


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("content", FUSED, ids=lambda content: "-".join(content.values()))
def test_torchs_own_recurrence_gives_what_the_steps_give(content: dict[str, Any], use_bias: bool) -> None:
    model = model_of(units=5, use_bias=use_bias, return_sequences=True, **content)
    (module,) = model.layers()
    layer, x = module.layer, batch()
    assert isinstance(layer, Recurrent) and layer.fused
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    cell = layer.cell(module.weights(), "")
    steps = layer._step_by_step(x.movedim(1, -1), cell)
    torch.testing.assert_close(layer.at_once(x.movedim(1, -1), cell), steps, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(model(x).movedim(1, -1), steps, atol=1e-6, rtol=1e-5)


def test_what_torch_cannot_do_at_once_is_computed_step_by_step() -> None:
    for content in ({"layer": "gru", "reset_after": False}, {"layer": "lstm", "recurrent_activation": "hard_sigmoid"}):
        layer = layer_from(content, "test")
        assert isinstance(layer, Recurrent) and not layer.fused


def test_lstm_begins_by_remembering() -> None:
    weights = model_of(layer="lstm", units=3, bidirectional=True).keras_weights()
    for name in ("0.bias", "0.backward_bias"):
        assert weights[name].tolist() == [0.0] * 3 + [1.0] * 3 + [0.0] * 6
    assert not model_of(layer="lstm", units=3, unit_forget_bias=False).keras_weights()["0.bias"].any()
    others = model_of(layer="lstm", units=3, bias_initializer={"name": "constant", "value": 0.5}).keras_weights()
    assert others["0.bias"].tolist() == [0.5] * 3 + [1.0] * 3 + [0.5] * 6


def test_recurrent_kernels_begin_orthogonal() -> None:
    kernel = model_of(layer="gru", units=7).keras_weights()["0.recurrent_kernel"]
    assert (kernel @ kernel.T - torch.eye(7)).abs().max() < 1e-5


@pytest.mark.parametrize("kind", ["simple_rnn", "gru", "lstm"])
def test_shapes_and_parameters_are_those_of_keras(kind: str) -> None:
    gates = {"simple_rnn": 1, "gru": 3, "lstm": 4}[kind]
    biases = gates * 5 * (2 if kind == "gru" else 1)
    network = Network([layer_from({"layer": kind, "units": 5}, "test")])
    assert network.parameters(STEPS)[0] == gates * 5 * (3 + 5) + biases
    assert network.output_shape(STEPS) == (5,)
    both = layer_from({"layer": kind, "units": 5, "bidirectional": True, "return_sequences": True}, "test")
    assert both.leaving(STEPS) == (6, 10)
    assert Network([both]).parameters(STEPS)[0] == 2 * network.parameters(STEPS)[0]


@pytest.mark.parametrize("kind", ["simple_rnn", "gru", "lstm"])
@pytest.mark.parametrize("name", ["dropout", "recurrent_dropout"])
def test_dropout_disturbs_training_alone(kind: str, name: str) -> None:
    x = batch()
    model = model_of(layer=kind, **{name: 0.5})
    plain = model.eval()(x)
    torch.testing.assert_close(plain, model_of(layer=kind)(x))
    assert not torch.isclose(model.train()(x), plain).all()


@pytest.mark.parametrize("name", ["dropout", "recurrent_dropout"])
def test_dropout_keeps_the_mean(name: str) -> None:
    x = batch((2, 3), examples=1).expand(20_000, -1, -1)
    model = model_of((2, 3), layer="simple_rnn", units=2, activation="linear", **{name: 0.3})
    disturbed = model.train()(x)
    errors = (disturbed.mean(0) - model.eval()(x)[0]).abs()
    assert bool((errors < 4 * disturbed.std(0) / 20_000**0.5).all())
    assert bool((disturbed.std(0) > 0.05).all())


def test_input_dropout_takes_the_same_features_at_every_step() -> None:
    """Keras draws one mask for all steps; without weights of its own between steps each output shows it."""
    model = model_of((50, 1), layer="simple_rnn", units=1, activation="linear", dropout=0.5, return_sequences=True,
                     recurrent_initializer="zeros", kernel_initializer="ones")  # fmt: skip
    y = model.train()(torch.ones(200, 1, 50)).squeeze(1)
    assert torch.equal(y, y[:, :1].expand_as(y))
    assert sorted(y.unique().tolist()) == [0.0, 2.0]


@pytest.mark.parametrize("causal", [True, False])
def test_causal_attention_does_not_see_later_steps(causal: bool) -> None:
    model = model_of(layer="multi_head_attention", causal=causal)
    x = batch()
    later = x.clone()
    later[:, :, 4:] += 1
    same = torch.isclose(model(x), model(later), atol=1e-6).all(1).all(0)
    assert same.tolist() == ([True] * 4 + [False] * 2 if causal else [False] * 6)


def test_attention_dropout_disturbs_training_alone() -> None:
    model = model_of(layer="multi_head_attention", dropout=0.4)
    x = batch()
    assert torch.equal(model.eval()(x), model_of(layer="multi_head_attention").eval()(x))
    assert not torch.equal(model.train()(x), model(x))


def test_embedding_looks_its_vectors_up() -> None:
    model = model_of((3,), layer="embedding", input_dim=5, output_dim=2)
    table = model.keras_weights()["0.embeddings"]
    assert table.abs().max() <= 0.05
    y = model(torch.tensor([[0.0, 4.0, 2.0], [1.0, 1.0, 0.0]])).movedim(1, -1)
    assert torch.equal(y, table[torch.tensor([[0, 4, 2], [1, 1, 0]])])


@pytest.mark.parametrize(("token", "shown"), [(5.0, "5"), (-1.0, "-1"), (1e6, "1,000,000")])
def test_token_out_of_range_is_a_sentence(token: float, shown: str) -> None:
    model = model_of((2,), layer="embedding", input_dim=5)
    with pytest.raises(InputError) as caught:
        model(torch.tensor([[0.0, token]]))
    assert str(caught.value) == (
        f"embedding: token {shown} arrives, but input_dim 5 allows 0…4; change input_dim or the data."
    )


def test_tokens_that_are_no_numbers_are_a_sentence() -> None:
    with pytest.raises(InputError) as told:
        model_of((2,), layer="embedding")(torch.tensor([[0.0, float("nan")]]))
    assert str(told.value).startswith("embedding: token ")


def test_a_sequence_network_learns() -> None:
    """Which of two tokens came first: only the order tells."""
    network = Network([
        layer_from(content, "test")
        for content in (
            {"layer": "embedding", "input_dim": 4, "output_dim": 8},
            {"layer": "residual", "layers": [{"layer": "layer_normalization"}, {"layer": "multi_head_attention"}]},
            {"layer": "lstm", "units": 8},
            {"layer": "dense", "units": 1},
        )
    ])  # fmt: skip
    torch.manual_seed(3)
    model = build(network, (6,))
    x = torch.randint(0, 4, (256, 6)).float()
    y = (x[:, :1] > x[:, -1:]).float()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    losses = []
    for _ in range(150):
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(x), y)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]
