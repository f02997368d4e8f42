"""Where it is computed, and with how many threads."""

import os
import re
from types import SimpleNamespace

import pytest
import torch

from asanai_tui.errors import InputError
from asanai_tui.files import state_folder
from asanai_tui.training import device, threads
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


def test_apples_gpu_is_taken_or_said_to_be_absent():
    if torch.backends.mps.is_available():
        assert device.describe(device.chosen("mps")) == "Apple GPU"
        return
    with pytest.raises(InputError, match=r"^device mps: this machine has no Apple GPU that torch can use; use auto"):
        device.chosen("mps")


def test_auto_is_the_first_that_is_there():
    best = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert device.chosen("auto").type == best


def test_what_a_device_does_not_compute_in():
    here = torch.device("cpu")
    assert device.computes(here, torch.bfloat16)
    assert not device.computes(here, torch.float64)  # torch warns and goes on in float32


def test_apples_shortage_of_memory_is_one():
    assert device.is_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 9.07 GB)"))
    assert not device.is_of_memory(RuntimeError("shapes cannot be multiplied"))


def test_the_processor_in_words():
    torch.set_num_threads(1)
    assert device.describe(device.chosen("cpu")) == "cpu · 1 thread"
    torch.set_num_threads(2)
    assert device.describe(device.chosen("cpu")) == "cpu · 2 threads"


@pytest.fixture
def measured(monkeypatch):
    """`measured(key, slow, load)`: whether steps ran, each taking 4 ms with `slow` threads of 2 and else 1 ms."""
    monkeypatch.setattr(threads, "all_threads", lambda: 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    clock = [0.0]
    monkeypatch.setattr(threads, "time", SimpleNamespace(perf_counter=lambda: clock[0]))

    def measure(key: str, slow: int, load: float = 0.0) -> bool:
        def step() -> None:
            clock[0] += 0.004 if torch.get_num_threads() == slow else 0.001

        before = clock[0]
        monkeypatch.setattr(os, "getloadavg", lambda: (load, load, load))
        threads.set_fastest(key, step)
        return clock[0] > before

    return measure


def test_the_faster_number_of_threads_is_taken(measured):
    for slow, fast in ((1, 2), (2, 1)):
        assert measured(f"{slow}", slow)
        assert torch.get_num_threads() == fast


def test_the_choice_is_remembered_so_that_runs_are_equal_to_the_bit(measured):
    assert measured("some network", slow=1)
    torch.set_num_threads(1)
    assert not measured("some network", slow=2)
    assert torch.get_num_threads() == 2


def test_what_was_measured_on_a_busy_machine_is_measured_again_on_a_quiet_one(measured):
    assert measured("some network", slow=2, load=1.5)
    assert not measured("some network", slow=1, load=1.5)  # still busy: no better to be had
    assert torch.get_num_threads() == 1
    assert measured("some network", slow=1)
    assert torch.get_num_threads() == 2
    assert not measured("some network", slow=2, load=1.5)  # this one is kept
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("entry", ["2", '"many"', '{"threads": -3, "busy": false}', '{"threads": 99, "busy": false}'])
def test_an_entry_that_says_nothing_useful_is_measured_again(entry, measured):
    remembered(b'{"some network": ' + entry.encode() + b"}")
    assert measured("some network", slow=1)
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("content", [b"", b"[1]", b"\xff\xfe"])
def test_a_torn_memory_of_threads_is_measured_again(content, measured):
    remembered(content)
    assert measured("some network", slow=1)
    assert torch.get_num_threads() == 2


def remembered(content: bytes) -> None:
    path = state_folder() / "threads.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_measuring_threads_leaves_no_trace(monkeypatch):
    layers = network(dense(8), {"layer": "batch_normalization"}, {"layer": "dropout"}, dense(3, "softmax"))
    plain = trainer(layers, dataset(*table()), CLASSES)
    plain.run()
    monkeypatch.setattr(threads, "set_fastest", lambda key, step: [step() for _ in range(5)])
    measured = trainer(layers, dataset(*table()), CLASSES)
    measured.run()
    assert losses(plain) == losses(measured)
