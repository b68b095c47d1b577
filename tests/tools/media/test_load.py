"""Loading pictures: every kind of source gives upright RGB pixels, every kind of bad input one helpful MediaError."""

from __future__ import annotations

import base64
import contextlib
import io
import os
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sightline.tools.errors import (
    BrokenMedia,
    ForbiddenAddress,
    MediaError,
    MediaNotFound,
    MediaTooLarge,
    UnsupportedMedia,
)
from sightline.tools.media import MediaLimits, Picture, load_image


def gradient(height: int = 12, width: int = 20) -> np.ndarray:
    """(H, W, 3) uint8 in which every pixel differs from its mirror images."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 12, y * 20, (x + y) * 7], axis=-1).astype(np.uint8)


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png(array: np.ndarray | None = None) -> bytes:
    return encoded(Image.fromarray(gradient() if array is None else array))


# -- what is read --


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "QOI"])
def test_lossless_formats_give_the_same_pixels_and_the_same_id(kind: str) -> None:
    picture = load_image(encoded(Image.fromarray(gradient()), kind))
    assert np.array_equal(picture.pixels, gradient())
    assert picture.id == load_image(gradient()).id


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF"])
def test_lossy_formats_give_pixels_of_the_right_size(kind: str) -> None:
    picture = load_image(encoded(Image.fromarray(gradient()), kind))
    assert picture.pixels.shape == (12, 20, 3)
    assert np.abs(picture.pixels.astype(int) - gradient()).mean() < 30


def test_every_source_of_the_same_picture_has_the_same_id(tmp_path: Path) -> None:
    data = png()
    path = tmp_path / "photo of a cat.png"
    path.write_bytes(data)
    sources: list[Any] = [
        path,
        str(path),
        data,
        bytearray(data),
        memoryview(data),
        io.BytesIO(data),
        Image.open(io.BytesIO(data)),
        gradient(),
        "data:image/png;base64," + base64.b64encode(data).decode(),
        "DATA:image/png;base64," + base64.urlsafe_b64encode(data).decode().rstrip("="),
        "data:image/png," + "".join(f"%{b:02x}" for b in data),
    ]
    assert {load_image(source).id for source in sources} == {load_image(gradient()).id}
    assert load_image(path).name == "photo of a cat.png"


def test_a_picture_is_passed_through() -> None:
    picture = load_image(gradient())
    assert load_image(picture) is picture


def test_pixels_are_read_only_and_do_not_follow_the_array_they_came_from() -> None:
    array = gradient()
    picture = load_image(array)
    array[:] = 0
    assert np.array_equal(picture.pixels, gradient())
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels[0, 0, 0] = 1


def test_the_same_bytes_in_another_shape_are_another_picture() -> None:
    flat = np.zeros((4, 6, 3), np.uint8)
    assert load_image(flat).id != load_image(flat.reshape(6, 4, 3)).id


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int) -> None:
    upright = gradient()
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = load_image(encoded(Image.fromarray(np.ascontiguousarray(stored)), "PNG", exif=exif.tobytes()))
    assert np.array_equal(picture.pixels, upright)
    assert any("EXIF" in note for note in picture.notes) == (orientation != 1)


def test_damaged_exif_does_not_cost_the_picture() -> None:
    data = encoded(Image.fromarray(gradient()), "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff" + b"\xff" * 40)
    assert load_image(data).width == 20


def test_transparent_parts_are_shown_on_white_and_noted() -> None:
    rgba = np.zeros((2, 2, 4), np.uint8)
    rgba[0, 0] = (200, 0, 0, 255)
    rgba[0, 1] = (200, 0, 0, 0)
    rgba[1, 0] = (0, 0, 0, 128)
    for source in (rgba, png(rgba)):
        picture = load_image(source)
        assert picture.pixels[0, 0].tolist() == [200, 0, 0]
        assert picture.pixels[0, 1].tolist() == [255, 255, 255]
        assert picture.pixels[1, 0].tolist() == [127, 127, 127]
        assert any("white" in note for note in picture.notes)


def test_palettes_are_resolved_also_with_transparency() -> None:
    image = Image.new("P", (3, 2), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    assert load_image(encoded(image)).pixels[0, 0].tolist() == [0, 0, 255]
    image.putpixel((0, 0), 0)
    transparent = load_image(encoded(image, "PNG", transparency=0))
    assert transparent.pixels[0, 0].tolist() == [255, 255, 255]
    assert transparent.pixels[0, 1].tolist() == [0, 0, 255]


def test_gray_with_alpha_one_bit_and_cmyk_become_rgb() -> None:
    assert load_image(encoded(Image.new("LA", (2, 2), (90, 255)))).pixels[0, 0].tolist() == [90, 90, 90]
    assert load_image(encoded(Image.new("LA", (2, 2), (90, 0)))).pixels[0, 0].tolist() == [255, 255, 255]
    assert load_image(encoded(Image.new("1", (2, 2), 1))).pixels[0, 0].tolist() == [255, 255, 255]
    cmyk = load_image(encoded(Image.new("CMYK", (8, 8), (255, 0, 0, 0)), "TIFF"))
    assert cmyk.pixels[0, 0].tolist() == [0, 255, 255]
    assert any("CMYK" in note for note in cmyk.notes)


def test_sixteen_bit_gray_is_scaled_the_same_from_file_and_array() -> None:
    values = np.array([[0, 257, 32768], [65535, 1000, 40000]], np.uint16)
    from_file, from_array = load_image(encoded(Image.fromarray(values))), load_image(values)
    assert from_file.id == from_array.id
    assert from_array.pixels[..., 0].tolist() == [[0, 1, 128], [255, 4, 156]]


def test_float_images_in_files_are_scaled_or_stretched() -> None:
    unit = load_image(encoded(Image.fromarray(np.array([[0.0, 0.5, 1.0]], np.float32)), "TIFF"))
    assert unit.pixels[0, :, 0].tolist() == [0, 128, 255]
    depth = load_image(encoded(Image.fromarray(np.array([[-1000.0, 0.0, 1000.0]], np.float32)), "TIFF"))
    assert depth.pixels[0, :, 0].tolist() == [0, 128, 255]
    assert any("stretched" in note for note in depth.notes)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_of_animations_and_pages_the_first_is_read_and_noted(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), color) for color in ((250, 0, 0), (0, 250, 0), (0, 0, 250))]
    options = {"lossless": True} if kind == "WEBP" else {}
    picture = load_image(encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options))
    assert picture.pixels[4, 4].tolist() == [250, 0, 0]
    assert picture.notes[0] == f"first of 3 {'pages' if kind == 'TIFF' else 'frames'}"


def test_a_callers_animated_image_stays_where_it_stands() -> None:
    frames = [Image.new("RGB", (8, 8), color) for color in ((250, 0, 0), (0, 250, 0))]
    image = Image.open(io.BytesIO(encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])))
    image.seek(1)
    assert load_image(image).pixels[4, 4].tolist() == [0, 250, 0]
    assert image.tell() == 1


def test_arrays_of_every_supported_type() -> None:
    flag = load_image(np.array([[True, False]]))
    assert flag.pixels[0].tolist() == [[255] * 3, [0] * 3]
    unit = load_image(np.array([[[0.0, 0.5, 1.0]]], np.float16))
    assert unit.pixels[0, 0].tolist() == [0, 128, 255]
    assert load_image(np.full((3, 3, 1), 7, np.uint8)).pixels[1, 1].tolist() == [7, 7, 7]
    assert load_image(gradient()[::-1, ::2]).pixels.shape == (12, 10, 3)


def test_a_lying_extension_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "really.jpg"
    path.write_bytes(png())
    assert load_image(path).id == load_image(gradient()).id


# -- what is refused --


def refusal(source: Any, kind: type[MediaError], **options: Any) -> str:
    with pytest.raises(kind) as caught:
        load_image(source, **options)
    text = str(caught.value)
    assert "\n" not in text
    assert "cannot identify" not in text
    assert "site-packages" not in text
    return text


def test_missing_files_folders_and_devices(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "no.png", MediaNotFound)
    assert "folder" in refusal(tmp_path, UnsupportedMedia)
    assert "empty" in refusal("", MediaNotFound)
    refusal("nul\0byte.png", MediaNotFound)
    refusal("x" * 5000, MediaNotFound)
    refusal("~nobody-of-that-name/x.png", MediaNotFound)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
        assert "pipe" in refusal(tmp_path / "pipe.png", UnsupportedMedia)
        assert "device" in refusal("/dev/zero", UnsupportedMedia)


def test_control_characters_in_names_are_not_repeated() -> None:
    text = refusal("a\x1b[31mred\u202e\r\n.png", MediaNotFound)
    assert text.startswith("a[31mred.png does not exist")


def test_names_have_no_folders_and_no_control_characters(tmp_path: Path) -> None:
    path = tmp_path / "od\x1bd\n.png"
    path.write_bytes(png())
    assert load_image(path).name == "odd.png"


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (b"", BrokenMedia, "empty"),
        (b"%PDF-1.7 ...", UnsupportedMedia, "PDF"),
        (b"just some words\n" * 9, UnsupportedMedia, "text"),
        ("naïve café".encode(), UnsupportedMedia, "text"),
        (b"<!DOCTYPE html><html>", UnsupportedMedia, "web page"),
        (b"<?xml version='1.0'?><svg></svg>", UnsupportedMedia, "SVG"),
        (b"version https://git-lfs.github.com/spec/v1\n", UnsupportedMedia, "git lfs pull"),
        (b"PK\x03\x04" + bytes(40), UnsupportedMedia, "ZIP"),
        (b"\x00\x00\x00\x20ftypisom" + bytes(40), UnsupportedMedia, "not readable as a picture"),
        (b"\x1aE\xdf\xa3" + bytes(40), UnsupportedMedia, "a video"),
        (b"RIFF\x00\x00\x00\x00AVI " + bytes(40), UnsupportedMedia, "a video"),
        (b"\x00\x00\x00\x20ftypheic" + bytes(40), UnsupportedMedia, "HEIC"),
        (bytes(range(128, 256)), UnsupportedMedia, "not a picture in any known format"),
        (b"\x89PNG\r\n\x1a\n", BrokenMedia, "PNG"),
        (b"GIF89a", BrokenMedia, "GIF"),
        (b"\xff\xd8\xff\xe0", BrokenMedia, "JPEG"),
    ],
)
def test_bytes_that_are_no_whole_picture_are_named_for_what_they_are(
    data: bytes, kind: type[MediaError], words: str
) -> None:
    assert words in refusal(data, kind)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_truncated_files_are_broken(kind: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    data = encoded(Image.fromarray(noise), kind)
    assert "cut off" in refusal(data[: int(len(data) * share)], BrokenMedia)


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims that size and holds next to nothing."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("width", "height"), [(10_000, 9_000), (20_000, 20_000), (1_000_000, 2), (2**31 - 1, 2**31 - 1)]
)
def test_decompression_bombs_are_refused_by_their_header(width: int, height: int) -> None:
    refusal(bomb(width, height), MediaTooLarge)


def test_too_many_bytes_or_pixels_name_the_limit(tmp_path: Path) -> None:
    small = MediaLimits(max_bytes=20, max_pixels=100)
    path = tmp_path / "big.png"
    path.write_bytes(png())
    assert "20 bytes" in refusal(path, MediaTooLarge, limits=small)
    assert "20 bytes" in refusal("data:image/png;base64," + "A" * 400, MediaTooLarge, limits=small)
    assert "20 bytes" in refusal(io.BytesIO(png()), MediaTooLarge, limits=small)
    for source in (gradient(), Image.fromarray(gradient()), load_image(gradient())):
        assert "20x12" in refusal(source, MediaTooLarge, limits=small)


@pytest.mark.parametrize(
    ("array", "kind", "words"),
    [
        (np.zeros((3, 40, 50), np.uint8), UnsupportedMedia, "numpy.moveaxis(array, 0, -1)"),
        (np.zeros((1, 40, 50, 3), np.uint8), UnsupportedMedia, "batch"),
        (np.zeros((40, 50, 7), np.uint8), UnsupportedMedia, "7 channels"),
        (np.zeros(9, np.uint8), UnsupportedMedia, "(H, W)"),
        (np.zeros((0, 5, 3), np.uint8), BrokenMedia, "no pixels"),
        (np.full((4, 4), np.nan), BrokenMedia, "NaN"),
        (np.full((4, 4), np.inf), BrokenMedia, "NaN"),
        (np.full((4, 4), 200.0), BrokenMedia, "astype"),
        (np.zeros((4, 4), np.int64), UnsupportedMedia, "astype"),
        (np.zeros((4, 4), object), UnsupportedMedia, "astype"),
        (np.zeros((4, 4), complex), UnsupportedMedia, "astype"),
    ],
)
def test_arrays_that_are_no_picture_say_how_to_convert(array: np.ndarray, kind: type[MediaError], words: str) -> None:
    assert words in refusal(array, kind)


@pytest.mark.parametrize("source", [None, 7, ["a.png"], {"path": "x"}, io.StringIO("text"), object()])
def test_other_objects_are_refused(source: Any) -> None:
    refusal(source, UnsupportedMedia)


@pytest.mark.parametrize(
    "source", ["data:image/png;base64", "data:image/png;base64,@@@", "data:image/png;base64,AAA=A"]
)
def test_damaged_data_urls_are_broken(source: str) -> None:
    refusal(source, BrokenMedia)


def test_urls_are_refused_unless_allowed_and_other_schemes_always() -> None:
    assert "not allowed" in refusal("https://example.com/a.png?key=secret", ForbiddenAddress)
    assert "secret" not in refusal("https://example.com/a.png?key=secret", ForbiddenAddress)
    refusal("ftp://example.com/a.png", UnsupportedMedia, allow_urls=True)
    refusal("file:///etc/hostname", UnsupportedMedia, allow_urls=True)


def test_decoding_leaves_the_callers_warning_filters_alone() -> None:
    before = list(warnings.filters)
    load_image(png())
    refusal(png()[:60], BrokenMedia)
    assert list(warnings.filters) == before


# -- hostile bytes --

SEEDS = [
    encoded(Image.fromarray(gradient()), kind, **options)
    for kind, options in [
        ("PNG", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("GIF", {}),
        ("WEBP", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("BMP", {}),
        ("PPM", {}),
        ("ICO", {}),
        ("QOI", {}),
    ]
]


@settings(max_examples=300, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    edits=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=12),
    keep=st.floats(0, 1),
)
def test_corrupted_files_are_read_or_refused_with_a_media_error(
    seed: bytes, edits: list[tuple[float, int]], keep: float
) -> None:
    data = bytearray(seed)
    for place, value in edits:
        data[int(place * len(data))] = value
    data = data[: max(1, round(len(data) * max(keep, 0.2)))]
    try:
        picture = load_image(bytes(data), limits=MediaLimits(max_pixels=1_000_000))
    except MediaError as refused:
        error: MediaError | None = refused
    else:
        error = None
        assert picture.pixels.dtype == np.uint8
        assert picture.pixels.ndim == 3
    assert error is None or (str(error) and "\n" not in str(error))


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=400))
def test_random_bytes_never_raise_anything_but_media_errors(data: bytes) -> None:
    with contextlib.suppress(MediaError):
        assert isinstance(load_image(data), Picture)


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=60))
def test_random_text_never_raises_anything_but_media_errors(text: str) -> None:
    with pytest.raises(MediaError):
        load_image("data:" + text)
    with pytest.raises(MediaError):
        load_image("/nowhere/" + text)


def test_a_picture_can_be_loaded_while_another_thread_still_imports_the_library(tmp_path: Path) -> None:
    program = (
        "import sys, threading\n"
        "from sightline.tools.media import load_image\n"
        "path, halfway, loaded = sys.argv[1], threading.Event(), threading.Event()\n"
        "class Slow:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'PIL._imaging':\n"
        "            halfway.set()\n"
        "            loaded.wait(0.3)\n"
        "sys.meta_path.insert(0, Slow())\n"
        "first = threading.Thread(target=load_image, args=(path,))\n"
        "first.start()\n"
        "assert halfway.wait(30)\n"
        "try:\n"
        "    print(load_image(path).pixels.shape)\n"
        "finally:\n"
        "    loaded.set()\n"
        "    first.join()\n"
    )
    path = tmp_path / "a.png"
    path.write_bytes(encoded(Image.new("RGB", (2, 3))))
    ran = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True)
    assert ran.stdout == b"(3, 2, 3)\n", ran.stderr.decode()
