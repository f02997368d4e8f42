"""Batches on their way to the device: the next one travels while the step computes the one before."""

from collections.abc import Callable, Iterable, Iterator

import torch

Pair = tuple[torch.Tensor, torch.Tensor]  # inputs and targets of a batch
Arrival = Callable[[], Pair]  # to be called when the batch is needed


class Sender:
    """Sends at once, and waits until all is there; in main memory nothing is copied."""

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def send(self, pair: Pair) -> Arrival:
        """Begin to copy a batch from main memory to the device; what is returned gives it."""
        inputs, targets = (tensor.to(self._device) for tensor in pair)
        return lambda: (inputs, targets)


class Pinned(Sender):
    """Sends to a CUDA GPU from memory that stays in its place, on a stream beside the one that computes."""

    def __init__(self, device: torch.device) -> None:
        super().__init__(device)
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def send(self, pair: Pair) -> Arrival:
        with torch.cuda.stream(self._stream):
            inputs, targets = (tensor.pin_memory().to(self._device, non_blocking=True) for tensor in pair)
            there = self._stream.record_event()

        def arrived() -> Pair:
            computing = torch.cuda.current_stream(self._device)
            computing.wait_event(there)
            for tensor in (inputs, targets):
                tensor.record_stream(computing)  # its memory is not given to the next batch before the step is done
            return inputs, targets

        return arrived


def one_ahead(pairs: Iterable[Pair], sender: Sender) -> Iterator[Pair]:
    """The batches in their order, on the device; each has been sent before the one in front of it is given out."""
    waiting: Arrival | None = None
    for pair in pairs:
        following = sender.send(pair)
        if waiting is not None:
            yield waiting()
        waiting = following
    if waiting is not None:
        yield waiting()
