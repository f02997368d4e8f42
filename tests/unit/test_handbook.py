"""Every layer has a page, every example computes, and no page claims a shape or a count that the classes deny."""

from pathlib import Path

import numpy as np
import pytest
import torch

from asanai_tui.errors import InputError
from asanai_tui.handbook import markdown, typesetting
from asanai_tui.handbook.computing import OwnNumbers, computed
from asanai_tui.handbook.examples import example
from asanai_tui.handbook.figures import batch_figures, figures
from asanai_tui.handbook.pages import Page, page
from asanai_tui.network.layers import catalogue
from asanai_tui.options import options_of
from asanai_tui.resources import resource

HEADINGS = ("What it computes", "Shapes and weights", "When to use it", "Traps", "Examples")
NARROWEST = 48  # columns of a page in a terminal of 80
DENSE = '[[network]]\nlayer = "dense"\n'


@pytest.fixture(params=list(catalogue()))
def each(request: pytest.FixtureRequest) -> Page:
    return page(request.param)


def test_every_layer_has_a_page_and_every_page_a_layer() -> None:
    assert {path.stem for path in (resource("handbook") / "layers").glob("*.md")} == set(catalogue())


def test_page_has_its_parts_in_order(each: Page) -> None:
    first, *others = each.blocks
    assert (first.kind, first.text) == ("title", each.name)
    assert tuple(block.text for block in others if block.kind == "heading") == HEADINGS
    assert 25 <= len(each.text.splitlines()) <= 80


def test_examples_compute_what_the_page_claims(each: Page) -> None:
    assert each.examples
    assert any(one.given.leaves is not None for one in each.examples)
    assert any(one.given.parameters is not None for one in each.examples)
    assert each.name in {layer.name for one in each.examples for layer in one.network}
    for one in each.examples:
        assert one.broken_claims == []
        outcome = computed(one)
        if one.inputs is not None:
            assert outcome.outputs.shape == (len(one.inputs), *one.leaves)
            assert np.isfinite(outcome.outputs).all()


def test_page_fits_a_terminal_of_80_columns(each: Page) -> None:
    results = [computed(one) for one in each.examples]
    for line in typesetting.plain(typesetting.page_lines(each, NARROWEST, results)):
        assert len(line) <= NARROWEST, line


def test_links_lead_to_other_pages(each: Page) -> None:
    runs = [run for block in each.blocks if block.kind != "code" for run in markdown.runs(block.text)]
    targets = {run.target for run in runs if run.look == "link"}
    assert targets
    assert targets <= {f"{name}.md" for name in catalogue() if name != each.name}
    assert all(run.text == run.target.removesuffix(".md") for run in runs if run.look == "link")


def test_options_are_those_of_the_class(each: Page) -> None:
    text = "\n".join(typesetting.plain(typesetting.option_lines(each.layer, 200)))
    for option in options_of(each.layer):
        assert f"{option.label} = " in text
        assert option.help in text


def test_computing_leaves_a_training_beside_it_its_random_numbers() -> None:
    before = torch.get_rng_state()
    for name in ("dropout", "gaussian_noise", "spatial_dropout2d", "lstm", "conv2d"):
        for one in page(name).examples:
            computed(one)
    assert torch.equal(torch.get_rng_state(), before)
    with OwnNumbers(1):
        drawn = [torch.rand(3), torch.empty(3).normal_(), torch.randperm(5)]
    assert torch.equal(torch.get_rng_state(), before)
    with OwnNumbers(1):
        again = [torch.rand(3), torch.empty(3).normal_(), torch.randperm(5)]
    assert all(torch.equal(one, other) for one, other in zip(drawn, again, strict=True))


def test_random_examples_give_the_same_each_time() -> None:
    random = page("dropout").examples[0]
    assert np.array_equal(computed(random).outputs, computed(random).outputs)
    assert 0 < np.count_nonzero(computed(random).outputs == 0) < 12


def test_example_by_hand() -> None:
    source = f"input = [1, 2]\nparameters = 3\n{DENSE}units = 1\nweights.kernel = [3, 4]\nweights.bias = [0.5]"
    one = example(source, "here")
    assert computed(one).outputs.tolist() == [[11.5]]
    assert "parameters" not in one.source
    assert one.broken_claims == []
    lines = typesetting.plain(typesetting.example_lines(one, computed(one)))
    assert lines[-2:] == ["→ output 1, 3 parameters", "  11.5"]


def test_shapes_are_there_before_values() -> None:
    waiting = typesetting.plain(typesetting.page_lines(page("conv1d"), 80))
    assert "→ output 4×1, 3 parameters" in waiting
    assert waiting.count("  computing …") == 2


