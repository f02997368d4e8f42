"""The division into training, validation and test."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from asanai_tui.data.dataset import Dataset, load
from asanai_tui.data.preprocessing import TablePreprocessing
from asanai_tui.data.spec import Column, Images, Method, Split, Table, TableSplit
from asanai_tui.data.split import divided


@pytest.mark.parametrize("share", [0.0, 0.1, 0.2, 0.5, 0.99])
@pytest.mark.parametrize("count", [1, 2, 3, 10, 997])
def test_parts_are_disjoint_sorted_and_whole(count: int, share: float) -> None:
    for classes in (None, np.arange(count) % 3):
        train, validation, test = divided(count, Split(validation_split=share), classes)
        assert train.dtype == validation.dtype == np.int32
        assert len(train) >= 1
        assert len(test) == 0
        assert np.array_equal(np.sort(np.concatenate([train, validation])), np.arange(count))
        assert (np.diff(train) > 0).all()
        assert (np.diff(validation) > 0).all()


def test_share_is_met_to_the_nearest_example() -> None:
    for classes in (None, np.repeat([0, 1, 2], [500, 300, 199])):
        assert len(divided(999, Split(validation_split=0.2), classes).validation) == 200


def test_each_class_keeps_its_share() -> None:
    classes = np.random.default_rng(5).permutation(np.repeat([0, 1, 2], [700, 200, 100]))
    validation = divided(1000, Split(validation_split=0.2), classes).validation
    assert np.bincount(classes[validation]).tolist() == [140, 40, 20]


def test_without_stratify_classes_differ() -> None:
    classes = np.repeat([0, 1], [980, 20])
    shares = {
        int((classes[divided(1000, Split(stratify=False, seed=seed), classes).validation] == 1).sum())
        for seed in range(20)
    }
    assert len(shares) > 1


def test_class_of_one_stays_in_training() -> None:
    classes = np.array([0] * 8 + [1, 2])
    train, validation, test = divided(10, Split(validation_split=0.5), classes)
    assert {8, 9} <= set(train.tolist())
    assert len(test) == 0
    assert len(validation) == 4 or len(validation) == 5


def test_seed_decides() -> None:
    classes = np.arange(300) % 4
    first, same, other = (divided(300, Split(seed=seed), classes).validation for seed in (1, 1, 2))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_split_is_the_same_on_every_machine() -> None:
    """Fixed: a resumed run must find its examples where they were."""
    assert divided(20, Split(seed=1)).validation.tolist() == [1, 10, 16, 18]
    assert divided(12, Split(seed=1, validation_split=0.25), np.arange(12) % 3).validation.tolist() == [0, 4, 8]


def test_ten_thousand_classes() -> None:
    classes = np.arange(50_000) % 10_000
    validation = divided(50_000, Split(), classes).validation
    assert np.array_equal(np.bincount(classes[validation]), np.ones(10_000, np.int64))


@pytest.mark.parametrize("labels", [(0, 1, 2), (-5, 7, 7_000_000), (255, 256, 70_000)])
def test_only_the_order_of_the_classes_counts(labels: tuple[int, int, int]) -> None:
    members = np.random.default_rng(3).integers(0, 3, 500)
    parts = divided(500, Split(), np.array(labels)[members])
    again = divided(500, Split(), members)
    assert np.array_equal(parts.validation, again.validation)
    assert np.bincount(members[parts.validation]).tolist() == pytest.approx(np.bincount(members) / 5, abs=1)


@pytest.mark.parametrize("method", ["random", "order"])
@pytest.mark.parametrize("count", [1, 2, 3, 10, 997])
def test_three_parts_are_disjoint_sorted_and_whole(count: int, method: Method) -> None:
    split = Split(validation_split=0.3, test_split=0.6, method=method)
    for classes in (None, np.arange(count) % 3):
        parts = divided(count, split, classes)
        assert len(parts.train) >= 1
        assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(count))
        assert all((np.diff(part) > 0).all() for part in parts)


def test_each_class_keeps_its_share_in_all_parts() -> None:
    classes = np.random.default_rng(5).permutation(np.repeat([0, 1, 2], [700, 200, 100]))
    parts = divided(1000, Split(validation_split=0.2, test_split=0.1), classes)
    shares = [np.bincount(classes[part]).tolist() for part in parts]
    assert shares == [[490, 140, 70], [140, 40, 20], [70, 20, 10]]


def test_the_test_part_does_not_depend_on_validation_split() -> None:
    first, other = (divided(300, Split(validation_split=share, test_split=0.2)).test for share in (0.1, 0.5))
    assert len(first) == 60
    assert np.array_equal(first, other)


def test_order_goes_from_training_to_test() -> None:
    split = Split(validation_split=0.2, test_split=0.1, method="order")
    train, validation, test = divided(10, split, np.arange(10) % 2)
    assert (train.tolist(), validation.tolist(), test.tolist()) == ([0, 1, 2, 3, 4, 5, 6], [7, 8], [9])


def test_shares_that_leave_nothing_are_a_sentence() -> None:
    split = Split(validation_split=0.5, test_split=0.5)
    assert split.problem == (
        "validation_split 0.5 and test_split 0.5 leave nothing to train on; together they must be less than 1."
    )
    assert Images(path="pictures", classes=("a", "b"), split=split).problem == split.problem
    assert not Split(validation_split=0.5, test_split=0.4).problem


@pytest.mark.parametrize("method", ["random", "order"])
@pytest.mark.parametrize("seed", [2, 3])
def test_nothing_of_validation_and_test_is_fitted(tmp_path: Path, method: Method, seed: int) -> None:
    """Huge numbers in these rows change nothing but themselves.

    The columns t and s are of those that need more than float32 has, see data.origins. With one of the seeds the first
    row of the file is not in the training part.
    """
    path = tmp_path / "table.csv"
    names = ("x", "z", "t", "s", "when")
    kinds = {"z": {"missing": "mean", "scaling": "min_max"}, "when": {"type": "date_time", "format": "%Y-%m-%d %H:%M"}}
    columns = tuple(msgspec.convert({"name": name, **kinds.get(name, {})}, Column) for name in names)
    columns = (*columns, Column(name="y", role="target"))
    split = TableSplit(validation_split=0.2, test_split=0.3, method=method, seed=seed)
    rows = [
        f"{n},{n * n if n % 4 else ''},{1_700_000_000 + 37 * n},{51 + n / 999},2024-01-{1 + n % 28} {n % 24}:00,{3 * n}"
        for n in range(60)
    ]

    def dataset(lines: list[str]) -> Dataset:
        path.write_text("\n".join([",".join([*names, "y"]), *lines]) + "\n")
        return load(Table(path=str(path), columns=columns, split=split))

    clean = dataset(rows)
    apart = {*clean.validation.tolist(), *clean.test.tolist()}
    assert (len(clean.test), len(apart)) == (18, 30)
    assert (0 in apart) is (method == "random" and seed == 3)
    poisoned = dataset(["1e18,-1e18,1e18,0,1066-10-14 0:00,1e18" if n in apart else row for n, row in enumerate(rows)])
    assert isinstance(clean.preprocessing, TablePreprocessing)
    assert isinstance(poisoned.preprocessing, TablePreprocessing)
    assert poisoned.preprocessing.inputs == clean.preprocessing.inputs
    assert poisoned.preprocessing.targets == clean.preprocessing.targets
    assert np.array_equal(poisoned.inputs[clean.train], clean.inputs[clean.train])
    exact = np.array([37.0 * n for n in clean.train])
    assert np.allclose(clean.inputs[clean.train, 2], (exact - exact.mean()) / exact.std(), atol=1e-6)
