"""Training on the pictures that have arrived while others are still decoded."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from asanai_tui.data import decoding, images
from asanai_tui.data.dataset import load
from asanai_tui.data.split import divided
from asanai_tui.errors import InputError

SIZES = {"few": 20, "many": 180}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two classes of 20 and of 180 pictures; the grey of each is its number. Decoded four by four."""
    monkeypatch.setattr(decoding, "MOST_PER_BLOCK", 4)
    for name, size in SIZES.items():
        (tmp_path / name).mkdir()
        for number in range(size):
            Image.new("L", (4, 4), number).save(tmp_path / name / f"{number:03}.png")
    return tmp_path


@pytest.mark.parametrize("sizes", [[20, 180], [1, 1, 998], [7], [300] * 30])
def test_every_beginning_stands_for_all(sizes: list[int]) -> None:
    order = images.mixed(sizes)
    assert sorted(order.tolist()) == list(range(sum(sizes)))
    classes = np.repeat(np.arange(len(sizes)), sizes)[order]
    for end in range(len(sizes), sum(sizes), 13):
        counts = np.bincount(classes[:end], minlength=len(sizes))
        assert (np.abs(counts - end * np.array(sizes) / sum(sizes)) <= len(sizes)).all()
        assert counts.min() >= 1


def test_what_has_arrived_is_the_data_set(folder: Path, home: Path) -> None:
    source = images.inspect(folder).spec
    asked = iter([False] * 9 + [True])
    part = load(source, enough=lambda: next(asked))
    assert part.inputs.shape == (40, 4, 4, 1)
    assert np.bincount(part.targets).tolist() == [4, 36]
    assert sorted([*part.train, *part.validation]) == list(range(40))
    assert len(part.validation) == 8
    assert part.notes == (
        "Of 200 pictures the 40 that had arrived are used: 32 train · 8 validation; 4 to 36 of each class.",
    )
    assert list((home / "cache" / "pictures").iterdir()) == []
    whole = load(source)
    assert len(whole.inputs) == 200 and whole.notes == ()
    assert np.array_equal(part.inputs, whole.inputs[:40])


def test_at_least_one_of_each_class_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MOST_PER_BLOCK", 1)
    for number in range(30):
        path = tmp_path / f"{number % 5}" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("L", (4, 4), number).save(path)
    part = load(images.inspect(tmp_path).spec, enough=lambda: True)
    assert sorted(part.targets.tolist()) == [0, 1, 2, 3, 4]


def test_nothing_readable_has_arrived(folder: Path) -> None:
    source = images.inspect(folder).spec
    for path in folder.glob("*/*.png"):
        path.write_bytes(b"")
    with pytest.raises(InputError, match="no example is left"):
        load(source, enough=lambda: True)


def test_parts_are_those_of_the_files_in_their_order(folder: Path) -> None:
    dataset = load(images.inspect(folder).spec)
    classes = np.repeat([0, 1], list(SIZES.values()))
    for part, places in zip(
        (dataset.train, dataset.validation), divided(200, images.inspect(folder).spec.split, classes), strict=False
    ):
        greys = np.concatenate([np.arange(size) for size in SIZES.values()])[places]
        expected = sorted(zip(classes[places].tolist(), greys.tolist(), strict=True))
        found = zip(dataset.targets[part].tolist(), dataset.inputs[part, 0, 0, 0].tolist(), strict=True)
        assert sorted(found) == expected
