"""Project files: what is written is read back exactly, and what is wrong is named with its place."""

import os
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from asanai_tui import project as projects
from asanai_tui.checking import with_value
from asanai_tui.data.spec import Column, Images, Split, Table, TableSplit
from asanai_tui.errors import InputError
from asanai_tui.network.initializers import Constant
from asanai_tui.network.layers import catalogue
from asanai_tui.network.layers.base import Layer
from asanai_tui.network.layers.basic import Dense
from asanai_tui.network.layers.convolution import Conv2D
from asanai_tui.network.layers.edges import ZeroPadding2D
from asanai_tui.network.layers.noise import Dropout
from asanai_tui.network.layers.residual import Residual
from asanai_tui.network.network import Network
from asanai_tui.network.regularizers import L2
from asanai_tui.options import Option, options_of
from asanai_tui.project import Project, from_toml, to_toml
from asanai_tui.training.optimizer_settings import SGD, Adam, RMSprop
from asanai_tui.training.settings import Training
from asanai_tui.values import stepped

TABLE = Table(path="a.csv", columns=(Column(name="x"), Column(name="y", role="target")))


def project_of(*layers: Layer) -> Project:
    return Project(data=TABLE, network=Network(layers), training=Training())


def another(option: Option) -> Any:
    """A legal value that is not the default."""
    if option.kind == "sizes" and option.pairs:
        return ((2, 0),) * ((option.length or 2) // 2)
    if option.kind == "sizes":
        sizes = (2,) * (option.length or 3)
        return sizes if option.default != sizes else (4, 5, 6)[: option.length]
    if option.kind in ("layers", "text"):
        return Network([Dense(), Dropout()]) if option.kind == "layers" else "a word"
    if option.kind == "variant":
        return [stepped(option, option.default, 1), stepped(option, option.default, -1)]
    if option.default is None:
        return 6 if option.kind == "integer" else 6.5
    return (
        stepped(option, option.default, 1) if option.default != option.maximum else stepped(option, option.default, -1)
    )


def variations(cls: type[Layer]) -> list[Layer]:
    """The layer with each option changed alone, and one with all of them changed."""
    changed, everything = [], cls()
    for option in options_of(cls):
        values = another(option)
        for value in values if isinstance(values, list) else [values]:
            changed.append(with_value(cls(), (option.name,), value))
            everything = with_value(everything, (option.name,), value)
    return [*changed, everything] if changed else []


@pytest.mark.parametrize("name", list(catalogue()))
def test_every_option_of_every_layer_comes_back(name: str) -> None:
    cls = catalogue()[name]
    for layer in [cls(), *variations(cls)]:
        content = to_toml(project_of(layer))
        assert from_toml(content).network[0] == layer, content.decode()
    assert all(layer != cls() for layer in variations(cls))


def test_values_inside_initializers_and_regularizers_come_back() -> None:
    for option in options_of(Dense):
        for variant in option.variants.values():
            layer = with_value(Dense(), (option.name,), variant())
            for inner in options_of(variant):
                if inner.kind == "number":
                    changed = with_value(layer, (option.name, inner.name), inner.default * 0.5 + 0.125)
                    assert from_toml(to_toml(project_of(changed))).network[0] == changed


@pytest.mark.parametrize("optimizer", [Adam(), Adam(beta_1=0.5), SGD(momentum=0.9, nesterov=True), RMSprop(rho=0.5)])
def test_training_comes_back(optimizer: Adam | SGD | RMSprop) -> None:
    training = Training(
        epochs=7, batch_size=3, optimizer=optimizer, loss="binary_crossentropy", metrics=("accuracy",), shuffle=False,
        seed=4_294_967_295, device="cuda:1",
    )  # fmt: skip
    project = msgspec.structs.replace(project_of(Dense()), training=training)
    assert from_toml(to_toml(project)) == project


@pytest.mark.parametrize(
    "source",
    [
        Images(path="pictures", classes=("0", "a b", "ä"), height=7, width=9, colour="grey", split=Split(seed=0)),
        Table(
            path="ünïcode \"'.csv", separator="\t", encoding="latin-1", decimal=",", header=False, binary=True,
            columns=(
                Column(name="[bold]", type="category", missing="own_category", categories=("", "no", "1e5", "true")),
                Column(name="new\nline", role="ignore", missing="mean", scaling="min_max"),
                Column(name="\\", role="target", scaling="none"),
            ),
            split=TableSplit(validation_split=0.0, stratify=False, seed=3),
        ),
    ],
)  # fmt: skip
def test_data_comes_back(source: Images | Table) -> None:
    project = msgspec.structs.replace(project_of(Dense()), data=source)
    assert from_toml(to_toml(project)) == project


LAYOUT = """\
format = 1

[data]
type = "table"
path = "a.csv"

[[data.columns]]
name = "x"

[[data.columns]]
name = "y"
role = "target"

[data.split]
validation_split = 0.25
test_split = 0.0
method = "random"
stratify = true
seed = 1
fold = [0, 0]
column = ""

[training]
epochs = 30
batch_size = 32
loss = "mean_squared_error"
metrics = ["mean_absolute_error"]
monitor = "auto"
class_weights = false
folds = 0
seeds = 0
shuffle = true
seed = 1
device = "auto"
threads = 0
precision = "float32"
compile = false
micro_batches = 1
ema_momentum = 0.0

[training.optimizer]
name = "adam"
beta_1 = 0.9
beta_2 = 0.999
epsilon = 1e-07
amsgrad = false
learning_rate = 0.001
weight_decay = 0.0
clipnorm = 0.0
global_clipnorm = 0.0
clipvalue = 0.0

[training.schedule]
name = "constant"
warmup_epochs = 0.0

[training.loss_options]
label_smoothing = 0.0
delta = 1.0
gamma = 2.0
alpha = 0.25

[training.early_stopping]
patience = 0
min_delta = 0.0
start_from_epoch = 0
"""
LAYERS = """
[[network]]
layer = "zero_padding2d"
padding = [[1, 2], [3, 4]]

[[network]]
layer = "conv2d"
kernel_size = [5, 5]
kernel_initializer = { name = "constant", value = 0.5 }
kernel_regularizer = { name = "l2", l2 = 0.01 }

[[network]]
layer = "residual"

[[network.layers]]
layer = "residual"
trainable = false

[[network.layers.layers]]
layer = "dropout"
rate = 0.25

[[network.layers]]
layer = "residual"
layers = []

[[network]]
layer = "dense"
units = 3
"""


def test_file_always_has_the_same_order_and_says_of_layers_only_what_differs_from_the_defaults() -> None:
    data = msgspec.structs.replace(TABLE, split=TableSplit(validation_split=0.25))
    empty = msgspec.structs.replace(project_of(), data=data)
    assert to_toml(empty).decode() == LAYOUT
    assert from_toml(to_toml(empty)) == empty
    deep = Residual(layers=Network([Dropout(rate=0.25)]), trainable=False)
    layers = [
        ZeroPadding2D(padding=((1, 2), (3, 4))),
        Conv2D(kernel_size=(5, 5), kernel_initializer=Constant(value=0.5), kernel_regularizer=L2()),
        Residual(layers=Network([deep, Residual(layers=Network())])),
        Dense(units=3),
    ]
    full = msgspec.structs.replace(empty, network=Network(layers))
    assert from_toml(to_toml(full)) == full
    assert to_toml(full).decode() == LAYOUT + LAYERS


def test_long_lists_have_a_line_for_each_item() -> None:
    classes = tuple(f"class number {number}" for number in range(30))
    project = msgspec.structs.replace(project_of(), data=Images(path="pictures", classes=classes))
    lines = to_toml(project).decode().splitlines()
    assert lines[lines.index("classes = [") + 30 :][:2] == ['    "class number 29",', "]"]
    assert from_toml(to_toml(project)) == project


@pytest.mark.parametrize(
    ("line", "better", "said"),
    [
        ("units = 16", "units = 0", "network, layer 1 (dense), units: expected a whole number, 1…1,000,000, not 0."),
        ("units = 16", "units = 'many'", "network, layer 1 (dense), units: expected a whole number, 1…1,000,000, not"),
        ("units = 16", "unit = 16", "network, layer 1 (dense): no option is called 'unit'; did you mean 'units'?"),
        ('layer = "dense"', 'layer = "dens"', "network, layer 1: no layer is called 'dens'; did you mean 'dense'?"),
        ('layer = "dense"', "layer = 5", "network, layer 1: no layer is called '5'"),
        ('layer = "dense"\n', "", "network, layer 1: the layer has no name; write layer = "),
        ('"relu"', '"rely"', "network, layer 1 (dense), activation: 'rely' is not known; did you mean 'relu'?"),
        ("epochs = 100", "epochs = 0", "training, epochs: expected a whole number, 1…1,000,000, not 0."),
        ("epochs = 100", "epoch = 100", "training: no option is called 'epoch'; did you mean 'epochs'?"),
        (
            'name = "adam"',
            'name = "lamb"',
            "training, optimizer: no optimizer is called 'lamb'; there are adam, sgd, rmsprop, adamw,",
        ),
        (
            'name = "adam"',
            'name = "rmsprob"',
            "training, optimizer: no optimizer is called 'rmsprob'; did you mean 'rmsprop'?",
        ),
        ('name = "adam"', "", "training, optimizer: its name is missing; there are adam, sgd, rmsprop, adamw,"),
        ('name = "adam"', "name = []", "training, optimizer: no optimizer is called '[]'; there are "),
        (
            "learning_rate = 0.002",
            "learning_rate = 'fast'",
            "training, optimizer adam, learning_rate: expected a number, above 0, up to 100, not 'fast'.",
        ),
        ("learning_rate = 0.002", "learning_rate = -1", "training, optimizer adam, learning_rate: expected a number"),
        (
            "learning_rate = 0.002",
            "beta1 = 1",
            "training, optimizer adam: no option is called 'beta1'; did you mean 'beta_1'?",
        ),
        ("[training]", "[trainin]", "nothing is called 'trainin'; a project has data, network and training."),
        ('type = "table"', 'type = "film"', "data: type is 'table', 'images', 'arrays' or 'segmentation', not 'film'."),
        ('type = "table"', "type = []", "data: type is 'table', 'images', 'arrays' or 'segmentation', not '[]'."),
        ('path = "iris.csv"', "", "data: path is missing; it takes text."),
        ('type = "table"', "", "data: type is missing; it is 'table', 'images', 'arrays' or 'segmentation'."),
        ('path = "iris.csv"', "path = 5", "data, path: expected text, not 5."),
        (
            'path = "iris.csv"',
            'path = ""\nseparator = "::"',
            "data, separator: expected text of 1 character, not '::'.",
        ),
        ('path = "iris.csv"', 'paths = "x"\npath = ""', "data: no option is called 'paths'; did you mean 'path'?"),
        ("validation_split = 0.2", "validation_split = 1.0", "data, split, validation_split: expected a number, "),
        ('role = "target"', 'role = "goal"', "data, column 5 (species), role: expected one of input, target, "),
        ('name = "petal_width_cm"', "name = 5", "data, column 4, name: expected text, not 5."),
        ('name = "petal_width_cm"', "rol = 5", "data, column 4: no option is called 'rol'; did you mean 'role'?"),
        ("categories = [", "categories = [5, ", "data, column 5 (species), categories: expected a list of texts, not "),
        ("format = 1", "format = 2", "format 2 is not known here; this program reads format 1."),
    ],
)
def test_wrong_fields_are_refused_with_their_place(
    samples: Path, tmp_path: Path, line: str, better: str, said: str
) -> None:
    text = (samples / "iris" / "project.toml").read_text()
    assert line in text
    path = tmp_path / "project.toml"
    path.write_text(text.replace(line, better, 1))
    with pytest.raises(InputError) as caught:
        projects.load(path)
    assert str(caught.value).startswith(f"{path}: {said}")
    assert str(caught.value).endswith((".", "?"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[data\n", "not valid TOML: .*line 1, column 6"),
        (b"a = 1\nb = = 2\n", "not valid TOML: .*line 2, column 5"),
        (b"a = 1\na = 2\n", "not valid TOML: .*line 2"),
        (b"a = " + b"[" * 5000, "too deep to be read"),
        (b"\xff\xfe\x00", "not UTF-8 text: byte 0 cannot be read"),
        (b"", "data: expected a table"),
        (b"data = 5", "data: expected a table"),
        (b"network = 5\n[data]\ntype = 'images'\npath = '.'", "network: expected a list of layers"),
        (b"network = [5]\n[data]\ntype = 'images'\npath = '.'", "network: expected a list of layers"),
        (b"training = []\nnetwork = []\n[data]\ntype = 'images'\npath = '.'", "training: expected a table"),
        (b"'\\u0007' = 5", "nothing is called"),
    ],
)
def test_what_is_no_project_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "project.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        projects.load(path)
    assert str(caught.value).startswith(str(path))
    assert str(caught.value).isprintable()


def test_byte_order_mark_is_read_over(samples: Path) -> None:
    content = (samples / "iris" / "project.toml").read_bytes()
    assert from_toml(b"\xef\xbb\xbf" + content) == from_toml(content)


def test_no_such_file_folder_and_huge_file(tmp_path: Path) -> None:
    with pytest.raises(InputError) as told:
        projects.load(tmp_path / "project.toml")
    assert "no such file" in str(told.value)
    with pytest.raises(InputError) as told:
        projects.load(tmp_path)
    assert "is a directory" in str(told.value)
    huge = tmp_path / "huge.toml"
    with huge.open("wb") as file:
        file.truncate(projects.MAXIMUM_BYTES + 1)
    with pytest.raises(InputError) as told:
        projects.load(huge)
    assert "larger than any project file" in str(told.value)


def test_too_many_layers_are_refused() -> None:
    content = to_toml(project_of()) + b'\n[[network]]\nlayer = "flatten"\n' * 2001
    with pytest.raises(InputError) as told:
        from_toml(content.replace(b"network = []\n", b""))
    assert "2,001 layers; at most 2,000" in str(told.value)


def test_data_below_the_project_moves_with_it(samples: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    (here / "data").mkdir(parents=True)
    shutil.copy(samples / "iris" / "iris.csv", here / "data")
    project = projects.relocated(
        projects.load(samples / "iris" / "project.toml"), (here / "data" / "iris.csv").resolve()
    )
    projects.save(project, here / "project.toml")
    assert 'path = "data/iris.csv"' in (here / "project.toml").read_text()
    assert projects.load(here / "project.toml") == project
    there = here.rename(tmp_path / "there")
    assert projects.load(there / "project.toml").data.path == str((there / "data" / "iris.csv").resolve())


def test_data_elsewhere_keeps_its_absolute_path(samples: Path, tmp_path: Path) -> None:
    project = projects.load(samples / "iris" / "project.toml")
    projects.save(project, tmp_path / "project.toml")
    assert f'path = "{(samples / "iris" / "iris.csv").resolve()}"' in (tmp_path / "project.toml").read_text()
    assert projects.load(tmp_path / "project.toml") == project


def test_name_that_is_not_utf8_is_a_sentence(tmp_path: Path) -> None:
    project = projects.relocated(project_of(Dense()), Path(os.fsdecode(b"/data/caf\xe9.csv")))
    with pytest.raises(InputError, match=r"caf�' is not UTF-8 text; rename that file or folder\."):
        projects.save(project, tmp_path / "project.toml")
    assert list(tmp_path.iterdir()) == []


def test_home_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    (tmp_path / "project.toml").write_bytes(to_toml(projects.relocated(project_of(Dense()), Path("~/a.csv"))))
    assert projects.load(tmp_path / "project.toml").data.path == str(tmp_path / "me" / "a.csv")


@pytest.mark.parametrize("path", ["~nobody-of-that-name/a.csv", "a\\u0000b.csv"])
def test_odd_data_paths_are_sentences(tmp_path: Path, path: str) -> None:
    (tmp_path / "project.toml").write_text(f'[data]\ntype = "images"\npath = "{path}"\n')
    with pytest.raises(InputError) as told:
        projects.load(tmp_path / "project.toml")
    assert "project.toml: data, path: " in str(told.value)


def test_problems_name_the_layer_or_the_end(samples: Path) -> None:
    project = projects.load(samples / "iris" / "project.toml")
    assert project.problems() == []
    convolution = catalogue()["conv2d"]()
    first = msgspec.structs.replace(project, network=project.network.inserted(1, convolution))
    (problem,) = first.problems()
    assert problem.startswith("Layer 2 (conv2d): needs an image (3 dimensions), 16 arrives")
    end = msgspec.structs.replace(project, network=project.network.replaced(2, Dense(units=5)))
    assert end.problems() == ["The last layer gives 5, but 3 classes need 3."]
    data = msgspec.structs.replace(project, data=msgspec.structs.replace(project.data, columns=()))
    assert len(data.problems()) == 1
    assert "target" in data.problems()[0]


@pytest.mark.parametrize(("units", "loss", "fits"), [
    (1, "binary_crossentropy", True), (2, "binary_crossentropy", True), (1, "categorical_crossentropy", False),
    (2, "categorical_crossentropy", True), (3, "binary_crossentropy", False),
])  # fmt: skip
def test_two_classes_may_be_told_by_one_probability(units: int, loss: Any, fits: bool) -> None:
    target = Column(name="y", type="category", role="target", categories=("a", "b"))
    data = Table(path="a.csv", columns=(Column(name="x"), target))
    project = Project(data=data, network=Network([Dense(units=units)]), training=Training(loss=loss))
    assert (project.problems() == []) == fits
