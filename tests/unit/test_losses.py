"""Losses against the real Keras, and training on logits."""

import re
from typing import get_args

import numpy as np
import pytest
import torch

from asanai_tui.data.spec import Targets
from asanai_tui.errors import InputError
from asanai_tui.network.modules import Model, build
from asanai_tui.training.loss_settings import OF_CLASS_NUMBERS, LossName, LossOptions
from asanai_tui.training.losses import encoded_targets, objective
from tests.unit.trainings import dense, golden, network

LABELS = Targets("classes", ("a", "b", "c"))


def model(*layers, width=3) -> Model:
    torch.manual_seed(1)
    return build(network(*layers), (width,))


@pytest.mark.parametrize("case", golden()["losses"], ids=lambda case: case["loss"])
def test_values_on_outputs_are_those_of_keras(case):
    outputs, targets = torch.tensor(case["outputs"]), torch.tensor(case["targets"])
    found = objective(case["loss"], model(dense(3)))
    assert not found.fused
    assert found.loss(outputs, targets).item() == pytest.approx(case["value"], rel=2e-6)


@pytest.mark.parametrize("case", golden()["more_losses"], ids=lambda case: f"{case['loss']} {case['options']}")
def test_values_of_further_losses_are_those_of_keras(case):
    outputs, targets = torch.tensor(case["outputs"]), torch.tensor(case["targets"])
    found = objective(case["loss"], model(dense(4)), LossOptions(**case["options"]))
    assert found.loss(outputs, targets).item() == pytest.approx(case["value"], rel=5e-6)
    values = found.loss(outputs, targets, reduction="none")
    assert values.shape in ((9,), (9, 4))
    assert values.mean().item() == pytest.approx(case["value"], rel=5e-6)


def test_every_loss_was_compared_with_keras():
    compared = {case["loss"] for case in golden()["losses"] + golden()["more_losses"]}
    assert set(get_args(LossName)) - compared == {"sparse_categorical_crossentropy"}


@pytest.mark.parametrize("loss", OF_CLASS_NUMBERS)
def test_numbers_of_classes_are_as_good_as_a_column_for_each(loss):
    outputs, numbers = torch.rand(6, 3), torch.tensor([0, 1, 2, 1, 0, 2])
    found = objective(loss, model(dense(3)))
    wanted = found.loss(outputs, torch.nn.functional.one_hot(numbers, 3).float()).item()
    assert found.loss(outputs, numbers).item() == pytest.approx(wanted)


@pytest.mark.parametrize("loss", get_args(LossName))
def test_every_loss_has_a_gradient_of_pictures_too(loss):
    """Of batch × 3 × 2 × 2, as of the same places in a row."""
    outputs, found = torch.rand(4, 3, 2, 2), objective(loss, model(dense(3)))
    numbers = torch.randint(0, 3, (4, 2, 2))
    wanted = torch.nn.functional.one_hot(numbers, 3).movedim(-1, 1).float()
    flat = [each.movedim(1, -1).reshape(-1, 3) for each in (outputs, wanted)]
    outputs.requires_grad_(True)
    value = found.loss(outputs, wanted)
    value.backward()
    assert value.item() == pytest.approx(found.loss(*flat).item(), rel=1e-5)
    assert outputs.grad.isfinite().all()


@pytest.mark.parametrize(
    ("loss", "layers", "width"),
    [("categorical_crossentropy", dense(3, "softmax"), 3), ("binary_crossentropy", dense(3, "sigmoid"), 3)],
)
def test_smoothed_labels_are_the_same_on_logits(loss, layers, width):
    options, whole = LossOptions(label_smoothing=0.3), model(layers)
    found, plain, inputs = (
        objective(loss, whole, options),
        objective(loss, model(dense(width)), options),
        torch.randn(5, 3),
    )
    targets = torch.eye(3)[[0, 1, 2, 1, 0]]
    smoothed = found.loss(found.model(inputs), targets).item()
    assert smoothed == pytest.approx(plain.loss(whole(inputs), targets).item(), rel=1e-5)
    assert smoothed != pytest.approx(objective(loss, whole).loss(found.model(inputs), targets).item(), rel=1e-3)


