"""Model files: there and back, and everything that is not a model file."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
import safetensors.torch
import torch

from asanai_tui.data.preprocessing import ImagesPreprocessing
from asanai_tui.data.spec import Targets
from asanai_tui.errors import InputError
from asanai_tui.network.modules import build
from asanai_tui.training import model_file
from asanai_tui.training.model_file import ModelFile
from tests.unit.trainings import dense, network, numbers

SHAPE = (6, 5, 3)


def content() -> ModelFile:
    layers = network(
        {"layer": "conv2d", "filters": 4, "activation": "relu", "kernel_regularizer": {"name": "l2", "l2": 0.1}},
        {"layer": "batch_normalization"},
        {"layer": "flatten"},
        dense(2, "softmax"),
    )
    torch.manual_seed(1)
    weights = {name: value.clone() for name, value in build(layers, SHAPE).keras_weights().items()}
    return ModelFile(
        network=layers,
        input_shape=SHAPE,
        preprocessing=ImagesPreprocessing(6, 5, "rgb", ("cat", "dög\x1b[31m")),
        targets=Targets("classes", ("cat", "dög\x1b[31m")),
        loss="categorical_crossentropy",
        metrics=("accuracy",),
        note={"best_epoch": 7, "val_loss": 0.25},
        weights=weights,
    )


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "runs" / "model.safetensors"
    model_file.save(path, content())
    return path


def rewritten(path, change):
    """The file with its header changed."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    head = json.loads(data[8 : 8 + length])
    change(head)
    text = json.dumps(head).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + length :])


def with_content(path, **changes):
    """The file with fields of its JSON changed; None takes one away."""

    def change(head):
        fields = json.loads(head["__metadata__"]["asanai"]) | changes
        head["__metadata__"]["asanai"] = json.dumps({key: value for key, value in fields.items() if value is not None})

    rewritten(path, change)


def test_there_and_back(path):
    found, wanted = model_file.load(path), content()
    assert found._replace(weights={}) == wanted._replace(weights={})
    assert set(found.weights) == set(wanted.weights)
    assert all(torch.equal(found.weights[name], value) for name, value in wanted.weights.items())


def test_a_loaded_model_predicts_the_same(path):
    found, inputs = model_file.load(path), torch.randn(3, 3, 6, 5)
    model = build(found.network, found.input_shape).eval()
    model.load_keras_weights(found.weights)
    again = build(content().network, SHAPE).eval()
    again.load_keras_weights(content().weights)
    with torch.no_grad():
        assert torch.equal(model(inputs), again(inputs))


def test_weights_are_named_and_laid_out_as_in_keras(path):
    stored = safetensors.torch.load_file(path)
    shapes = {name: tuple(value.shape) for name, value in stored.items()}
    assert shapes == {
        "0.kernel": (3, 3, 3, 4),
        "0.bias": (4,),
        "1.gamma": (4,),
        "1.beta": (4,),
        "1.moving_mean": (4,),
        "1.moving_variance": (4,),
        "3.kernel": (48, 2),
        "3.bias": (2,),
    }


