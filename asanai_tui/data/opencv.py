"""OpenCV as it is used here: imported with the first picture, quiet, and with one thread for each call."""

import os
from functools import cache
from types import ModuleType


@cache
def opencv() -> ModuleType:
    """The module cv2. Pictures are worked on side by side, so each of them gets one thread."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # its decoder writes to standard error by itself; -8: nothing
    import cv2

    cv2.setNumThreads(1)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2
