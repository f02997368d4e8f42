"""One folder of pictures and a CSV file with their names and labels."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from asanai_tui import cli, project
from asanai_tui.data import images
from asanai_tui.data.dataset import Dataset, load
from asanai_tui.data.picture_table import NAMED
from asanai_tui.data.preview import ImagesPreview
from asanai_tui.data.spec import Images, PictureTable, Split
from asanai_tui.errors import InputError
from asanai_tui.opening import suggest


def pictures(root: Path, number: int, below: str = "") -> Path:
    """Pictures 0.png, 1.png, …, whose grey is their number."""
    (root / below).mkdir(parents=True, exist_ok=True)
    for each in range(number):
        Image.new("L", (4, 4), each).save(root / below / f"{each}.png")
    return root


def table(root: Path, *lines: str, name: str = "labels.csv") -> Path:
    (root / name).write_text("\n".join(lines) + "\n")
    return root


def labels(dataset: Dataset, spec: Images) -> dict[int, str]:
    """Grey and class of each picture."""
    return {int(p[0, 0, 0]): spec.classes[t] for p, t in zip(dataset.inputs, dataset.targets.tolist(), strict=True)}


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """20 pictures, of which the even ones show cats."""
    rows = (f"{each}.png,{20 - each},{'dog' if each % 2 else 'cat'}" for each in range(20))
    return table(pictures(tmp_path, 20), "image,age,label", *rows)


def test_columns_are_guessed(pets: Path) -> None:
    preview = images.inspect(pets)
    assert preview.spec.table == PictureTable(path="labels.csv", file="image", label="label")
    assert preview.class_counts == (("cat", 10), ("dog", 10))
    assert any("labels.csv says in label what each picture of image is" in note for note in preview.notes)
    dataset = load(preview.spec)
    assert labels(dataset, preview.spec) == {each: "dog" if each % 2 else "cat" for each in range(20)}


@pytest.mark.parametrize("form", ["{}.png", "photos/{}.png", "photos/{}", "{}", "./photos/{}.png", "C:\\x\\{}.png"])
def test_ways_to_name_a_picture(tmp_path: Path, form: str) -> None:
    pictures(tmp_path, 6, "photos")
    table(tmp_path, "name\tkind", *(f"{form.format(each)}\t{'ab'[each % 2]}" for each in range(6)), name="all.tsv")
    spec = images.inspect(tmp_path).spec
    assert labels(load(spec), spec) == {each: "ab"[each % 2] for each in range(6)}


def test_rows_without_picture_or_label_are_set_aside(pets: Path) -> None:
    with (pets / "labels.csv").open("a") as file:
        file.write("gone.png,1,cat\n3.png,1,cat\n,1,dog\n")
    Image.new("L", (4, 4), 99).save(pets / "extra.png")
    (pets / "more").mkdir()
    Image.new("L", (4, 4), 99).save(pets / "more" / "extra.png")
    table_text = (pets / "labels.csv").read_text().replace("5.png,15,dog", "5.png,15,")
    (pets / "labels.csv").write_text(table_text + "extra,2,dog\n")
    preview = images.inspect(pets)
    assert dict(preview.set_aside) == {
        "gone.png": "no such picture in the folder",
        "3.png": "named again with another label, which is not used",
        "a row without a name": "no such picture in the folder",
        "extra": "several pictures are called so",
        "5.png": "no value in label",
    }
    assert "3 pictures left out: no row of the table names them." in preview.notes
    assert len(load(preview.spec).inputs) == 19


def test_many_missing_files_are_counted(tmp_path: Path) -> None:
    pictures(tmp_path, 200)
    rows = (f"{each}.png,{'ab'[each % 2]}" for each in range(0, 600))
    preview = images.inspect(table(tmp_path, "file,label", *rows))
    assert len(preview.set_aside) == NAMED + 1
    assert preview.set_aside[-1] == (f"{400 - NAMED} more rows", "no such picture in the folder")


def test_numbers_are_learned_in_their_units(pets: Path) -> None:
    spec = images.inspect(pets).spec
    other = PictureTable(path="labels.csv", file="image", label="age")
    preview = images.inspect(pets, msgspec.structs.replace(spec, table=PictureTable(path="labels.csv", label="age")))
    assert preview.spec.table == msgspec.structs.replace(other, kind="numbers")
    assert preview.spec.classes == () and preview.spec.targets.kind == "numbers"
    assert "The numbers go from 1 to 20." in preview.notes
    dataset = load(preview.spec)
    assert dataset.targets.dtype == np.float32 and dataset.targets.shape == (20, 1)
    assert abs(float(dataset.targets[dataset.train].mean())) < 1e-5
    back = dataset.preprocessing.targets_back(dataset.targets)[:, 0]
    assert np.allclose(back, 20 - dataset.inputs[:, 0, 0, 0].astype(float), atol=1e-4)


def test_numbers_that_are_none_are_set_aside(pets: Path) -> None:
    text = (pets / "labels.csv").read_text().replace("7.png,13", "7.png,old").replace("8.png,12", "8.png,inf")
    (pets / "labels.csv").write_text(text)
    spec = Images(path=str(pets), table=PictureTable(path="labels.csv", file="image", label="age", kind="numbers"))
    aside = dict(images.inspect(pets, spec).set_aside)
    assert aside == {"7.png": "'old' is no number", "8.png": "'inf' is no number"}


def test_folders_of_the_pictures_are_the_groups(tmp_path: Path) -> None:
    names = [f"p{each % 5}/{each}.png" for each in range(20)]
    for number, name in enumerate(names):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("L", (4, 4), number).save(tmp_path / name)
    table(tmp_path, "file,label", *(f"{name},{'ab'[number % 2]}" for number, name in enumerate(names)))
    spec = images.inspect(tmp_path).spec
    assert spec.table.path
    dataset = load(msgspec.structs.replace(spec, split=Split(method="group")))
    groups = dataset.inputs[:, 0, 0, 0] % 5
    assert not set(groups[dataset.train]) & set(groups[dataset.validation])


def test_classes_in_folders_stay_so_beside_another_table(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        pictures(tmp_path, 3, name)
    table(tmp_path, "city,people", "Rome,3", "Oslo,1", "Bonn,0.3")
    assert images.inspect(tmp_path).spec.table == PictureTable()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (PictureTable(path="none.csv", file="image", label="label"), "none.csv"),
        (PictureTable(path="labels.csv", file="picture", label="label"), "the column picture is missing"),
        (PictureTable(path="labels.csv", file="label", label="image"), "no row has a picture and a label"),
        (PictureTable(path="only.csv"), "only one column"),
        (PictureTable(path="other.csv"), "no column holds the names of pictures"),
    ],
)
def test_tables_that_do_not_fit_are_one_sentence(pets: Path, given: PictureTable, sentence: str) -> None:
    table(pets, "image", "1.png", "2.png", name="only.csv")
    table(pets, "a,b", "x,98", "y,99", name="other.csv")
    with pytest.raises(InputError) as told:
        images.inspect(pets, Images(path=str(pets), table=given))
    assert sentence in str(told.value) and str(told.value).count(". ") == 0


def test_the_project_file_and_the_data_command(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = suggest(images.inspect(pets))
    assert project.from_toml(project.to_toml(found)) == found
    project.save(found, pets / "project.toml")
    assert cli.main(["data", str(pets / "project.toml"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["classes"] == {"cat": 10, "dog": 10} and told["split"]["validation"] == 4


def test_training_and_prediction_of_numbers(pets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = Images(path=str(pets), table=PictureTable(path="labels.csv", label="age"), height=4, width=4, colour="grey")
    preview = images.inspect(pets, spec)
    assert isinstance(preview, ImagesPreview)
    project.save(suggest(preview), pets / "project.toml")
    runs = tmp_path / "runs"
    assert cli.main(["train", str(pets / "project.toml"), "--epochs", "3", "--runs", str(runs), "--json"]) == 0
    model = next(runs.glob("*/checkpoints/best/model.safetensors"))
    capsys.readouterr()
    assert cli.main(["predict", str(model), str(pets / "4.png")]) == 0
    heading, answer = capsys.readouterr().out.strip().splitlines()
    assert heading.split(",")[-1] == "age"
    assert 0 < float(answer.split(",")[-1]) < 25
