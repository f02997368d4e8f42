"""What is said of a training that diverged: with which command it goes on."""

from pathlib import Path

from asanai_tui.errors import counted
from asanai_tui.files import typed
from asanai_tui.training.recorder import Retry


def command(folder: Path, retry: Retry) -> str:
    """The exact command that goes on with the run in `folder`."""
    return f"asanai-tui resume {typed(folder)} --learning-rate {retry.learning_rate:g}"


def place(retry: Retry) -> str:
    """`after 12 epochs and 3 batches`; nothing where no checkpoint was written yet."""
    batches = counted(retry.batch, "batch", "batches") if retry.batch else ""
    epochs = counted(retry.epoch, "epoch") if retry.epoch else ""
    done = " and ".join(part for part in (epochs, batches) if part)
    return f"after {done}" if done else ""


def sentence(folder: Path, retry: Retry) -> str:
    """`asanai-tui resume RUN --learning-rate 0.0001 goes on after 12 epochs with a tenth of the learning rate.`"""
    goes_on = f"goes on {place(retry)}" if place(retry) else "begins again"
    return f"{command(folder, retry)} {goes_on} with a tenth of the learning rate."