def test_broken_claims_are_found() -> None:
    wrong = example(f"input = [1, 2]\nleaves = [3]\nparameters = 5\ntrainable = 6\n{DENSE}", "here")
    assert wrong.broken_claims == [
        "leaves: the page says (3,), the layers say (2,).",
        "parameters: the page says 5, the layers say 6.",
    ]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("input = [1", "not valid TOML"),
        ("input = [1]", "network is missing"),
        ("input = [1]\nnetwork = []", r"expected a list of layers"),
        ('input = [1]\n[[network]]\nlayer = "dens"', "here, layer 1: no layer is called 'dens'; did you mean 'dense'?"),
        (f"input = [1]\n{DENSE}unit = 1", "no option is called 'unit'; did you mean 'units'?"),
        (f"input = [1]\n{DENSE}units = 0", "units: expected a whole number, 1…1,000,000, not 0"),
        (f"{DENSE}", "nothing arrives; give input, batch or arrives"),
        (f"input = [1]\nbatch = [[1]]\n{DENSE}", "give input or batch, not both"),
        (f"inputs = [1]\n{DENSE}", "no option is called 'inputs'; did you mean 'input'?"),
        (f'input = ["a"]\n{DENSE}', "here, input: expected numbers"),
        (f"input = [[1, 2], [3]]\n{DENSE}", "expected numbers in lists of equal length"),
        (f"arrives = [3]\ninput = [1, 2]\n{DENSE}", "here, input: expected 1×3, not 1×2"),
        (f"input = [1, 2]\n{DENSE}weights = 3", "weights are given by name"),
        (f"input = [1, 2]\n{DENSE}weights.kern = 3", "no weight is called 'kern'; did you mean 'kernel'?"),
        (
            f"input = [1, 2]\n{DENSE}weights.kernel = [1, 2]",
            r"here, layer 1 \(dense\), kernel: expected 2×2, not 2\.",
        ),
        ('input = [1, 2]\n[[network]]\nlayer = "conv2d"', r"layer 1 \(conv2d\): needs an image \(3 dimensions\)"),
    ],
)
def test_wrong_example_is_a_sentence(source: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        example(source, "here")
    assert str(raised.value).startswith("here")
    assert "\n" not in str(raised.value)


def test_wrong_page_is_a_sentence() -> None:
    with pytest.raises(InputError) as told:
        _ = Page("dense", "# dense\n```example\ninput = [1]").examples
    assert "handbook, dense: code that begins with ``` does not end" in str(told.value)
    with pytest.raises(InputError) as told:
        _ = Page("dense", f"```example\ninput = [1]\n{DENSE}```\n```example\n{DENSE}```").examples
    assert "dense, example 2: nothing arrives" in str(told.value)
    with pytest.raises(InputError) as told:
        page("dens")
    assert "No layer is called 'dens'; did you mean 'dense'?" in str(told.value)


def test_layer_without_a_file_has_its_explanation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("asanai_tui.handbook.pages.resource", lambda name: tmp_path)
    page.cache_clear()
    try:
        assert page("flatten").text.startswith("# flatten\n\nLays all values in one row")
    finally:
        page.cache_clear()


def test_markdown_blocks() -> None:
    text = "# a\nfirst\nline\n## b\n- one\n  more\n- two\nafter? no\n\n```x\ncode\n\n  in\n```\nlast"
    assert [tuple(block) for block in markdown.blocks(text)] == [
        ("title", "a", ""),
        ("paragraph", "first line", ""),
        ("heading", "b", ""),
        ("item", "one more", ""),
        ("item", "two after? no", ""),
        ("code", "code\n\n  in", "x"),
        ("paragraph", "last", ""),
    ]


def test_wrapping_keeps_looks_and_words() -> None:
    lines = list(typesetting.wrapped(markdown.runs("one `two three`, **four** [five](five.md)."), 10, "• ", "  "))
    assert typesetting.plain(lines) == ["• one two", "  three,", "  four", "  five."]
    looks = {span.text: span.look for line in lines for span in line if span.text.strip()}
    assert looks["two"] == looks["three"] == "code"
    assert (looks["four"], looks["five"], looks[","], looks["one"]) == ("strong", "link", "", "")


def test_figures_are_aligned() -> None:
    assert figures(np.array([1.0, -10.5])) == ["  1.0  -10.5"]
    assert figures(np.array([[1.0, 2.0], [3.0, 40.0]])) == [" 1   2", " 3  40"]
    assert figures(np.array(0.25)) == ["0.25"]
    assert figures(np.array([-0.00001])) == ["0"]
    assert figures(np.arange(8.0).reshape(2, 2, 2))[0] == "channel 1"
    assert figures(np.ones((2, 1, 2, 1))) == ["slice 1", "1  1", "slice 2", "1  1"]
    assert batch_figures(np.ones((2, 2))) == ["1  1", "1  1"]
    assert batch_figures(np.ones((2, 1, 2))) == ["example 1", "  1  1", "example 2", "  1  1"]
    assert all(len(line) <= 44 for line in figures(np.linspace(0, 1, 30)))
