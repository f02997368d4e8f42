"""Formats, sizes and faults of picture files, the ways to scale and crop, and how many of each class are used."""

import io
import struct
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
from PIL import Image

from asanai_tui.data import decoding, images
from asanai_tui.data.dataset import load
from asanai_tui.data.picture_header import FORMATS, NAMES, header
from asanai_tui.data.preprocessing import ImagesPreprocessing, Preprocessing
from asanai_tui.data.progress import Progress
from asanai_tui.data.spec import Images, PictureForm, Resampling
from asanai_tui.errors import InputError

RED, BLUE, WHITE = (200, 30, 20), (10, 40, 220), (255, 255, 255)


def saved(path: Path, mode: str, colour: object, size: tuple[int, int] = (20, 16), **options: Any) -> Path:
    """A file in one colour; `size` is width and height."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **options)  # type: ignore[arg-type]
    return path


def stripes(path: Path, size: tuple[int, int], **options: Any) -> Path:
    """A left quarter of black, a middle of grey and a right quarter of white; `size` is width and height."""
    path.parent.mkdir(parents=True, exist_ok=True)
    width, height = size
    drawn = Image.new("L", size, 128)
    drawn.paste(0, (0, 0, width // 4, height))
    drawn.paste(255, (width - width // 4, 0, width, height))
    drawn.save(path, **options)
    return path


def tiff(tags: dict[int, int], pixels: bytes = b"", order: str = "<") -> bytes:
    """An uncompressed TIFF file: `pixels` behind the header, the directory, all of LONG values, at the end."""
    magic = struct.pack(f"{order}2sHI", b"II" if order == "<" else b"MM", 42, 8 + len(pixels))
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    return magic + pixels + struct.pack(f"{order}H", len(tags)) + entries + bytes(4)


def grey_tiff(side: int) -> dict[int, int]:
    """The tags of a grey picture in one strip."""
    return {256: side, 257: side, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: side, 279: side * side}


def first_pixel(path: Path) -> list[int]:
    pixels: list[int] = decoding.read_picture(path, PictureForm(8, 8, "rgb"))[0, 0].tolist()
    return pixels


@pytest.mark.parametrize(
    ("name", "mode", "stored", "expected", "options"),
    [
        ("plain.tif", "RGB", RED, RED, {}),
        ("packed.tiff", "RGB", RED, RED, {"compression": "tiff_lzw"}),
        ("deflated.tif", "RGB", RED, RED, {"compression": "tiff_adobe_deflate"}),
        ("cmyk.tif", "CMYK", (0, 255, 255, 0), (255, 0, 0), {}),
        ("cmyk.jpg", "CMYK", (0, 255, 255, 0), (255, 0, 0), {"quality": 95}),
        ("grey16.png", "I;16", 0x4D4D, (77, 77, 77), {}),
        ("grey16.tif", "I;16", 0x4D4D, (77, 77, 77), {}),
        ("grey16big.tif", "I;16B", 0x4D4D, (77, 77, 77), {}),
        ("bits.tif", "1", 1, WHITE, {}),
        ("big.tif", "RGB", RED, RED, {"big_tiff": True}),
        ("clear.tif", "RGBA", (*RED, 0), WHITE, {}),
        ("half.tif", "RGBA", (*RED, 128), (227, 142, 137), {}),
        ("clear.png", "RGBA", (*RED, 0), WHITE, {}),
        ("clear.webp", "RGBA", (*RED, 0), WHITE, {"lossless": True, "exact": True}),
        ("grey.gif", "L", 77, (77, 77, 77), {}),
        ("clear.gif", "L", 77, WHITE, {"transparency": 77}),
    ],
)
def test_format(
    tmp_path: Path, name: str, mode: str, stored: object, expected: tuple[int, ...], options: dict[str, Any]
) -> None:
    path = saved(tmp_path / name, mode, stored, **options)
    found = header(path.read_bytes())
    assert found is not None
    assert (found.width, found.height) == (20, 16)
    assert first_pixel(path) == pytest.approx(expected, abs=6)
    grey = decoding.read_picture(path, PictureForm(8, 8, "grey"))
    assert grey[0, 0, 0] == pytest.approx(np.dot(expected, [0.299, 0.587, 0.114]), abs=6)


def test_first_frame_of_a_gif(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (12, 12), colour) for colour in (RED, BLUE)]
    frames[0].save(tmp_path / "moves.gif", save_all=True, append_images=frames[1:])
    assert first_pixel(tmp_path / "moves.gif") == pytest.approx(RED, abs=3)


def test_first_page_of_a_tiff(tmp_path: Path) -> None:
    pages = [Image.new("RGB", (12, 12), colour) for colour in (RED, BLUE)]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    assert first_pixel(tmp_path / "pages.tif") == list(RED)


@pytest.mark.parametrize("order", ["<", ">"])
def test_directory_behind_the_pixels(tmp_path: Path, order: str) -> None:
    """Also where the first bytes that are looked at do not reach it."""
    side = 1200
    assert side * side > decoding.FIRST_BYTES
    (tmp_path / "late.tif").write_bytes(tiff(grey_tiff(side), bytes([99]) * side * side, order))
    assert first_pixel(tmp_path / "late.tif") == [99, 99, 99]
    assert list(decoding.refused([tmp_path / "late.tif"])) == []


def test_tiles(tmp_path: Path) -> None:
    tags = {256: 64, 257: 64, 258: 8, 259: 1, 262: 1, 277: 1, 322: 64, 323: 64, 324: 8, 325: 64 * 64}
    (tmp_path / "tiled.tif").write_bytes(tiff(tags, bytes([99]) * 64 * 64))
    assert first_pixel(tmp_path / "tiled.tif") == [99, 99, 99]


@pytest.mark.parametrize("name", ["turned.jpg", "turned.tif", "turned.png"])
def test_rotation_is_honoured(tmp_path: Path, name: str) -> None:
    """Orientation 6: the left edge as stored is the top as seen."""
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = decoding.read_picture(stripes(tmp_path / name, (64, 32), exif=exif), PictureForm(64, 32, "grey"))
    assert pixels[:12].max() < 20
    assert pixels[-12:].min() > 235


@pytest.mark.parametrize("suffix", sorted(suffix for kind in FORMATS for suffix in kind.suffixes))
@pytest.mark.parametrize("resize", ["stretch", "crop"])
def test_one_pixel(tmp_path: Path, suffix: str, resize: Any) -> None:
    path = saved(tmp_path / f"dot{suffix}", "L", 77, (1, 1))
    pixels = decoding.read_picture(path, PictureForm(5, 7, "rgb", resize))
    assert pixels.shape == (5, 7, 3)
    assert pixels.tolist() == [[pytest.approx([77, 77, 77], abs=3)] * 7] * 5


def huge_png() -> bytes:
    content = io.BytesIO()
    Image.new("L", (9, 9)).save(content, "PNG")
    return content.getvalue()[:16] + (30_000).to_bytes(4, "big") * 2 + content.getvalue()[24:]


def faulty(folder: Path) -> dict[str, str]:
    """Files in `folder` that cannot be read, and a word of the reason."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = saved(folder / "whole.tif", "RGB", RED, (40, 40)).read_bytes()
    (folder / "whole.tif").unlink()
    contents = {
        "huge.png": (huge_png(), "too large: 30,000 × 30,000"),
        "huge.tif": (tiff(grey_tiff(30_000)), "too large: 30,000 × 30,000"),
        "huge.gif": (b"GIF89a" + struct.pack("<HH", 30_000, 30_000) + bytes(3), "too large: 30,000 × 30,000"),
        "text.jpg": (b"no picture at all", f"not a picture of a known kind ({NAMES})"),
        "text.tif": (b"no picture at all", "not a picture"),
        "torn.tif": (whole[:6], "not a picture"),
        "cut.tif": (tiff(grey_tiff(40) | {273: 10_000}), "damaged TIFF file"),
        "cut.gif": (b"GIF89a" + struct.pack("<HH", 9, 9) + bytes(3), "damaged GIF file"),
    }
    for name, (content, _) in contents.items():
        (folder / name).write_bytes(content)
    saved(folder / "fractions.tif", "F", 0.5)
    (folder / "album.jpg").mkdir()
    return {name: why for name, (_, why) in contents.items()} | {
        "fractions.tif": "32 bits a channel; save it with 8 or 16",
        "album.jpg": "is a directory",
        "gone.gif": "no such file",
    }


