"""Options as data: what a person types, what a form shows, what the arrow keys do, and what is refused."""

from typing import Annotated, Any, Literal

import msgspec
import pytest

from asanai_tui.checking import checked, decoded, sentence, with_value
from asanai_tui.data.spec import Split, Table
from asanai_tui.errors import InputError
from asanai_tui.network.initializers import Constant, GlorotUniform
from asanai_tui.network.layers import catalogue
from asanai_tui.network.layers.basic import Dense, Reshape
from asanai_tui.network.layers.convolution import Conv2D
from asanai_tui.network.layers.noise import Dropout
from asanai_tui.network.regularizers import L2
from asanai_tui.options import Option, fields_of, option, options_of
from asanai_tui.training.optimizer_settings import SGD, Adam
from asanai_tui.training.settings import Training
from asanai_tui.values import parsed, shown, stepped


class Everything(msgspec.Struct, frozen=True):
    """One option of each kind."""

    whole: Annotated[int, option("A whole number.", ge=1, le=10, step=2)] = 3
    doubled: Annotated[int, option("Without a step of its own.", ge=1, le=100)] = 3
    share: Annotated[float, option("A share.", ge=0, lt=1, step=0.25)] = 0.5
    rate: Annotated[float, option("Above 0.", gt=0, le=1)] = 0.1
    switch: Annotated[bool, option("On or off.")] = False
    choice: Annotated[Literal["one", "two", "three"], option("One of three.")] = "one"
    text: Annotated[str, option("Any text.")] = "auto"
    pair: Annotated[tuple[int, int], option("Two numbers.")] = (3, 5)
    maybe: Annotated[float | None, option("A number or none.")] = None
    silent: int = 0


def opt(name: str, cls: type[msgspec.Struct] = Everything) -> Option:
    return next(each for each in options_of(cls) if each.name == name)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("whole", " 7 ", 7), ("whole", "1_000", 1000), ("whole", "12 000", 12000), ("whole", "-3", -3),
        ("share", "0.25", 0.25), ("share", "0,25", 0.25), ("share", "1e-3", 0.001), ("share", "3", 3.0),
        ("switch", "on", True), ("switch", "No", False), ("switch", "TRUE", True), ("switch", "0", False),
        ("choice", "two", "two"), ("text", " cuda:0 ", "cuda:0"),
        ("pair", "3 5", (3, 5)), ("pair", "3×5", (3, 5)), ("pair", "3x5", (3, 5)), ("pair", "(3, 5)", (3, 5)),
        ("pair", "[3;5]", (3, 5)), ("pair", "4", (4, 4)),
        ("maybe", "none", None), ("maybe", "None", None), ("maybe", "", None), ("maybe", "2.5", 2.5),
    ],
)  # fmt: skip
def test_parsed(name: str, text: str, value: Any) -> None:
    assert parsed(opt(name), text) == value
    assert type(parsed(opt(name), text)) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("whole", "3.5", "whole: expected a whole number, 1…10, not '3.5'."),
        ("whole", "", "whole: expected a whole number, 1…10, not 'nothing'."),
        ("whole", "none", "whole: expected a whole number, 1…10, not 'none'."),
        ("share", "a lot", "share: expected a number, from 0, below 1, not 'a lot'."),
        ("rate", "nan", "rate: expected a number, above 0, up to 1, not 'nan'."),
        ("share", "1e999", "share: expected a number, from 0, below 1, not '1e999'."),
        ("maybe", "-inf", "maybe: expected a number, not '-inf'."),
        ("switch", "maybe", "switch: expected on or off, not 'maybe'."),
        ("choice", "four", "choice: expected one of one, two, three, not 'four'."),
        ("pair", "1 2 3", "pair: expected 2 whole numbers from 1, not '1 2 3'."),
        ("pair", "", "pair: expected 2 whole numbers from 1, not 'nothing'."),
        ("whole", "\x1b[2J", "whole: expected a whole number, 1…10, not '�[2J'."),
    ],
)
def test_parsed_refuses_in_one_sentence(name: str, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parsed(opt(name), text)
    assert str(caught.value) == said


def test_very_long_text_is_cut() -> None:
    with pytest.raises(InputError) as caught:
        parsed(opt("whole"), "9" * 100_000)
    assert len(str(caught.value)) < 300


def test_parsed_variants() -> None:
    assert parsed(opt("optimizer", Training), "sgd") == SGD()
    assert parsed(opt("kernel_regularizer", Dense), "l2") == L2()
    assert parsed(opt("kernel_regularizer", Dense), "none") is None
    with pytest.raises(InputError, match=r"optimizer: expected one of adam, sgd, rmsprop, .*, not 'lamb'"):
        parsed(opt("optimizer", Training), "lamb")


def test_choices_are_taken_as_they_are_written() -> None:
    """Categories of a table are choices too."""
    choice = Option("kind", "choice", None, "", "beginner", optional=True, choices=(" a", "a", "none", ""))
    texts = (" a", "a", "a ", "none", "", "None")
    assert [parsed(choice, text) for text in texts] == [" a", "a", "a", "none", "", None]


def test_sizes_of_any_length() -> None:
    assert parsed(opt("target_shape", Reshape), "2 3 -1") == (2, 3, -1)
    assert parsed(opt("target_shape", Reshape), "7") == (7,)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"), (True, "on"), (False, "off"), (7, "7"), (0.25, "0.25"), (1e-7, "1e-07"), (3.0, "3"),
        ((3, 5), "3 × 5"), ((), "none"), ("relu", "relu"), (Adam(), "adam"), ("\x1b[31mred", "�[31mred"),
    ],
)  # fmt: skip
def test_shown(value: Any, text: str) -> None:
    assert shown(value) == text


