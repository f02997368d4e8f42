"""What the document says about the loss: names, meaning and defaults are Keras' (keras.io/api/losses)."""

from typing import Annotated, Literal

import msgspec

from asanai_tui.options import option

LossName = Literal[
    "mean_squared_error",
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error",
    "log_cosh",
    "huber",
    "poisson",
    "kl_divergence",
    "cosine_similarity",
    "hinge",
    "squared_hinge",
    "categorical_hinge",
    "binary_focal_crossentropy",
    "categorical_focal_crossentropy",
]
OF_CLASS_NUMBERS: tuple[LossName, ...] = (
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
    "categorical_focal_crossentropy",
)  # these take targets as numbers of classes, without a column for each


class LossOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What some losses can be told; the others do not look at it."""

    label_smoothing: Annotated[
        float,
        option(
            "Cross-entropies: how far targets are drawn towards equal shares.", ge=0, lt=1, step=0.05, mode="expert"
        ),
    ] = 0.0
    delta: Annotated[float, option("huber: errors beyond this count linearly.", gt=0, le=1e9, mode="expert")] = 1.0
    gamma: Annotated[float, option("Focal: how little well known examples count.", ge=0, le=100, mode="expert")] = 2.0
    alpha: Annotated[float, option("Categorical focal: factor of all classes.", gt=0, le=100, mode="expert")] = 0.25


NO_LOSS_OPTIONS = LossOptions()