def test_faults_in_one_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    expected = faulty(tmp_path)
    pictures, set_aside = decoding.decoded([tmp_path / name for name in expected], PictureForm(8, 8, "rgb"))
    assert len(pictures) == 0
    said = {Path(path).name: why for path, why in set_aside}
    assert [why in said[name] for name, why in expected.items()] == [True] * len(expected), said
    assert capfd.readouterr() == ("", "")


def test_huge_pictures_are_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faulty(tmp_path)
    monkeypatch.setattr(decoding, "_decoded", lambda *_: pytest.fail("decoded"))
    for name in ("huge.png", "huge.tif", "huge.gif"):
        with pytest.raises(InputError, match="at most 100 million are read"):
            decoding.read_picture(tmp_path / name, PictureForm(8, 8, "rgb"))
    assert len(list(decoding.refused(sorted(tmp_path.glob("huge.*"))))) == 3


@pytest.mark.parametrize("magic", sorted(magic for kind in FORMATS for magic in kind.magic))
def test_headers_of_nonsense(magic: bytes) -> None:
    random = np.random.default_rng(3)
    for _ in range(300):
        found = header(magic + random.integers(0, 256, random.integers(0, 80), np.uint8).tobytes())
        assert found is None or found.pixels > 0


@pytest.mark.parametrize("kind", ["TIFF", "GIF"])
def test_torn_headers(kind: str) -> None:
    content = io.BytesIO()
    Image.new("RGB", (123, 45)).save(content, kind)
    for length in range(0, len(content.getvalue()), 5):
        torn = header(content.getvalue()[:length])
        assert torn is None or (torn.width, torn.height) == (123, 45)


