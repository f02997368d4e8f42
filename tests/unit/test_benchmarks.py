"""What the benchmarks say where nothing can be compared."""

from tests.benchmarks.__main__ import table
from tests.benchmarks.peers import Peer, against
from tests.benchmarks.tasks import table_task
from tests.benchmarks.training import Trained, row

TASK = table_task()


def test_a_peer_that_is_not_installed_is_told():
    found = against(Peer("Nobody", "no_such_package", lambda task: Trained(1.0, 1.0)), TASK)
    assert (found.measured, found.holds) == ("not installed (pip install '.[bench]')", None)
    assert table([found]).endswith("against Nobody | not installed (pip install '.[bench]') | ≥ 1 × | not measured |")


def test_speed_counts_with_the_same_loss_alone():
    assert row(TASK, "somebody", [(Trained(1.0, 0.30), Trained(2.0, 0.31))], 1.0).holds
    other = row(TASK, "somebody", [(Trained(1.0, 0.30), Trained(2.0, 0.20))], 1.0)
    assert not other.holds
    assert other.measured.endswith("final loss 0.300 and 0.200: the speed does not count)")


def test_the_median_of_the_pairs_is_told():
    pairs = [(Trained(1.0, 0.3), Trained(seconds, 0.3)) for seconds in (9.0, 2.0, 1.5)]
    assert row(TASK, "somebody", pairs, 3.0).measured.startswith("2.00 × as fast (100,000 and 50,000 examples")
    assert row(TASK, "somebody", pairs, 3.0).holds is False
