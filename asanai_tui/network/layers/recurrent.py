"""Recurrent layers: what they share, and one class for each kind. Gates, names and shapes are those of Keras."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from asanai_tui.network import activations, randomness
from asanai_tui.network import options as o
from asanai_tui.network.initializers import GlorotUniform, Initializer, Orthogonal, Start, Zeros
from asanai_tui.network.layers.base import Layer, WeightSpec
from asanai_tui.network.options import Shape
from asanai_tui.network.shares import drawn

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

Function = Callable[["torch.Tensor"], "torch.Tensor"]
BACKWARD = "backward_"  # before the names of the weights that read the steps the other way


class Cell(NamedTuple):
    """The weights of one direction, in torch's layout; a row of units for each gate."""

    kernel: "torch.Tensor"  # gates · units × features
    recurrent_kernel: "torch.Tensor"  # gates · units × units
    bias: "torch.Tensor | None"  # what is added to the inputs: gates · units
    recurrent_bias: "torch.Tensor | None" = None  # what is added to the recurrence
    mask: "torch.Tensor | None" = None  # of the recurrent dropout: gates × batch × units

    @property
    def parameters(self) -> "list[torch.Tensor]":
        """As torch's own recurrences take them."""
        if self.bias is None:
            return [self.kernel, self.recurrent_kernel]
        second = self.bias.new_zeros(self.bias.shape) if self.recurrent_bias is None else self.recurrent_bias
        return [self.kernel, self.recurrent_kernel, self.bias, second]

    def recurrence(self, h: "torch.Tensor") -> "torch.Tensor":
        """What the last output (batch × units) gives to all gates: batch × gates · units."""
        from torch.nn.functional import linear

        if self.mask is None:
            return linear(h, self.recurrent_kernel, self.recurrent_bias)
        gates = self.recurrent_kernel.view(len(self.mask), -1, h.shape[1])
        y: torch.Tensor = ((h * self.mask) @ gates.mT).movedim(0, 1).flatten(1)
        return y if self.recurrent_bias is None else y + self.recurrent_bias


