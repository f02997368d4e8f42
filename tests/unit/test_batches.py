"""Batches in their order, the same whichever way they come to the device."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from asanai_tui.training import batches
from asanai_tui.training.batches import Ahead, Held
from asanai_tui.training.sending import Arrival, Pair, Sender, one_ahead

CPU = torch.device("cpu")
INPUTS = np.arange(300, dtype=np.float32).reshape(100, 3)
CLASSES = np.arange(100, dtype=np.int8)
ROWS = np.random.default_rng(1).permutation(100)[:90]
HELD = Held(torch.from_numpy(INPUTS), torch.from_numpy(CLASSES))
AHEAD = Ahead(INPUTS, CLASSES, torch.from_numpy, CPU)


class Watched(Sender):
    """Notes when a batch is sent and when it is asked for."""

    def __init__(self) -> None:
        super().__init__(CPU)
        self.notes: list[str] = []

    def send(self, pair: Pair) -> Arrival:
        arrival, number = super().send(pair), int(pair[1])
        self.notes.append(f"sent {number}")
        return lambda: (self.notes.append(f"needed {number}"), arrival())[1]


def numbered(count: int) -> Iterator[Pair]:
    return ((torch.zeros(1), torch.tensor(number)) for number in range(count))


def test_the_next_batch_is_sent_before_the_one_in_front_is_needed():
    sender = Watched()
    order = [int(targets) for _, targets in one_ahead(numbered(3), sender)]
    assert order == [0, 1, 2]
    assert sender.notes == ["sent 0", "sent 1", "needed 0", "sent 2", "needed 1", "needed 2"]


def test_one_batch_and_none_arrive_too():
    assert [int(targets) for _, targets in one_ahead(numbered(1), Sender(CPU))] == [0]
    assert list(one_ahead(numbered(0), Sender(CPU))) == []


def test_all_ways_give_the_same_bits_in_the_same_order(monkeypatch):
    expected = [(INPUTS[ROWS[start : start + 7]], CLASSES[ROWS[start : start + 7]]) for start in range(0, 90, 7)]
    for together in (1, 100, 2**20):  # bytes: a batch at a time, some, all
        monkeypatch.setattr(batches, "_TOGETHER", together)
        monkeypatch.setattr(batches, "_AHEAD", together)
        for way in (HELD, AHEAD, Held(INPUTS, torch.from_numpy(CLASSES))):  # the last as a memory map comes
            seen = list(way.batches(ROWS, 7))
            assert len(seen) == len(expected)
            for (inputs, targets), (wanted, classes) in zip(seen, expected, strict=True):
                assert np.array_equal(inputs.numpy(), wanted)
                assert (targets.dtype, targets.tolist()) == (torch.int64, classes.tolist())


@pytest.mark.parametrize("way", [HELD, AHEAD])
def test_wishes_are_heeded_before_each_batch(way):
    notes = []
    for _ in way.batches(ROWS, 30, lambda: notes.append("heeded")):
        notes.append("batch")
    assert notes == ["heeded", "batch"] * 3
