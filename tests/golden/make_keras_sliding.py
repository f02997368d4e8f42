"""Computes the layers that slide, resize and reshape with the real Keras: `keras_layers_sliding.npz`.

Run by hand as make_keras_goldens.py, whose format it has. Inputs and weights are multiples of 1/16, so that most sums
are exact in single precision and the file stays small.
"""

from collections.abc import Iterator
from itertools import chain, product

from make_keras_goldens import Case, write

STEPS = ((1, 1), (2, 1), (3, 1), (1, 2), (1, 3))  # strides and dilation_rate, which cannot both be above 1
PADDINGS = ("valid", "same")


def sequences() -> Iterator[Case]:
    """conv1d, its transposed, depthwise and separable kin."""
    for padding, (stride, gap), size, n in product(("valid", "same", "causal"), STEPS, (1, 2, 3, 4), (7, 8)):
        if padding != "valid" or (size - 1) * gap < n:
            options = {"kernel_size": size, "strides": stride, "padding": padding, "dilation_rate": gap}
            yield {"layer": "conv1d", "filters": 3, **options}, (1, n, 2), 0
    for padding, (stride, gap), size, n in product(PADDINGS, (*STEPS, (4, 1)), (1, 2, 3, 4, 5), (4, 5)):
        options = {"kernel_size": size, "strides": stride, "padding": padding, "dilation_rate": gap}
        yield {"layer": "conv1d_transpose", "filters": 3, **options}, (1, n, 2), 0
    for padding, stride, size, more in product(PADDINGS, (1, 2, 3, 4), (1, 2, 3, 4, 5), (0, 1, 2, 3)):
        if more < stride:
            options = {"kernel_size": size, "strides": stride, "padding": padding, "output_padding": more}
            yield {"layer": "conv1d_transpose", "filters": 2, **options}, (1, 4, 2), 0
    for padding, (stride, gap), (size, times), n in product(PADDINGS, STEPS, ((2, 3), (3, 1), (3, 2)), (7, 8)):
        options = {"kernel_size": size, "strides": stride, "padding": padding, "dilation_rate": gap}
        options["depth_multiplier"] = times
        yield {"layer": "depthwise_conv1d", **options}, (1, n, 2), 0
        yield {"layer": "separable_conv1d", "filters": 3, **options}, (1, n, 2), 0


def images() -> Iterator[Case]:
    """conv2d_transpose, depthwise_conv2d, separable_conv2d."""
    steps = [((1, 1), (1, 1)), ((2, 2), (1, 1)), ((3, 3), (1, 1)), ((1, 2), (1, 1)), ((1, 1), (2, 2)), ((1, 1), (1, 3))]
    for padding, (strides, gaps), kernel in product(PADDINGS, steps, ((3, 3), (2, 3), (4, 1), (1, 5))):
        options = {"kernel_size": kernel, "strides": strides, "padding": padding, "dilation_rate": gaps}
        yield {"layer": "conv2d_transpose", "filters": 2, **options}, (1, 3, 4, 2), 0
    for padding, more in product(PADDINGS, ((0, 0), (1, 0), (1, 2))):
        options = {"kernel_size": (3, 4), "strides": (2, 3), "padding": padding, "output_padding": more}
        yield {"layer": "conv2d_transpose", "filters": 2, **options}, (1, 3, 4, 2), 0
    for padding, (strides, gaps), (kernel, times), extents in product(
        PADDINGS, steps, (((3, 3), 1), ((2, 3), 2)), ((7, 8), (8, 7))
    ):
        options = {"kernel_size": kernel, "strides": strides, "padding": padding, "dilation_rate": gaps}
        options["depth_multiplier"] = times
        yield {"layer": "depthwise_conv2d", **options}, (1, *extents, 2), 0
        yield {"layer": "separable_conv2d", "filters": 3, **options}, (1, *extents, 2), 0


def volumes() -> Iterator[Case]:
    """conv3d and conv3d_transpose."""
    steps = [((1, 1, 1), (1, 1, 1)), ((2, 2, 2), (1, 1, 1)), ((1, 2, 3), (1, 1, 1)), ((1, 1, 1), (2, 1, 2))]
    for padding, (strides, gaps), kernel in product(PADDINGS, steps, ((2, 3, 2), (1, 2, 3), (1, 1, 1))):
        options = {"kernel_size": kernel, "strides": strides, "padding": padding, "dilation_rate": gaps}
        yield {"layer": "conv3d", "filters": 2, **options}, (1, 4, 5, 5, 1), 0
        yield {"layer": "conv3d_transpose", "filters": 2, **options}, (1, 2, 3, 2, 1), 0
    yield {"layer": "conv3d", "filters": 4, "kernel_size": 2, "groups": 2}, (1, 3, 3, 2, 2), 0
    options = {"kernel_size": 3, "strides": 2, "output_padding": (0, 1, 0), "padding": "same"}
    yield {"layer": "conv3d_transpose", "filters": 2, **options}, (1, 2, 2, 2, 1), 0


