"""Folders of pictures as they come: every kind of file, broken ones, links, and the cache of decoded pixels."""

import io
import os
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
from PIL import Image

from asanai_tui.data import cache, decoding, folders, images, sources
from asanai_tui.data.dataset import Dataset, load
from asanai_tui.data.picture_header import header
from asanai_tui.data.preprocessing import ImagesPreprocessing
from asanai_tui.data.progress import Stopped
from asanai_tui.data.spec import Images, PictureForm
from asanai_tui.errors import InputError

RED, BLUE = (200, 30, 20), (10, 40, 220)


def picture(folder: Path, name: str, colour: object = RED, size: tuple[int, int] = (20, 16), **options: Any) -> Path:
    """A file in one colour; `size` is width and height, `mode` what Pillow stores."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = Image.new(options.pop("mode", "RGB"), size, colour)  # type: ignore[arg-type]
    drawn.save(path, **options)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of three pictures."""
    root = tmp_path / "pictures"
    for number in range(3):
        picture(root, f"red/{number}.png", RED)
        picture(root, f"blue/{number}.jpg", BLUE, quality=95)
    return root


def spec(folder: Path, **changes: Any) -> Images:
    return msgspec.structs.replace(images.inspect(folder).spec, **changes)


def pictures_of(dataset: Dataset, number: int) -> Any:
    """Those of a class; they lie in the order in which they were decoded."""
    return dataset.inputs[dataset.targets == number]


def notes(dataset: Dataset) -> str:
    return " ".join(dataset.notes)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with each call of OpenCV's decoder."""
    calls: list[int] = []
    decode: Callable[..., Any] = cv2.imdecode

    def counting(*arguments: Any) -> Any:
        calls.append(1)
        return decode(*arguments)

    monkeypatch.setattr(cv2, "imdecode", counting)
    return calls


def test_preview(folder: Path) -> None:
    preview = images.inspect(folder)
    assert preview.spec.classes == ("blue", "red")
    assert (preview.spec.height, preview.spec.width, preview.spec.colour) == (16, 20, "rgb")
    assert preview.class_counts == (("blue", 3), ("red", 3))
    assert [sample.label for sample in preview.sample[:2]] == ["blue", "red"]
    assert preview.sample[1].pixels.shape == (16, 20, 3)
    assert (preview.sample[1].pixels == RED).all()
    assert preview.sample[0].pixels[8, 10].tolist() == pytest.approx(BLUE, abs=4)
    assert any("16 × 20; they keep their size" in note for note in preview.notes)


def test_dataset(folder: Path) -> None:
    dataset = load(spec(folder))
    assert dataset.inputs.shape == (6, 16, 20, 3)
    assert dataset.inputs.dtype == np.uint8
    assert sorted(dataset.targets.tolist()) == [0, 0, 0, 1, 1, 1]
    assert (pictures_of(dataset, 1) == RED).all()
    assert pictures_of(dataset, 0)[0, 8, 10].tolist() == pytest.approx(BLUE, abs=4)
    assert dataset.notes == ()
    assert isinstance(dataset.preprocessing, ImagesPreprocessing)
    pixels, set_aside = dataset.preprocessing.transform([folder / "red/0.png", folder / "blue/1.jpg"])
    assert np.array_equal(pixels, [pictures_of(dataset, 1)[0], pictures_of(dataset, 0)[0]])
    assert set_aside == ()


def test_large_pictures_get_64(tmp_path: Path) -> None:
    picture(tmp_path, "a/1.jpg", size=(600, 400))
    picture(tmp_path, "b/1.jpg", size=(300, 500))
    preview = images.inspect(tmp_path)
    assert preview.spec.input_shape == (64, 64, 3)
    assert any("different sizes; each is scaled to 64 × 64" in note for note in preview.notes)
    assert max(max(sample.pixels.shape) for sample in preview.sample) <= 256


def test_grey_pictures_get_one_channel(tmp_path: Path) -> None:
    picture(tmp_path, "a/1.png", 120, mode="L")
    picture(tmp_path, "b/1.jpg", (90, 90, 90))
    preview = images.inspect(tmp_path)
    assert preview.spec.colour == "grey"
    dataset = load(preview.spec)
    assert dataset.inputs.shape == (2, 16, 20, 1)
    assert dataset.inputs[0, 0, 0, 0] == 120


