"""Several processes learn what one learns, with as much of the batch each; on the processor, by gloo."""

import multiprocessing
from pathlib import Path

import msgspec
import pytest
import torch
from msgspec.structs import replace as replaced

from asanai_tui.cli.devices import processes
from asanai_tui.errors import InputError
from asanai_tui.network import shares
from asanai_tui.network.shares import Part, Share
from asanai_tui.runs import checkpoint
from asanai_tui.training.control import Control
from asanai_tui.training.rank_environment import RankEnvironment
from asanai_tui.training.ranks import Ranks
from asanai_tui.training.settings import Training
from tests.unit.test_resuming import EVERYTHING, StopsAt, differences, finished, made
from tests.unit.trainings import classifier, dataset, table, trainer

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["asanai_tui.training.loop", __name__])
METRICS = ("accuracy", "f1", "auc")
BATCH = 14  # of 29 examples: the last batch is one example for two ranks


def rank(number, count, folder, case, options):
    """One process: what it left lies in `folder` afterwards."""
    torch.set_num_threads(1)
    ranks = None
    if count > 1:
        ranks = Ranks(RankEnvironment(number, count, number, count, folder))
        ranks.meet("cpu", "the same", lambda: False)
    run = CASES[case](ranks, number, folder, **options)
    outcome = run.run()
    if ranks:
        ranks.ended(outcome.state, outcome.message, outcome.diverged)
    history = msgspec.json.encode(list(run.recorder.history()))
    (folder / f"told-{number}.json").write_bytes(msgspec.json.encode([outcome.state, outcome.message]))
    (folder / f"history-{number}.json").write_bytes(history)
    torch.save(finished(run) if run.best else None, folder / f"left-{number}.pt")


def together(count, folder, case, **options):
    """What each of `count` processes left."""
    folder.mkdir(exist_ok=True)
    running = [FORKS.Process(target=rank, args=(number, count, folder, case, options)) for number in range(count)]
    for process in running:
        process.start()
    for process in running:
        process.join(60)
    assert [process.exitcode for process in running] == [0] * count
    return [torch.load(folder / f"left-{number}.pt", weights_only=False) for number in range(count)]


def pictures(ranks, number, folder, stops_at=0, goes_on=False, wishes=None, **settings):
    """Convolution, batch normalization, dropout, noises, all augmentation with mix-up, class weights, a last batch
    that is uneven. The second rank stops, the first one wishes."""
    control = StopsAt(stops_at) if stops_at and number == 1 else Control()
    if wishes and number == 0:
        control.wish(**wishes)
    standing = checkpoint.load(folder / "state.safetensors")[0] if goes_on else None
    plan = replaced(EVERYTHING, **{"micro_batches": 1, "metrics": METRICS, **settings})
    return made(plan, control, standing, ranks=ranks)


def rows(ranks, number, folder, broken=False):
    """A table whose last rows are rank 1's."""
    values, labels = table()
    if broken:
        values[-4:] = 3e38
    settings = Training(epochs=5, batch_size=16, loss="categorical_crossentropy", metrics=("accuracy",), shuffle=False)
    return trainer(classifier(), dataset(values, labels), settings, ranks=ranks)


CASES = {"pictures": pictures, "rows": rows}


def told(folder, number):
    return msgspec.json.decode((folder / f"told-{number}.json").read_bytes())


def curves(left):
    return [value for epoch in left[1] for value in (epoch.loss, epoch.val_loss, *epoch.metrics.values())]


@pytest.mark.parametrize(("count", "size"), [(2, 6), (2, BATCH), (3, 7)])
def test_the_curve_is_that_of_one_process(tmp_path, count, size):
    (alone,) = together(1, tmp_path / "alone", "pictures", batch_size=size)
    ranks = together(count, tmp_path / "ranks", "pictures", batch_size=size)
    assert curves(ranks[0]) == pytest.approx(curves(alone), rel=2e-4)
    assert len(ranks[0][1]) == 4
    for name, value in alone[2].items():
        assert torch.allclose(ranks[0][2][name], value, rtol=1e-2, atol=2e-3), name
    for other in ranks[1:]:
        assert differences(other, ranks[0]) == []


