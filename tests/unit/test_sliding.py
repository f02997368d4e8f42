"""Layers that slide, resize and reshape: properties beyond golden numbers, sizes as people write them, sentences."""

from itertools import product
from typing import Any

import pytest
import torch

from asanai_tui.checking import checked
from asanai_tui.errors import InputError, ShapeError
from asanai_tui.network.layers import layer_from
from asanai_tui.network.layers.base import Layer, encoded
from asanai_tui.network.layers.convolution import Conv1D, Conv2D
from asanai_tui.network.layers.edges import Cropping2D, ZeroPadding1D, ZeroPadding2D, ZeroPadding3D
from asanai_tui.network.layers.pooling import AveragePooling3D
from asanai_tui.network.layers.separable import SeparableConv2D
from asanai_tui.network.layers.transposed import Conv2DTranspose
from asanai_tui.network.layers.up_sampling import UpSampling1D, UpSampling2D
from asanai_tui.network.modules import build, to_torch
from asanai_tui.network.network import Network
from asanai_tui.network.options import Shape
from asanai_tui.network.windows import around
from asanai_tui.options import Option, options_of
from asanai_tui.values import parsed, shown, stepped


def option(cls: type[Layer], name: str) -> Option:
    return next(each for each in options_of(cls) if each.name == name)


