"""An expert that sees all that it knows at one look is asked for that look once, whatever is asked of the picture."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from tests.support.clips import encode

from sightline.tools.api import Box
from sightline.tools.errors import OutsideWorld
from sightline.tools.experts import ExpertPool, Profile, register
from sightline.tools.experts.table_top import TableTop
from sightline.tools.experts.video_index import IndexFolder
from sightline.tools.media import MediaStore
from sightline.tools.mllm.detector.config import ATTRIBUTES
from sightline.tools.mllm.detector.found import Found
from sightline.tools.mllm.detector.scene import SceneReader
from sightline.tools.mllm.detector.trust import Trust
from sightline.tools.results import TextLine, TextLines

WORDS = (60.0, 2.0, 90.0, 10.0)  # where words are laid over a frame


def square(pixels: np.ndarray, channel: int) -> tuple[float, float, float, float] | None:
    lit = (pixels[..., channel] > 140) & (pixels[..., (channel + 1) % 3] < 100)
    rows, columns = np.flatnonzero(lit.any(1)), np.flatnonzero(lit.any(0))
    if len(rows) < 8:
        return None
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def found(box: tuple[float, float, float, float], color: str) -> Found:
    told = {"shape": "cube", "size": "small", "material": "rubber", "color": color}
    chances = {
        name: {word: 0.96 if word == told[name] else 0.04 / (len(words) - 1) for word in words}
        for name, words in ATTRIBUTES.items()
    }
    return Found(box=box, score=0.9, center=(0.0, 0.0), ground=(box[0], 1.0), depth=3.0, chances=chances)


class Squares:
    """Finds a red and a blue square; black letters make a frame foreign to it."""

    looks = 0

    def detect(self, pixels: np.ndarray) -> list[Found]:
        type(self).looks += 1
        boxes = {color: square(pixels, channel) for color, channel in (("red", 0), ("blue", 2))}
        return [found(box, color) for color, box in boxes.items() if box is not None]


class Letters:
    """Whether the picture that was looked at last has letters in it."""

    here = False


class NoLetters(Trust):
    def is_world(self, found: object, width: int, height: int) -> bool:
        return bool(found) and not Letters.here


@register
class SquaresExpert(TableTop):
    name = "test-squares"

    @classmethod
    def missing(cls) -> str | None:
        return None

    def load(self) -> None:
        self.reader = SceneReader(Watching(), NoLetters())


class Watching(Squares):
    def detect(self, pixels: np.ndarray) -> list[Found]:
        x1, y1, x2, y2 = (int(edge) for edge in WORDS)
        Letters.here = bool(pixels[y1:y2, x1:x2].mean() < 60)
        return super().detect(pixels)


@register
class Reader(SquaresExpert):
    """Reads the words that are laid over some frames."""

    name = "test-reader"
    capabilities = ("read_text",)
    surveys = False
    asked: ClassVar[int] = 0

    def load(self) -> None:
        pass

    def serve(self, request) -> TextLines:
        type(self).asked += 1
        return TextLines(lines=[TextLine(box=WORDS, text="SALE", confidence=0.9)])


PROFILE = Profile(
    name="survey",
    experts={
        "detect": ("test-squares",),
        "color": ("test-squares",),
        "track": ("detection-tracker",),
        "read_text": ("test-reader",),
        "recall": ("index-recall",),
    },
)


def frame(number: int, *, words: bool = False) -> np.ndarray:
    pixels = np.full((48, 96, 3), 200, np.uint8)
    pixels[16:30, 4 + 2 * number : 18 + 2 * number] = (220, 30, 30)
    pixels[32:46, 70 - 2 * number : 84 - 2 * number] = (30, 30, 220)
    if words:
        x1, y1, x2, y2 = (int(edge) for edge in WORDS)
        pixels[y1:y2, x1:x2] = 0
    return pixels


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return encode(tmp_path / "clip.mp4", (frame(n) for n in range(20)), fps=8)


def track(pool: ExpertPool, path: Path, name: str) -> list[dict]:
    store = MediaStore()
    try:
        return list(pool.serve("track", store.add_video(path, samples=20), {"name": name}, store).data["tracks"])
    finally:
        store.rest()


def ways(tracks: list[dict]) -> list[int]:
    """How far each goes to the right."""
    return [one["frames"][-1]["box"][0] - one["frames"][0]["box"][0] for one in tracks]


def test_another_name_is_told_from_the_same_look(clip: Path) -> None:
    pool = ExpertPool(PROFILE)
    Squares.looks = 0
    assert [way > 20 for way in ways(track(pool, clip, "red thing"))] == [True]
    looks = Squares.looks
    assert looks == 20
    assert [way < -20 for way in ways(track(pool, clip, "small blue cube"))] == [True]
    assert track(pool, clip, "green thing") == []
    assert len(track(pool, clip, "thing")) == 2
    assert Squares.looks == looks


def test_an_index_keeps_the_look_for_names_that_were_never_asked_for(clip: Path, tmp_path: Path) -> None:
    first = IndexFolder(tmp_path / "videos")
    track(ExpertPool(PROFILE, indexes=first), clip, "red thing")
    first.close()
    second = IndexFolder(tmp_path / "videos")
    pool = ExpertPool(PROFILE, indexes=second)
    Squares.looks = 0
    with_index = track(pool, clip, "blue cube")
    assert Squares.looks == 0
    assert pool.loaded() == ["detection-tracker"]
    assert with_index == track(ExpertPool(PROFILE), clip, "blue cube")
    store = MediaStore()
    ref = store.add_video(clip, samples=20)
    known = pool.serve("recall", ref, {"about": "blue"}, store).data["known"]
    assert {one["text"] for one in known if one["kind"] == "seen"} == {"small blue rubber cube"}
    store.rest()
    second.close()


def test_a_region_is_answered_from_the_look_at_the_whole(clip: Path) -> None:
    pool = ExpertPool(PROFILE)
    store = MediaStore()
    whole = store.add(frame(3))
    Squares.looks = 0
    boxes = [one["box"] for one in pool.serve("detect", whole, {"names": ["thing"]}, store).data]
    colors = [pool.serve("color", whole.at(Box(*box)), {}, store) for box in boxes]
    assert [each.data["name"] for each in colors] == ["red", "blue"]
    assert all(each.cached for each in colors)
    assert Squares.looks == 1


def test_a_frame_with_words_over_it_is_judged_without_them(tmp_path: Path) -> None:
    path = encode(tmp_path / "words.mp4", (frame(n, words=n % 2 == 1) for n in range(20)), fps=8)
    Reader.asked = 0
    tracks = track(ExpertPool(PROFILE), path, "red thing")
    assert [len(one["frames"]) for one in tracks] == [20]
    assert Reader.asked == 10  # only where it was refused


def test_a_picture_without_anything_is_refused_however_often_it_is_asked_about() -> None:
    pool = ExpertPool(PROFILE)
    store = MediaStore()
    plain = store.add(np.full((40, 60, 3), 128, np.uint8))
    Squares.looks = 0
    for name in ("red thing", "blue thing"):
        with pytest.raises(OutsideWorld, match="no picture of table-top things"):
            pool.serve("detect", plain, {"names": [name]}, store)
    assert Squares.looks == 1
