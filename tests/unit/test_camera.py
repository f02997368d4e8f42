"""Pictures from video files and streams, and into folders of classes."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest

from asanai_tui import cli
from asanai_tui.data.camera import Recording, opened, shots
from asanai_tui.data.capturing import device_name
from asanai_tui.data.new_pictures import NewPictures, check_class, png
from asanai_tui.data.progress import Progress, Stopped
from asanai_tui.errors import InputError
from tests.videos import STEP, stream, write_video

PROGRAM = (sys.executable, "-m", "asanai_tui")


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return write_video(tmp_path / "film.avi")


def times(path: Path | str, count: int, every: float) -> list[float]:
    with closing(opened(str(path), Progress())) as camera:
        return [round(frame.seconds, 3) for frame in shots(camera, count, every, Progress())]


def numbers(folder: Path) -> list[int]:
    """Which frame of the video each picture is, in the order of their names."""
    return [round(cv2.imread(str(path)).mean() / STEP) for path in sorted(folder.iterdir())]


def capture(*arguments: object) -> int:
    return cli.main(["capture", *map(str, arguments)])


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        (0.5, [0.0, 0.5, 1.0, 1.5]),
        (0.25, [0.0, 0.3, 0.5, 0.8]),
        (0.0, [0.0, 0.1, 0.2, 0.3]),
        (0.01, [0, 0.1, 0.2, 0.3]),
    ],
)
def test_frames_of_a_file_are_that_far_apart_by_their_time_stamps(
    video: Path, every: float, expected: list[float]
) -> None:
    began = time.monotonic()
    assert times(video, 4, every) == expected
    assert time.monotonic() - began < 1.5  # nothing waits for them


def test_a_file_begins_anew(video: Path) -> None:
    with closing(opened(str(video), Progress())) as camera:
        assert isinstance(camera, Recording)
        before = camera.frame(2, Progress())
        camera.rewind()
        first = camera.frame(0, Progress())
        assert (before.seconds, first.seconds) == (2.0, 0.0)
        assert abs(float(before.pixels.mean()) - 20 * STEP) < 3
        assert first.pixels.shape == (24, 32, 3)


def test_colours_are_red_green_blue(tmp_path: Path) -> None:
    writer = cv2.VideoWriter(str(tmp_path / "red.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 5, (32, 32))
    writer.write(np.full((32, 32, 3), (0, 0, 250), np.uint8))
    writer.release()
    with closing(opened(str(tmp_path / "red.avi"), Progress())) as camera:
        red, green, blue = camera.frame(0, Progress()).pixels.mean((0, 1))
    assert red > 200
    assert max(green, blue) < 40


def test_the_end_of_a_file_and_a_torn_one_are_sentences(video: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"film\.avi ends after 2\.9 s\.$"):
        times(video, 9, 0.5)
    torn = tmp_path / "torn.avi"
    torn.write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    with pytest.raises(InputError, match=r"torn\.avi breaks off after .* s: \d+ of its 30 frames can be read\.$"):
        times(torn, 30, 0)


@pytest.mark.parametrize(
    ("device", "sentence"),
    [
        ("text.avi", "text.avi is not a video that can be read, or it is torn"),
        ("empty.avi", "empty.avi is not a video"),
        ("absent.avi", "no such file or folder"),
        (".", "is a folder; expected a video file"),
        ("", "No device: expected the number of a camera"),
        ("250", "There is no camera 250 that can be opened; 0 is the first one"),
        ("99999999999999999999", "they are numbered from 0"),
        ("http://127.0.0.1:9/none", "there is no video that can be read; check the address"),
    ],
)
def test_what_is_no_device_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.avi").write_text("no video at all")
    Path("empty.avi").touch()
    with pytest.raises(InputError, match=sentence):
        opened(device, Progress())


def test_passwords_in_addresses_are_not_told() -> None:
    assert device_name("rtsp://me:secret@host/a@b") == "rtsp://host/a@b"
    with pytest.raises(InputError, match=r"^http://127\.0\.0\.1:9/x: there is no video"):
        opened("http://me:secret@127.0.0.1:9/x", Progress())


def test_a_stream_is_read_in_real_time() -> None:
    with stream() as address, closing(opened(address, Progress())) as camera:
        assert camera.live
        found = [frame.seconds for frame in shots(camera, 4, 0.1, Progress())]
    gaps = np.diff(found)
    assert found[-1] - found[0] >= 0.25
    assert gaps.min() > 0


def test_a_stream_that_ends_and_a_wish_to_stop() -> None:
    with stream(frames=60) as address, closing(opened(address, Progress())) as camera:
        with pytest.raises(InputError, match="gives no more pictures"):
            list(shots(camera, 10_000, 0, Progress()))
        with pytest.raises(Stopped):
            camera.frame(0, Progress(stopped=lambda: True))


def test_capture_writes_new_pictures_and_replaces_none(
    video: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert capture(video, tmp_path / "cats", "--count", 3, "--every", 0.5) == 0
    said = capfd.readouterr()
    names = [f"{tmp_path}/cats/camera-000{number}.png" for number in (1, 2, 3)]
    assert said.out.split() == names
    assert said.err == f"3 pictures written into {tmp_path}/cats.\n"
    assert numbers(tmp_path / "cats") == [0, 5, 10]
    assert capture(video, tmp_path / "cats", "--count", 2, "--every", 1, "--json") == 0
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert lines[1] == {"event": "picture", "path": f"{tmp_path}/cats/camera-0005.png", "seconds": 1.0}
    assert numbers(tmp_path / "cats") == [0, 5, 10, 0, 10]


def test_capture_says_how_many_there_are_at_the_end(
    video: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert capture(video, tmp_path / "cats", "--count", 9, "--every", 2) == 1
    assert capfd.readouterr().err == f"{video} ends after 2.9 s; 2 of 9 pictures were written into {tmp_path}/cats.\n"
    assert capture("250", tmp_path / "dogs") == 1
    assert capfd.readouterr().err == "There is no camera 250 that can be opened; 0 is the first one.\n"
    assert not (tmp_path / "dogs").exists()


@pytest.mark.parametrize(
    ("option", "value", "said"), [("--count", 0, "count: expected"), ("--every", "nan", "every: expected")]
)
def test_wrong_numbers_are_sentences(
    video: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], option: str, value: object, said: str
) -> None:
    assert capture(video, tmp_path / "cats", option, value) == 1
    assert capfd.readouterr().err.startswith(said)


def test_folders_that_cannot_be_used_are_sentences(
    video: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert capture(video, tmp_path / "file") == 1
    assert "is a file, not a folder" in capfd.readouterr().err
    assert capture(video, tmp_path / "none" / "cats") == 1
    assert "folder {} does not exist; make it first".format(tmp_path / "none") in capfd.readouterr().err


def test_a_disk_that_takes_no_more_leaves_whole_pictures(tmp_path: Path) -> None:
    """A limit on the size of files stands for it: the system refuses to write on."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))

    noise = np.random.default_rng(1).integers(0, 255, (24, 32, 3), np.uint8)
    writer = cv2.VideoWriter(str(tmp_path / "film.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 1, (32, 24))
    for frame in (np.zeros_like(noise), noise):
        writer.write(frame)
    writer.release()
    command = [*PROGRAM, "capture", "film.avi", "cats", "--count", "2"]
    said = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, preexec_fn=limited, check=False
    )
    assert said.returncode == 1
    assert said.stderr == (
        "cats/camera-0002.png cannot be written: file too large; 1 of 2 pictures was written into cats.\n"
    )
    assert os.listdir(tmp_path / "cats") == ["camera-0001.png"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_keeps_what_was_written(tmp_path: Path, number: signal.Signals) -> None:
    with stream() as address:
        command = [*PROGRAM, "capture", address, "cats", "--count", "1000", "--every", "0.02"]
        with subprocess.Popen(command, cwd=tmp_path, stdout=-1, stderr=-1, text=True) as process:
            assert process.stdout is not None
            first = process.stdout.readline()
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    written = [first.strip(), *out.split()]
    assert sorted(f"cats/{name}" for name in os.listdir(tmp_path / "cats")) == written
    assert err.startswith(f"Stopped: {len(written)} of 1,000 pictures")
    assert err.count("\n") == 1


def test_numbers_go_on_and_nothing_is_replaced(tmp_path: Path) -> None:
    new = NewPictures(tmp_path / "7", "drawing")
    first = new.add(np.zeros((4, 5, 1), np.uint8))
    (tmp_path / "7" / "drawing-0002.png").write_text("somebody else's")
    assert new.add(np.zeros((4, 5), np.uint8)).name == "drawing-0003.png"
    assert (tmp_path / "7" / "drawing-0002.png").read_text() == "somebody else's"
    assert cv2.imread(str(first), cv2.IMREAD_UNCHANGED).shape == (4, 5)
    assert NewPictures(tmp_path / "7", "drawing").add(np.zeros((4, 5), np.uint8)).name == "drawing-0004.png"


def test_png_keeps_every_colour() -> None:
    pixels = np.random.default_rng(2).integers(0, 255, (6, 7, 3), np.uint8)
    back = cv2.imdecode(np.frombuffer(png(pixels), np.uint8), cv2.IMREAD_COLOR)
    assert (back[:, :, ::-1] == pixels).all()


@pytest.mark.parametrize("name", ["", " ", ".hidden", "..", "a/b", "x" * 201, "\udcff"])
def test_names_that_are_no_class(name: str) -> None:
    with pytest.raises(InputError):
        check_class(name)
    assert check_class("big cats") == "big cats"
