"""Metrics against the real Keras, and sums over uneven batches."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from asanai_tui.data.spec import Targets
from asanai_tui.errors import InputError
from asanai_tui.network.modules import build
from asanai_tui.training.losses import Objective, encoded_targets, objective
from asanai_tui.training.metric_settings import METRICS, MetricName, problem, short
from asanai_tui.training.metrics import Metrics, Tally, Units
from tests.unit.trainings import dense, golden, network

CLASSES = Targets("classes", ("a", "b", "c"))
TWO = Targets("classes", ("no", "yes"))
NUMBERS = Targets("numbers", ("a", "b", "c"))
YES_NO = Targets("numbers", ("a", "b", "c"), binary=True)
CASES = msgspec.json.decode((Path(__file__).parents[1] / "golden" / "keras_metrics.json").read_bytes())


def ending(loss: str, activation: str = "linear", units: int = 3) -> Objective:
    return objective(loss, build(network(dense(units, activation)), (2,)))  # type: ignore[arg-type]


def plain() -> Objective:
    return ending("mean_squared_error")


def measured(
    names: tuple[MetricName, ...],
    goal: Objective,
    targets: Targets,
    loss: str,
    outputs: torch.Tensor,
    wanted: torch.Tensor,
    batch: int = 5,
    units: Units | None = None,
) -> dict[str, float | None]:
    """Values over uneven batches, counted now and then."""
    tally = Tally(Metrics(names, goal, targets, loss, units))  # type: ignore[arg-type]
    for start in range(0, len(outputs), batch):
        tally.add(torch.tensor(0.0), outputs[start : start + batch], wanted[start : start + batch])
        if start % 3 == 0:
            tally.count()
    tally.count()
    return tally.values


@pytest.mark.parametrize("case", golden()["losses"], ids=lambda case: case["loss"])
def test_values_are_those_of_keras(case: dict) -> None:  # type: ignore[type-arg]
    outputs, targets = torch.tensor(case["outputs"]), torch.tensor(case["targets"])
    yes_no = bool(((targets == 0) | (targets == 1)).all())
    for name, kind in (("categorical_accuracy", CLASSES), ("binary_accuracy", YES_NO))[: 1 + yes_no]:
        found = measured(("accuracy",), plain(), kind, "mean_squared_error", outputs, targets)
        assert found["accuracy"] == pytest.approx(case["metrics"][name])
    names: tuple[MetricName, ...] = ("mean_absolute_error", "mean_squared_error")
    found = measured(names, plain(), NUMBERS, "mean_squared_error", outputs, targets)
    assert found == {name: pytest.approx(case["metrics"][name], rel=2e-6) for name in names}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_metric_is_that_of_keras(case: dict) -> None:  # type: ignore[type-arg]
    outputs = torch.tensor(case["outputs"])
    kind, width = case["name"].partition(",")[0], outputs.shape[1]
    names = tuple(f"output {number}" for number in range(width))
    targets = {
        "classes": Targets("classes", names),
        "one": TWO,
        "two": TWO,
        "several": Targets("numbers", names, binary=True),
        "numbers": Targets("numbers", names),
    }[kind]
    loss = "binary_crossentropy" if kind == "one" else "mean_squared_error"
    wanted = torch.tensor(case["targets"])
    if wanted.dtype == torch.int64:
        wanted = encoded_targets(wanted.numpy(), targets, "mean_squared_error", width)
    units = Units(torch.tensor(case["scale"]), torch.tensor(case["center"])) if "scale" in case else None
    measures: tuple[MetricName, ...] = tuple(case["values"])
    found = measured(measures, plain(), targets, loss, outputs, wanted, units=units)
    assert found == {name: case["values"][name] and pytest.approx(case["values"][name], rel=1e-5) for name in measures}


def test_class_numbers_and_logits_give_what_probabilities_give() -> None:
    random = np.random.default_rng(1)
    classes = torch.from_numpy(random.integers(0, 5, 40))
    one_hot = torch.nn.functional.one_hot(classes).float()
    logits = torch.from_numpy(random.normal(size=(40, 5)).astype(np.float32)) + one_hot
    targets, names = Targets("classes", tuple("abcde")), tuple(METRICS)
    fused = ending("categorical_crossentropy", "softmax", 5)
    found = measured(names, fused, targets, "categorical_crossentropy", logits, classes)
    wanted = measured(names, plain(), targets, "mean_squared_error", logits.softmax(1), one_hot)
    assert found == pytest.approx(wanted, rel=1e-5)
    assert set(found) == set(METRICS)


def test_accuracy_of_class_numbers_and_of_a_single_logit() -> None:
    fused = ending("categorical_crossentropy", "softmax")
    outputs, classes = torch.tensor([[1.0, 3, 2], [5, 0, 1]]), torch.tensor([1, 2])
    found = measured(("accuracy", "top_3_accuracy"), fused, CLASSES, "categorical_crossentropy", outputs, classes)
    assert found == {"accuracy": 0.5, "top_3_accuracy": 1.0}
    single = ending("binary_crossentropy", "sigmoid", 1)
    logits, wanted = torch.tensor([[0.2], [-0.2], [0.2]]), torch.tensor([[1.0], [0.0], [0.0]])
    names: tuple[MetricName, ...] = ("accuracy", "categorical_accuracy", "precision", "recall")
    found = measured(names, single, TWO, "binary_crossentropy", logits, wanted)
    assert list(found.values()) == pytest.approx([2 / 3, 2 / 3, 1 / 2, 1])


def test_places_of_pictures_count_like_examples() -> None:
    random = torch.Generator().manual_seed(1)
    outputs, wanted = torch.rand((3, 3, 2, 4), generator=random), torch.randint(0, 3, (3, 2, 4), generator=random)
    names: tuple[MetricName, ...] = ("f1", "precision", "auc", "accuracy", "top_3_accuracy")
    targets = Targets("classes", CLASSES.names, shape=(2, 4))
    found = measured(names, plain(), targets, "categorical_focal_crossentropy", outputs, wanted)
    flat = outputs.movedim(1, -1).reshape(-1, 3), wanted.flatten()
    assert found == pytest.approx(measured(names, plain(), CLASSES, "categorical_focal_crossentropy", *flat))


def test_errors_look_at_probabilities_not_logits() -> None:
    fused = ending("categorical_crossentropy", "softmax")
    logits, wanted = torch.tensor([[0.0, 0.0, 0.0]]), torch.tensor([1])
    found = measured(("mean_absolute_error",), fused, CLASSES, "categorical_crossentropy", logits, wanted)
    assert found["mean_absolute_error"] == pytest.approx((1 / 3 + 2 / 3 + 1 / 3) / 3)


def test_r2_knows_no_units_and_no_offset() -> None:
    random = np.random.default_rng(1)
    wanted = torch.from_numpy(random.normal(size=(50, 3)).astype(np.float32))
    outputs = wanted + torch.from_numpy(random.normal(size=(50, 3)).astype(np.float32)) / 4
    found = [
        measured(("r2",), plain(), NUMBERS, "mean_squared_error", outputs + far, wanted + far)["r2"]
        for far in (0, 1000)
    ]
    assert found[1] == pytest.approx(found[0], rel=1e-3)
    same = torch.full((50, 3), 0.1)
    assert measured(("r2",), plain(), NUMBERS, "mean_squared_error", outputs, same)["r2"] == 0
    assert measured(("r2",), plain(), NUMBERS, "mean_squared_error", same, same)["r2"] is None


def test_what_cannot_be_told_is_nothing() -> None:
    tally = Tally(Metrics(("accuracy", "r2"), plain(), CLASSES, "mean_squared_error"))
    tally.count()
    assert tally.values == {"accuracy": None, "r2": None}


def test_a_metric_that_is_not_for_the_targets_says_so() -> None:
    with pytest.raises(InputError, match="metric f1: the targets are numbers and not classes"):
        Metrics(("accuracy", "f1"), plain(), NUMBERS, "mean_squared_error")
    assert not problem(("f1", "auc"), YES_NO, "binary_crossentropy")
    assert not problem(("f1", "auc"), NUMBERS, "binary_crossentropy")
    assert problem(("top_3_accuracy",), YES_NO, "binary_crossentropy").startswith("metric top_3_accuracy: the targets")
    assert problem(("top_5_accuracy",), CLASSES, "mean_squared_error").startswith(
        "metric top_5_accuracy: there are only 3"
    )
    assert problem(("auc", "auc"), CLASSES, "mean_squared_error") == "metrics: auc stands there twice; leave one out."
    assert (short("mean_absolute_error"), short("unheard of")) == ("mae", "unheard of")


def test_sums_go_on_where_they_were_held() -> None:
    random = torch.Generator().manual_seed(1)
    outputs, wanted = torch.rand((9, 3), generator=random), torch.randint(0, 3, (9,), generator=random)
    measures = Metrics(("f1", "auc"), plain(), CLASSES, "categorical_focal_crossentropy")
    tally, other = Tally(measures), Tally(measures)
    tally.add(torch.tensor(1.0), outputs[:4], wanted[:4])
    tally.count()
    tally.add(torch.tensor(2.0), outputs[4:6], wanted[4:6])
    other.restore(tally.sums, tally.held())
    for each in (tally, other):
        each.add(torch.tensor(3.0), outputs[6:], wanted[6:])
        each.count()
    assert (other.loss, other.values) == (tally.loss, tally.values)
    assert None not in other.values.values()


def test_uneven_batches_weigh_as_much_as_their_examples() -> None:
    tally = Tally(Metrics(("mean_absolute_error",), plain(), Targets("numbers", ("y",)), "mean_squared_error"))
    tally.add(torch.tensor(1.0), torch.zeros(4, 1), torch.ones(4, 1))
    tally.count()
    tally.add(torch.tensor(6.0), torch.zeros(1, 1), torch.full((1, 1), 11.0))
    tally.count()
    tally.count()
    assert (tally.examples, tally.loss, tally.values) == (5, 2.0, {"mean_absolute_error": 3.0})


def test_what_is_held_is_counted_before_it_fills_the_memory() -> None:
    tally = Tally(Metrics(("mean_absolute_error",), plain(), NUMBERS, "mean_squared_error"))
    for _ in range(3):
        tally.add(torch.tensor(1.0), torch.zeros(2**10, 2**9), torch.zeros(2**10, 2**9))
    assert len(tally.held()["outputs"]) == 2**10
