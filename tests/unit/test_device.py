"""Where it is computed, and with how many threads."""

import re
import time

import pytest
import torch

from asanai_tui.errors import InputError
from asanai_tui.training import device
from tests.unit.trainings import CLASSES, dataset, dense, losses, network, table, trainer


@pytest.fixture(autouse=True)
def restored_threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("name", ["cuda:99", "cuda", "gpu", "cuda:", "cuda:x"])
def test_an_absent_or_unknown_device_is_a_sentence(name):
    if name == "cuda" and torch.cuda.is_available():
        pytest.skip("this machine has one")
    with pytest.raises(InputError) as told:
        device.chosen(name)
    assert re.search(f"device '?{name}'?", str(told.value))


def test_the_processor_in_words():
    torch.set_num_threads(1)
    assert device.describe(device.chosen("cpu")) == "cpu · 1 thread"
    torch.set_num_threads(2)
    assert device.describe(device.chosen("cpu")) == "cpu · 2 threads"


def test_the_faster_number_of_threads_is_taken(monkeypatch):
    monkeypatch.setattr(device, "all_threads", lambda: 2)
    for slow, fast in ((1, 2), (2, 1)):
        device.set_fastest_threads(lambda slow=slow: time.sleep(0.004 if torch.get_num_threads() == slow else 0.001))
        assert torch.get_num_threads() == fast


def test_measuring_threads_leaves_no_trace(monkeypatch):
    layers = network(dense(8), {"layer": "batch_normalization"}, {"layer": "dropout"}, dense(3, "softmax"))
    plain = trainer(layers, dataset(*table()), CLASSES)
    plain.run()
    monkeypatch.setattr(device, "set_fastest_threads", lambda step: [step() for _ in range(5)])
    measured = trainer(layers, dataset(*table()), CLASSES)
    measured.run()
    assert losses(plain) == losses(measured)
