"""Pictures with masks: what belongs together, which classes there are, and networks that answer with a picture."""

from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
import torch

from asanai_tui import project as projects
from asanai_tui.data import masks, sources
from asanai_tui.data.augmentation_spec import Augmentation
from asanai_tui.data.dataset import load
from asanai_tui.data.preview import SegmentationPreview
from asanai_tui.data.spec import PictureForm, Segmentation, Targets
from asanai_tui.errors import InputError
from asanai_tui.inspection.predictions import Predictor
from asanai_tui.network.advice import fit_end, suggest_network
from asanai_tui.network.modules import build
from asanai_tui.opening import open_path
from asanai_tui.runs.session import TrainingSession
from asanai_tui.training.augmentation import Augmenter
from asanai_tui.training.class_weights import weighting
from asanai_tui.training.losses import encoded_targets, objective
from asanai_tui.training.metrics import Metrics
from tests.unit.trainings import network

CCE, BCE = "categorical_crossentropy", "binary_crossentropy"
THREE = Targets("classes", ("0", "1", "2"), shape=(2, 2))
TWO = Targets("classes", ("0", "1"), shape=(2, 2))


def squares(folder: Path, count: int = 30, classes: int = 2) -> Path:
    """Bright squares on dark ground, and where they are; the last class stands in the brightest."""
    rng = np.random.default_rng(1)
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for number in range(count):
        picture, mask = rng.integers(0, 60, (16, 20, 3), np.uint8), np.zeros((16, 20), np.uint8)
        for kind in range(1, classes):
            top, left = rng.integers(0, 10, 2)
            picture[top : top + 5, left : left + 5] = 60 + 190 * kind // (classes - 1)
            mask[top : top + 5, left : left + 5] = 255 // (classes - 1) * kind
        cv2.imwrite(str(folder / "images" / f"{number:03}.jpg"), picture)
        cv2.imwrite(str(folder / "masks" / f"{number:03}.png"), mask)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return squares(tmp_path / "squares")


def looked_at(path: Path) -> SegmentationPreview:
    preview = sources.guess(path)
    assert isinstance(preview, SegmentationPreview)
    return preview


@pytest.mark.parametrize("which", ["", "images", "masks"])
def test_a_folder_of_masks_beside_the_pictures_is_found(folder: Path, which: str) -> None:
    preview = looked_at(folder / which)
    assert Path(preview.spec.path) == folder / "images" and preview.spec.masks == "../masks"
    assert preview.spec.classes == ("0", "255") and preview.rows == 30 and not preview.set_aside
    assert preview.spec.input_shape == (16, 20, 3) and preview.spec.targets.shape == (16, 20)
    assert preview.sample[0].pixels.shape == (16, 40, 3)


def test_pictures_without_a_usable_mask_are_set_aside_with_the_reason(folder: Path) -> None:
    (folder / "masks" / "003.png").unlink()
    (folder / "masks" / "007.png").write_bytes(b"torn")
    preview = looked_at(folder)
    assert ("003.jpg", "no mask of this name in masks") in preview.set_aside
    dataset = load(preview.spec)
    assert len(dataset.inputs) == len(dataset.targets) == 28
    assert any("2 pictures set aside" in note and "its mask 007.png" in note for note in dataset.notes)


def test_each_picture_keeps_its_own_mask(folder: Path) -> None:
    (folder / "images" / "004.jpg").write_bytes(b"torn")
    (folder / "masks" / "009.png").write_bytes(b"torn")
    for _ in range(2):  # decoded, and from the cache
        dataset = load(looked_at(folder).spec)
        bright = dataset.inputs.mean(3) > 128
        assert len(bright) == 28 and dataset.targets.dtype == np.uint8
        assert (bright == (dataset.targets == 1)).mean() > 0.97


