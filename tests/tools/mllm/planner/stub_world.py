"""A small world for rendered programs: every name is found a fixed number of times, every expert answers something."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


def _number(text: str, below: int) -> int:
    return zlib.crc32(text.encode()) % below


@dataclass(frozen=True)
class StubPatch:
    """A region; `fewest` is how many things every name finds at least."""

    left: float = 0
    lower: float = 0
    right: float = 640
    upper: float = 480
    label: str | None = None
    fewest: int = field(default=1, compare=False)

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.upper - self.lower

    @property
    def horizontal_center(self) -> float:
        return (self.left + self.right) / 2

    @property
    def vertical_center(self) -> float:
        return (self.lower + self.upper) / 2

    def find(self, name: str) -> list[StubPatch]:
        assert isinstance(name, str)
        assert name.strip()
        return self._parts(name, self.fewest + _number(name, 3) if self.fewest else 0)

    def _parts(self, name: str, count: int, label: str | None = None) -> list[StubPatch]:
        parts = []
        for index in range(count):
            x, y = _number(f"{name}{index}x", 500), _number(f"{name}{index}y", 380)
            parts.append(StubPatch(x, y, x + 40 + index, y + 30 + index, label, self.fewest))
        return parts

    def find_the(self, name: str) -> StubPatch | None:
        return next(iter(self.find(name)), None)

    def exists(self, name: str) -> bool:
        return bool(self.find(name))

    def verify_property(self, name: str, attribute: str) -> bool:
        assert name.strip()
        assert attribute.strip()
        return _number(attribute, 2) == 0

    def best_text_match(self, options: Sequence[str]) -> str:
        assert options
        return options[0]

    def simple_query(self, question: str) -> str:
        assert question.endswith("?")
        return f"answer {_number(question, 5)}"

    def compute_depth(self) -> float:
        return self.lower

    def is_left_of(self, other: StubPatch) -> bool:
        return self.horizontal_center < other.horizontal_center

    def is_right_of(self, other: StubPatch) -> bool:
        return self.horizontal_center > other.horizontal_center

    def is_in_front_of(self, other: StubPatch) -> bool:
        return self.compute_depth() < other.compute_depth()

    def is_behind(self, other: StubPatch) -> bool:
        return self.compute_depth() > other.compute_depth()

    def crop(self, left: float, lower: float, right: float, upper: float) -> StubPatch:
        assert left < right
        assert lower < upper
        return StubPatch(self.left + left, self.lower + lower, self.left + right, self.lower + upper, None, self.fewest)

    def overlaps_with(self, left: float, lower: float, right: float, upper: float) -> bool:
        return self.left <= right and self.right >= left and self.lower <= upper and self.upper >= lower

    def read_text(self) -> str:
        return "Total $12.50\nOPEN 9:30 till 18:00 on 24/12/2025" if self.fewest else ""

    def text_lines(self) -> list[StubPatch]:
        return self._parts("line", 3 if self.fewest else 0, "Total $12.50")

    def faces(self) -> list[StubPatch]:
        return self._parts("face", 2 if self.fewest else 0, "face")

    def codes(self) -> list[StubPatch]:
        return self._parts("code", 1 if self.fewest else 0, "https://example.org")

    def caption(self) -> str:
        return "a small world"

    def color(self) -> str:
        return ("red", "blue")[_number(f"{self.left}", 2)]

    def sharpness(self) -> float:
        return 0.5

    def brightness(self) -> float:
        return 0.5


def run(program: str, *, fewest: int = 1, options: list[str] | None = None) -> Any:
    """The value of a program in the world where every name is found at least `fewest` times (never, if 0)."""
    names: dict[str, Any] = {
        "ImagePatch": lambda image: image,
        "bool_to_yesno": lambda value: "yes" if value else "no",
        "distance": lambda a, b: ((a.left - b.left) ** 2 + (a.lower - b.lower) ** 2) ** 0.5,
        "re": re,
    }
    exec(compile(program, "<program>", "exec"), names)
    image = StubPatch(fewest=fewest)
    return names["execute_command"](image) if options is None else names["execute_command"](image, options, "")
