"""The option types that layers are made of: each says its range and explains itself once."""

from typing import Annotated, Literal

import msgspec

from asanai_tui.network.activations import ActivationName
from asanai_tui.network.constraints import Constraint
from asanai_tui.network.initializers import Initializer
from asanai_tui.network.regularizers import Regularizer
from asanai_tui.options import option, seed_option

Shape = tuple[int, ...]
Extent = Annotated[int, msgspec.Meta(ge=1, le=4096)]
Margin = Annotated[int, msgspec.Meta(ge=0, le=4096)]
Margins = tuple[Margin, Margin]  # before and after

Units = Annotated[int, option("How many neurons the layer has; each gives one output.", ge=1, le=1_000_000, step=1)]
Filters = Annotated[
    int, option("How many kernels the layer learns; each gives one channel of the output.", ge=1, le=65_536, step=1)
]
KernelSize1D = Annotated[tuple[Extent], option("Length of the window that slides over the steps.")]
KernelSize2D = Annotated[tuple[Extent, Extent], option("Height and width of the window that slides over the image.")]
KernelSize3D = Annotated[
    tuple[Extent, Extent, Extent], option("Depth, height and width of the window that slides over the volume.")
]
Strides1D = Annotated[tuple[Extent], option("How far the window moves each step; larger gives a shorter output.")]
Strides2D = Annotated[
    tuple[Extent, Extent], option("How far the window moves each step, down and right; larger gives a smaller output.")
]
Strides3D = Annotated[
    tuple[Extent, Extent, Extent],
    option("How far the window moves each step, in depth, down and right; larger gives a smaller output."),
]
Spread1D = Annotated[tuple[Extent], option("How far apart the inputs are laid; larger gives a longer output.")]
Spread2D = Annotated[
    tuple[Extent, Extent], option("How far apart the inputs are laid, down and right; larger gives a larger output.")
]
Spread3D = Annotated[
    tuple[Extent, Extent, Extent],
    option("How far apart the inputs are laid, in depth, down and right; larger gives a larger output."),
]
DilationRate1D = Annotated[tuple[Extent], option("Gaps between the points of the kernel; 1 means none.", mode="expert")]
DilationRate2D = Annotated[
    tuple[Extent, Extent], option("Gaps between the points of the kernel; 1 means none.", mode="expert")
]
DilationRate3D = Annotated[
    tuple[Extent, Extent, Extent], option("Gaps between the points of the kernel; 1 means none.", mode="expert")
]
Padding = Annotated[
    Literal["valid", "same"],
    option("valid: only whole windows, the output shrinks. same: zeros around the edge, the size stays (at stride 1)."),
]
CausalPadding = Annotated[
    Literal["valid", "same", "causal"],
    option(
        "valid: whole windows only. same: zeros at both ends. causal: zeros before, so that no step sees later ones."
    ),
]
SpreadPadding = Annotated[
    Literal["valid", "same"],
    option("valid: everything the kernel reaches. same: cut to the size of the input times the strides."),
]
OutputPadding1D = Annotated[
    tuple[Margin] | None,
    option("Steps added at the end, fewer than the strides; none: what makes the size come out.", mode="expert"),
]
OutputPadding2D = Annotated[
    tuple[Margin, Margin] | None,
    option("Rows and columns added at the end, fewer than the strides; none: as padding says.", mode="expert"),
]
OutputPadding3D = Annotated[
    tuple[Margin, Margin, Margin] | None,
    option("Layers, rows and columns added at the end, fewer than the strides; none: as padding says.", mode="expert"),
]
PoolSize1D = Annotated[tuple[Extent], option("Length of the window that becomes one step.")]
PoolSize2D = Annotated[tuple[Extent, Extent], option("Height and width of the window that becomes one pixel.")]
PoolSize3D = Annotated[
    tuple[Extent, Extent, Extent], option("Depth, height and width of the window that becomes one point.")
]
PoolStrides1D = Annotated[
    tuple[Extent] | None, option("How far the window moves each step; none: as far as it is long.")
]
PoolStrides2D = Annotated[
    tuple[Extent, Extent] | None,
    option("How far the window moves each step, down and right; none: its own height and width."),
]
PoolStrides3D = Annotated[
    tuple[Extent, Extent, Extent] | None,
    option("How far the window moves each step, in depth, down and right; none: its own size."),
]
PoolPadding = Annotated[
    Literal["valid", "same"],
    option("valid: only whole windows, what is left over is dropped. same: the last windows may hang over the edge."),
]
KeepDims = Annotated[bool, option("Keep the dimensions that were pooled, with size 1.", mode="expert")]
Groups = Annotated[
    int,
    option("Parts into which channels and filters are split, each part on its own.", ge=1, le=65_536, mode="expert"),
]
DepthMultiplier = Annotated[int, option("How many kernels each input channel has.", ge=1, le=65_536, step=1)]
Size1D = Annotated[int, option("How often each step is repeated.", ge=1, le=4096, step=1)]
Size2D = Annotated[tuple[Extent, Extent], option("How many times higher and wider the image becomes.")]
Size3D = Annotated[tuple[Extent, Extent, Extent], option("How many times deeper, higher and wider the volume becomes.")]
Interpolation = Annotated[
    Literal["nearest", "bilinear"],
    option("nearest: repeat the nearest pixel. bilinear: blend the four around."),
]
Added1D = Annotated[Margins, option("Steps of zeros before and after.")]
Added2D = Annotated[tuple[Margins, Margins], option("Rows of zeros above and below, columns left and right.")]
Added3D = Annotated[
    tuple[Margins, Margins, Margins], option("Zeros in front and behind, above and below, left and right.")
]
Cropped1D = Annotated[Margins, option("Steps cut off before and after.")]
Cropped2D = Annotated[tuple[Margins, Margins], option("Rows cut off above and below, columns left and right.")]
Cropped3D = Annotated[
    tuple[Margins, Margins, Margins], option("Points cut off in front and behind, above and below, left and right.")
]
Dims = Annotated[
    tuple[Annotated[int, msgspec.Meta(ge=1, le=8)], ...],
    option("The new order: which dimension comes first, second …; counting starts at 1."),
    msgspec.Meta(min_length=1, max_length=8),
]
Repeats = Annotated[int, option("How often the vector is repeated.", ge=1, le=1_000_000, step=1)]
Activation = Annotated[ActivationName, option("The function each output passes through.")]
UseBias = Annotated[bool, option("Add a learned constant to each output.")]
Trainable = Annotated[bool, option("Off: the weights of this layer stay as they are.")]
Rate = Annotated[float, option("Share of the values set to 0 at random while training.", ge=0, lt=1, step=0.05)]
TargetShape = Annotated[
    tuple[Annotated[int, msgspec.Meta(ge=-1, le=2**31 - 1)], ...],
    option("The new shape; its product must equal that of the input. One -1 is worked out."),
    msgspec.Meta(min_length=1, max_length=8),
]
Axis = Annotated[
    int,
    option("Dimension it works along: -1 is the last, the channels; 1 the first.", ge=-9, le=9, step=1, mode="expert"),
]
Axes = Annotated[
    tuple[Annotated[int, msgspec.Meta(ge=-9, le=9)], ...],
    option("Dimensions it works over together: -1 is the last, the channels; 1 the first.", mode="expert"),
    msgspec.Meta(min_length=1, max_length=8),
]
NormalizationGroups = Annotated[
    int, option("Into how many groups the channels are split; -1: each on its own.", ge=-1, le=65_536, step=1)
]
Epsilon = Annotated[float, option("Small number added so that nothing is divided by 0.", gt=0, le=1, mode="expert")]
Momentum = Annotated[
    float, option("How much of the moving statistics is kept at each step.", ge=0, le=1, step=0.01, mode="expert")
]
KernelInitializer = Annotated[Initializer, option("How the weights begin.", mode="expert")]
DepthwiseInitializer = Annotated[Initializer, option("How the kernels of the channels begin.", mode="expert")]
PointwiseInitializer = Annotated[Initializer, option("How the weights that mix the channels begin.", mode="expert")]
BiasInitializer = Annotated[Initializer, option("How the bias begins.", mode="expert")]
KernelRegularizer = Annotated[
    Regularizer | None, option("A penalty on large weights, added to the loss, against overfitting.", mode="expert")
]
DepthwiseRegularizer = Annotated[
    Regularizer | None, option("A penalty on large kernels of the channels.", mode="expert")
]
PointwiseRegularizer = Annotated[
    Regularizer | None, option("A penalty on large weights that mix the channels.", mode="expert")
]
BiasRegularizer = Annotated[Regularizer | None, option("A penalty on a large bias.", mode="expert")]
ActivityRegularizer = Annotated[
    Regularizer | None, option("A penalty on large outputs, divided by the batch size.", mode="expert")
]
KernelConstraint = Annotated[Constraint | None, option("What the weights are held to after every step.", mode="expert")]
DepthwiseConstraint = Annotated[
    Constraint | None, option("What the kernels of the channels are held to after every step.", mode="expert")
]
PointwiseConstraint = Annotated[
    Constraint | None,
    option("What the weights that mix the channels are held to after every step.", mode="expert"),
]
BiasConstraint = Annotated[Constraint | None, option("What the bias is held to after every step.", mode="expert")]
BetaConstraint = Annotated[Constraint | None, option("What the center is held to after every step.", mode="expert")]
GammaConstraint = Annotated[Constraint | None, option("What the scale is held to after every step.", mode="expert")]
Center = Annotated[bool, option("Add a learned number to each channel.", mode="expert")]
ScaleSwitch = Annotated[bool, option("Multiply each channel by a learned number.", mode="expert")]
BetaInitializer = Annotated[Initializer, option("How the center begins.", mode="expert")]
GammaInitializer = Annotated[Initializer, option("How the scale begins.", mode="expert")]
MovingMeanInitializer = Annotated[Initializer, option("How the moving average of the mean begins.", mode="expert")]
MovingVarianceInitializer = Annotated[
    Initializer, option("How the moving average of the variance begins.", mode="expert")
]
RecurrentInitializer = Annotated[Initializer, option("How the weights from step to step begin.", mode="expert")]
RecurrentRegularizer = Annotated[
    Regularizer | None, option("A penalty on large weights from step to step.", mode="expert")
]
RecurrentConstraint = Annotated[
    Constraint | None, option("What the weights from step to step are held to.", mode="expert")
]
EmbeddingsInitializer = Annotated[Initializer, option("How the vectors begin.", mode="expert")]
EmbeddingsRegularizer = Annotated[Regularizer | None, option("A penalty on large vectors.", mode="expert")]
EmbeddingsConstraint = Annotated[
    Constraint | None, option("What the vectors are held to after every step.", mode="expert")
]
AlphaInitializer = Annotated[Initializer, option("How the slopes begin.", mode="expert")]
AlphaRegularizer = Annotated[Regularizer | None, option("A penalty on large slopes.", mode="expert")]
AlphaConstraint = Annotated[Constraint | None, option("What the slopes are held to after every step.", mode="expert")]
BetaRegularizer = Annotated[Regularizer | None, option("A penalty on a large center.", mode="expert")]
GammaRegularizer = Annotated[Regularizer | None, option("A penalty on a large scale.", mode="expert")]
MaxValue = Annotated[float, option("The largest value it lets out; none: no limit.", ge=0, le=1e6, step=1)] | None
NegativeSlope = Annotated[float, option("What values below the threshold are multiplied by.", ge=0, le=100, step=0.01)]
Threshold = Annotated[float, option("Values up to this one count as negative.", ge=0, le=1e6, step=0.1, mode="expert")]
Alpha = Annotated[float, option("Negative values never fall below minus this.", ge=0, le=100, step=0.1)]
Approximate = Annotated[bool, option("Use the tanh formula, nearly the same.", mode="expert")]
SharedAxes = Annotated[
    tuple[Annotated[int, msgspec.Meta(ge=-9, le=9)], ...] | None,
    option("Dimensions that share one slope: 1 2 for an image gives one each channel; none: every value has its own."),
]
Theta = Annotated[float, option("Values up to this one become 0.", ge=-1e6, le=1e6, step=0.1)]
SnakeAlpha = Annotated[float, option("What sin² is divided by at first; training changes it.", gt=0, le=100, step=0.1)]
Stddev = Annotated[float, option("Standard deviation of the noise that is added.", ge=0, le=1e6, step=0.1)]
GaussianRate = Annotated[
    float,
    option("How strong: values are multiplied by 1 ± √(rate / (1 - rate)).", ge=0, lt=1, step=0.05),
]
AlphaRate = Annotated[
    float, option("Share of the values set to selu's lowest value while training.", ge=0, lt=1, step=0.05)
]
ChannelRate = Annotated[float, option("Share of the channels set to 0 while training.", ge=0, lt=1, step=0.05)]
SEED = "Draws the same numbers in every run, whatever the training's seed; none: follow it."
Seed = Annotated[int, seed_option(SEED)] | None
InputDim = Annotated[int, option("How many different tokens there are.", ge=1, le=2**24, step=1)]
OutputDim = Annotated[int, option("How many numbers stand for each token.", ge=1, le=65_536, step=1)]
RecurrentActivation = Annotated[ActivationName, option("The function that opens and closes the gates.", mode="expert")]
ReturnSequences = Annotated[bool, option("Give the output of every step, not only of the last.")]
GoBackwards = Annotated[bool, option("Read the steps from the last to the first.")]
Bidirectional = Annotated[
    bool, option("Read the steps both ways, each with weights of its own; the outputs stand side by side.")
]
InputDropout = Annotated[
    float,
    option(
        "Share of the inputs set to 0 while training, the same ones at each step.", ge=0, lt=1, step=0.05, mode="expert"
    ),
]
RecurrentDropout = Annotated[
    float,
    option("Share of what is remembered set to 0 while training; slower.", ge=0, lt=1, step=0.05, mode="expert"),
]
UnitForgetBias = Annotated[bool, option("Begin with 1 added to the forget gate: remember at first.", mode="expert")]
ResetAfter = Annotated[
    bool, option("Reset after the multiplication (as cuDNN, with two biases) or before it.", mode="expert")
]
Heads = Annotated[int, option("How many things each step looks for at once.", ge=1, le=4096, step=1)]
KeyDim = Annotated[int, option("How many numbers each head compares.", ge=1, le=65_536, step=1)]
ValueDim = (
    Annotated[
        int,
        option(
            "How many numbers each head takes over; none: as many as it compares.",
            ge=1,
            le=65_536,
            step=1,
            mode="expert",
        ),
    ]
    | None
)
AttentionDropout = Annotated[
    float, option("Share of the attention set to 0 while training.", ge=0, lt=1, step=0.05, mode="expert")
]
Causal = Annotated[bool, option("No step may look at later ones.")]
Label = Annotated[str, option("What its lines are called.")]
