"""Optimizer steps against the real Keras, over a flat buffer."""

import numpy as np
import pytest
import torch

from asanai_tui.checking import decoded
from asanai_tui.errors import InputError
from asanai_tui.network.modules import build
from asanai_tui.training.optimizer_settings import Adam, AnyOptimizer, RAdam, RMSprop
from asanai_tui.training.optimizers import update
from asanai_tui.training.settings import Training
from asanai_tui.training.updates import Part
from asanai_tui.training.weights import FlatWeights
from tests.unit.trainings import dense, golden, network


def case_name(case):
    return " ".join(str(value) for value in case["optimizer"].values())


@pytest.mark.parametrize("case", golden()["optimizers"], ids=case_name)
def test_six_steps_are_those_of_keras(case):
    options = decoded({"optimizer": case["optimizer"]}, Training).optimizer
    weights, gradients = torch.tensor(case["start"]), torch.zeros(4)
    stepper, before = update(options, weights, gradients), np.array(case["start"])
    for number, (gradient, wanted) in enumerate(zip(case["gradients"], case["trace"], strict=True)):
        if number == 3:
            stepper.learning_rate /= 2
        gradients.copy_(torch.tensor(gradient))
        stepper.step()
        moved = np.array(wanted) - before
        # the weights are near 1, so a step is known to 1e-7 of that
        assert weights.numpy() - before == pytest.approx(moved, rel=1e-4, abs=4e-7)


def flattened(tensors):
    return torch.cat([torch.tensor(tensor).reshape(-1) for tensor in tensors])


def views(flat, tensors):
    sizes = [torch.tensor(tensor).shape for tensor in tensors]
    return [part.view(size) for part, size in zip(flat.split([size.numel() for size in sizes]), sizes, strict=True)]


@pytest.mark.parametrize("case", golden()["tensors"], ids=case_name)
def test_steps_of_several_tensors_are_those_of_keras(case):
    options = decoded({"optimizer": case["optimizer"]}, Training).optimizer
    weights, gradients = flattened(case["start"]), flattened(case["start"]) * 0
    both = zip(views(weights, case["start"]), views(gradients, case["start"]), strict=True)
    parts = [Part(weight, gradient, weight.ndim == 2) for weight, gradient in both]
    stepper = update(options, weights, gradients, parts)
    for number, (gradient, wanted) in enumerate(zip(case["gradients"], case["trace"], strict=True)):
        if number == 3:
            stepper.learning_rate /= 2
        gradients.copy_(flattened(gradient))
        stepper.step()
        # Keras' 1 - 0.999 in float32 is wrong by 1e-5 of itself
        assert weights.numpy() == pytest.approx(flattened(wanted).numpy(), rel=1e-5, abs=1e-5)


def test_radam_steps_as_torch_does():
    random, options = torch.Generator().manual_seed(2), RAdam(learning_rate=0.1, beta_2=0.9)
    theirs, ours, gradients = torch.ones(5, requires_grad=True), torch.ones(5), torch.zeros(5)
    stepper, peer = update(options, ours, gradients), torch.optim.RAdam([theirs], 0.1, (0.9, 0.9), eps=1e-7)
    for _ in range(20):
        gradients.copy_(torch.randn(5, generator=random))
        theirs.grad = gradients.clone()
        stepper.step()
        peer.step()
        assert ours.numpy() == pytest.approx(theirs.detach().numpy(), rel=1e-5)


@pytest.mark.parametrize("optimizer", AnyOptimizer.__args__, ids=lambda kind: kind.__name__)
def test_a_state_that_is_loaded_goes_on_to_the_bit(optimizer):
    options = optimizer(**({"momentum": 0.9} if hasattr(optimizer, "momentum") else {}))
    gradients = torch.randn(8, 6, generator=torch.Generator().manual_seed(1))

    def stepped(weights, rows, state=None):
        buffer = torch.zeros(6)
        parts = [Part(weights[:4].view(2, 2), buffer[:4].view(2, 2), True), Part(weights[4:], buffer[4:])]
        stepper = update(options, weights, buffer, parts)
        if state:
            stepper.load_state(state)
        for row in rows:
            buffer.copy_(row)
            stepper.step()
        return {name: value.clone() for name, value in stepper.state().items()}

    whole, parted = torch.ones(6), torch.ones(6)
    stepped(whole, gradients)
    stepped(parted, gradients[5:], stepped(parted, gradients[:5]))
    assert torch.equal(whole, parted)
    assert not torch.equal(whole, torch.ones(6))


def test_only_one_way_to_clip():
    with pytest.raises(InputError, match="only one of clipnorm"):
        decoded({"optimizer": {"name": "adam", "clipnorm": 1.0, "clipvalue": 1.0}}, Training)


def by_the_formula(options, weights, gradients):
    """Adam and RMSprop as semantics of Keras put them, in float64."""
    m, v = np.zeros_like(weights), np.zeros_like(weights)
    for step, g in enumerate(gradients, 1):
        if isinstance(options, Adam):
            m += (1 - options.beta_1) * (g - m)
            v += (1 - options.beta_2) * (g * g - v)
            rate = options.learning_rate * np.sqrt(1 - options.beta_2**step) / (1 - options.beta_1**step)
            weights = weights - rate * m / (np.sqrt(v) + options.epsilon)
        else:
            v = options.rho * v + (1 - options.rho) * g * g
            weights = weights - options.learning_rate * g / np.sqrt(v + options.epsilon)
    return weights


@pytest.mark.parametrize("options", [Adam(), RMSprop()], ids=["adam", "rmsprop"])
def test_tiny_gradients_feel_epsilon_where_keras_puts_it(options):
    """At gradients of 1e-5 an epsilon in the wrong place changes Adam's steps by 6 %, RMSprop's 37 times."""
    random = np.random.default_rng(3)
    gradients = random.normal(size=(50, 8)) * 10.0 ** -np.array([5, 5, 5, 6, 6, 6, 7, 7])
    weights, buffer = torch.zeros(8), torch.zeros(8)
    stepper = update(options, weights, buffer)
    for gradient in gradients:
        buffer.copy_(torch.from_numpy(gradient))
        stepper.step()
    assert weights.numpy() == pytest.approx(by_the_formula(options, np.zeros(8), gradients), rel=2e-4)


def test_flat_weights_are_the_model_and_back():
    layers = network(
        {"layer": "conv2d", "filters": 3}, {"layer": "batch_normalization"}, {"layer": "flatten"}, dense(2)
    )
    model = build(layers, (5, 6, 2))
    before = {name: value.clone() for name, value in model.keras_weights().items()}
    flat = FlatWeights(model)
    copy = flat.copy()
    assert all(torch.equal(before[name], value) for name, value in model.keras_weights().items())
    assert all(torch.equal(before[name], value) for name, value in flat.keras_weights(copy).items())
    model(torch.randn(4, 2, 5, 6).contiguous(memory_format=torch.channels_last)).sum().backward()
    assert flat.gradients.abs().sum() > 0
    flat.values.add_(1)
    changed = model.keras_weights()
    assert torch.equal(changed["0.kernel"], before["0.kernel"] + 1)
    assert not torch.equal(changed["1.moving_mean"], before["1.moving_mean"])
    flat.restore(copy)
    assert all(torch.equal(before[name], value) for name, value in model.keras_weights().items())
