"""A camera at work for the screen: shows what it sees and takes series of pictures, in a thread of its own."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from asanai_tui import logs
from asanai_tui.data.capturing import Series, device_name
from asanai_tui.data.opencv import ending, start_thread
from asanai_tui.data.progress import Progress, Stopped
from asanai_tui.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from asanai_tui.data.camera import Camera, Frame
    from asanai_tui.data.new_pictures import NewPictures
    from asanai_tui.data.spec import PictureForm

State = Literal["opening", "looking", "taking", "ended"]
PREVIEW = 0.25  # seconds between two looks at a live device
DEVICE = "a number, a video file, or an address such as rtsp://host/path"
KIND = "camera"  # what the names of its pictures begin with


class Look(NamedTuple):
    """What the camera is doing."""

    state: State = "opening"
    pixels: NDArray[np.uint8] | None = None  # the newest picture, in the form that the network takes
    taken: int = 0  # pictures of the newest series
    number: int = 0  # of the newest series, from 1
    problem: str = ""  # why it, or the newest series, has ended


class CameraDesk:
    """One device. The screen asks with `look` and never waits; `close` ends the thread."""

    def __init__(self, device: str, form: PictureForm) -> None:
        self.form = form
        self._device = device
        self._change = threading.Condition()
        self._look = Look()
        self._wish: tuple[NewPictures, Series] | None = None
        self._closed = False
        start_thread(self._run)

    @property
    def look(self) -> Look:
        """What it is doing now."""
        with self._change:
            return self._look

    def begin(self, folder: Path, series: Series) -> None:
        """Take a series into the folder of a class."""
        from asanai_tui.data.new_pictures import NewPictures

        with self._change:
            self._wish = NewPictures(folder, KIND), series
            self._look = self._look._replace(state="taking", taken=0, number=self._look.number + 1, problem="")
            self._change.notify_all()

    def stop(self) -> None:
        """End the series; what was written stays."""
        with self._change:
            self._wish = None

    def close(self) -> None:
        """Let go of the device, soon."""
        with self._change:
            self._closed, self._wish = True, None
            self._change.notify_all()

    def _run(self) -> None:
        from asanai_tui.data.camera import opened  # OpenCV

        progress = Progress(stopped=lambda: self._closed or ending.is_set())
        problem = ""
        try:
            with closing(opened(self._device, progress)) as camera:
                self._show(camera.frame(0, progress))
                while True:
                    progress.check()
                    self._work(camera, progress)
        except Stopped:
            pass
        except InputError as error:
            problem = str(error)
        except Exception as error:  # a mistake in here must not leave the screen waiting
            problem = logs.record(error)
        self._set(state="ended", problem=problem)

    def _work(self, camera: Camera, progress: Progress) -> None:
        """Take a series if one is wished for, else look."""
        with self._change:
            wish = self._wish
            if wish is None:
                self._look = self._look._replace(state="looking")  # a series may be stopped before it has begun
                self._change.wait(PREVIEW)
        if wish is not None:
            self._take(camera, *wish)
        elif camera.live:
            self._show(camera.frame(0, progress))

    def _take(self, camera: Camera, new: NewPictures, series: Series) -> None:
        problem = ""
        progress = Progress(stopped=lambda: self._wish is None or ending.is_set())
        began = time.monotonic()
        try:
            camera.rewind()
            for place in range(series.count):
                self._look_until(began + place * series.every, camera, progress)
                frame = camera.frame(place * series.every, progress)
                new.add(frame.pixels)
                self._show(frame, taken=place + 1)
        except Stopped:
            pass
        except InputError as error:
            problem = str(error)
        with self._change:
            self._wish = None
            self._look = self._look._replace(state="looking", problem=problem)

    def _look_until(self, moment: float, camera: Camera, progress: Progress) -> None:
        """Go on showing what a live device sees while the next picture is not due."""
        while camera.live and (left := moment - time.monotonic()) > 0:
            if left > PREVIEW:
                self._show(camera.frame(0, progress))
            progress.check()
            time.sleep(max(0.0, min(PREVIEW, moment - time.monotonic())))

    def _show(self, frame: Frame, **changes: Any) -> None:
        from asanai_tui.data.decoding import formed

        self._set(pixels=formed(frame.pixels, self.form), **changes)

    def _set(self, **changes: Any) -> None:
        with self._change:
            self._look = self._look._replace(**changes)


class SingleShots:
    """One picture on each wish; the device stays open between them."""

    def __init__(self, device: str) -> None:
        self.device = device
        self._lock = threading.Lock()
        self._camera: Camera | None = None
        self._seconds = 0.0  # of a recording, which goes on by one second with each wish
        self._closed = False

    def next(self) -> NDArray[np.uint8]:
        """The picture there is now (height × width × 3, RGB); to be called beside the event loop.

        Raises:
            InputError: there is no device, or no picture any more.
        """
        from asanai_tui.data.camera import opened

        progress = Progress(stopped=lambda: self._closed or ending.is_set())
        with self._lock:
            try:
                if self._camera is None:
                    self._camera = opened(self.device, progress)
                frame = self._camera.frame(self._seconds, progress)
            except Stopped as stopped:
                raise InputError("The camera was closed.") from stopped
            self._seconds = frame.seconds + 1
            return frame.pixels

    def close(self) -> None:
        """Let go of the device, beside the event loop: a picture may be on its way."""
        self._closed = True
        start_thread(self._release)

    def _release(self) -> None:
        with self._lock:
            if self._camera is not None:
                self._camera.close()
                self._camera = None


def shortened(device: str, width: int) -> str:
    """A device for the screen: its end tells paths apart."""
    name = device_name(device)
    return name if len(name) <= width else f"…{name[1 - width :]}"