def test_what_is_shown_can_be_typed_back() -> None:
    """For every option of every layer and of the training, at its default."""
    for cls in (*catalogue().values(), Training, Split, SGD, Adam):
        for each in options_of(cls):
            if each.help and each.kind not in ("group", "layers", "other"):
                assert parsed(each, shown(each.default)) == each.default, f"{cls.__name__}.{each.name}"


@pytest.mark.parametrize(
    ("name", "value", "by", "next_value"),
    [
        ("whole", 3, 1, 5), ("whole", 3, -1, 1), ("whole", 1, -1, 1), ("whole", 9, 1, 10), ("whole", 10, 1, 10),
        ("doubled", 3, 1, 6), ("doubled", 3, -1, 1), ("doubled", 100, 1, 100), ("doubled", 1, -1, 1),
        ("share", 0.5, 1, 0.75), ("share", 0.75, 1, 0.75), ("share", 0.0, -1, 0.0), ("share", 0.1, -1, 0.0),
        ("rate", 0.1, 1, 0.2), ("rate", 0.1, -1, 0.05), ("rate", 0.9, 1, 1.0),
        ("switch", False, 1, True), ("switch", True, -1, False),
        ("choice", "one", 1, "two"), ("choice", "one", -1, "three"), ("choice", "three", 1, "one"),
        ("pair", (3, 5), 1, (4, 6)), ("pair", (1, 2), -1, (1, 1)),
        ("text", "auto", 1, "auto"), ("maybe", None, 1, None), ("maybe", 2.0, -1, 1.0),
    ],
)  # fmt: skip
def test_stepped(name: str, value: Any, by: int, next_value: Any) -> None:
    result = stepped(opt(name), value, by)
    assert result == pytest.approx(next_value)
    assert type(result) is type(next_value)


def test_stepped_variants_go_round_with_none() -> None:
    regularizer = opt("kernel_regularizer", Dense)
    names = [shown(value := None)]
    for _ in range(len(regularizer.choices) + 1):
        value = stepped(regularizer, value, 1)
        names.append(shown(value))
    assert names == ["none", *regularizer.choices, "none"]
    assert stepped(opt("optimizer", Training), Adam(), -1) == parsed(opt("optimizer", Training), "muon")


def test_steps_of_every_option_stay_within_its_range() -> None:
    """From the default 60 steps up, then 120 down: what comes out is always a legal value."""
    for cls in (*catalogue().values(), Training, Split, SGD, Adam):
        for field in fields_of(cls()):
            if len(field.path) > 1 or field.option.kind in ("sizes", "group", "other"):
                continue
            struct: msgspec.Struct = cls()
            for by in (1,) * 60 + (-1,) * 120:
                value = stepped(field.option, getattr(struct, field.path[0]), by)
                struct = with_value(struct, field.path, value)
                assert getattr(struct, field.path[0]) == value


def test_a_small_rate_is_halved_not_lost() -> None:
    rate = opt("learning_rate", Adam)
    assert stepped(rate, 3e-9, -1) == pytest.approx(1.5e-9)


