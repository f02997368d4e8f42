"""The curve within an epoch: means over batches, bounded, and the same however the batches arrive."""

import msgspec
import numpy as np
import pytest

from asanai_tui.training.batch_losses import CAPACITY, BatchLosses, Means

LOSSES = np.random.default_rng(5).random(10_000).tolist()


def test_few_batches_are_all_there() -> None:
    batches = BatchLosses()
    batches.extend(LOSSES[:100])
    assert (batches.stride, batches.means, batches.count) == (1, LOSSES[:100], 100)


def test_many_batches_are_means_of_equally_many() -> None:
    batches = BatchLosses()
    batches.extend(LOSSES)
    assert CAPACITY // 2 <= len(batches.means) < CAPACITY
    whole = len(batches.means) * batches.stride
    wanted = np.array(LOSSES[:whole]).reshape(-1, batches.stride).mean(1)
    assert batches.means == pytest.approx(wanted.tolist())
    assert batches.count == len(LOSSES)


def test_the_moments_at_which_they_are_counted_do_not_matter() -> None:
    at_once, bit_by_bit = BatchLosses(), BatchLosses()
    at_once.extend(LOSSES)
    for size, place in enumerate(np.cumsum(range(140)).tolist()):
        bit_by_bit.extend(LOSSES[place : place + size + 1])
    assert bit_by_bit.count >= len(LOSSES) - 140
    bit_by_bit.extend(LOSSES[bit_by_bit.count :])
    assert bit_by_bit == at_once
    assert msgspec.json.decode(msgspec.json.encode(at_once), type=BatchLosses) == at_once


def test_a_million_batches_take_as_much_memory_as_a_thousand() -> None:
    batches = BatchLosses()
    for _ in range(100):
        batches.extend(LOSSES)
    assert batches.count == 1_000_000
    assert len(batches.means) < CAPACITY


def test_only_what_is_new_is_told_unless_neighbours_were_joined() -> None:
    batches, other = BatchLosses(), BatchLosses()
    for place in range(0, 2000, 37):
        batches.extend(LOSSES[place : place + 37])
        news = batches.since(other.since(Means()).known)
        assert news.since == (len(other.means) if news.stride == other.stride else 0)
        other.take(news)
        assert (other.stride, other.means) == (batches.stride, batches.means)