def test_causal_convolution_sees_nothing_that_comes_later() -> None:
    layer = Conv1D(filters=2, kernel_size=(3,), dilation_rate=(2,), padding="causal")
    model = build(Network([layer]), (9, 1))
    x = torch.randn(1, 1, 9)
    later = x.clone()
    later[..., 5:] += 1
    before, after = model(x), model(later)
    assert torch.equal(before[..., :5], after[..., :5])
    assert not torch.isclose(before[..., 5], after[..., 5]).any()


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [(1, 1), (2, 2), (1, 2)])
def test_transposed_convolution_is_the_transposed_of_the_convolution(padding: Any, strides: tuple[int, int]) -> None:
    """⟨conv(x), y⟩ = ⟨x, conv_transpose(y)⟩ with one kernel, wherever the sizes come back."""
    torch.manual_seed(1)
    forth = Conv2D(filters=2, kernel_size=(3, 4), strides=strides, padding=padding, use_bias=False)
    back = Conv2DTranspose(filters=3, kernel_size=(3, 4), strides=strides, padding=padding, use_bias=False)
    shape = (8, 8, 3) if padding == "same" else (9, 8, 3)
    kernel = torch.randn(3, 4, 3, 2)  # Keras' layout: in, out for the one; out, in for the other
    x = torch.randn(1, 3, *shape[:2])
    y = forth.forward(x, {"kernel": to_torch(kernel, forth.weights(shape)["kernel"])}, False)
    other = torch.randn_like(y)
    spec = back.weights(forth.leaving(shape))["kernel"]
    z = back.forward(other, {"kernel": to_torch(kernel, spec)}, False)
    assert z.shape == x.shape
    torch.testing.assert_close((y * other).sum(), (x * z).sum(), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("strides", [None, (1, 1, 1), (2, 3, 2)])
@pytest.mark.parametrize(("size", "extents"), [((4, 1, 1), (3, 2, 5)), ((3, 5, 2), (4, 3, 3)), ((9, 9, 9), (2, 1, 3))])
def test_average_pooling_takes_windows_larger_than_the_volume(size: Shape, extents: Shape, strides: Any) -> None:
    """torch's avg_pool3d refuses them; here each output is the mean of the points that a window of Keras covers."""
    x = torch.randn(2, 3, *extents)
    layer = AveragePooling3D(pool_size=size, strides=strides, padding="same")
    y = build(Network([layer]), (*extents, 3))(x)
    windows = layer.windows
    before = [start for start, _ in around(windows, extents)]
    for place in product(*map(range, layer.output_shape((*extents, 3))[:-1])):
        starts = [i * step - margin for i, step, margin in zip(place, windows.strides, before, strict=True)]
        part = x[(..., *(slice(max(0, s), s + n) for s, n in zip(starts, size, strict=True)))]
        torch.testing.assert_close(y[(..., *place)], part.mean((2, 3, 4)))
    assert y.shape[2:] == windows.counts(extents)


@pytest.mark.parametrize("shape", [(3, 3, 3), (1, 2, 1), (1, 3, 5)])
@pytest.mark.parametrize("layer", [Conv2D(filters=1, padding="same"), Conv2DTranspose(filters=3), Conv2DTranspose()])
def test_kernels_of_a_single_channel_learn_from_a_single_image(layer: Layer, shape: Shape) -> None:
    """torch refuses the backward pass where an extent of 1 left a kernel with odd strides."""
    model = build(Network([layer]), shape)
    model(torch.randn(1, *shape).movedim(-1, 1)).square().sum().backward()
    assert all(bool(parameter.grad.any()) for parameter in model.parameters() if parameter.grad is not None)
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_separable_convolution_is_cheaper_than_the_convolution_it_stands_for() -> None:
    shape = (8, 8, 16)
    assert Network([SeparableConv2D(filters=32)]).parameters(shape)[0] == 3 * 3 * 16 + 16 * 32 + 32
    assert Network([Conv2D(filters=32)]).parameters(shape)[0] == 3 * 3 * 16 * 32 + 32


@pytest.mark.parametrize("size", [3, 7, 41, 47, 55, 61, 82, 97])
def test_nearest_repeats_every_step_exactly(size: int) -> None:
    """Sizes at which 1 / size times a multiple of size is below a whole number in single precision."""
    x = torch.arange(50.0).reshape(1, 1, 50)
    assert torch.equal(UpSampling1D(size=size).forward(x, {}, False), x.repeat_interleave(size, 2))


def test_bilinear_measures_between_the_centers_of_pixels() -> None:
    x = torch.tensor([0.0, 4.0]).reshape(1, 1, 1, 2)
    y = UpSampling2D(size=(1, 2), interpolation="bilinear").forward(x, {}, False)
    assert y.flatten().tolist() == [0, 1, 3, 4]  # TF.js, between corners: 0 2 4 4


@pytest.mark.parametrize(
    ("plain", "meant"),
    [
        ({"layer": "conv2d", "kernel_size": 5, "strides": 2}, {"kernel_size": (5, 5), "strides": (2, 2)}),
        ({"layer": "conv1d", "kernel_size": 5}, {"kernel_size": (5,)}),
        ({"layer": "max_pooling3d", "pool_size": 3}, {"pool_size": (3, 3, 3), "strides": None}),
        ({"layer": "zero_padding1d", "padding": 2}, {"padding": (2, 2)}),
        ({"layer": "zero_padding2d", "padding": 2}, {"padding": ((2, 2), (2, 2))}),
        ({"layer": "zero_padding2d", "padding": [1, 2]}, {"padding": ((1, 1), (2, 2))}),
        ({"layer": "cropping2d", "cropping": [[0, 1], [2, 3]]}, {"cropping": ((0, 1), (2, 3))}),
        ({"layer": "cropping3d", "cropping": [[0, 1], 2, [0, 0]]}, {"cropping": ((0, 1), (2, 2), (0, 0))}),
    ],
)
def test_sizes_may_be_written_short_as_in_keras(plain: dict[str, Any], meant: dict[str, Any]) -> None:
    layer = layer_from(plain, "test")
    assert {name: getattr(layer, name) for name in meant} == meant
    assert layer_from(encoded(layer), "test") == layer


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", ((1, 1), (1, 1))), ("1 2", ((1, 1), (2, 2))), ("1 2 0 3", ((1, 2), (0, 3))),
        ("[[1, 2], [0, 3]]", ((1, 2), (0, 3))), ("1 × 2 × 0 × 3", ((1, 2), (0, 3))),
    ],
)  # fmt: skip
def test_pairs_can_be_typed(text: str, value: Any) -> None:
    padding = option(ZeroPadding2D, "padding")
    assert parsed(padding, text) == value
    assert parsed(padding, shown(value)) == value


