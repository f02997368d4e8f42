"""Pictures from a camera, a video file or a stream, with OpenCV.

A recording is read by its time stamps, as fast as it decodes. A live device is emptied by a thread all the time, for it
hands over what it kept first, not what it sees now.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from asanai_tui.data.capturing import device_name
from asanai_tui.data.decoding import MOST_PIXELS
from asanai_tui.data.opencv import LONGEST, ending, opencv, start_thread
from asanai_tui.data.progress import Progress
from asanai_tui.errors import InputError, clean
from asanai_tui.files import existing

PATIENCE = LONGEST  # seconds until a device must answer
LOOK = 0.05  # seconds between two looks whether the user wants to stop
HIGHEST = 255  # number of a camera
TOLERANCE = 0.0005  # seconds; time stamps are rounded
USUAL_RATE = 25.0  # frames a second of a recording that does not say
WHOLE = 0.95  # share of the frames a recording says it has; the number is estimated for some kinds


class Frame(NamedTuple):
    """One picture and its time."""

    pixels: NDArray[np.uint8]  # height × width × 3, RGB
    seconds: float  # from the beginning of the recording, or since the device was opened


class Camera(Protocol):
    """A device that is open. It belongs to one thread."""

    live: bool  # it sees what happens now; else it is a recording

    def frame(self, seconds: float, progress: Progress) -> Frame:
        """Of a recording the next frame that is not before `seconds`; of a live device the next one from now on.

        Raises:
            InputError: a recording ends, or the device gives no picture any more.
            Stopped: the user ended it.
        """
        ...

    def rewind(self) -> None:
        """Begin a recording anew; a live device has no beginning."""
        ...

    def close(self) -> None:
        """Let go of the device."""
        ...


def opened(device: str, progress: Progress) -> Camera:
    """Open a camera by its number, a video file by its path, or a stream by its address.

    Raises:
        InputError: there is no such device, or it gives no video.
        Stopped: the user ended it.
    """
    source = _source(device)
    capture = _Opening(device, source).result(progress)
    if isinstance(source, str) and (_is_file(source) or capture.get(opencv().CAP_PROP_FRAME_COUNT) > 0):
        return Recording(device, source, capture)
    return Live(device, capture)


def shots(camera: Camera, count: int, every: float, progress: Progress) -> Iterator[Frame]:
    """`count` frames that are `every` seconds apart: of a recording in its own time, without waiting.

    Raises:
        InputError: there are no more.
        Stopped: the user ended it.
    """
    began = time.monotonic()
    for place in range(count):
        while camera.live and (left := began + place * every - time.monotonic()) > 0:
            progress.check()
            time.sleep(min(left, LOOK))
        yield camera.frame(place * every, progress)


class Recording:
    """A video file, or a video at an address."""

    live = False

    def __init__(self, name: str, source: str, capture: Any) -> None:
        self._name, self._source, self._capture = device_name(name), source, capture
        self._begin()

    def frame(self, seconds: float, progress: Progress) -> Frame:
        """As `Camera.frame`. Damaged frames are passed over."""
        while True:
            progress.check()
            self._next()
            if self._seconds >= seconds - TOLERANCE:
                found, pixels = self._capture.retrieve()
                if found:
                    return Frame(_rgb(pixels, self._name), self._seconds)

    def rewind(self) -> None:
        self._capture.open(self._source)
        self._begin()

    def close(self) -> None:
        self._capture.release()

    def _begin(self) -> None:
        self._count = 0  # frames that were read
        self._first = 0.0  # time stamp of the first of them
        self._seconds = 0.0  # of the last of them

    def _next(self) -> None:
        """Step to the next frame; its time is that of its stamp, or of its number where stamps stand still."""
        cv2, capture = opencv(), self._capture
        if not capture.grab():
            raise InputError(self._end(capture.get(cv2.CAP_PROP_FRAME_COUNT)))
        stamp = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if not self._count:
            self._first = stamp
        rate = capture.get(cv2.CAP_PROP_FPS)
        by_number = self._count / (rate if rate > 0 else USUAL_RATE)
        by_stamp = stamp - self._first
        self._seconds = by_stamp if by_stamp > self._seconds else max(by_number, self._seconds)
        self._count += 1

    def _end(self, said: float) -> str:
        """How it ends; `said`: frames that it should have."""
        if self._count < WHOLE * said:
            frames = f"{self._count:,} of its {said:,.0f} frames can be read"
            return f"{self._name} breaks off after {self._seconds:.1f} s: {frames}."
        return f"{self._name} ends after {self._seconds:.1f} s."


class Live:
    """A camera or a stream, emptied by a thread of its own."""

    live = True

    def __init__(self, name: str, capture: Any) -> None:
        self._name, self._capture = device_name(name), capture
        self._began = time.monotonic()
        self._change = threading.Condition()
        self._wanted = self._closed = self._ended = False
        self._newest: Any = None  # as OpenCV gives it
        self._thread = start_thread(self._empty)

    def frame(self, seconds: float, progress: Progress) -> Frame:
        """As `Camera.frame`."""
        patience = time.monotonic() + PATIENCE
        with self._change:
            self._wanted, self._newest = True, None
            while self._newest is None:
                progress.check()
                if self._ended:
                    raise InputError(f"{self._what} gives no more pictures; was it unplugged, or the stream ended?")
                if time.monotonic() > patience:
                    raise InputError(f"{self._what} has given no picture for {PATIENCE:.0f} seconds.")
                self._change.wait(LOOK)
            pixels = self._newest
        return Frame(_rgb(pixels, self._name), time.monotonic() - self._began)

    def rewind(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Its thread lets go of the device at the next frame."""
        with self._change:
            self._closed = True
        self._thread.join(LOOK * 10)

    @property
    def _what(self) -> str:
        return f"Camera {self._name}" if self._name.isdecimal() else self._name

    def _empty(self) -> None:
        while not (self._closed or ending.is_set()) and self._capture.grab():
            if self._wanted:
                found, pixels = self._capture.retrieve()
                with self._change:
                    self._newest, self._wanted = (pixels, False) if found else (None, True)
                    self._change.notify_all()
        with self._change:
            self._ended = True
            self._change.notify_all()
        self._capture.release()