def extras() -> Iterator[Case]:
    """Options that do not depend on the windows: groups, activations, no bias, penalties, two examples."""
    l1, l2 = {"name": "l1", "l1": 0.03}, {"name": "l2", "l2": 0.02}
    yield {"layer": "conv1d", "filters": 4, "kernel_size": 3, "groups": 2, "activation": "relu"}, (2, 6, 4), 0
    yield {"layer": "conv1d", "filters": 3, "kernel_size": 2, "use_bias": False, "activation": "softmax"}, (2, 5, 2), 0
    penalties = {"kernel_regularizer": l1, "bias_regularizer": l2, "activity_regularizer": l1}
    yield (
        {"layer": "conv2d_transpose", "filters": 2, "kernel_size": 2, "activation": "tanh", **penalties},
        (2, 3, 3, 2),
        0,
    )
    penalties = {"depthwise_regularizer": l1, "bias_regularizer": l2, "activity_regularizer": l1}
    yield {"layer": "depthwise_conv2d", "kernel_size": 2, "activation": "elu", **penalties}, (2, 3, 3, 2), 0
    penalties["pointwise_regularizer"] = l2
    yield (
        {"layer": "separable_conv2d", "filters": 3, "kernel_size": 2, "activation": "softmax", **penalties},
        (2, 3, 3, 2),
        0,
    )
    yield {"layer": "separable_conv1d", "filters": 3, "kernel_size": 2, "use_bias": False}, (2, 4, 2), 0


def poolings() -> Iterator[Case]:
    """Poolings of every rank. With `same`, Keras on torch averages over points beyond the edge; TensorFlow does not."""
    for padding, size, stride, n in product(PADDINGS, (1, 2, 3, 4), (None, 1, 2, 3), (7, 8)):
        options = {"pool_size": size, "strides": stride, "padding": padding}
        yield {"layer": "max_pooling1d", **options}, (1, n, 2), 0
        if padding == "valid":
            yield {"layer": "average_pooling1d", **options}, (1, n, 2), 0
    for padding, size, strides in product(PADDINGS, ((2, 2, 2), (3, 2, 1)), (None, (1, 1, 1), (2, 1, 3))):
        options = {"pool_size": size, "strides": strides, "padding": padding}
        yield {"layer": "max_pooling3d", **options}, (1, 4, 5, 3, 2), 0
        if padding == "valid":
            yield {"layer": "average_pooling3d", **options}, (1, 4, 5, 3, 2), 0
    for kind, (dimensions, shape), keepdims in product(
        ("max", "average"), ((1, (2, 5, 3)), (2, (2, 4, 5, 3)), (3, (2, 3, 2, 4, 3))), (False, True)
    ):
        yield {"layer": f"global_{kind}_pooling{dimensions}d", "keepdims": keepdims}, shape, 0


def resizings() -> Iterator[Case]:
    """Up-sampling, zero padding, cropping, permute, repeat_vector."""
    for size in (1, 2, 3):
        yield {"layer": "up_sampling1d", "size": size}, (1, 4, 2), 0
        yield {"layer": "up_sampling3d", "size": size}, (1, 2, 1, 3, 2), 0
    for size, mode in product(((2, 2), (1, 3), (3, 2), (5, 4)), ("nearest", "bilinear")):
        yield {"layer": "up_sampling2d", "size": size, "interpolation": mode}, (1, 3, 4, 2), 0
    for sides in ([1, 1], [0, 2], [3, 0]):
        yield {"layer": "zero_padding1d", "padding": sides}, (1, 5, 2), 0
        yield {"layer": "cropping1d", "cropping": sides}, (1, 5, 2), 0
    for sides in ([[1, 1], [1, 1]], [[0, 2], [1, 0]], [[2, 1], [0, 3]]):
        yield {"layer": "zero_padding2d", "padding": sides}, (1, 5, 6, 2), 0
        yield {"layer": "cropping2d", "cropping": sides}, (1, 5, 6, 2), 0
        yield {"layer": "zero_padding3d", "padding": [*sides, [0, 1]]}, (1, 4, 5, 2, 2), 0
        yield {"layer": "cropping3d", "cropping": [*sides, [0, 1]]}, (1, 4, 5, 2, 2), 0
    for short in (2, [1, 2]):
        yield {"layer": "zero_padding2d", "padding": short}, (1, 5, 6, 2), 0
        yield {"layer": "cropping2d", "cropping": short}, (1, 5, 6, 2), 0
    for dims in ((1, 2, 3), (2, 1, 3), (3, 1, 2), (3, 2, 1), (1, 3, 2)):
        yield {"layer": "permute", "dims": dims}, (2, 3, 4, 5), 0
    yield {"layer": "permute", "dims": (2, 1)}, (2, 3, 4), 0
    yield {"layer": "permute", "dims": (1,)}, (2, 3), 0
    for n in (1, 3):
        yield {"layer": "repeat_vector", "n": n}, (2, 4), 0


if __name__ == "__main__":
    families = (sequences(), images(), volumes(), extras(), poolings(), resizings())
    write("keras_layers_sliding.npz", chain(*families), steps=16)
