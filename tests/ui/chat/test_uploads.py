"""Uploads are judged by what they hold; what is wrong with one is said in words that name no path of the server."""

import numpy as np
import pytest
from PIL import Image
from tests.support.clips import film, write_clip

from sightline.tools.errors import MediaError, MediaTooLarge, UnsupportedMedia
from sightline.tools.media import Picture, Video
from sightline.ui.chat.limits import ChatLimits
from sightline.ui.chat.uploads import checked

LIMITS = ChatLimits()


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "up"
    Image.new("RGB", (40, 30), (200, 10, 10)).save(path, "PNG")
    return path


def test_a_picture_is_taken_by_content_whatever_its_name(picture):
    held = checked(picture, name="holiday.exe", limits=LIMITS)
    assert isinstance(held, Picture)
    assert (held.width, held.height, held.name) == (40, 30, "holiday.exe")


def test_a_video_is_taken_by_content_whatever_its_name(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", film(), seconds=1)
    held = checked(clip.rename(tmp_path / "up"), name="clip.png", limits=LIMITS)
    assert isinstance(held, Video)
    assert held.name == "clip.png"
    held.close()


LIES = {
    "text": b"this is no picture at all",
    "page": b"<html><script>alert(1)</script></html>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "program": b"\x7fELF" + bytes(200),
    "archive": b"PK\x03\x04" + bytes(200),
    "head of a picture": b"\x89PNG\r\n\x1a\n" + bytes(50),
    "head of a video": b"\x00\x00\x00\x18ftypmp42" + bytes(200),
    "nothing": b"",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_file_that_lies_is_refused_with_a_text_that_names_it(tmp_path, lie):
    path = tmp_path / "up"
    path.write_bytes(LIES[lie])
    with pytest.raises(MediaError) as refused:
        checked(path, name="photo.jpg", limits=LIMITS)
    assert "photo.jpg" in str(refused.value)
    assert str(tmp_path) not in str(refused.value)


def test_a_picture_of_more_pixels_than_allowed_is_refused_before_it_is_decoded(tmp_path):
    path = tmp_path / "up"
    Image.fromarray(np.zeros((3000, 3000), np.uint8)).save(path, "PNG")
    with pytest.raises(MediaTooLarge, match="3000x3000"):
        checked(path, name="bomb.png", limits=ChatLimits(upload_pixels=1_000_000))


def test_a_file_of_more_bytes_than_allowed_is_refused(picture):
    with pytest.raises(MediaTooLarge, match="at most 10 are taken"):
        checked(picture, name="a.png", limits=ChatLimits(upload_bytes=10))


def test_a_video_that_is_too_long_is_refused(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", film(), seconds=2)
    with pytest.raises(MediaTooLarge, match="2 seconds long"):
        checked(clip, name="long.mp4", limits=ChatLimits(video_s=1))


def test_the_name_is_shortened_and_has_no_folders(picture):
    assert checked(picture, name="../../etc/<img src=x>.png", limits=LIMITS).name == "<img src=x>.png"
    assert len(checked(picture, name="a" * 5000, limits=LIMITS).name) <= 120


def test_an_error_keeps_its_kind(tmp_path):
    path = tmp_path / "up"
    path.write_bytes(LIES["page"])
    with pytest.raises(UnsupportedMedia):
        checked(path, name="a.png", limits=LIMITS)
