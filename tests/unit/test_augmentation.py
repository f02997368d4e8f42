"""Augmentation: each kind on a picture that is known, what is drawn, mix-up, and what training never changes."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from torch.nn import functional

from asanai_tui.data.augmentation_spec import NO_AUGMENTATION, Augmentation
from asanai_tui.data.spec import Images, Split
from asanai_tui.network.network import Network
from asanai_tui.options import fields_of
from asanai_tui.project import Project, encoded, from_plain, from_toml, load, to_toml
from asanai_tui.runs.session import TrainingSession
from asanai_tui.training.augmentation import Augmenter, Draws, Pairs, grid_matrices, moved
from asanai_tui.training.batches import prepared
from asanai_tui.training.loop import Trainer
from asanai_tui.training.optimizer_settings import SGD
from asanai_tui.training.settings import Training
from tests.unit.trainings import CLASSES, dataset, dense, losses, network, trainer

EVERYTHING = Augmentation(
    rotate=30, flip="both", shift=0.1, zoom=0.2, crop=0.2, brightness=0.2, contrast=0.3, invert=0.5, noise=0.1,
    cut_out=0.3, mix_up=0.4,
)  # fmt: skip


def pictures(count: int = 4, height: int = 6, width: int = 6, channels: int = 3) -> torch.Tensor:
    random = np.random.default_rng(1)
    return prepared(torch.from_numpy(random.integers(0, 256, (count, height, width, channels), np.uint8)))


def changed(inputs: torch.Tensor, epoch: int = 1, batch: int = 1, seed: int = 1, **kinds: Any) -> torch.Tensor:
    augmented, _ = Augmenter(Augmentation(**kinds), seed).batch(inputs, torch.arange(len(inputs)), epoch, batch)
    return augmented


def placed(inputs: torch.Tensor, spec: Augmentation, **draws: float) -> torch.Tensor:
    """Moved by draws that are given: 0.5 is the middle of what goes both ways, 0 flips and cuts nothing away."""
    middle = {name: 0.5 for name in Draws._fields} | {"crop": 0.0} | draws
    fixed = Draws(*(torch.full((len(inputs),), middle[name]) for name in Draws._fields))
    return moved(inputs, grid_matrices(spec, fixed, *inputs.shape[2:]))


def close(one: torch.Tensor, other: torch.Tensor) -> bool:
    return bool(torch.allclose(one, other, atol=1e-5))


def test_off_gives_the_same_tensors() -> None:
    inputs, targets = pictures(), torch.arange(4)
    augmented, pairs = Augmenter(NO_AUGMENTATION, 1).batch(inputs, targets, 1, 1)
    assert augmented is inputs
    assert pairs == Pairs(targets)


@pytest.mark.parametrize(("draw", "turns"), [(1.0, 1), (0.0, -1)])
def test_a_quarter_turn_is_exact(draw: float, turns: int) -> None:
    inputs = pictures()
    assert close(placed(inputs, Augmentation(rotate=90), rotate=draw), torch.rot90(inputs, turns, (2, 3)))


def test_half_a_turn_is_exact_also_where_sides_differ() -> None:
    inputs = pictures(height=4, width=7)
    assert close(placed(inputs, Augmentation(rotate=180), rotate=1.0), inputs.flip(2, 3))


def test_a_turn_keeps_angles_where_sides_differ() -> None:
    inputs = pictures(height=4, width=8)
    turned = placed(inputs, Augmentation(rotate=90), rotate=1.0)
    assert close(turned[..., 2:6], torch.rot90(inputs[..., 2:6], 1, (2, 3)))


@pytest.mark.parametrize(("flip", "sides"), [("horizontal", (3,)), ("vertical", (2,)), ("both", (2, 3))])
def test_a_flip_mirrors_and_twice_is_nothing(flip: Any, sides: tuple[int, ...]) -> None:
    inputs, spec = pictures(height=5, width=7), Augmentation(flip=flip)
    once = placed(inputs, spec, flip_across=0.0, flip_down=0.0)
    assert close(once, inputs.flip(*sides))
    assert close(placed(once, spec, flip_across=0.0, flip_down=0.0), inputs)
    assert close(placed(inputs, spec), inputs)


def test_about_half_of_the_pictures_are_flipped() -> None:
    inputs = pictures(400)
    same = (changed(inputs, flip="horizontal") - inputs).abs().amax((1, 2, 3)) < 1e-5
    assert 150 < int(same.sum()) < 250


def test_a_shift_moves_right_and_down_by_its_share() -> None:
    inputs, spec = pictures(height=4, width=10), Augmentation(shift=0.5)
    right = placed(inputs, spec, shift_across=0.7)  # 0.2 of the width
    assert close(right[..., 2:], inputs[..., :-2])
    assert close(right[..., :2], inputs[..., :2].flip(3))
    assert close(placed(inputs, spec, shift_down=0.0)[:, :, :2], inputs[:, :, 2:])


def test_a_zoom_enlarges_and_shrinks_around_the_middle() -> None:
    ramp = torch.linspace(0, 1, 9).expand(1, 1, 9, 9)
    larger = placed(ramp, Augmentation(zoom=0.5), zoom=1.0)
    assert close(larger[0, 0, 4], 0.5 + (ramp[0, 0, 4] - 0.5) / 1.5)
    smaller = placed(ramp, Augmentation(zoom=0.5), zoom=0.0)
    assert close(smaller[0, 0, 4, 3:6], 0.5 + (ramp[0, 0, 4, 3:6] - 0.5) / 0.5)


def test_a_crop_shows_a_part_within_the_picture() -> None:
    inputs, spec = pictures(height=8, width=8), Augmentation(crop=0.5)
    corner = placed(inputs, spec, crop=1.0, crop_across=0.0, crop_down=1.0)
    part = functional.interpolate(inputs[:, :, 4:, :4], scale_factor=2, mode="bilinear", align_corners=False)
    assert close(corner[:, :, 1:, :-1], part[:, :, 1:, :-1])  # beyond them lies the rest of the picture


def test_inversion_is_one_minus_the_picture() -> None:
    inputs = pictures()
    assert torch.equal(changed(inputs, invert=1.0), 1 - inputs)
    negative = (changed(pictures(400), invert=0.25) != pictures(400)).flatten(1).any(1)
    assert 70 < int(negative.sum()) < 130


def test_brightness_adds_one_number_to_a_picture() -> None:
    grey = torch.full((50, 1, 3, 3), 0.5)
    added = changed(grey, brightness=0.3) - grey
    assert torch.equal(added.amax((1, 2, 3)), added.amin((1, 2, 3)))
    assert 0.2 < float(added.amax()) <= 0.3
    assert -0.3 <= float(added.amin()) < -0.2


def test_contrast_keeps_the_mean_and_the_order() -> None:
    inputs = 0.4 + 0.2 * pictures(50)
    stretched = changed(inputs, contrast=0.5)
    factors = stretched.std((1, 2, 3)) / inputs.std((1, 2, 3))
    assert close(stretched.mean((1, 2, 3)), inputs.mean((1, 2, 3)))
    assert 0.5 <= float(factors.min()) < 0.7
    assert 1.3 < float(factors.max()) <= 1.5001


def test_noise_has_its_deviation() -> None:
    grey = torch.full((8, 1, 40, 40), 0.5)
    added = changed(grey, noise=0.1) - grey
    assert abs(float(added.std()) - 0.1) < 0.005
    assert abs(float(added.mean())) < 0.005


def test_cut_out_covers_a_rectangle_with_the_mean() -> None:
    inputs = pictures(20, height=8, width=12)
    covered = changed(inputs, cut_out=0.5) != inputs
    assert covered.any(3).sum(2).eq(4).all()
    assert covered.any(2).sum(2).eq(6).all()
    assert len({tuple(row.tolist()) for row in covered[:, 0].any(1)}) > 3
    first = changed(inputs, cut_out=0.5)[0, 0]
    assert close(first[covered[0, 0]], inputs[0, 0].mean().expand(24))


@pytest.mark.parametrize("channels", [1, 3])
def test_everything_together_stays_in_range_and_in_layout(channels: int) -> None:
    inputs = pictures(16, 9, 7, channels)
    before = inputs.clone()
    augmented = changed(inputs, **msgspec.structs.asdict(EVERYTHING))
    assert augmented.shape == inputs.shape
    assert augmented.dtype == torch.float32
    assert augmented.is_contiguous(memory_format=torch.channels_last)
    assert 0 <= float(augmented.min()) < float(augmented.max()) <= 1
    assert torch.equal(inputs, before)


def test_seed_epoch_and_batch_decide_everything() -> None:
    kinds, inputs = msgspec.structs.asdict(EVERYTHING), pictures()
    first = changed(inputs, 2, 3, 4, **kinds)
    torch.manual_seed(99)
    torch.rand(7)
    assert torch.equal(changed(inputs, 2, 3, 4, **kinds), first)
    for other in ((1, 3, 4), (2, 4, 4), (2, 3, 5)):
        assert not torch.equal(changed(inputs, *other, **kinds), first)


def test_nothing_is_drawn_from_the_generator_of_the_layers() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    changed(pictures(), **msgspec.structs.asdict(EVERYTHING))
    assert torch.equal(torch.rand(3), expected)


def test_another_kind_leaves_the_draws_of_the_first() -> None:
    inputs = torch.full((8, 1, 4, 4), 0.5)
    alone = changed(inputs, brightness=0.3)
    assert close(changed(inputs, brightness=0.3, flip="both", rotate=20, contrast=0.5), alone)


@pytest.mark.parametrize(
    ("loss", "targets"),
    [
        (functional.cross_entropy, torch.tensor([0, 2, 1, 2])),
        (functional.mse_loss, torch.tensor([[0.0, 1.0, 2.0], [1, 0, 0], [0, 0, 1], [3, 1, 0]])),
    ],
)
def test_mix_up_blends_pictures_and_losses_alike(loss: Any, targets: torch.Tensor) -> None:
    inputs, outputs = pictures(), torch.rand(4, 3)
    augmented, pairs = Augmenter(Augmentation(mix_up=1.0), 3).batch(inputs, targets, 1, 1)
    weight = pairs.weight
    assert pairs.second is not None
    assert 0.5 <= weight < 1
    partners = [
        min(range(4), key=lambda other: float((augmented[one] - _blend(inputs, one, other, weight)).abs().max()))
        for one in range(4)
    ]
    assert sorted(partners) == [0, 1, 2, 3]
    assert close(augmented, weight * inputs + (1 - weight) * inputs[partners])
    assert torch.equal(pairs.second, targets[partners])
    by_hand = weight * loss(outputs, targets) + (1 - weight) * loss(outputs, targets[partners])
    assert torch.equal(pairs.loss(loss, outputs), by_hand)


def _blend(inputs: torch.Tensor, one: int, other: int, weight: float) -> torch.Tensor:
    return weight * inputs[one] + (1 - weight) * inputs[other]


def test_the_blend_follows_the_beta_distribution() -> None:
    augmenter = Augmenter(Augmentation(mix_up=2.0), 1)
    inputs = pictures(2, 1, 1)
    weights = [augmenter.batch(inputs, torch.arange(2), 1, batch)[1].weight for batch in range(1, 1001)]
    assert abs(np.mean(weights) - 0.6875) < 0.015  # E[max(x, 1-x)] of Beta(2, 2)


def _training(augmentation: Augmentation | None, epochs: int = 2, **settings: Any) -> Trainer:
    random = np.random.default_rng(2)
    inputs = random.integers(0, 256, (40, 6, 6, 3), np.uint8)
    data = dataset(inputs, random.integers(0, 3, 40), validation=10)
    layers = network({"layer": "flatten"}, dense(3, "softmax"))
    options = {} if augmentation is None else {"augmentation": augmentation}
    run = trainer(layers, data, msgspec.structs.replace(CLASSES, epochs=epochs, device="cpu", **settings), **options)
    outcome = run.run()
    assert outcome.state == "finished", outcome.message
    return run


def test_training_without_it_is_the_same_to_the_bit_and_repeats_with_it() -> None:
    plain = losses(_training(None))
    assert losses(_training(NO_AUGMENTATION)) == plain
    augmented = losses(_training(EVERYTHING))
    assert augmented != plain
    assert losses(_training(EVERYTHING)) == augmented


def test_validation_sees_pictures_as_they_are() -> None:
    still = SGD(learning_rate=1e-30)
    plain, augmented = losses(_training(None, optimizer=still)), losses(_training(EVERYTHING, optimizer=still))
    assert [validation for _, validation in augmented] == [validation for _, validation in plain]
    assert augmented[0][0] != plain[0][0]
    assert augmented[0][0] != augmented[1][0]


def test_a_run_takes_what_the_project_says_and_its_directory_keeps_it(samples: Path, tmp_path: Path) -> None:
    told = [_run(samples, tmp_path / name, kinds) for name, kinds in (("plain", NO_AUGMENTATION), ("all", EVERYTHING))]
    (plain, _), (augmented, kept) = told
    assert plain != augmented
    assert kept == EVERYTHING


def _run(samples: Path, runs: Path, augmentation: Augmentation) -> tuple[float, Augmentation]:
    """The loss of one epoch on the digits, and the augmentation in the run's own project file."""
    project = load(samples / "digits" / "project.toml")
    project = msgspec.structs.replace(
        project,
        data=msgspec.structs.replace(project.data, augmentation=augmentation),
        training=msgspec.structs.replace(project.training, epochs=1, device="cpu"),
    )
    session = TrainingSession(project, runs)
    session.start()
    assert session.join(60)
    assert session.directory is not None, session.recorder.snapshot().message
    data = load(session.directory / "project.toml").data
    assert isinstance(data, Images)
    return next(iter(session.recorder.history())).loss, data.augmentation


def _project(data: Images) -> Project:
    return Project(data=data, network=Network.decoded([]), training=Training())


def test_it_comes_back_from_a_project_file(tmp_path: Path) -> None:
    project = _project(Images(path=str(tmp_path), classes=("a", "b"), split=Split(seed=3), augmentation=EVERYTHING))
    text = to_toml(project)
    assert b"[data.augmentation]" in text
    assert from_toml(text) == project


def test_a_project_file_without_it_opens() -> None:
    plain = encoded(_project(Images(path="pictures", classes=("a", "b"))))
    del plain["data"]["augmentation"]
    project = from_plain(plain)
    assert isinstance(project.data, Images)
    assert not project.data.augmentation.on


def test_every_kind_is_an_option_of_the_data_with_range_and_step() -> None:
    fields = {field.path[1]: field.option for field in fields_of(Images(path="")) if field.path[0] == "augmentation"}
    assert set(fields) == set(Augmentation.__struct_fields__)
    ranged = [option for option in fields.values() if option.kind == "number"]
    assert len(ranged) == len(fields) - 1
    assert all(option.help and option.step and option.maximum and option.minimum == 0 for option in ranged)