def test_fields_are_those_that_explain_themselves_inner_ones_behind_their_owner() -> None:
    fields = fields_of(Training(optimizer=SGD()))
    paths = [".".join(field.path) for field in fields]
    assert paths[:4] == ["epochs", "batch_size", "optimizer", "optimizer.learning_rate"]
    assert "optimizer.momentum" in paths
    assert ("silent",) not in [field.path for field in fields_of(Everything())]
    split = {field.path: field.value for field in fields_of(Table(path="x.csv"))}
    assert split["split", "validation_split"] == 0.2
    assert ("path",) not in split


def test_fields_of_an_absent_variant_are_not_there() -> None:
    paths = [field.path for field in fields_of(Dense())]
    assert ("kernel_regularizer",) in paths
    assert not any(path[0] == "kernel_regularizer" and len(path) > 1 for path in paths)
    assert ("kernel_regularizer", "l2") in [field.path for field in fields_of(Dense(kernel_regularizer=L2()))]


def test_with_value_at_any_depth() -> None:
    assert with_value(Dense(), ("units",), 7) == Dense(units=7)
    changed = with_value(Training(), ("optimizer", "learning_rate"), 0.25)
    assert changed == Training(optimizer=Adam(learning_rate=0.25))
    layer = with_value(Dense(kernel_initializer=Constant()), ("kernel_initializer", "value"), 2.0)
    assert layer.kernel_initializer == Constant(value=2.0)


@pytest.mark.parametrize(
    ("struct", "path", "value", "said"),
    [
        (Dense(), ("units",), 0, "units: expected a whole number, 1…1,000,000, not 0."),
        (Dense(), ("units",), 10**30, f"units: expected a whole number, 1…1,000,000, not {10**30}."),
        (Dropout(), ("rate",), 1.0, "rate: expected a number, from 0, below 1, not 1."),
        (Conv2D(), ("kernel_size",), (3, 0), "kernel_size: expected 2 whole numbers from 1, not 3 × 0."),
        (
            Training(),
            ("optimizer", "learning_rate"),
            0.0,
            "learning_rate: expected a number, above 0, up to 100, ",
        ),
        (Dense(), ("activation",), "gulp", "activation: expected one of linear, relu, sigmoid, tanh, "),
    ],
)
def test_with_value_refuses_in_one_sentence(
    struct: msgspec.Struct, path: tuple[str, ...], value: Any, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        with_value(struct, path, value)
    assert str(caught.value).startswith(said)


def test_checked_changes_only_what_is_named() -> None:
    struct = Dense(units=5, kernel_regularizer=L2(), kernel_initializer=GlorotUniform())
    assert checked(struct, activation="tanh") == msgspec.structs.replace(struct, activation="tanh")


def test_decoded_begins_with_the_place() -> None:
    with pytest.raises(InputError) as caught:
        decoded({"epochs": "many"}, Training, "training")
    assert str(caught.value) == "training, epochs: expected a whole number, 1…1,000,000, not 'many'."
    with pytest.raises(InputError) as caught:
        decoded({"epoch": 3}, Training, "training")
    assert str(caught.value) == "training: no option is called 'epoch'; did you mean 'epochs'?"


def test_sentence_from_a_message() -> None:
    assert sentence("Expected `int` - at `$.a.b[2]`", "here") == "here, a.b[2]: expected int."
    assert sentence("Expected `int`") == "expected int."
    assert "\x1b" not in sentence("Object contains unknown field `\x1b[2J`", "file")


def test_ranges_for_people() -> None:
    assert [opt(name).range for name in ("whole", "share", "rate", "text", "maybe")] == [
        "1…10", "from 0, below 1", "above 0, up to 1", "", "",
    ]  # fmt: skip
    assert Option("x", "number", 0, "", "beginner", minimum=0, open_minimum=True).range == "above 0"
    assert Option("x", "number", 0, "", "beginner", minimum=1000).range == "from 1,000"
    assert Option("x", "number", 0, "", "beginner", maximum=0.5).range == "up to 0.5"


def test_every_option_of_the_document_explains_itself() -> None:
    for cls in (*catalogue().values(), Training, Split):
        for each in options_of(cls):
            assert each.help.endswith("."), f"{cls.__name__}.{each.name}"
            assert each.kind != "other", f"{cls.__name__}.{each.name}"
