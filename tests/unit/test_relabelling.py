"""Classes called otherwise than their folders, joined, left out; folders made and pictures copied into them."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from asanai_tui import project
from asanai_tui.data import adding, images, relabelling
from asanai_tui.data.dataset import load
from asanai_tui.data.spec import Images, Split
from asanai_tui.errors import InputError
from asanai_tui.opening import suggest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three classes of 2, 3 and 4 pictures."""
    for number, name in enumerate(("ape", "bat", "cat"), 2):
        (tmp_path / "zoo" / name).mkdir(parents=True)
        for each in range(number):
            Image.new("L", (4, 4), 10 * number + each).save(tmp_path / "zoo" / name / f"{each}.png")
    return tmp_path / "zoo"


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def counts(spec: Images) -> dict[str, int]:
    return dict(images.inspect(Path(spec.path), spec).class_counts)


def test_a_class_gets_another_name(folder: Path) -> None:
    before, spec = files(folder), images.inspect(folder).spec
    changed = relabelling.relabelled(spec, ("cat",), "animal")
    preview = images.inspect(folder, changed)
    assert preview.class_counts == (("animal", 4), ("ape", 2), ("bat", 3))
    dataset = load(preview.spec)
    assert set(dataset.inputs[dataset.targets == 0, 0, 0, 0].tolist()) == {40, 41, 42, 43}
    again = relabelling.relabelled(changed, preview.folders_of("animal"), "cat")
    assert again.relabelled == () and counts(again) == {"ape": 2, "bat": 3, "cat": 4}
    assert files(folder) == before


def test_two_classes_become_one(folder: Path) -> None:
    spec = images.inspect(folder).spec
    joined = relabelling.relabelled(spec, ("ape",), "bat")
    preview = images.inspect(folder, joined)
    assert preview.folders_of("bat") == ("ape", "bat")
    assert dict(preview.class_counts) == {"bat": 5, "cat": 4}
    renamed = relabelling.relabelled(joined, preview.folders_of("bat"), "mammal")
    assert counts(renamed) == {"cat": 4, "mammal": 5}


def test_a_class_is_left_out_and_taken_back(folder: Path) -> None:
    spec = images.inspect(folder).spec
    without = relabelling.relabelled(spec, ("bat",), "")
    preview = images.inspect(folder, without)
    assert preview.class_counts == (("ape", 2), ("cat", 4))
    assert "bat left out by you: 3 pictures." in preview.notes
    assert len(load(preview.spec).inputs) == 6
    assert counts(relabelling.relabelled(without, ("bat",), "bat")) == {"ape": 2, "bat": 3, "cat": 4}


def test_no_class_at_all_is_told(folder: Path) -> None:
    with pytest.raises(InputError, match="every class is left out"):
        counts(relabelling.relabelled(images.inspect(folder).spec, ("ape", "bat", "cat"), ""))


def test_the_project_file_keeps_the_names(folder: Path) -> None:
    spec = relabelling.relabelled(images.inspect(folder).spec, ("bat",), "")
    found = suggest(images.inspect(folder, relabelling.relabelled(spec, ("ape",), "monkey [1]")))
    assert project.from_toml(project.to_toml(found)) == found


def test_a_new_class_is_empty_at_first(folder: Path) -> None:
    spec = images.inspect(folder).spec
    assert adding.new_class(spec, "dog") == folder / "dog"
    assert images.inspect(folder).empty == ("dog",)
    with pytest.raises(InputError, match="cannot be made"):
        adding.new_class(spec, "dog")
    for name in ("a/b", "..", ".hidden", " "):
        with pytest.raises(InputError, match="cannot name a class"):
            adding.new_class(spec, name)


def test_pictures_are_copied_and_nothing_is_replaced(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "more" / "deep").mkdir(parents=True)
    Image.new("L", (4, 4), 99).save(tmp_path / "more" / "0.png")
    Image.new("L", (4, 4), 98).save(tmp_path / "more" / "deep" / "0.png")
    (tmp_path / "more" / "readme.txt").write_text("x")
    (tmp_path / "more" / ".hidden.png").write_text("x")
    kept = (folder / "ape" / "0.png").read_bytes()
    assert adding.copy_into(images.inspect(folder).spec, "ape", tmp_path / "more") == (2, 1)
    assert (folder / "ape" / "0.png").read_bytes() == kept
    assert sorted(os.listdir(folder / "ape")) == ["0-2.png", "0-3.png", "0.png", "1.png"]
    assert adding.copy_into(images.inspect(folder).spec, "bat", tmp_path / "more" / "0.png") == (1, 0)


def test_pictures_go_into_the_folder_of_a_renamed_class_and_of_the_part_to_train(folder: Path, tmp_path: Path) -> None:
    picture = folder / "cat" / "0.png"
    spec = relabelling.relabelled(images.inspect(folder).spec, ("ape",), "monkey")
    adding.copy_into(spec, "monkey", picture)
    assert (folder / "ape" / "0-2.png").exists()
    for part in ("train", "val"):
        (tmp_path / "parts" / part / "ape").mkdir(parents=True)
    parted = Images(path=str(tmp_path / "parts"), split=Split(method="folders"))
    adding.copy_into(parted, "ape", picture)
    assert (tmp_path / "parts" / "train" / "ape" / "0.png").exists()
    assert adding.new_class(parted, "yak") == tmp_path / "parts" / "train" / "yak"


@pytest.mark.parametrize(
    ("path", "sentence"),
    [("nowhere", "no such file or folder"), ("empty", "no picture"), ("zoo/ape", "the folder of the class itself")],
)
def test_what_cannot_be_copied_is_one_sentence(folder: Path, tmp_path: Path, path: str, sentence: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError) as told:
        adding.copy_into(images.inspect(folder).spec, "ape", tmp_path / path)
    assert sentence in str(told.value) and "\n" not in str(told.value)


def test_a_class_without_folder_takes_no_pictures(folder: Path) -> None:
    spec = msgspec.structs.replace(images.inspect(folder).spec)
    with pytest.raises(InputError, match="no folder of the class yak"):
        adding.copy_into(spec, "yak", folder / "cat")


FULL_DISK = """
import resource, sys
from pathlib import Path
from asanai_tui.data import adding
from asanai_tui.data.spec import Images
from asanai_tui.errors import InputError
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    adding.copy_into(Images(path=sys.argv[1]), "ape", Path(sys.argv[2]))
except InputError as error:
    print(error)
"""


def test_disk_that_is_full(folder: Path, tmp_path: Path) -> None:
    """A file may grow to 2,000 bytes only: what was copied whole stays, nothing is left of what was not."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.png").write_bytes(bytes(100))
    (tmp_path / "more" / "b.png").write_bytes(bytes(5000))
    command = [sys.executable, "-c", FULL_DISK, folder, tmp_path / "more"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr == "" and done.stdout.count("\n") == 1 and "cannot be written" in done.stdout
    assert sorted(os.listdir(folder / "ape")) == ["0.png", "1.png", "a.png"]
