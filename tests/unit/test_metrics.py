"""Metrics against the real Keras, and means over uneven batches."""

import pytest
import torch

from asanai_tui.data.spec import Targets
from asanai_tui.network.modules import build
from asanai_tui.training.losses import objective
from asanai_tui.training.metrics import Tally, metric
from tests.unit.trainings import dense, golden, network

CLASSES = Targets("classes", ("a", "b", "c"))
NUMBERS = Targets("numbers", ("a", "b", "c"))
YES_NO = Targets("numbers", ("a", "b", "c"), binary=True)


def ending(loss, activation="linear", units=3):
    return objective(loss, build(network(dense(units, activation)), (2,)))


@pytest.mark.parametrize("case", golden()["losses"], ids=lambda case: case["loss"])
def test_values_are_those_of_keras(case):
    outputs, targets = torch.tensor(case["outputs"]), torch.tensor(case["targets"])
    plain = ending("mean_squared_error")
    yes_no = bool(((targets == 0) | (targets == 1)).all())
    for name, kind in (("categorical_accuracy", CLASSES), ("binary_accuracy", YES_NO))[: 1 + yes_no]:
        value = metric("accuracy", plain, kind, "mean_squared_error")(outputs, targets).mean().item()
        assert value == pytest.approx(case["metrics"][name])
    for name in ("mean_absolute_error", "mean_squared_error"):
        value = metric(name, plain, NUMBERS, "mean_squared_error")(outputs, targets).mean().item()
        assert value == pytest.approx(case["metrics"][name], rel=2e-6)


def test_accuracy_of_class_numbers_and_of_a_single_logit():
    fused = metric("accuracy", ending("categorical_crossentropy", "softmax"), CLASSES, "categorical_crossentropy")
    assert fused(torch.tensor([[1.0, 3, 2], [5, 0, 1]]), torch.tensor([1, 2])).tolist() == [1, 0]
    two = Targets("classes", ("no", "yes"))
    single = metric("accuracy", ending("binary_crossentropy", "sigmoid", 1), two, "binary_crossentropy")
    logits, wanted = torch.tensor([[0.2], [-0.2], [0.2]]), torch.tensor([[1.0], [0.0], [0.0]])
    assert single(logits, wanted).tolist() == [1, 1, 0]


def test_errors_look_at_probabilities_not_logits():
    error = metric(
        "mean_absolute_error", ending("categorical_crossentropy", "softmax"), CLASSES, "categorical_crossentropy"
    )
    logits = torch.tensor([[0.0, 0.0, 0.0]])
    assert error(logits, torch.tensor([1])).item() == pytest.approx((1 / 3 + 2 / 3 + 1 / 3) / 3)


def test_errors_of_numbers_are_in_original_units():
    plain, scale = ending("mean_squared_error"), torch.tensor([10.0, 1.0, 100.0])
    outputs, targets = torch.tensor([[1.0, 2, 3]]), torch.tensor([[0.0, 2, 2]])
    absolute = metric("mean_absolute_error", plain, NUMBERS, "mean_squared_error", scale)
    squared = metric("mean_squared_error", plain, NUMBERS, "mean_squared_error", scale)
    assert absolute(outputs, targets).item() == pytest.approx((10 + 0 + 100) / 3)
    assert squared(outputs, targets).item() == pytest.approx((100 + 0 + 10_000) / 3)


def test_uneven_batches_weigh_as_much_as_their_examples():
    tally = Tally(lambda outputs, targets: (outputs - targets).abs()[:, 0])
    tally.add(torch.tensor(1.0), torch.zeros(4, 1), torch.ones(4, 1))
    tally.count()
    tally.add(torch.tensor(6.0), torch.zeros(1, 1), torch.full((1, 1), 11.0))
    tally.count()
    tally.count()
    assert (tally.examples, tally.loss, tally.metric) == (5, 2.0, 3.0)


def test_what_is_held_is_counted_before_it_fills_the_memory():
    tally = Tally(lambda outputs, targets: torch.ones(len(outputs)))
    for _ in range(3):
        tally.add(torch.tensor(1.0), torch.zeros(2**10, 2**9), torch.zeros(1))
    assert tally.sums.measured == 2**11
