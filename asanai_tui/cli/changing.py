"""Changing a run that another process trains, without a screen."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, cast

from asanai_tui.errors import InputError
from asanai_tui.files import typed
from asanai_tui.runs import information
from asanai_tui.runs.attached import asked, whole
from asanai_tui.runs.frames import Request
from asanai_tui.runs.lock import is_locked
from asanai_tui.training.control import Wishes
from asanai_tui.training.live import told

NOTHING = 2**31  # epochs and lines that are known already: none is sent


def change(folder: Path, wishes: Wishes, do: str | None) -> Iterator[str]:
    """Hand wishes to the process that trains the run in `folder`; what comes of each, in a sentence.

    Args:
        do: pause, go_on or stop, after the wishes.

    Raises:
        InputError: nobody trains it, or a wish is out of range.
    """
    folder = whole(folder)
    if not is_locked(folder):
        raise InputError(_ended(folder))
    if wishes:
        view = asked(folder, Request(do="wish", wishes=wishes, epochs=NOTHING, lines=NOTHING))
        yield f"From the next batch on: {told(wishes, int(view.snapshot.get('epoch', 0)))}"
    if do is not None:
        request = cast(Literal["pause", "go_on", "stop"], do)
        asked(folder, Request(do=request, epochs=NOTHING, lines=NOTHING))
        yield _done(folder, do)


def _done(folder: Path, do: str) -> str:
    where = typed(folder)
    return {
        "pause": f"It holds at the next batch; asanai-tui change {where} --go-on goes on.",
        "go_on": "It goes on.",
        "stop": f"It ends at the next batch and keeps its model; asanai-tui resume {where} goes on with it.",
    }[do]


def _ended(folder: Path) -> str:
    about, where = information.read(folder), typed(folder)
    how = f"it has {about.state}" if about.state in ("finished", "failed", "stopped") else "its process has gone"
    more = " --epochs N" if about.state == "finished" else ""
    return f"{where} is not being trained, {how}; asanai-tui resume {where}{more} goes on with it."