class Recurrent(Layer, frozen=True):
    """Base of the recurrent layers: a subclass says what one step does."""

    units: o.Units = 2
    activation: o.Activation = "tanh"
    use_bias: o.UseBias = True
    return_sequences: o.ReturnSequences = False
    go_backwards: o.GoBackwards = False
    bidirectional: o.Bidirectional = False
    dropout: o.InputDropout = 0.0
    recurrent_dropout: o.RecurrentDropout = 0.0
    trainable: o.Trainable = True
    kernel_initializer: o.KernelInitializer = GlorotUniform()
    recurrent_initializer: o.RecurrentInitializer = Orthogonal()
    bias_initializer: o.BiasInitializer = Zeros()
    kernel_regularizer: o.KernelRegularizer = None
    recurrent_regularizer: o.RecurrentRegularizer = None
    bias_regularizer: o.BiasRegularizer = None
    activity_regularizer: o.ActivityRegularizer = None
    kernel_constraint: o.KernelConstraint = None
    recurrent_constraint: o.RecurrentConstraint = None
    bias_constraint: o.BiasConstraint = None

    group = "sequence"
    input_rank = 2
    gates: ClassVar[int] = 1

    @property
    def bias_shape(self) -> Shape:
        """Of the bias, as Keras has it."""
        return (self.gates * self.units,)

    @property
    def bias_start(self) -> Start:
        """How the bias begins."""
        return self.bias_initializer

    @property
    def fused(self) -> bool:
        """Whether torch computes all steps at once."""
        raise TypeError(f"{type(self).__name__} does not say when torch can compute it")

    def at_once(self, x: "torch.Tensor", cell: Cell) -> "torch.Tensor":
        """All steps by torch's own recurrence: batch × steps × features → batch × steps × units."""
        raise TypeError(f"{type(self).__name__} does not say how torch computes it")

    def step(self, x: "torch.Tensor", state: "tuple[torch.Tensor, ...]", cell: Cell) -> "tuple[torch.Tensor, ...]":
        """The next state; its first part is the output.

        Args:
            x: this step's inputs, multiplied by the kernel, bias added: batch × gates · units.
            state: two tensors of batch × units, of which some kinds need only the first.
        """
        raise TypeError(f"{type(self).__name__} does not say what a step does")

    def output_shape(self, shape: Shape) -> Shape:
        width = self.units * (2 if self.bidirectional else 1)
        return (shape[0], width) if self.return_sequences else (width,)

    def weights(self, shape: Shape) -> dict[str, WeightSpec]:
        width = self.gates * self.units
        own = {
            "kernel": WeightSpec(
                (shape[-1], width),
                self.kernel_initializer,
                self.kernel_regularizer,
                self.trainable,
                (1, 0),
                self.kernel_constraint,
            ),
            "recurrent_kernel": WeightSpec(
                (self.units, width),
                self.recurrent_initializer,
                self.recurrent_regularizer,
                self.trainable,
                (1, 0),
                self.recurrent_constraint,
            ),
        }
        if self.use_bias:
            own["bias"] = WeightSpec(
                self.bias_shape,
                self.bias_start,
                self.bias_regularizer,
                self.trainable,
                constraint=self.bias_constraint,
            )
        return own | {BACKWARD + name: spec for name, spec in own.items()} if self.bidirectional else own

    def positions(self, shape: Shape) -> int:
        return shape[0]  # every step, also where only the last one leaves

    def kept_values(self, shape: Shape) -> int:
        """The sequence, and of each step and direction the gates twice and the state.

        torch's own LSTM keeps up to twice as much on a CPU.
        """
        width = self.units * (2 if self.bidirectional else 1)
        return shape[0] * (shape[-1] + (2 * self.gates + 2) * width)

    def forward(self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", training: bool) -> "torch.Tensor":
        import torch

        steps = x.movedim(1, -1)
        y = self._read(steps, weights, "", training)
        if self.bidirectional:
            back = self._read(steps, weights, BACKWARD, training)
            y = torch.cat([y, back.flip(1) if self.return_sequences else back], -1)
        return y.movedim(-1, 1)

    def _read(
        self, x: "torch.Tensor", weights: "Mapping[str, torch.Tensor]", start: str, training: bool
    ) -> "torch.Tensor":
        """One direction over batch × steps × features; outputs are in the order in which the steps were read."""
        cell = self.cell(weights, start)
        if self.go_backwards != (start == BACKWARD):
            x = x.flip(1)
        if training and self.dropout:
            x = x * _mask(x, (len(x), 1, x.shape[2]), self.dropout)
        if training and self.recurrent_dropout:
            mask = _mask(x, (self.gates, len(x), self.units), self.recurrent_dropout, examples_at=1)
            y = self._step_by_step(x, cell._replace(mask=mask))
        else:
            y = self.at_once(x, cell) if self.fused else self._step_by_step(x, cell)
        return y if self.return_sequences else y[:, -1]

    def cell(self, weights: "Mapping[str, torch.Tensor]", start: str) -> Cell:
        """The weights whose names begin with `start`."""
        return Cell(weights[f"{start}kernel"], weights[f"{start}recurrent_kernel"], weights.get(f"{start}bias"))

    def _step_by_step(self, x: "torch.Tensor", cell: Cell) -> "torch.Tensor":
        import torch
        from torch.nn.functional import linear

        state: tuple[torch.Tensor, ...] = (x.new_zeros(len(x), self.units),) * 2
        outputs = []
        for inputs in linear(x, cell.kernel, cell.bias).unbind(1):
            state = self.step(inputs, state, cell)
            outputs.append(state[0])
        return torch.stack(outputs, 1)

    def summary(self) -> str:
        both = " both ways" if self.bidirectional else ""
        return f"{self.units} {self.activation}{both}{', every step' if self.return_sequences else ''}"


class SimpleRNN(Recurrent, frozen=True, tag="simple_rnn"):
    """Reads a sequence step by step; each output depends on the step and on the output before."""

    @property
    def fused(self) -> bool:
        return self.activation in ("tanh", "relu")

    def at_once(self, x: "torch.Tensor", cell: Cell) -> "torch.Tensor":
        import torch

        recurrence = torch.rnn_tanh if self.activation == "tanh" else torch.rnn_relu
        start = x.new_zeros(1, len(x), self.units)
        return recurrence(
            x, start, cell.parameters, self.use_bias, 1, 0.0, torch.is_grad_enabled(), False, True
        )[0]  # fmt: skip

    def step(self, x: "torch.Tensor", state: "tuple[torch.Tensor, ...]", cell: Cell) -> "tuple[torch.Tensor, ...]":
        return (activations.function(self.activation)(x + cell.recurrence(state[0])),)


class GRU(Recurrent, frozen=True, tag="gru"):
    """Reads a sequence step by step; two gates decide what of its memory it renews and forgets (Cho and others 2014).

    The order of the gates is update, reset, candidate.
    """

    recurrent_activation: o.RecurrentActivation = "sigmoid"
    reset_after: o.ResetAfter = True

    gates = 3

    @property
    def bias_shape(self) -> Shape:
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    @property
    def fused(self) -> bool:
        return self.reset_after and (self.activation, self.recurrent_activation) == ("tanh", "sigmoid")

    def cell(self, weights: "Mapping[str, torch.Tensor]", start: str) -> Cell:
        cell = super().cell(weights, start)
        if cell.bias is None or not self.reset_after:
            return cell
        return cell._replace(bias=cell.bias[0], recurrent_bias=cell.bias[1])

    def at_once(self, x: "torch.Tensor", cell: Cell) -> "torch.Tensor":
        import torch

        def reordered(weight: "torch.Tensor") -> "torch.Tensor":
            update, reset, candidate = weight.chunk(3)
            return torch.cat([reset, update, candidate])  # torch's order

        parameters = [reordered(weight) for weight in cell.parameters]
        start = x.new_zeros(1, len(x), self.units)
        return torch.gru(x, start, parameters, self.use_bias, 1, 0.0, torch.is_grad_enabled(), False, True)[0]

    def step(self, x: "torch.Tensor", state: "tuple[torch.Tensor, ...]", cell: Cell) -> "tuple[torch.Tensor, ...]":
        from torch.nn.functional import linear

        h, gate = state[0], activations.function(self.recurrent_activation)
        x_update, x_reset, x_candidate = x.chunk(3, 1)
        h_update, h_reset, h_candidate = cell.recurrence(h).chunk(3, 1)
        update, reset = gate(x_update + h_update), gate(x_reset + h_reset)
        if self.reset_after:
            remembered = reset * h_candidate
        else:
            masked = h if cell.mask is None else h * cell.mask[2]
            remembered = linear(reset * masked, cell.recurrent_kernel[2 * self.units :])
        candidate = activations.function(self.activation)(x_candidate + remembered)
        return (update * h + (1 - update) * candidate,)


class LSTM(Recurrent, frozen=True, tag="lstm"):
    """Reads a sequence step by step; gates guard a memory that lasts over many steps (Hochreiter, Schmidhuber 1997).

    The order of the gates is input, forget, candidate, output.
    """

    recurrent_activation: o.RecurrentActivation = "sigmoid"
    unit_forget_bias: o.UnitForgetBias = True

    gates = 4

    @property
    def bias_start(self) -> Start:
        return ForgetBias(self.bias_initializer) if self.unit_forget_bias else self.bias_initializer

    @property
    def fused(self) -> bool:
        return (self.activation, self.recurrent_activation) == ("tanh", "sigmoid")

    def at_once(self, x: "torch.Tensor", cell: Cell) -> "torch.Tensor":
        import torch

        start = x.new_zeros(1, len(x), self.units)
        return torch.lstm(
            x, (start, start), cell.parameters, self.use_bias, 1, 0.0, torch.is_grad_enabled(), False, True
        )[0]  # fmt: skip

    def step(self, x: "torch.Tensor", state: "tuple[torch.Tensor, ...]", cell: Cell) -> "tuple[torch.Tensor, ...]":
        gate, function = activations.function(self.recurrent_activation), activations.function(self.activation)
        enter, forget, candidate, leave = (x + cell.recurrence(state[0])).chunk(4, 1)
        memory = gate(forget) * state[1] + gate(enter) * function(candidate)
        return gate(leave) * function(memory), memory


class ForgetBias(Start, frozen=True):
    """How an LSTM's bias begins: like `others`, but 1 for the forget gate, the second quarter."""

    others: Initializer

    def __call__(self, shape: tuple[int, ...]) -> "torch.Tensor":
        import torch

        units = shape[0] // 4
        return torch.cat([self.others((units,)), torch.ones(units), self.others((2 * units,))])

    def problem(self, shape: tuple[int, ...]) -> str:
        return self.others.problem(shape)


def _mask(x: "torch.Tensor", shape: tuple[int, ...], rate: float, examples_at: int = 0) -> "torch.Tensor":
    """What dropout multiplies by: 0 with a probability of `rate`, else what keeps the mean."""
    if rate >= 1:
        return x.new_zeros(shape)
    generator = randomness.generator(x.device)
    kept = drawn(x.new_empty(shape), lambda empty: empty.bernoulli_(1 - rate, generator=generator), examples_at)
    return kept.div_(1 - rate)