class _Deleting(Progress):
    """Deletes a file as soon as the first pictures are decoded."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def step(self, line: str) -> None:
        if line.startswith("decoding"):
            self._path.unlink(missing_ok=True)


def test_file_that_vanishes_while_the_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MOST_PER_BLOCK", 1)
    monkeypatch.setattr(decoding, "cores", lambda: 1)
    for number in range(20):
        saved(tmp_path / "a" / f"{number:02}.png", "RGB", RED)
        saved(tmp_path / "b" / f"{number:02}.png", "RGB", BLUE)
    place = int(images.mixed([20, 20])[-1])  # of the last to be read
    name = f"{'ab'[place // 20]}/{place % 20:02}.png"
    pictures = images.read(images.inspect(tmp_path).spec, _Deleting(tmp_path / name))
    assert len(pictures.inputs) == 39
    assert sorted(pictures.order.tolist()) == [each for each in range(40) if each != place]
    assert pictures.classes.tolist() == (pictures.order // 20).tolist()
    assert pictures.notes == (f"1 picture set aside: {name}: no such file or directory.",)


def test_crop_takes_the_centre(tmp_path: Path) -> None:
    wide = stripes(tmp_path / "wide.png", (80, 40))
    cropped = decoding.read_picture(wide, PictureForm(40, 40, "grey", "crop"))
    stretched = decoding.read_picture(wide, PictureForm(40, 40, "grey"))
    assert (cropped == 128).all()
    assert stretched[0, 0, 0] == 0
    high = decoding.read_picture(wide, PictureForm(40, 20, "grey", "crop"))
    assert (high == 128).all()
    assert decoding.read_picture(wide, PictureForm(20, 40, "grey", "crop"))[0, 0, 0] == 0


@pytest.mark.parametrize("size", [(1999, 401), (403, 1801), (800, 800)])
@pytest.mark.parametrize("form", [(50, 99), (100, 20), (33, 33)])
def test_reduced_decode_is_large_enough_to_crop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], form: tuple[int, int]
) -> None:
    """The part that is scaled is never smaller than what is wanted, and close to the one of a full decode."""
    path = stripes(tmp_path / "large.jpg", size, quality=95)
    shapes: list[tuple[int, ...]] = []
    scaled = decoding._scaled
    monkeypatch.setattr(decoding, "_scaled", lambda *all: shapes.append(all[0].shape) or scaled(*all))  # type: ignore
    wanted = PictureForm(*form, "grey", "crop")
    pixels = decoding.read_picture(path, wanted).astype(float)
    assert shapes[0][0] >= form[0]
    assert shapes[0][1] >= form[1]
    monkeypatch.setattr(decoding, "_reduction", lambda *_: 0)
    assert np.abs(decoding.read_picture(path, wanted) - pixels).mean() < 3


def test_resampling(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (40, 40, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")

    def at(side: int, resampling: Resampling) -> bytes:
        return decoding.read_picture(
            tmp_path / "noise.png", PictureForm(side, side, "rgb", "stretch", resampling)
        ).data.tobytes()

    assert at(9, "auto") == at(9, "area")
    assert at(90, "auto") == at(90, "bilinear")
    assert len({at(9, way) for way in ("nearest", "bilinear", "bicubic", "area", "lanczos")}) == 5
    assert set(np.frombuffer(at(9, "nearest"), np.uint8)) <= set(noise.ravel())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes, of 10 and of 3 pictures, each in a grey of its own."""
    for number in range(10):
        saved(tmp_path / "many" / f"{number}.png", "L", number, (40, 20))
    for number in range(3):
        stripes(tmp_path / "few" / f"{number}.png", (40, 20))
    return tmp_path