def test_the_header_is_read_without_torch(path):
    code = (
        "import sys; from pathlib import Path; from asanai_tui.training import model_file; "
        f"found = model_file.header(Path({str(path)!r})); "
        "print(found.targets.names[0], found.note['best_epoch'], 'torch' in sys.modules, len(found.weights))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["cat", "7", "False", "0"]


def test_numbers_of_a_table_come_back(tmp_path):
    layers = network(dense(2))
    wanted = ModelFile(
        layers,
        (3,),
        numbers(3, 2, scale=0.1 + 0.2),
        Targets("numbers", ("y0", "y1")),
        "mean_squared_error",
        ("mean_absolute_error",),
        {},
        {
            "0.kernel": torch.tensor(np.random.default_rng(1).normal(size=(3, 2)), dtype=torch.float32),
            "0.bias": torch.zeros(2),
        },
    )
    model_file.save(tmp_path / "model.safetensors", wanted)
    found = model_file.load(tmp_path / "model.safetensors")
    assert found.preprocessing == wanted.preprocessing
    assert torch.equal(found.weights["0.kernel"], wanted.weights["0.kernel"])


@pytest.mark.parametrize("read", [model_file.load, model_file.header])
@pytest.mark.parametrize("eighths", range(8))
def test_a_torn_file_is_a_sentence(path, eighths, read):
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * eighths // 8])
    with pytest.raises(InputError, match=r"cut off|not a model file") as caught:
        read(path)
    assert str(path.name) in str(caught.value)


@pytest.mark.parametrize("read", [model_file.load, model_file.header])
def test_a_byte_short_or_long(path, read):
    data = path.read_bytes()
    for torn in (data[:-1], data + b"\0"):
        path.write_bytes(torn)
        with pytest.raises(InputError) as told:
            read(path)
        assert "its length is wrong" in str(told.value)


def test_no_byte_of_the_header_can_crash_it(path):
    """Any byte changed: either it is read or there is a sentence."""
    data = path.read_bytes()
    length = 8 + int.from_bytes(data[:8], "little")
    for position in range(0, length, 7):
        for byte in (0, 0x22, 0x7B, 0xFF):
            path.write_bytes(data[:position] + bytes([byte]) + data[position + 1 :])
            try:
                model_file.load(path)
            except InputError as error:
                assert "\n" not in str(error)
                assert "\x1b" not in str(error)


@pytest.mark.parametrize(
    "foreign",
    [
        b"",
        b"12345678",
        b"a,b\n1,2\n" * 10,
        b"PK\x03\x04" + bytes(100),
        (2).to_bytes(8, "little") + b"{}",
        (20_000).to_bytes(8, "little") + b"[" * 20_000,
        (2**62).to_bytes(8, "little") + b"{}",
    ],
)
def test_foreign_files_are_a_sentence(tmp_path, foreign):
    path = tmp_path / "model.safetensors"
    path.write_bytes(foreign)
    with pytest.raises(InputError) as told:
        model_file.load(path)
    assert "model.safetensors" in str(told.value)


def test_safetensors_of_another_program(tmp_path):
    path = tmp_path / "other.safetensors"
    safetensors.torch.save_file({"a": torch.zeros(3)}, path)
    with pytest.raises(InputError) as told:
        model_file.load(path)
    assert "was not written by asanai-tui" in str(told.value)


def test_absent_files_and_folders(tmp_path):
    for path in (tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(InputError) as told:
            model_file.load(path)
        assert "cannot be read" in str(told.value)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"format": 2}, "has format 2; this program reads format 1"),
        ({"network": [{"layer": "lambda"}]}, "no layer is called 'lambda'"),
        (
            {"network": [{"layer": "conv2d", "kernel_size": [90, 90]}]},
            "layer 1 .conv2d.: the 90×90 kernel does not fit",
        ),
        ({"network": []}, "the weight '0.bias' does not belong to its network"),
        ({"network": [*content().network.encoded(), dense(3)]}, "the weight '4.bias' is missing"),
        ({"network": [*content().network.encoded()[:3], dense(3)]}, "'3.bias' is F32 2, expected F32 3"),
        ({"input_shape": [0, 5, 3]}, "input_shape"),
        ({"preprocessing": {"kind": "pickle"}}, "preprocessing"),
        ({"preprocessing": None}, "preprocessing"),
        ({"targets": {"kind": "classes", "names": 3}}, "targets"),
        ({"loss": "dice"}, "loss"),
        ({"network": [{"layer": "dense", "units": 10**6}] * 3000}, "at most 2,000"),
    ],
)
def test_a_wrong_part_is_named(path, changes, says):
    with_content(path, **changes)
    for read in (model_file.load, model_file.header):
        with pytest.raises(InputError) as told:
            read(path)
        assert re.search(says, str(told.value))


@pytest.mark.parametrize(
    "change",
    [
        lambda head: head["0.bias"].update(dtype="F16"),
        lambda head: head["0.bias"].update(shape=[2, 2]),
        lambda head: head["0.bias"].update(data_offsets=[0, 4]),
        lambda head: head["0.bias"].update(data_offsets=[10**18, 10**18 + 16]),
        lambda head: head["0.bias"].update(data_offsets=[16, 0]),
        lambda head: head.pop("0.bias"),
        lambda head: head.update({"0.bias": 3}),
        lambda head: head["__metadata__"].update(asanai="{"),
        lambda head: head["__metadata__"].update(asanai="[" * 100_000),
    ],
)
def test_a_changed_header_is_a_sentence(path, change):
    rewritten(path, change)
    with pytest.raises(InputError) as told:
        model_file.load(path)
    assert "model.safetensors" in str(told.value)


def test_a_full_disk_keeps_the_old_file(path, monkeypatch):
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match="no space left on device"):
        model_file.save(path, content())
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]