@pytest.mark.parametrize(
    ("name", "mode", "stored", "expected", "options"),
    [
        ("cmyk.jpg", "CMYK", (0, 255, 255, 0), (255, 0, 0), {"quality": 95}),
        ("grey.jpg", "L", 77, (77, 77, 77), {}),
        ("grey16.png", "I;16", 0x4D4D, (77, 77, 77), {}),
        ("bits.png", "1", 1, (255, 255, 255), {}),
        ("palette.png", "P", 0, None, {}),
        ("clear.png", "RGBA", (200, 30, 20, 0), (255, 255, 255), {}),
        ("half.png", "RGBA", (200, 30, 20, 128), (227, 142, 137), {}),
        ("solid.png", "RGBA", (200, 30, 20, 255), RED, {}),
        ("greyalpha.png", "LA", (77, 0), (255, 255, 255), {}),
        ("clear.webp", "RGBA", (200, 30, 20, 0), (255, 255, 255), {"lossless": True, "exact": True}),
        ("lossless.webp", "RGB", RED, RED, {"lossless": True}),
        ("lossy.webp", "RGB", RED, RED, {"quality": 95}),
        ("plain.bmp", "RGB", RED, RED, {}),
        ("progressive.jpeg", "RGB", RED, RED, {"progressive": True, "quality": 95}),
        ("LOUD.JPG", "RGB", RED, RED, {"quality": 95, "format": "JPEG"}),
    ],
)
def test_kinds_of_pictures(
    tmp_path: Path, name: str, mode: str, stored: object, expected: tuple[int, ...] | None, options: dict[str, Any]
) -> None:
    path = picture(tmp_path, name, stored, mode=mode, **options)
    pixels = decoding.read_picture(path, PictureForm(8, 8, "rgb"))
    assert pixels.shape == (8, 8, 3)
    if expected:
        assert pixels.reshape(-1, 3) == pytest.approx(np.tile(expected, (64, 1)), abs=6)
    grey = decoding.read_picture(path, PictureForm(8, 8, "grey"))
    assert grey.shape == (8, 8, 1)
    luminance = pixels.astype(float) @ [0.299, 0.587, 0.114]
    assert grey[:, :, 0] == pytest.approx(luminance, abs=6)


def test_16_bits_with_alpha(tmp_path: Path) -> None:
    stored = np.full((10, 10, 4), 0x8080, np.uint16)
    cv2.imwrite(str(tmp_path / "deep.png"), stored)
    assert (decoding.read_picture(tmp_path / "deep.png", PictureForm(10, 10, "rgb")) == 191).all()


