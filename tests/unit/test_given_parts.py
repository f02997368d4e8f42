"""Pictures in folders train, val and test, each with a folder for each class."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from asanai_tui import cli, project
from asanai_tui.data import images, sources
from asanai_tui.data.dataset import Dataset, load
from asanai_tui.data.spec import Images, Split
from asanai_tui.errors import InputError
from asanai_tui.opening import suggest

GREYS = {"train": 10, "val": 20, "test": 30}


def pictures(root: Path, **folders: int) -> Path:
    """So many pictures of cats and of dogs in each folder; the grey tells the folder."""
    for top, number in folders.items():
        for name in ("cat", "dog"):
            (root / top / name).mkdir(parents=True)
            for each in range(number):
                Image.new("L", (4, 4), GREYS.get(top, 99)).save(root / top / name / f"{each}.png")
    return root


def greys(dataset: Dataset) -> list[set[int]]:
    """Of the three parts."""
    parts = (dataset.train, dataset.validation, dataset.test)
    return [set(dataset.inputs[part, 0, 0, 0].tolist()) for part in parts]


def test_folders_are_the_parts(tmp_path: Path) -> None:
    preview = sources.guess(pictures(tmp_path, train=6, val=3, test=2))
    assert preview.spec.split.method == "folders"
    assert preview.class_counts == (("cat", 11), ("dog", 11))
    assert isinstance(preview, images.ImagesPreview) and preview.part_sizes == (12, 6, 4)
    assert any("The folders train, val and test are the parts" in note for note in preview.notes)
    dataset = load(preview.spec)
    assert greys(dataset) == [{10}, {20}, {30}]
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [12, 6, 4]
    assert np.bincount(dataset.targets[dataset.validation]).tolist() == [3, 3]


@pytest.mark.parametrize(("name", "part"), [("valid", 1), ("Validation", 1), ("dev", 1), ("testing", 2)])
def test_other_names(tmp_path: Path, name: str, part: int) -> None:
    dataset = load(sources.guess(pictures(tmp_path, **{"Training": 4, name: 3})).spec)
    assert len((dataset.train, dataset.validation, dataset.test)[part]) == 6


def test_a_part_without_folder_is_drawn_from_train(tmp_path: Path) -> None:
    spec = sources.guess(pictures(tmp_path, train=10, test=2)).spec
    dataset = load(spec)
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [16, 4, 4]
    assert greys(dataset) == [{10}, {10}, {30}]
    assert np.bincount(dataset.targets[dataset.validation]).tolist() == [2, 2]


def test_classes_that_are_called_so_stay_classes(tmp_path: Path) -> None:
    for name in ("train", "test", "bus"):
        (tmp_path / name).mkdir()
        Image.new("L", (4, 4), 1).save(tmp_path / name / "1.png")
    assert sources.guess(tmp_path).spec.targets.names == ("bus", "test", "train")


def test_random_takes_the_folders_for_classes(tmp_path: Path) -> None:
    spec = sources.guess(pictures(tmp_path, train=3, val=3)).spec
    assert isinstance(spec, Images)
    changed = msgspec.structs.replace(spec, split=Split(), classes=())
    assert images.inspect(tmp_path, changed).class_counts == (("train", 6), ("val", 6))


def test_what_lies_elsewhere_is_told(tmp_path: Path) -> None:
    pictures(tmp_path, train=3, val=3, extra=3)
    (tmp_path / "val" / "owl").mkdir()
    Image.new("L", (4, 4), 1).save(tmp_path / "val" / "owl" / "1.png")
    Image.new("L", (4, 4), 1).save(tmp_path / "train" / "loose.png")
    preview = images.inspect(tmp_path)
    assert ("extra", "none of the folders train, val, test") in preview.set_aside
    assert ("1 beside the folders", "in no folder of a class") in preview.set_aside
    assert any("Nothing to train on in owl" in note for note in preview.notes)


def test_folders_without_such_names_are_told(tmp_path: Path) -> None:
    pictures(tmp_path, cats=3, dogs=3)
    with pytest.raises(InputError, match="no folder train, val or test in it; choose another method"):
        load(Images(path=str(tmp_path), classes=("cat", "dog"), split=Split(method="folders")))


def test_only_pictures_to_validate_are_told(tmp_path: Path) -> None:
    pictures(tmp_path, val=3)
    with pytest.raises(InputError, match="No picture to train on lies in the folder train"):
        load(Images(path=str(tmp_path), classes=("cat", "dog"), split=Split(method="folders")))


def test_the_data_command_tells_the_parts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures(tmp_path, train=6, val=3, test=1)
    assert cli.main(["data", str(tmp_path)]) == 0
    assert "12 train (60.0%) · 6 validation (30.0%) · 2 test (10.0%), by folders" in capsys.readouterr().out
    assert cli.main(["data", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["split"] == {"train": 12, "validation": 6, "test": 2} and told["split_method"] == "folders"


def test_the_project_file_keeps_the_method(tmp_path: Path) -> None:
    found = suggest(sources.guess(pictures(tmp_path, train=3, val=3)))
    assert project.from_toml(project.to_toml(found)).data == found.data