class _Opening:
    """Opens a device in a thread, for that can take long and hears nobody."""

    def __init__(self, device: str, source: int | str) -> None:
        self._device, self._source = device_name(device), source
        self._capture: Any = None
        self._lock = threading.Lock()
        self._given_up = False
        self._thread = start_thread(self._run)

    def result(self, progress: Progress) -> Any:
        """The open device; raises as `opened`."""
        patience = time.monotonic() + 2 * PATIENCE
        try:
            while self._thread.is_alive() and time.monotonic() < patience:
                progress.check()
                self._thread.join(LOOK)
        finally:
            with self._lock:
                self._given_up = self._thread.is_alive()
        if self._given_up or self._capture is None:
            raise self._problem()
        return self._capture

    def _run(self) -> None:
        cv2 = opencv()
        with contextlib.suppress(cv2.error):
            capture = self._open()
            with self._lock:
                if capture.isOpened() and not self._given_up:
                    self._capture = capture
                else:
                    capture.release()  # a camera nobody waits for any more is not kept on

    def _open(self) -> Any:
        cv2 = opencv()
        if not isinstance(self._source, str) or "://" not in self._source:
            return cv2.VideoCapture(self._source)
        wait = int(PATIENCE * 1000)
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, wait, cv2.CAP_PROP_READ_TIMEOUT_MSEC, wait]
        return cv2.VideoCapture(self._source, cv2.CAP_FFMPEG, limits)

    def _problem(self) -> InputError:
        """Why there is no device."""
        if isinstance(self._source, int):
            return InputError(f"There is no camera {self._source} that can be opened; 0 is the first one.")
        if self._given_up:
            return InputError(f"{self._device}: nothing came for {2 * PATIENCE:.0f} seconds; check the device.")
        if "://" in self._source:
            return InputError(f"{self._device}: there is no video that can be read; check the address.")
        return InputError(f"{self._device} is not a video that can be read, or it is torn.")


def _is_file(source: str) -> bool:
    """Not an address, and not a device or a pipe, which give what happens now."""
    return "://" not in source and Path(source).is_file()


def _source(device: str) -> int | str:
    """What OpenCV takes: a number, an address as it is, or the path of a file."""
    text = device.strip()
    if text.isascii() and text.isdecimal():
        if len(text) > len(str(HIGHEST)) or int(text) > HIGHEST:
            raise InputError(f"There is no camera {clean(text, 20)}; they are numbered from 0.")
        return int(text)
    if "://" in text:
        return text
    if not text:
        raise InputError("No device: expected the number of a camera, a video file or the address of a stream.")
    path = existing(Path(text))
    if path.is_dir():
        raise InputError(f"{clean(text)} is a folder; expected a video file, the number of a camera or an address.")
    return str(path)


def _rgb(pixels: NDArray[np.uint8], name: str) -> NDArray[np.uint8]:
    """Blue-green-red, or grey, as red-green-blue."""
    if pixels.shape[0] * pixels.shape[1] > MOST_PIXELS:
        raise InputError(f"{name}: its pictures are too large; at most 100 million pixels are read.")
    cv2 = opencv()
    code = cv2.COLOR_GRAY2RGB if pixels.ndim == 2 or pixels.shape[2] == 1 else cv2.COLOR_BGR2RGB
    found: NDArray[np.uint8] = cv2.cvtColor(pixels, code)
    return found