def with_options(folder: Path, **changes: Any) -> Images:
    return msgspec.structs.replace(images.inspect(folder).spec, **changes)


def test_most_per_class(folder: Path) -> None:
    source = with_options(folder, most_per_class=4)
    dataset = load(source)
    assert sorted(dataset.targets.tolist()) == [0, 0, 0, 1, 1, 1, 1]
    assert sorted(dataset.inputs[dataset.targets == 1][:, 0, 0, 0].tolist()) == [0, 2, 5, 7]
    assert dataset.notes == ("6 pictures left out: at most 4 of each class are used.",)
    preview = images.inspect(folder, source)
    assert preview.class_counts == (("few", 3), ("many", 4))
    assert "6 pictures left out: at most 4 of each class are used." in preview.notes
    assert load(with_options(folder)).notes == ()


def test_prediction_crops_and_scales_as_training_did(folder: Path) -> None:
    source = with_options(folder, height=10, width=10, resize="crop", resampling="nearest")
    dataset = load(source)
    few = dataset.inputs[dataset.targets == 0]
    assert (few == 128).all()
    assert not np.array_equal(load(with_options(folder, height=10, width=10)).inputs, dataset.inputs)
    assert isinstance(dataset.preprocessing, ImagesPreprocessing)
    assert dataset.preprocessing.form == source.form
    pixels, _ = dataset.preprocessing.transform([folder / "few" / "0.png"])
    assert np.array_equal(pixels[0], few[0])


def test_preprocessing_of_older_model_files() -> None:
    stored = b'{"kind":"images","height":6,"width":5,"colour":"rgb","classes":["a","b"]}'
    read = msgspec.json.decode(stored, type=Preprocessing)
    assert isinstance(read, ImagesPreprocessing)
    assert read.form == PictureForm(6, 5, "rgb", "stretch", "auto")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tif", "a.jpg"])
