"""The health of a network that is trained: measured on real examples, without a trace in weights, buffers or chance."""

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import torch

from asanai_tui.errors import InputError
from asanai_tui.network.layers.base import Layer
from asanai_tui.network.modules import LayerModule
from asanai_tui.network.nesting import number
from asanai_tui.network.stateful import ResidualModule
from asanai_tui.training import device as devices
from asanai_tui.training import execution
from asanai_tui.training.augmentation import Pairs
from asanai_tui.training.diagnosis import what_went_wrong
from asanai_tui.training.findings import (
    MARGIN,
    UNSCALED,
    Finding,
    Health,
    LayerHealth,
    Seen,
    found,
    of_softmax,
    unscaled,
)
from asanai_tui.training.sending import Pair
from asanai_tui.training.task import Task

EXAMPLES = 256  # at most that are looked at
_BATCHES = 4  # of training; without gradients they need no more memory than one
_VALUES = 2**20  # outputs of a layer that are looked at: those of the first examples
_LIMITS = {"tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0)}
_OWN = ("activation", "normalization")  # groups that compute without weights


class _Output(NamedTuple):
    module: LayerModule
    numbers: torch.Tensor  # as `_measured` gives them
    sd_of_arriving: torch.Tensor


def sample(task: Task) -> Pair:
    """Inputs and targets of real examples, evenly spread over the training part."""
    rows = task.train_rows
    count = min(len(rows), task.settings.batch_size * _BATCHES, EXAMPLES)
    chosen = rows[[place * len(rows) // count for place in range(count)]]
    return next(task.examples.batches(chosen, count))


def examined(task: Task, batch: Pair, epoch: int = 0) -> Health:
    """How every layer does on a batch, as a step of training computes it; weights, buffers and modes stay as they are.

    Where the memory does not suffice for all examples at once, fewer are looked at.

    Args:
        batch: inputs and targets, as `sample` gives them.
        epoch: that is being trained, or was the last one; 0: before the first step.

    Raises:
        InputError: the inputs or targets are not finite.
    """
    inputs, targets = batch
    if not bool(inputs.isfinite().all() & targets.isfinite().all()):
        raise what_went_wrong(task.model, inputs, targets)
    while True:
        try:
            return _examined(task, inputs, targets, epoch)
        except (MemoryError, RuntimeError) as error:
            if not devices.is_of_memory(error) or len(inputs) == 1:
                raise
        devices.give_back(task.device)
        inputs, targets = (each[: len(inputs) // 2] for each in (inputs, targets))


def _examined(task: Task, inputs: torch.Tensor, targets: torch.Tensor, epoch: int) -> Health:
    with _undone(task):
        outputs, answers = _outputs(task, inputs)
        size = task.settings.batch_size
        gradients = _gradients(task, inputs[:size], targets[:size])
        layers = list(_seen(task, outputs, gradients))
        answered = list(_of_answers(task, layers, answers, targets, epoch))
    reach = float(inputs.abs().max())
    tokens = task.model.layers()[0].layer.takes_tokens
    first = [unscaled(reach)] if reach > UNSCALED and not tokens else []
    findings = (*first, *found(layers, len(inputs)), *answered)
    shown = (_input(inputs), *(_shown(each) for each in layers))
    return Health(epoch=epoch, examples=len(inputs), layers=shown, findings=findings)


@contextmanager
def _undone(task: Task) -> Iterator[None]:
    """Within, layers behave as while training; afterwards all is as before."""
    buffers = [(buffer, buffer.clone()) for buffer in task.model.buffers()]
    with task.modes_kept():
        task.model.train()
        task.learn()
        try:
            yield
        finally:
            for buffer, before in buffers:
                buffer.copy_(before)


@torch.no_grad()
def _outputs(task: Task, inputs: torch.Tensor) -> tuple[list[_Output], torch.Tensor]:
    """What was measured of every layer, those inside others too, and what the network answers."""
    outputs: list[_Output] = []

    def look(module: Any, arriving: tuple[torch.Tensor, ...], leaving: torch.Tensor) -> None:
        arrives = _some(arriving[0]).float()
        outputs.append(_Output(module, _measured(module.layer, _some(leaving).float()), arrives.std(correction=0)))

    with ExitStack() as hooks:
        for module in task.model.modules():
            if isinstance(module, LayerModule):
                hooks.callback(module.register_forward_hook(look).remove)
        task.stepper.begin(0)
        answers = task.model(inputs)
    outputs.sort(key=lambda each: each.module.place)
    return outputs, answers


def _some(values: torch.Tensor) -> torch.Tensor:
    """The first examples: as many as can be looked at quickly."""
    return values[: max(2, _VALUES // max(1, values[0].numel()))]


def _measured(layer: Layer, values: torch.Tensor) -> torch.Tensor:
    """Finite or not, mean, deviation, share of zeros, lowest, highest, largest deviation over examples, at limits."""
    low, high = values.aminmax()
    over_examples = values.std(0, correction=0).max()
    zeros = (values == 0).float().mean()
    limited = torch.zeros((), device=values.device)
    if limits := _LIMITS.get(_activation(layer)):
        margin = MARGIN * (limits[1] - limits[0])
        limited = ((values < limits[0] + margin) | (values > limits[1] - margin)).float().mean()
    finite = torch.isfinite(low) & torch.isfinite(high)
    parts = (finite.float(), values.mean(), values.std(correction=0), zeros, low, high, over_examples, limited)
    return torch.stack(parts)


def _activation(layer: Layer) -> str:
    """The activation that ends a layer; its own name where it is one."""
    name = getattr(layer, "activation", None)
    if isinstance(name, str):
        return name
    return layer.name if layer.group == "activation" else "linear"


def _gradients(task: Task, inputs: torch.Tensor, targets: torch.Tensor) -> dict[tuple[int, ...], tuple[float, ...]]:
    """(length of the gradient, of the trainable weights, how many) of every layer that learns, by its place."""
    try:
        task.stepper.gradients(inputs, Pairs(targets), seed=0)
    except InputError:  # the loss is not finite: the first step will say so, with the layer
        return {}
    lengths, places = [], []
    for module in task.model.modules():
        own = list(module.parameters(recurse=False)) if isinstance(module, LayerModule) else []
        if own and isinstance(module, LayerModule):
            places.append((module.place, sum(weight.numel() for weight in own)))
            lengths.append(_length([weight.grad for weight in own if weight.grad is not None]) / task.stepper.scale)
            lengths.append(_length(own))
    numbers = torch.stack(lengths).tolist()
    return {
        place: (gradient, weights, count)
        for (place, count), gradient, weights in zip(places, numbers[::2], numbers[1::2], strict=True)
    }


def _length(tensors: list[Any]) -> torch.Tensor:
    length: torch.Tensor = torch.stack([tensor.detach().norm() for tensor in tensors]).norm()
    return length


def _seen(task: Task, outputs: list[_Output], gradients: dict[tuple[int, ...], tuple[float, ...]]) -> Iterator[Seen]:
    rows = torch.stack([torch.cat((each.numbers, each.sd_of_arriving.reshape(1))) for each in outputs]).tolist()
    last = task.model.layers()[-1].place
    for each, (finite, mean, sd, zeros, low, high, varies, limited, arriving) in zip(outputs, rows, strict=True):
        module, layer = each.module, each.module.layer
        gradient, weights, count = gradients.get(module.place, (None, 0.0, 0))
        normalises = layer.group == "normalization" or layer.takes_tokens or not math.isfinite(arriving)
        yield Seen(
            place=number(module.place), name=layer.name, activation=_activation(layer),
            computes=not isinstance(module, ResidualModule) and (bool(module.specs) or layer.group in _OWN),
            last=module.place == last, arriving_sd=None if normalises else arriving, finite=bool(finite),
            mean=mean, sd=sd, zeros=zeros, low=low, high=high, varies=varies, limited=limited,
            gradient=gradient, weights=weights, trainable=int(count),
        )  # fmt: skip


def _of_answers(
    task: Task, layers: list[Seen], answers: torch.Tensor, targets: torch.Tensor, epoch: int
) -> Iterator[Finding]:
    """Of a last softmax over classes."""
    last = task.model.layers()[-1]
    if execution.activation_of(last) != "softmax" or not bool(answers.isfinite().all()) or answers.shape[1] < 2:
        return
    entropy = -(answers * answers.clamp_min(1e-12).log()).sum(1).mean() / math.log(answers.shape[1])
    wanted = targets if targets.ndim < answers.ndim else targets.argmax(1)
    wrong = (answers.argmax(1) != wanted).float().mean()
    yield from of_softmax(layers[-1], float(entropy), float(wrong), begun=epoch > 0)


def _input(inputs: torch.Tensor) -> LayerHealth:
    values = _some(inputs).float()
    low, high = values.aminmax()
    zeros = (values == 0).float().mean()
    mean, sd, zeros_share, low_, high_ = torch.stack(
        (values.mean(), values.std(correction=0), zeros, low, high)
    ).tolist()
    return LayerHealth(place="", name="input", mean=mean, sd=sd, zeros=zeros_share, low=low_, high=high_)


def _shown(seen: Seen) -> LayerHealth:
    return LayerHealth(
        place=seen.place, name=seen.name, mean=seen.mean, sd=seen.sd, zeros=seen.zeros,
        low=seen.low, high=seen.high, gradient=seen.gradient,
    )  # fmt: skip