def test_colours_of_masks_are_classes(tmp_path: Path) -> None:
    mask = np.zeros((8, 8, 3), np.uint8)
    mask[:4] = (0, 0, 255)  # OpenCV: blue, green, red
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    assert masks.classes_in([tmp_path / "mask.png"]) == ("#000000", "#ff0000")
    codes = next(iter(masks.read([tmp_path / "mask.png"], ("#000000", "#ff0000"), PictureForm(4, 4, "rgb")))).codes
    assert codes is not None and codes.tolist() == [[1] * 4] * 2 + [[0] * 4] * 2


def test_a_mask_with_loss_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "mask.png"), noise)
    with pytest.raises(InputError, match="more than 256 different values"):
        masks.classes_in([tmp_path / "mask.png"])


def test_names_that_belong_together() -> None:
    found = masks.partners(["a/1.jpg", "a/2.jpg", "3.jpg"], ["a/1.png", "a/2_mask.png", "4.png"])
    assert found == {"a/1.jpg": "a/1.png", "a/2.jpg": "a/2_mask.png"}


def test_masks_of_other_names_are_one_sentence(folder: Path) -> None:
    source = msgspec.structs.replace(looked_at(folder).spec, masks="../none")
    (folder / "none").mkdir()
    with pytest.raises(InputError, match="no mask is called like one of the 30 pictures"):
        sources.inspect(source)