@pytest.mark.parametrize("mode", ["RGBA", "LA", "RGB"])
def test_every_orientation_also_of_transparent_pictures(tmp_path: Path, mode: str, name: str, orientation: int) -> None:
    """Four greys in the corners, and in the transparent ones one pixel that is not there, stand where they belong."""
    if mode != "RGB" and name == "a.jpg":
        mode = "CMYK"
    stored = np.zeros((24, 40), np.uint8)
    stored[:12, :20], stored[:12, 20:], stored[12:, :20] = 250, 170, 90
    drawn = Image.fromarray(stored).convert(mode)
    if mode in ("RGBA", "LA"):
        drawn.putpixel((39, 23), (0,) * len(mode))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"a.webp": {"lossless": True}, "a.jpg": {"quality": 100}}.get(name, {})
    drawn.save(tmp_path / name, exif=exif, **options)
    first = {1: stored, 2: stored[:, ::-1], 3: stored[::-1, ::-1], 4: stored[::-1]}
    turned = {5: stored.T, 6: np.rot90(stored, -1), 7: np.rot90(stored, 2).T, 8: np.rot90(stored)}
    expected = (first | turned)[orientation].astype(int)
    pixels = decoding.read_picture(tmp_path / name, PictureForm(*expected.shape, "grey"))[:, :, 0].astype(int)
    assert np.median(np.abs(pixels - expected)) <= 2 and np.abs(pixels - expected).mean() < 3
    if mode in ("RGBA", "LA") and name != "a.tif":
        assert np.abs(pixels - expected).max() == 255


def test_deep_transparent_pictures(tmp_path: Path) -> None:
    """16 bits a channel with alpha: PNG, and TIFF whose directory says that the fourth sample is alpha."""
    deep = np.full((8, 8, 4), 40_000, np.uint16)
    deep[:, :, 3] = 65_535
    deep[0, :, 3] = 0
    assert cv2.imwrite(str(tmp_path / "deep.png"), deep)
    tags = {256: 8, 257: 8, 258: 16, 259: 1, 262: 2, 273: 8, 277: 4, 278: 8, 279: 8 * 8 * 8, 338: 2}
    (tmp_path / "deep.tif").write_bytes(tiff(tags, deep.tobytes()))
    for name in ("deep.png", "deep.tif"):
        pixels = decoding.read_picture(tmp_path / name, PictureForm(8, 8, "rgb"))
        assert (pixels[0] == 255).all() and (pixels[1:] == 40_000 >> 8).all(), name


def test_torn_exif_is_no_orientation() -> None:
    content = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGBA", (9, 5), (1, 2, 3, 4)).save(content, "PNG", exif=exif)
    whole = content.getvalue()
    start = whole.index(b"eXIf")
    for place in range(start, start + 40):
        found = header(whole[:place] + b"\xff\xff" + whole[place + 2 :])
        assert found is not None and (found.width, found.height) == (9, 5) and 1 <= found.orientation <= 8


@pytest.mark.parametrize(
    "form", [PictureForm(10, 10, "rgb", "crop"), PictureForm(7, 20, "grey"), PictureForm(40, 60, "rgb")]
)
def test_preview_is_what_training_sees(tmp_path: Path, form: PictureForm) -> None:
    noise = np.random.default_rng(4).integers(0, 256, (40, 60, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    shown = decoding.as_trained(decoding.read_preview(tmp_path / "noise.png", 256)[0], form)
    learned = decoding.read_picture(tmp_path / "noise.png", form)
    assert shown.shape == learned.shape and np.abs(shown.astype(int) - learned).max() <= 1


def test_preview_is_not_enlarged(tmp_path: Path) -> None:
    saved(tmp_path / "small.png", "RGB", RED, (20, 10))
    preview, _ = decoding.read_preview(tmp_path / "small.png", 256)
    assert decoding.as_trained(preview, PictureForm(512, 512, "grey")).shape == (20, 20, 1)