@pytest.mark.parametrize("text", ["", "1 2 3", "1 2 3 4 5", "a"])
def test_pairs_that_do_not_come_out_are_refused(text: str) -> None:
    with pytest.raises(InputError) as told:
        parsed(option(ZeroPadding2D, "padding"), text)
    assert "padding: expected 2 pairs of whole numbers from 0, not " in str(told.value)


def test_steps_of_pairs_stay_within_their_range() -> None:
    padding = option(ZeroPadding2D, "padding")
    assert stepped(padding, ((0, 1), (2, 4096)), 1) == ((1, 2), (3, 4096))
    assert stepped(padding, ((0, 1), (2, 4096)), -1) == ((0, 0), (1, 4095))
    assert stepped(option(ZeroPadding1D, "padding"), (0, 1), -1) == (0, 0)
    assert stepped(option(Conv2D, "kernel_size"), (1, 3), -1) == (1, 2)


@pytest.mark.parametrize(
    ("layer", "change", "said"),
    [
        (ZeroPadding2D(), {"padding": ((1, -1), (0, 0))}, "padding: expected 2 pairs of whole numbers from 0, not "),
        (ZeroPadding3D(), {"padding": ((1, 1), (0, 0))}, "padding: expected 3 pairs of whole numbers from 0, not "),
        (Cropping2D(), {"cropping": ((1, 1.5), (0, 0))}, "cropping: expected 2 pairs of whole numbers from 0, not "),
        (Conv1D(), {"kernel_size": (0,)}, "kernel_size: expected 1 whole number from 1, not 0."),
        (
            Conv2DTranspose(),
            {"output_padding": (-1, 0)},
            "output_padding: expected 2 whole numbers from 0, not -1 × 0.",
        ),
    ],
)
def test_wrong_sizes_are_one_sentence(layer: Layer, change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        checked(layer, **change)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("plain", "shape", "said"),
    [
        ({"layer": "conv1d", "kernel_size": 9}, (5, 2), "the 9 kernel does not fit into 5; make the kernel smaller"),
        ({"layer": "conv3d"}, (8, 8, 3), "needs a volume (4 dimensions), 8×8×3 arrives; put it elsewhere"),
        ({"layer": "conv1d_transpose", "strides": 2, "dilation_rate": 2}, (5, 2), "set one of them to 1."),
        ({"layer": "depthwise_conv2d", "strides": 2, "dilation_rate": 2}, (9, 9, 2), "set one of them to 1."),
        ({"layer": "conv2d_transpose", "strides": [2, 3], "output_padding": [1, 3]}, (5, 5, 2),
         "output_padding 1×3 must be smaller than the strides 2×3; set output_padding to none."),
        ({"layer": "conv2d_transpose", "strides": 4096}, (512, 512, 3), "values for each example; make the layer"),
        ({"layer": "cropping2d", "cropping": [[2, 3], [0, 0]]}, (5, 9, 3),
         "cropping 2+3 × 0+0 leaves nothing of 5×9; cut less off."),
        ({"layer": "up_sampling3d", "size": 4096}, (9, 9, 9, 3), "values for each example; make the layer smaller."),
        ({"layer": "permute", "dims": [1, 3]}, (4, 4, 2),
         "dims 1 3 does not name each dimension of 4×4×2 once; write 1 2 3 in another order."),
        ({"layer": "permute", "dims": [1, 2]}, (4,), "dims 1 2 does not name each dimension of 4 once; write 1."),
        ({"layer": "repeat_vector"}, (4, 2), "needs a vector (1 dimension), 4×2 arrives; put it elsewhere"),
        ({"layer": "global_max_pooling2d"}, (4, 2), "needs an image (3 dimensions), 4×2 arrives; put it elsewhere"),
        ({"layer": "max_pooling1d", "pool_size": 7}, (5, 2), "the 7 window does not fit into 5; make pool_size"),
    ],
)  # fmt: skip
def test_problem_is_a_sentence_that_says_what_to_do(plain: dict[str, Any], shape: Shape, said: str) -> None:
    with pytest.raises(ShapeError) as caught:
        layer_from(plain, "test").leaving(shape)
    assert said in str(caught.value) and str(caught.value).endswith(".")
