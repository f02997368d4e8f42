"""How weights begin, with Keras' meaning (keras.io/api/layers/initializers; Glorot 2010, He 2015, LeCun 1998)."""

import math
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import msgspec

from asanai_tui.network import randomness
from asanai_tui.options import option, seed_option

if TYPE_CHECKING:
    import torch

Mode = Literal["fan_in", "fan_out", "fan_avg"]
Distribution = Literal["uniform", "truncated_normal", "untruncated_normal"]
Scale = Annotated[float, option("Factor on the variance.", gt=0, le=1e6)]
Stddev = Annotated[float, option("Standard deviation.", ge=0, le=1e6)]
Number = Annotated[float, option("Any number up to a million.", ge=-1e6, le=1e6)]
SEED = "Draws the same start in every run and for every weight of this shape; none: follow the training's seed."
Seed = Annotated[int, seed_option(SEED)] | None

# Standard deviation of a standard normal cut at ±2: what a truncated normal must be divided by to keep its variance.
TRUNCATED_STDDEV = 0.87962566103423978


def fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """(fan_in, fan_out) of a weight in Keras' layout; a window counts as often as it has points."""
    if len(shape) < 2:
        size = shape[0] if shape else 1
        return size, size
    window = math.prod(shape[:-2])
    return shape[-2] * window, shape[-1] * window


class Start(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="name"):
    """Base of the initializers."""

    def __call__(self, shape: tuple[int, ...]) -> "torch.Tensor":
        """Fresh values of `shape` (Keras' layout), drawn from torch's global generator unless a seed says otherwise."""
        raise TypeError(f"{type(self).__name__} does not say how weights begin")

    def problem(self, shape: tuple[int, ...]) -> str:
        """Why a weight of `shape` (Keras' layout) cannot begin like this, or nothing."""
        return ""


class Drawn(Start, frozen=True):
    """Base of the random ones."""

    seed: Seed = None

    def generator(self) -> "torch.Generator | None":
        """Where the numbers come from: a generator of its own, as in Keras, or the thread's."""
        if self.seed is None:
            return randomness.generator()
        import torch

        return torch.Generator().manual_seed(self.seed)


class Scaled(Drawn, frozen=True):
    """Variance scale / fan. Subclasses fix scale, mode and distribution."""

    rule: ClassVar[tuple[float, Mode, Distribution]]

    def scaling(self) -> tuple[float, Mode, Distribution]:
        """(scale, mode, distribution)."""
        return self.rule

    def __call__(self, shape: tuple[int, ...]) -> "torch.Tensor":
        scale, mode, distribution = self.scaling()
        fan_in, fan_out = fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
        variance = scale / max(1.0, fan)
        if distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return _uniform(self.generator(), shape, -limit, limit)
        if distribution == "truncated_normal":
            return _truncated(self.generator(), shape, 0.0, math.sqrt(variance) / TRUNCATED_STDDEV)
        return _normal(self.generator(), shape, 0.0, math.sqrt(variance))


class GlorotUniform(Scaled, frozen=True, tag="glorot_uniform"):
    """Uniform, limit √(6 / (fan_in + fan_out)): for sigmoid, tanh and softmax."""

    rule = (1.0, "fan_avg", "uniform")


class GlorotNormal(Scaled, frozen=True, tag="glorot_normal"):
    """Truncated normal, standard deviation √(2 / (fan_in + fan_out))."""

    rule = (1.0, "fan_avg", "truncated_normal")


class HeUniform(Scaled, frozen=True, tag="he_uniform"):
    """Uniform, limit √(6 / fan_in): for relu and its kin."""

    rule = (2.0, "fan_in", "uniform")


class HeNormal(Scaled, frozen=True, tag="he_normal"):
    """Truncated normal, standard deviation √(2 / fan_in): for relu and its kin."""

    rule = (2.0, "fan_in", "truncated_normal")


class LecunUniform(Scaled, frozen=True, tag="lecun_uniform"):
    """Uniform, limit √(3 / fan_in)."""

    rule = (1.0, "fan_in", "uniform")


class LecunNormal(Scaled, frozen=True, tag="lecun_normal"):
    """Truncated normal, standard deviation √(1 / fan_in): for selu."""

    rule = (1.0, "fan_in", "truncated_normal")


class VarianceScaling(Scaled, frozen=True, tag="variance_scaling"):
    """The general rule behind Glorot, He and LeCun."""

    scale: Scale = 1.0
    mode: Mode = "fan_in"
    distribution: Distribution = "truncated_normal"

    def scaling(self) -> tuple[float, Mode, Distribution]:
        return self.scale, self.mode, self.distribution


