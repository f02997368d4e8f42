"""Class weights against numbers computed by hand."""

import math

import msgspec
import numpy as np
import pytest
import torch

from asanai_tui.data.spec import Targets
from asanai_tui.errors import InputError
from asanai_tui.training.class_weights import Parts, balanced, weighted, weighting
from asanai_tui.training.losses import objective
from asanai_tui.training.settings import Training
from tests.unit.test_losses import model
from tests.unit.trainings import CLASSES, NUMBERS, classifier, dataset, dense, losses, network, table, trainer

CPU = torch.device("cpu")
LABELS = Targets("classes", ("a", "b", "c"))
TWO = Targets("classes", ("no", "yes"))
YES_OR_NO = Targets("numbers", ("p", "q"), binary=True)
UNEVEN = np.array([0, 0, 0, 1], np.int64)  # weights 4 / (2 * 3) and 4 / (2 * 1)
WEIGHTS = [2 / 3, 2.0]
ZEROS = {"kernel_initializer": {"name": "zeros"}}


def parts(encoded: torch.Tensor) -> Parts:
    return lambda: encoded.split(3)


def test_the_formula_of_scikit_learn() -> None:
    assert balanced(torch.tensor([6.0, 3.0, 1.0])).tolist() == pytest.approx([10 / 18, 10 / 9, 10 / 3])
    assert balanced(torch.tensor([3.0, 0.0, 1.0])).tolist() == pytest.approx([4 / 6, 0.0, 2.0])


def test_class_numbers_on_logits() -> None:
    found = objective("categorical_crossentropy", model(dense(3, "softmax")))
    weights = weighting(parts(torch.tensor([0, 0, 1, 2])), LABELS, "categorical_crossentropy", 3, CPU)
    logits, targets = torch.log(torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]])), torch.tensor([0, 2])
    expected = -(2 / 3 * math.log(0.5) + 4 / 3 * math.log(0.7)) / 2  # by the number of examples, not of weights
    assert weighted(found, weights).loss(logits, targets).item() == pytest.approx(expected)


def test_class_numbers_on_probabilities() -> None:
    found = objective("categorical_crossentropy", model(dense(3)))
    weights = weighting(parts(torch.tensor([0, 0, 1, 2])), LABELS, "categorical_crossentropy", 3, CPU)
    outputs, targets = torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]]), torch.tensor([0, 2])
    expected = -(2 / 3 * math.log(0.5) + 4 / 3 * math.log(0.7)) / 2
    assert weighted(found, weights).loss(outputs, targets).item() == pytest.approx(expected)


def test_one_hot() -> None:
    encoded = torch.eye(2)[torch.from_numpy(UNEVEN)]
    weights = weighting(parts(encoded), TWO, "mean_squared_error", 2, CPU)
    assert weights(encoded).tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2])
    loss = weighted(objective("mean_squared_error", model(dense(2))), weights).loss
    outputs = torch.tensor([[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.5]])
    assert loss(outputs, encoded).item() == pytest.approx((2 / 3 * 0.5 + 2 / 3 * 0.5 + 0 + 2 * 0.125) / 4)


def test_a_mixture_of_classes_has_a_mixture_of_their_weights() -> None:
    weights = weighting(parts(torch.from_numpy(UNEVEN)), TWO, "categorical_crossentropy", 2, CPU)
    assert weights(torch.tensor([[0.25, 0.75]])).tolist() == pytest.approx([0.25 * 2 / 3 + 0.75 * 2])


@pytest.mark.parametrize("activation", ["sigmoid", "linear"])
def test_one_output_for_two_classes(activation: str) -> None:
    encoded = torch.from_numpy(UNEVEN).float().unsqueeze(1)
    found = objective("binary_crossentropy", model(dense(1, activation)))
    loss = weighted(found, weighting(parts(encoded), TWO, "binary_crossentropy", 1, CPU)).loss
    probabilities = torch.tensor([[0.2], [0.9]])
    outputs = probabilities.logit() if found.fused else probabilities
    expected = -(WEIGHTS[0] * math.log(0.8) + WEIGHTS[1] * math.log(0.9)) / 2
    assert loss(outputs, torch.tensor([[0.0], [1.0]])).item() == pytest.approx(expected)


def test_yes_or_no_targets_are_balanced_each_for_itself() -> None:
    encoded = torch.tensor([[0.0, 1.0], [0.0, 1.0], [0.0, 0.0], [1.0, 0.0]])
    weights = weighting(parts(encoded), YES_OR_NO, "binary_crossentropy", 2, CPU)
    assert weights(encoded)[:, 0].tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2])
    assert weights(encoded)[:, 1].tolist() == [1, 1, 1, 1]


def test_scaled_and_constant_targets() -> None:
    encoded = torch.tensor([[-0.5, 3.0], [-0.5, 3.0], [-0.5, 3.0], [1.5, 3.0]])
    weights = weighting(parts(encoded), YES_OR_NO, "mean_squared_error", 2, CPU)
    assert weights(encoded)[:, 0].tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2])
    assert weights(encoded)[:, 1].tolist() == [1, 1, 1, 1]


def test_numbers_have_no_classes() -> None:
    data = dataset(np.zeros((4, 2), np.float32), np.zeros((4, 1), np.float32))
    with pytest.raises(InputError, match="switch class_weights off"):
        trainer(network(dense(1)), data, msgspec.structs.replace(NUMBERS, class_weights=True))


def _first_losses(settings: Training) -> tuple[float, float | None]:
    """Of a network that gives one half for each class, and hardly learns."""
    inputs, classes = np.zeros((6, 2), np.float32), np.array([0, 0, 0, 1, 1, 0], np.int64)
    slow = msgspec.structs.replace(settings.optimizer, learning_rate=1e-9)
    settings = msgspec.structs.replace(settings, epochs=1, batch_size=4, optimizer=slow, shuffle=False)
    run = trainer(network(dense(2, "softmax", **ZEROS)), dataset(inputs, classes, validation=2), settings)
    with torch.no_grad():
        list(run.model.parameters())[-1].copy_(torch.tensor([math.log(3), 0.0]))  # 3/4 for the first class
    assert run.run().state == "finished"
    return losses(run)[0]


def test_training_is_weighted_and_validation_is_not() -> None:
    frequent, rare = -math.log(3 / 4), -math.log(1 / 4)
    plain, validated = _first_losses(CLASSES)
    assert plain == pytest.approx((3 * frequent + rare) / 4, rel=1e-5)
    balance, same = _first_losses(msgspec.structs.replace(CLASSES, class_weights=True))
    assert balance == pytest.approx((3 * frequent * WEIGHTS[0] + rare * WEIGHTS[1]) / 4, rel=1e-5)
    assert validated == same == pytest.approx((rare + frequent) / 2, rel=1e-5)


def test_equal_classes_change_nothing() -> None:
    values, classes = table(48)
    classes = np.arange(48, dtype=np.int64) % 3
    plain = trainer(classifier(), dataset(values, classes), CLASSES)
    balance = trainer(classifier(), dataset(values, classes), msgspec.structs.replace(CLASSES, class_weights=True))
    for run in (plain, balance):
        assert run.run().state == "finished"
    assert losses(balance) == [(pytest.approx(loss, rel=1e-5), None) for loss, _ in losses(plain)]
