"""Pictures from a camera into a folder, without a screen."""

import contextlib
from pathlib import Path
from typing import TextIO

from asanai_tui.cli.output import write_json, write_line
from asanai_tui.cli.signals import ENDS, caught, status_of
from asanai_tui.data.camera import opened, shots
from asanai_tui.data.capturing import Series
from asanai_tui.data.new_pictures import NewPictures
from asanai_tui.data.progress import Progress, Stopped
from asanai_tui.errors import InputError, clean, counted

NAME = "camera"


def capture(device: str, wish: Series, folder: Path, as_json: bool, messages: TextIO) -> int:
    """Take the pictures and tell each; the exit status: 0, or 128 + the signal that stopped it.

    Raises:
        InputError: no device, no more pictures, or they cannot be written; what was written stays.
    """
    written = 0
    with caught(ENDS) as received:
        progress = Progress(stopped=lambda: bool(received))
        try:
            with contextlib.closing(opened(device, progress)) as camera:
                new = NewPictures(folder, NAME)
                for frame in shots(camera, wish.count, wish.every, progress):
                    path = new.add(frame.pixels)
                    written += 1
                    _tell(path, frame.seconds, as_json)
        except InputError as error:
            if not written:
                raise
            raise InputError(f"{str(error).rstrip('.')}; {_written(written, wish.count, folder)}.") from error
        except Stopped:
            print(f"Stopped: {_written(written, wish.count, folder)}.", file=messages)
            return status_of(received[0])
    print(f"{counted(written, 'picture')} written into {clean(folder)}.", file=messages)
    return 0


def _tell(path: Path, seconds: float, as_json: bool) -> None:
    if as_json:
        write_json({"event": "picture", "path": str(path), "seconds": round(seconds, 3)})
    else:
        write_line(str(path))


def _written(number: int, count: int, folder: Path) -> str:
    return f"{number:,} of {counted(count, 'picture')} {'was' if number == 1 else 'were'} written into {clean(folder)}"
