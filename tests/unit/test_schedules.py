"""The learning rate over a training, against Keras' and torch's own schedules and callbacks."""

import json
import math
from pathlib import Path

import pytest
import torch

from asanai_tui.checking import decoded
from asanai_tui.training import schedules
from asanai_tui.training.schedules import Constant, CosineDecay, ExponentialDecay, OneCycle, Plateau, StepDecay
from asanai_tui.training.settings import Training
from asanai_tui.training.stopping import EarlyStopping, Patience

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "keras_schedules.json").read_text())
BATCHES = 8


@pytest.mark.parametrize("case", GOLDEN["schedules"], ids=lambda case: case["name"])
def test_learning_rates_are_those_of_keras(case):
    """Keras counts steps that are done, we those that will be done after the step."""
    schedule = decoded(
        {"schedule": {key: case[key] for key in case if key not in ("rates", "epochs")}}, Training
    ).schedule
    rates = [schedule.factor(step / BATCHES, case["epochs"]) for step in range(case["epochs"] * BATCHES)]
    assert rates == pytest.approx(case["rates"], abs=1e-6)


def test_one_cycle_is_that_of_torch():
    """torch ends its rise one step before its share of all steps; 13 of 41 make the same 12 of 40."""
    epochs, steps = 5, 5 * BATCHES
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 1.0)
    peer = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=steps + 1, pct_start=13 / 41)
    wanted = []
    for _ in range(steps):
        optimizer.step()
        peer.step()
        wanted.append(peer.get_last_lr()[0])
    ours = [OneCycle().factor(step / BATCHES, epochs) for step in range(1, steps + 1)]
    assert ours == pytest.approx(wanted, abs=1e-9)


def test_warm_up_rises_evenly_to_the_whole_learning_rate():
    rates = [CosineDecay(warmup_epochs=2).factor(step / 4, 10) for step in range(1, 9)]
    assert rates == pytest.approx([step / 8 for step in range(1, 9)])
    assert Constant(warmup_epochs=2).factor(7, 10) == 1


def test_a_step_down_begins_with_an_epoch():
    schedule = StepDecay(every_epochs=2, decay_rate=0.5)
    rates = [schedule.factor(step / 4, 6) for step in range(1, 25)]
    assert rates == [0.5 ** ((step - 1) // 8) for step in range(1, 25)]


def test_training_that_was_made_longer_has_a_learning_rate_after_its_end():
    for schedule in (CosineDecay(alpha=0.1), OneCycle(), ExponentialDecay(), StepDecay()):
        assert schedule.factor(11, 10) > 0
        assert math.isfinite(schedule.factor(11, 0))


@pytest.mark.parametrize("case", GOLDEN["plateaus"], ids=lambda case: f"patience {case['options']['patience']}")
def test_plateaus_are_seen_when_keras_sees_them(case):
    plateau, rate, rates = Plateau(schedules.ReduceOnPlateau(**case["options"])), 1.0, []
    for value in case["values"]:
        rate = plateau.reduced(value, rate)
        rates.append(rate)
    assert rates == pytest.approx(case["rates"])
    assert len(set(rates)) > 1


@pytest.mark.parametrize("case", GOLDEN["stops"], ids=lambda case: f"patience {case['options']['patience']}")
def test_training_stops_early_when_keras_stops(case):
    options, patience = EarlyStopping(**case["options"]), Patience()
    stopped = [patience.is_over(options, epoch, value) for epoch, value in enumerate(case["values"], 1)]
    assert stopped.index(True) + 1 == case["stopped_after"]


def test_without_patience_nothing_stops():
    patience = Patience()
    assert not any(patience.is_over(EarlyStopping(), epoch, 1.0) for epoch in range(1, 100))
