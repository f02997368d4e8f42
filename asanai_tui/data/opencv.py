"""OpenCV as it is used here: imported with the first picture, quiet, and with one thread for each call."""

import atexit
import os
import threading
from collections.abc import Callable
from functools import cache
from types import ModuleType

LONGEST = 10.0  # seconds that OpenCV may wait for a device


@cache
def opencv() -> ModuleType:
    """The module cv2. Pictures are worked on side by side, so each of them gets one thread."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # its decoder writes to standard error by itself; -8: nothing
    import cv2

    cv2.setNumThreads(1)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2


ending = threading.Event()  # Python ends: nothing begins in OpenCV any more
_threads: set[threading.Thread] = set()


def start_thread(work: Callable[[], None]) -> threading.Thread:
    """A thread for what may take long inside OpenCV; `work` returns soon after `ending` is set."""

    def run() -> None:
        try:
            work()
        finally:
            _threads.discard(thread)

    thread = threading.Thread(target=run, daemon=True)
    _threads.add(thread)
    thread.start()
    return thread


@atexit.register
def _leave() -> None:
    """A thread that comes back from C++ while Python ends would abort the process."""
    ending.set()
    for thread in tuple(_threads):
        thread.join(LONGEST)