@pytest.mark.parametrize(
    ("loss", "layers"),
    [
        ("categorical_crossentropy", [dense(3, "softmax")]),
        ("categorical_crossentropy", [dense(3), {"layer": "softmax"}]),
        ("categorical_crossentropy", [dense(3), {"layer": "activation", "activation": "softmax"}]),
        ("binary_crossentropy", [dense(3, "sigmoid")]),
        ("binary_crossentropy", [dense(3), {"layer": "activation", "activation": "sigmoid"}]),
    ],
)
def test_a_matching_last_activation_is_fused_and_gives_the_same_loss_and_gradient(loss, layers):
    whole = model(*layers)
    found, inputs = objective(loss, whole), torch.randn(5, 3)
    targets = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]])
    assert found.fused
    fused = found.loss(found.model(inputs), targets)
    torch.testing.assert_close(found.probabilities(found.model(inputs)), whole(inputs))
    kernel = next(whole.parameters())
    (gradient,) = torch.autograd.grad(fused, kernel)
    plain = objective(loss, model(dense(3))).loss(whole(inputs), targets)
    torch.testing.assert_close(fused, plain)
    torch.testing.assert_close(gradient, torch.autograd.grad(plain, kernel)[0])


@pytest.mark.parametrize(
    ("loss", "layers"),
    [
        ("mean_squared_error", [dense(3, "softmax")]),
        ("binary_crossentropy", [dense(3, "softmax")]),
        ("categorical_crossentropy", [dense(3, "sigmoid")]),
        ("categorical_crossentropy", [dense(3, "softmax"), {"layer": "dropout"}]),
        ("categorical_crossentropy", [dense(3, "softmax", activity_regularizer={"name": "l2"})]),
    ],
)
def test_other_ends_stay_as_they_are(loss, layers):
    whole = model(*layers).eval()
    found, inputs = objective(loss, whole), torch.randn(5, 3)
    found.model.eval()
    assert not found.fused
    assert torch.equal(found.model(inputs), whole(inputs))


def test_a_saturated_wrong_answer_still_has_a_gradient():
    found = objective("categorical_crossentropy", model(dense(3, "softmax")))
    logits = torch.tensor([[-200.0, 200.0, 0.0]], requires_grad=True)
    found.loss(logits, torch.tensor([0])).backward()
    assert logits.grad is not None
    assert logits.grad[0].tolist() == pytest.approx([-1, 1, 0], abs=1e-6)


def test_the_training_model_shares_its_weights():
    whole = model(dense(4, "relu"), dense(3, "softmax"))
    shared = list(objective("categorical_crossentropy", whole).model.parameters())
    assert [id(weight) for weight in shared] == [id(weight) for weight in whole.parameters()]


def test_classes_are_numbers_for_fused_loss_and_one_hot_otherwise():
    classes = np.array([2, 0, 1])
    assert encoded_targets(classes, LABELS, "categorical_crossentropy", 3).tolist() == [2, 0, 1]
    for loss in ("mean_squared_error", "binary_crossentropy"):
        assert encoded_targets(classes, LABELS, loss, 3).tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]


def test_two_classes_may_be_one_output():
    two = Targets("classes", ("no", "yes"))
    assert encoded_targets(np.array([1, 0]), two, "binary_crossentropy", 1).tolist() == [[1.0], [0.0]]
    assert encoded_targets(np.array([1, 0]), two, "binary_crossentropy", 2).tolist() == [[0.0, 1.0], [1.0, 0.0]]


@pytest.mark.parametrize(
    ("targets", "values", "width", "says"),
    [
        (LABELS, np.array([0, 1]), 2, "2 numbers, but there are 3 classes"),
        (LABELS, np.array([0, 1]), 1, "1 number, but there are 3 classes"),
        (Targets("numbers", ("a", "b")), np.zeros((2, 2), np.float32), 3, "3 numbers, but there are 2 targets"),
    ],
)
def test_a_width_that_does_not_fit_is_a_sentence(targets, values, width, says):
    with pytest.raises(InputError) as told:
        encoded_targets(values, targets, "mean_squared_error", width)
    assert re.search(says, str(told.value))