@pytest.mark.parametrize("classes", [2, 3])
def test_a_network_learns_to_answer_with_a_mask(tmp_path: Path, classes: int) -> None:
    squares(tmp_path / "data", 60, classes)
    project = open_path(tmp_path / "data").project
    assert project.problems() == [] and isinstance(project.data, Segmentation)
    projects.save(project, tmp_path / "project.toml")
    assert projects.load(tmp_path / "project.toml") == project
    augmented = msgspec.structs.replace(project.data, augmentation=Augmentation(flip="both", rotate=20))
    training = msgspec.structs.replace(project.training, epochs=25, metrics=("mean_iou",))
    session = TrainingSession(msgspec.structs.replace(project, data=augmented, training=training), tmp_path / "runs")
    session.start()
    assert session.join(100) and session.model_path is not None, session.recorder.snapshot().message
    assert session.recorder.snapshot().best.metrics["val_mean_iou"] > 0.6  # type: ignore[union-attr]
    predictor = Predictor(session.model_path)
    picture = tmp_path / "data" / "images" / "003.jpg"
    said = next(iter(predictor.predict_paths([picture])))
    mask = cv2.imread(str(tmp_path / "data" / "masks" / "003.png"), 0)
    assert said.picture is not None and said.picture.shape == (16, 20)
    assert (said.picture == mask // (255 // (classes - 1))).mean() > 0.9
    assert sum(said.values) == pytest.approx(1) and said.values[0] > 0.5


def test_masks_move_with_their_pictures() -> None:
    rng = torch.Generator().manual_seed(1)
    codes = torch.randint(0, 3, (6, 16, 16), generator=rng)
    spec = Augmentation(rotate=40, flip="both", shift=0.2, zoom=0.3, crop=0.2)
    pictures, pairs = Augmenter(spec, 1).batch(codes.unsqueeze(1) / 2, codes, 1, 1)
    assert pairs.first.dtype == torch.int64 and set(pairs.first.unique().tolist()) <= {0, 1, 2}
    assert not torch.equal(pairs.first, codes)
    assert (pictures[:, 0] * 2 - pairs.first).abs().mean() < 0.5
    plain, turned = Augmenter(Augmentation(flip="both"), 1).batch(codes.unsqueeze(1) / 2, codes, 1, 1)
    assert torch.allclose(plain[:, 0] * 2, turned.first.float(), atol=1e-4)


def test_losses_and_metrics_of_places() -> None:
    model = build(network({"layer": "dense", "units": 3, "activation": "softmax"}), (2, 2, 5))
    ending = objective(CCE, model)
    outputs = torch.randn(4, 3, 2, 2, generator=torch.Generator().manual_seed(1))
    wanted = torch.tensor([[[0, 1], [2, 2]]] * 4)
    by_hand = -outputs.log_softmax(1).gather(1, wanted.unsqueeze(1)).mean()
    assert ending.loss(outputs, wanted).item() == pytest.approx(by_hand.item())
    measures = Metrics(("accuracy", "mean_squared_error"), ending, THREE, CCE)
    found = measures.values(measures.sums(outputs, wanted))
    assert found["accuracy"] == pytest.approx((outputs.argmax(1) == wanted).float().mean().item())
    one_hot = encoded_targets(wanted.numpy().astype(np.uint8), THREE, "mean_squared_error", 3)
    assert one_hot.shape == (4, 3, 2, 2) and torch.equal(one_hot.argmax(1), wanted)
    assert found["mean_squared_error"] == pytest.approx((outputs.softmax(1) - one_hot).square().mean().item())


def test_mean_iou_is_intersection_over_union_of_the_classes_there_are() -> None:
    model = build(network({"layer": "dense", "units": 3, "activation": "softmax"}), (2, 2, 5))
    said = torch.tensor([[[0, 1], [1, 1]], [[2, 2], [2, 2]]])
    wanted = torch.tensor([[[0, 0], [1, 1]], [[2, 2], [2, 2]]])
    outputs = torch.nn.functional.one_hot(said, 3).movedim(-1, 1).float()
    measures = Metrics(("mean_iou",), objective(CCE, model), THREE, CCE)
    assert measures.values(measures.sums(outputs, wanted))["mean_iou"] == pytest.approx(((1 / 2 + 2 / 3) / 2 + 1) / 2)
    with pytest.raises(InputError, match="numbers and not classes"):
        Metrics(("mean_iou",), objective(CCE, model), Targets("numbers", ("y",)), CCE)


def test_class_weights_of_places() -> None:
    maps = np.array([[[0, 0], [0, 1]]] * 5, np.uint8)
    encoded = encoded_targets(maps, TWO, CCE, 2)
    weights = weighting(lambda: iter([encoded]), TWO, CCE, 2, torch.device("cpu"))(encoded.long())
    assert weights.shape == (5, 2, 2) and weights[0].flatten().tolist() == pytest.approx([2 / 3] * 3 + [2])
    single = encoded_targets(maps, TWO, BCE, 1)
    weights = weighting(lambda: iter([single]), TWO, BCE, 1, torch.device("cpu"))(single)
    assert weights.shape == (5, 1, 2, 2) and weights[0].flatten().tolist() == pytest.approx([2 / 3] * 3 + [2])


@pytest.mark.parametrize("shape", [(12, 1), (12, 16, 3), (7, 9, 1), (8, 8, 8, 1)])
@pytest.mark.parametrize("count", [2, 5])
def test_networks_for_places_fit_and_stay_as_they_are(shape: tuple[int, ...], count: int) -> None:
    targets = Targets("classes", tuple(map(str, range(count))), shape=shape[:-1])
    found, why = suggest_network(shape, targets, 500)
    assert found.output_shape(shape) == (*shape[:-1], 1 if count == 2 else count) and "each place" in why
    assert fit_end(found, targets, BCE if count == 2 else CCE, shape) is found
    more = Targets("classes", tuple(map(str, range(7))), shape=shape[:-1])
    assert fit_end(found, more, CCE, shape).output_shape(shape) == (*shape[:-1], 7)


def test_one_row_is_given_the_shape_of_the_picture() -> None:
    rows = network({"layer": "dense", "units": 8}, {"layer": "dense", "units": 3, "activation": "softmax"})
    fitted = fit_end(rows, THREE, CCE, (4,))
    assert fitted.output_shape((4,)) == (2, 2, 3) and fitted[-1].name == "activation"
    assert suggest_network((4,), THREE, 50)[0].output_shape((4,)) == (2, 2, 3)