@pytest.mark.parametrize("size", [(60, 40), (1200, 800)])
def test_rotation_in_exif_is_honoured(tmp_path: Path, size: tuple[int, int]) -> None:
    """Orientation 6: the camera was turned; the left edge as stored is the top as seen."""
    drawn = Image.new("RGB", size, (255, 255, 255))
    drawn.paste((0, 0, 0), (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x0112] = 6
    drawn.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    pixels = decoding.read_picture(tmp_path / "turned.jpg", PictureForm(20, 20, "grey"))[:, :, 0]
    assert pixels[:8].max() < 20
    assert pixels[12:].min() > 235


def test_large_jpeg_is_close_to_a_full_decode(tmp_path: Path) -> None:
    rows, columns = np.mgrid[0:960, 0:1280]
    waves = np.stack([np.sin(rows / 90), np.cos(columns / 70), np.sin((rows + columns) / 110)], -1)
    drawn = Image.fromarray(((waves + 1) * 127).astype(np.uint8))
    drawn.save(tmp_path / "waves.jpg", quality=90)
    expected = np.asarray(drawn.resize((64, 64), Image.Resampling.BOX), np.float64)
    pixels = decoding.read_picture(tmp_path / "waves.jpg", PictureForm(64, 64, "rgb"))
    assert np.abs(pixels - expected).mean() < 3


def test_picture_of_one_pixel(tmp_path: Path) -> None:
    path = picture(tmp_path, "dot.png", RED, (1, 1))
    assert (decoding.read_picture(path, PictureForm(5, 7, "rgb")) == RED).all()


def broken_files(folder: Path) -> dict[str, str]:
    """Files that cannot be read, in folder/red, and a word of the reason."""
    drawn = io.BytesIO()
    Image.effect_noise((100, 100), 90).convert("RGB").save(drawn, "JPEG")
    whole = drawn.getvalue()
    png = bytearray(Image_png(100))
    huge = bytearray(Image_png(10))
    huge[16:24] = (30_000).to_bytes(4, "big") * 2
    contents = {
        "empty.jpg": (b"", "empty"),
        "text.jpg": (b"this is no picture at all", "not a picture"),
        "cut.jpg": (whole[: len(whole) // 2], "damaged JPEG"),
        "head.jpg": (whole[:10], "not a picture"),
        "cut.png": (bytes(png[: len(png) // 2]), "damaged PNG"),
        "huge.png": (bytes(huge), "too large: 30,000 × 30,000"),
    }
    for name, (content, _) in contents.items():
        (folder / "red" / name).write_bytes(content)
    (folder / "red" / "gone.png").symlink_to(folder / "red" / "nowhere.png")
    return {name: why for name, (_, why) in contents.items()} | {"gone.png": "no such file"}


def Image_png(side: int) -> bytes:  # noqa: N802
    content = io.BytesIO()
    Image.effect_noise((side, side), 90).save(content, "PNG")
    return content.getvalue()


def test_broken_files_are_set_aside_with_the_reason(folder: Path) -> None:
    wrong = broken_files(folder)
    preview = images.inspect(folder)
    said = {Path(name).name: why for name, why in preview.set_aside}
    assert set(wrong) - {"cut.jpg", "cut.png"} <= set(said)
    for name in said:
        assert wrong[name] in said[name]
    dataset = load(preview.spec)
    assert len(dataset.inputs) == 6
    assert sorted(dataset.targets.tolist()) == [0, 0, 0, 1, 1, 1]
    assert (pictures_of(dataset, 1) == RED).all()
    assert f"{len(wrong)} pictures set aside" in notes(dataset)


def test_nothing_is_printed_about_broken_files(folder: Path) -> None:
    broken_files(folder)
    script = (
        "import sys; from pathlib import Path; from asanai_tui.data import images; images.inspect(Path(sys.argv[1]))"
    )
    done = subprocess.run([sys.executable, "-c", script, folder], capture_output=True, text=True, check=True)
    assert done.stdout == done.stderr == ""


def test_only_broken_files(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.jpg").write_bytes(b"nonsense")
    with pytest.raises(InputError) as told:
        images.inspect(tmp_path)
    assert "none of the pictures can be read" in str(told.value)


def test_folder_in_place_of_a_file(folder: Path) -> None:
    (folder / "red" / "album.jpg").mkdir()
    picture(folder, "red/album.jpg/inside.png", RED)
    assert images.inspect(folder).class_counts == (("blue", 3), ("red", 4))


def test_a_file_that_may_not_be_read(folder: Path) -> None:
    (folder / "red" / "0.png").chmod(0)
    script = (
        "import os, sys, pathlib; from asanai_tui.data import images\n"
        "os.chdir(sys.argv[1]); here = pathlib.Path('.')\n"
        "images.inspect(here)\n"
        "if os.geteuid() == 0: os.setuid(65534)  # root may read everything\n"
        "print(images.inspect(here).set_aside)"
    )
    done = subprocess.run([sys.executable, "-c", script, folder], capture_output=True, text=True)
    assert "('red/0.png', 'permission denied')" in done.stdout, done.stderr


def test_nested_hidden_and_other_files(folder: Path) -> None:
    picture(folder, "red/more/deep/4.png", RED)
    picture(folder, "red/.hidden.png", RED)
    picture(folder, ".trash/1.png", RED)
    (folder / "red" / "readme.txt").write_text("hello")
    (folder / "empty").mkdir()
    preview = images.inspect(folder)
    assert preview.class_counts == (("blue", 3), ("red", 4))
    assert any("1 file left out: no pictures by their names" in note for note in preview.notes)
    assert any("Folders without a picture left out: empty" in note for note in preview.notes)


def test_links_out_of_the_folder_are_refused(folder: Path, tmp_path: Path) -> None:
    secret = picture(tmp_path, "elsewhere/secret.png", BLUE)
    (folder / "red" / "link.png").symlink_to(secret)
    (folder / "outside").symlink_to(secret.parent)
    (folder / "red" / "loop").symlink_to(folder / "red")
    (folder / "red" / "same.png").symlink_to(folder / "red" / "0.png")
    preview = images.inspect(folder)
    assert preview.class_counts == (("blue", 3), ("red", 4))
    assert dict(preview.set_aside) == {
        "red/link.png": "a link that leads out of the folder",
        "outside": "a link that leads out of the folder",
        "red/loop": "a link that leads back to a folder above it",
    }


def test_one_class(tmp_path: Path) -> None:
    picture(tmp_path, "only/1.png")
    preview = images.inspect(tmp_path)
    assert "only one class" in preview.spec.problem
    assert any("Only one class" in note for note in preview.notes)
    with pytest.raises(InputError, match="only one class"):
        load(preview.spec)


@pytest.mark.parametrize("loose", [False, True])
def test_no_pictures_in_folders(tmp_path: Path, loose: bool) -> None:
    (tmp_path / "a").mkdir()
    if loose:
        picture(tmp_path, "1.png")
    with pytest.raises(InputError) as told:
        sources.guess(tmp_path)
    assert ("without a folder" if loose else "no picture") in str(told.value)


def test_control_characters_in_names(folder: Path) -> None:
    (folder / "red" / "bad\x1b[2J.jpg").write_bytes(b"")
    assert ("red/bad�[2J.jpg", "the file is empty") in images.inspect(folder).set_aside


def test_class_whose_name_no_project_file_can_hold(folder: Path) -> None:
    (folder / "red").rename(folder / os.fsdecode(b"caf\xe9"))
    picture(folder, f"blue/{os.fsdecode(bytes([0xE9]))}.png")
    preview = images.inspect(folder)
    assert preview.spec.classes == ("blue",)
    assert ("caf�", "its name is not UTF-8 text; rename it") in preview.set_aside
    assert dict(preview.class_counts) == {"blue": 4}


def test_opened_again_decodes_nothing(folder: Path, home: Path, decoded: list[int]) -> None:
    source = spec(folder)
    decoded.clear()
    first = load(source)
    assert len(decoded) == 6
    assert isinstance(first.inputs, np.memmap)
    assert not first.inputs.flags.writeable
    kept = sorted((home / "cache" / "pictures").iterdir())
    assert len(kept) == 1
    again = load(source)
    assert len(decoded) == 6
    assert np.array_equal(first.inputs, again.inputs)
    assert np.array_equal(first.targets, again.targets)
    assert sorted((home / "cache" / "pictures").iterdir()) == kept


def test_set_aside_is_told_again_from_the_cache(folder: Path) -> None:
    (folder / "red" / "zero.png").write_bytes(b"")
    source = spec(folder)
    assert load(source).notes == load(source).notes != ()


def change(folder: Path) -> None:
    picture(folder, "red/0.png", BLUE)


def touch(folder: Path) -> None:
    os.utime(folder / "red" / "0.png", ns=(1, 1))


def rename(folder: Path) -> None:
    (folder / "red" / "0.png").rename(folder / "red" / "9.png")


def remove(folder: Path) -> None:
    (folder / "red" / "0.png").unlink()


@pytest.mark.parametrize("edit", [change, touch, rename, remove])
def test_a_change_is_noticed(folder: Path, decoded: list[int], edit: Callable[[Path], None]) -> None:
    source = spec(folder)
    load(source)
    edit(folder)
    decoded.clear()
    dataset = load(source)
    assert len(decoded) == len(dataset.inputs)
    changed = (pictures_of(dataset, 1) == BLUE).all(axis=(1, 2, 3))
    assert changed.sum() == (edit is change)


def test_other_sizes_are_kept_side_by_side(folder: Path, decoded: list[int]) -> None:
    small, large = spec(folder, height=5, width=4), spec(folder, colour="grey")
    decoded.clear()
    for source in (small, large, small, large):
        assert load(source).inputs.shape[1:] == source.input_shape
    assert len(decoded) == 12


def test_damaged_cache_is_made_again(folder: Path, home: Path) -> None:
    source = spec(folder)
    load(source)
    (kept,) = (home / "cache" / "pictures").iterdir()
    os.truncate(kept / cache.PIXELS, 100)
    assert (pictures_of(load(source), 1) == RED).all()
    (kept / cache.INDEX).write_bytes(b"{")
    assert (pictures_of(load(source), 1) == RED).all()


def test_stopped_leaves_nothing_behind(folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "FOUND_AT_ONCE", 1)
    source = spec(folder)
    answers = iter([False] * 6 + [True] * 100)
    with pytest.raises(Stopped):
        load(source, stopped=lambda: next(answers))
    assert list((home / "cache" / "pictures").iterdir()) == []


def test_progress(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asanai_tui.data.progress.SECONDS_BETWEEN_LINES", 0)
    monkeypatch.setattr(decoding, "MOST_PER_BLOCK", 2)
    monkeypatch.setattr(folders, "FOUND_AT_ONCE", 2)
    lines: list[str] = []
    load(spec(folder), lines.append)
    assert lines == [
        *(f"found {number} pictures" for number in (2, 4, 6)),
        *(f"decoding {number} of 6 pictures" for number in (2, 4, 6)),
    ]


def test_old_caches_are_let_go(folder: Path, home: Path) -> None:
    load(spec(folder))
    (kept,) = (home / "cache" / "pictures").iterdir()
    torn = home / "cache" / "pictures" / ".new-torn"
    torn.mkdir()
    for path in (kept, torn):
        os.utime(path, (0, 0))
    load(spec(folder, height=9))
    assert kept.exists() is False
    assert torn.exists() is False


def test_class_without_pictures_any_more(folder: Path) -> None:
    source = spec(folder)
    shutil.rmtree(folder / "red")
    with pytest.raises(InputError, match="the class red has no pictures any more"):
        load(source)
    assert any("gone: red" in note for note in images.inspect(folder, source).notes)


def test_new_class_is_told(folder: Path) -> None:
    source = spec(folder)
    picture(folder, "green/1.png")
    assert "green, not among the classes" in notes(load(source))
    assert images.inspect(folder, source).spec.classes == ("blue", "green", "red")


FULL_DISK = """
import resource, sys
from pathlib import Path
from asanai_tui.data import cache, decoding, images
from asanai_tui.data.dataset import load
from asanai_tui.errors import InputError
decoding.MOST_PER_BLOCK = 2
spec = images.inspect(Path(sys.argv[1])).spec
resource.setrlimit(resource.RLIMIT_FSIZE, (2500, 2500))
cache.MEMORY_SHARE = float(sys.argv[2])
try:
    dataset = load(spec)
    print(dataset.inputs.shape, dataset.inputs[dataset.targets == 1].min(axis=(0, 1, 2)).tolist(), *dataset.notes)
except InputError as error:
    print("refused:", error)
"""


@pytest.mark.parametrize("share", [0.5, 0.0])
def test_disk_that_is_full(folder: Path, home: Path, share: float) -> None:
    """A file may grow to 2,500 bytes only: the system refuses the rest as it does on a full disk."""
    command = [sys.executable, "-c", FULL_DISK, folder, str(share)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert list((home / "cache" / "pictures").iterdir()) == []
    if share:
        assert f"(6, 16, 20, 3) {list(RED)}" in done.stdout
        assert "kept in memory, not on disk: file too large" in done.stdout
    else:
        assert "refused:" in done.stdout
        assert "free space there, or choose smaller pictures" in done.stdout


def test_cache_that_cannot_be_written(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("ASANAI_TUI_HOME", str(tmp_path / "file"))
    dataset = load(spec(folder))
    assert len(dataset.inputs) == 6
    assert "kept in memory, not on disk" in notes(dataset)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP"])
def test_headers(kind: str) -> None:
    content = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "x" * 5000
    options = {} if kind == "BMP" else {"exif": exif}
    Image.new("RGB", (123, 45)).save(content, kind, **options)
    found = header(content.getvalue())
    assert found is not None
    assert (found.width, found.height, found.transparent) == (123, 45, False)
    for length in range(0, len(content.getvalue()), 7):
        torn = header(content.getvalue()[:length])
        assert torn is None or (torn.width, torn.height) == (123, 45)


def test_headers_never_fail_on_nonsense() -> None:
    random = np.random.default_rng(3)
    for magic in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"RIFF0000WEBPVP8X", b"RIFF0000WEBPVP8L", b"GIF89a"):
        for _ in range(200):
            found = header(magic + random.integers(0, 256, random.integers(0, 80), np.uint8).tobytes())
            assert found is None or (found.width >= 0 and found.height >= 0)


def test_of_many_classes_some_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "CLASSES", 5)
    for number in range(20):
        picture(tmp_path, f"{number:02}/1.png", (number, 0, 0))
    preview = images.inspect(tmp_path)
    assert [sample.label for sample in preview.sample] == ["00", "04", "08", "12", "16"]
    assert len(preview.class_counts) == len(preview.spec.classes) == 20


def bomb(width: int, height: int, pixels: int) -> bytes:
    """A PNG file of a few kilobytes that says it has this size, and unpacks to so many bytes of zeros."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(2**20)) for _ in range(pixels // 2**20)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def test_decompression_bombs(folder: Path, decoded: list[int]) -> None:
    """What is too large is refused before it is decoded; what unpacks to more than it says gives no more than that."""
    (folder / "red" / "large.png").write_bytes(bomb(30_000, 30_000, 2**26))
    preview = images.inspect(folder)
    reason = "too large: 30,000 × 30,000 pixels; at most 100 million are read, so make it smaller"
    assert preview.set_aside == (("red/large.png", reason),)
    assert len(decoded) == 6
    (folder / "red" / "large.png").write_bytes(bomb(8, 8, 2**26))
    assert decoding.read_picture(folder / "red" / "large.png", PictureForm(8, 8, "grey")).shape == (8, 8, 1)