def test_a_run_of_two_goes_on_to_the_bit(tmp_path):
    """Stopped by the second rank in the midst of the second epoch, gone on from what the first one keeps."""
    whole = together(2, tmp_path / "whole", "pictures")
    folder = tmp_path / "stopped"
    before = together(2, folder, "pictures", stops_at=9)
    assert told(folder, 0)[0] == told(folder, 1)[0] == "stopped"
    numbers, epochs, tensors = before[0]
    assert 0 < numbers["batch"] < 5
    save(folder, numbers, tensors)
    (folder / "store").unlink()
    after = together(2, folder, "pictures", goes_on=True)
    after = [(numbers, [*epochs, *later], tensors) for numbers, later, tensors in after]
    assert differences(after[0], whole[0]) == []


def save(folder: Path, numbers, tensors):
    from asanai_tui.training.standing import Numbers, Standing

    standing = Standing(msgspec.convert({**numbers, "seconds": 0.0}, Numbers), tensors)
    checkpoint.save(folder / "state.safetensors", standing, "")


def test_parts_of_batches_in_parts(tmp_path):
    """Statistics are exchanged in each part, of which all ranks have as many, whatever their share."""
    ranks = together(2, tmp_path, "pictures", batch_size=7, epochs=1, micro_batches=3)
    assert told(tmp_path, 0)[0] == "finished"
    assert differences(ranks[1], ranks[0]) == []


def test_a_loss_that_is_not_finite_on_one_rank_is_told_by_all(tmp_path):
    together(2, tmp_path, "rows", broken=True)
    (first, why), (second, own) = told(tmp_path, 0), told(tmp_path, 1)
    assert first == second == "failed"
    assert own.startswith("The loss is not finite: ")
    assert why == own


def test_a_wish_of_the_first_rank_is_one_of_all(tmp_path):
    first, second = together(2, tmp_path, "pictures", wishes={"epochs": 2, "patience": 7})
    assert [epoch.changes for epoch in second[1]] == [{"epochs": 2, "patience": 7}, {}]
    assert differences(second, first) == []


@pytest.mark.parametrize("count", [2, 3, 7])
@pytest.mark.parametrize("examples", [1, 2, 5, 7, 32, 33])
def test_pieces_are_the_whole_batch(count, examples):
    ranks = [bare(number, count) for number in range(count)]
    pieces = [each.piece(examples) for each in ranks]
    assert sum(piece.weight for piece in pieces) == pytest.approx(1)
    counted = [number for piece in pieces if piece.counts for number in range(piece.part.start, piece.part.end)]
    assert counted == list(range(examples))
    assert all(piece.part.end > piece.part.start for piece in pieces)


def bare(number, count):
    ranks = Ranks.__new__(Ranks)
    ranks.rank, ranks.count = number, count
    return ranks


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_part_draws_its_numbers_of_the_whole_batch(layout):
    def drawn(like):
        generator = torch.Generator().manual_seed(3)
        return shares.drawn(like, lambda empty: empty.normal_(generator=generator))

    whole = torch.empty(5, 3, 4, 2).contiguous(memory_format=layout)
    with shares.holding(Share(Part(2, 4, 5), lambda tensor: None)):
        part = drawn(whole[2:4])
    assert torch.equal(part, drawn(whole)[2:4])
    assert shares.current() is None


def test_more_processes_than_the_machine_bears_are_refused():
    with pytest.raises(InputError, match=r"--devices 4097: that is too many for \d+ cores?; give at most \d+\."):
        processes(4097)
    assert processes(2) == 2
    assert processes(None) == 1
