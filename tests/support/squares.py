"""A small closed world: a red and a blue square that cross a gray field, a detector of both, and a reader of words."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from sightline.tools.experts import Profile, register
from sightline.tools.experts.base import ExpertRequest
from sightline.tools.experts.table_top import TableTop
from sightline.tools.mllm.detector.config import ATTRIBUTES
from sightline.tools.mllm.detector.found import Found
from sightline.tools.mllm.detector.scene import SceneReader
from sightline.tools.mllm.detector.trust import Trust
from sightline.tools.results import TextLine, TextLines

__all__ = ["PROFILE", "Reader", "Squares", "frame"]

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
    """Finds a red and a blue square, and counts how often it looks."""

    looks = 0

    def detect(self, pixels: np.ndarray) -> list[Found]:
        Squares.looks += 1
        boxes = {color: square(pixels, channel) for color, channel in (("red", 0), ("blue", 2))}
        return [found(box, color) for color, box in boxes.items() if box is not None]


class Letters:
    """Whether the picture that was looked at last has letters in it."""

    here = False


class NoLetters(Trust):
    def is_world(self, found: object, width: int, height: int) -> bool:
        return bool(found) and not Letters.here


class Watching(Squares):
    """Sees black letters too, which make a frame foreign to it."""

    def detect(self, pixels: np.ndarray) -> list[Found]:
        x1, y1, x2, y2 = (int(edge) for edge in WORDS)
        part = pixels[y1:y2, x1:x2]
        Letters.here = bool(part.size and part.mean() < 60)
        return super().detect(pixels)


@register
class SquaresExpert(TableTop):
    name = "test-squares"

    @classmethod
    def missing(cls) -> str | None:
        return None

    def load(self) -> None:
        self.reader = SceneReader(Watching(), NoLetters())


@register
class Reader(SquaresExpert):
    """Reads the words that are laid over some frames."""

    name = "test-reader"
    capabilities = ("read_text",)
    surveys = False
    asked: ClassVar[int] = 0

    def load(self) -> None:
        pass

    def serve(self, request: ExpertRequest) -> TextLines:
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
