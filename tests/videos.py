"""Videos to take pictures of: files, and a stream on this machine."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np

STEP = 8  # by which each frame is lighter than the one before


def write_video(path: Path, frames: int = 30, rate: float = 10) -> Path:
    """A video of 32×24 pixels; frame n is STEP·n light all over."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), rate, (32, 24))
    assert writer.isOpened()
    for number in range(frames):
        writer.write(np.full((24, 32, 3), number * STEP, np.uint8))
    writer.release()
    return path


@contextmanager
def stream(frames: int = 100_000) -> Iterator[str]:
    """The address of a live stream of 64×48 pixels, about 100 frames a second."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            for number in range(frames):
                _, picture = cv2.imencode(".jpg", np.full((48, 64, 3), number % 256, np.uint8))
                head = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture)
                try:
                    self.wfile.write(head + bytes(picture) + b"\r\n")
                except OSError:  # nobody looks any more
                    return
                time.sleep(0.01)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/video"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