class Zeros(Start, frozen=True, tag="zeros"):
    """All 0."""

    def __call__(self, shape: tuple[int, ...]) -> "torch.Tensor":
        return _constant(shape, 0.0)


class Ones(Start, frozen=True, tag="ones"):
    """All 1."""

    def __call__(self, shape: tuple[int, ...]) -> "torch.Tensor":
        return _constant(shape, 1.0)


class Constant(Start, frozen=True, tag="constant"):
    """All the same value."""

    value: Number = 0.0

    def __call__(self, shape: tuple[int, ...]) -> "torch.Tensor":
        return _constant(shape, self.value)


class RandomNormal(Drawn, frozen=True, tag="random_normal"):
    """Normal."""

    mean: Number = 0.0
    stddev: Stddev = 0.05

    def __call__(self, shape: tuple[int, ...]) -> "torch.Tensor":
        return _normal(self.generator(), shape, self.mean, self.stddev)


class RandomUniform(Drawn, frozen=True, tag="random_uniform"):
    """Uniform between two values."""

    minval: Number = -0.05
    maxval: Number = 0.05

    def __call__(self, shape: tuple[int, ...]) -> "torch.Tensor":
        return _uniform(self.generator(), shape, self.minval, self.maxval)

    def problem(self, shape: tuple[int, ...]) -> str:
        if self.minval <= self.maxval:
            return ""
        return f"random_uniform needs a minval below maxval; {self.minval:g} is above {self.maxval:g}; exchange them."


class TruncatedNormal(Drawn, frozen=True, tag="truncated_normal"):
    """Normal, redrawn outside two standard deviations."""

    mean: Number = 0.0
    stddev: Stddev = 0.05

    def __call__(self, shape: tuple[int, ...]) -> "torch.Tensor":
        return _truncated(self.generator(), shape, self.mean, self.stddev)


class Orthogonal(Drawn, frozen=True, tag="orthogonal"):
    """Rows or columns at right angles to each other and of length gain (Saxe 2014): for recurrent layers."""

    gain: Number = 1.0

    def __call__(self, shape: tuple[int, ...]) -> "torch.Tensor":
        import torch

        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = torch.linalg.qr(_normal(self.generator(), (max(rows, columns), min(rows, columns)), 0.0, 1.0))
        q *= r.diagonal().sign()  # otherwise not every rotation would be as likely
        start: torch.Tensor = self.gain * (q.T if rows < columns else q)
        return start.reshape(shape)

    def problem(self, shape: tuple[int, ...]) -> str:
        if len(shape) >= 2:
            return ""
        return "orthogonal needs a weight of 2 or more dimensions; choose another initializer."


class Identity(Start, frozen=True, tag="identity"):
    """1 on the diagonal, 0 elsewhere, times gain: what arrives first leaves unchanged."""

    gain: Number = 1.0

    def __call__(self, shape: tuple[int, ...]) -> "torch.Tensor":
        import torch

        return self.gain * torch.eye(*shape)

    def problem(self, shape: tuple[int, ...]) -> str:
        return "" if len(shape) == 2 else "identity needs a weight of 2 dimensions; choose another initializer."


Initializer = (
    GlorotUniform | GlorotNormal | HeUniform | HeNormal | LecunUniform | LecunNormal | VarianceScaling
    | Zeros | Ones | Constant | RandomNormal | RandomUniform | TruncatedNormal
    | Orthogonal | Identity
)  # fmt: skip


def _constant(shape: tuple[int, ...], value: float) -> "torch.Tensor":
    import torch

    return torch.full(shape, value)


def _uniform(generator: "torch.Generator | None", shape: tuple[int, ...], low: float, high: float) -> "torch.Tensor":
    import torch

    return torch.rand(shape, generator=generator).mul_(high - low).add_(low)


def _normal(generator: "torch.Generator | None", shape: tuple[int, ...], mean: float, stddev: float) -> "torch.Tensor":
    import torch

    return torch.empty(shape).normal_(mean, stddev, generator=generator)


def _truncated(
    generator: "torch.Generator | None", shape: tuple[int, ...], mean: float, stddev: float
) -> "torch.Tensor":
    import torch

    standard = torch.nn.init.trunc_normal_(torch.empty(shape), a=-2.0, b=2.0, generator=generator)
    return standard.mul_(stddev).add_(mean)
