"""Programs run on true table-top scenes: a stand-in for `ImagePatch` that answers from the objects themselves.

It reads scenes in the layout of the CLEVR data set (https://arxiv.org/abs/1612.06890).  Left, right, front and behind
are decided in the ground plane, as that data set does, so a program's answer can be compared with the data set's
own.  It judges planners; no picture is looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_WORDS = {
    "large": ("size", "large"),
    "big": ("size", "large"),
    "small": ("size", "small"),
    "tiny": ("size", "small"),
    "little": ("size", "small"),
    "huge": ("size", "large"),
    "metal": ("material", "metal"),
    "metallic": ("material", "metal"),
    "shiny": ("material", "metal"),
    "rubber": ("material", "rubber"),
    "matte": ("material", "rubber"),
    "cube": ("shape", "cube"),
    "block": ("shape", "cube"),
    "sphere": ("shape", "sphere"),
    "ball": ("shape", "sphere"),
    "cylinder": ("shape", "cylinder"),
    **{name: ("color", name) for name in ("gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow")},
}
_ANYTHING = frozenset(("object", "thing", "item"))


class UnknownName(ValueError):
    """A name that no table-top object has."""


@dataclass(frozen=True, slots=True)
class ScenePatch:
    """One object of a scene, or the whole picture (`index` None), with what a program may ask of a patch."""

    scene: Mapping[str, Any]
    index: int | None = None

    @property
    def _object(self) -> Mapping[str, Any]:
        if self.index is None:
            raise UnknownName("the whole picture has no such property")
        found: Mapping[str, Any] = self.scene["objects"][self.index]
        return found

    def _along(self, direction: str) -> float:
        axis = self.scene["directions"][direction]
        return sum(float(a) * float(b) for a, b in zip(axis[:2], self._object["3d_coords"][:2], strict=True))

    @property
    def horizontal_center(self) -> float:
        return self._along("right")

    @property
    def vertical_center(self) -> float:
        return -float(self._object["pixel_coords"][1])

    @property
    def width(self) -> float:
        return 1.4 if self._object["size"] == "large" else 0.7

    height = width

    def compute_depth(self) -> float:
        return self._along("behind")

    def is_left_of(self, other: ScenePatch) -> bool:
        return self.horizontal_center < other.horizontal_center

    def is_right_of(self, other: ScenePatch) -> bool:
        return self.horizontal_center > other.horizontal_center

    def is_in_front_of(self, other: ScenePatch) -> bool:
        return self.compute_depth() < other.compute_depth()

    def is_behind(self, other: ScenePatch) -> bool:
        return self.compute_depth() > other.compute_depth()

    def find(self, name: str) -> list[ScenePatch]:
        if self.index is not None:
            return []
        wanted = _wanted(name)
        objects = self.scene["objects"]
        return [ScenePatch(self.scene, i) for i, o in enumerate(objects) if all(o[k] == v for k, v in wanted)]

    def find_the(self, name: str) -> ScenePatch | None:
        return next(iter(self.find(name)), None)

    def exists(self, name: str) -> bool:
        return bool(self.find(name))

    def verify_property(self, name: str, attribute: str) -> bool:
        return all(self._object[k] == v for k, v in _wanted(attribute))

    def color(self) -> str:
        return str(self._object["color"])

    def simple_query(self, question: str = "") -> str:
        for attribute in ("material", "shape", "size", "color"):
            if attribute in question.lower():
                return str(self._object[attribute])
        return str(self._object["shape"])

    def best_text_match(self, options: Sequence[str]) -> str:
        return max(options, key=lambda option: sum(self._object[k] == v for k, v in _wanted(option)))


def _wanted(name: str) -> list[tuple[str, str]]:
    wanted = []
    for word in name.lower().split():
        singular = word[:-1] if word.endswith("s") and word[:-1] in _WORDS else word
        if singular in _WORDS:
            wanted.append(_WORDS[singular])
        elif singular not in _ANYTHING:
            raise UnknownName(f"{word!r} is no table-top word")
    return wanted


def _distance(a: ScenePatch, b: ScenePatch) -> float:
    return float(sum((p - q) ** 2 for p, q in zip(a._object["3d_coords"], b._object["3d_coords"], strict=True)) ** 0.5)


def run(program: str, scene: Mapping[str, Any]) -> Any:
    """The value of a program on a scene.  Only for programs that this package rendered: nothing is confined."""
    names: dict[str, Any] = {
        "ImagePatch": lambda image: image,
        "distance": _distance,
        "re": re,
        "bool_to_yesno": lambda value: "yes" if value else "no",
    }
    exec(compile(program, "<program>", "exec"), names)  # noqa: S102
    return names["execute_command"](ScenePatch(scene))


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """How one question of the data set came out."""

    question: str
    family: str
    answer: str
    given: str
    program: str | None

    @property
    def right(self) -> bool:
        return self.given == self.answer


def judge(folder: Path, plan: Callable[[str], str | None]) -> list[Judged]:
    """Plan every question of a folder in the CLEVR layout and run the programs on its true scenes.

    Args:
        folder: holds questions.jsonl and scenes.json.
        plan: question -> program, or None where the planner declines.
    """
    scenes = {scene["image_filename"]: scene for scene in json.loads((folder / "scenes.json").read_text())["scenes"]}
    judged = []
    for line in (folder / "questions.jsonl").read_text().splitlines():
        row = json.loads(line)
        program = plan(row["question"])
        try:
            value = None if program is None else run(program, scenes[row["image"]])
        except Exception as problem:  # whatever goes wrong in a program is that question's failure
            value = f"{type(problem).__name__}: {problem}"
        judged.append(
            Judged(
                question=row["question"], family=row["family"], answer=row["answer"], given=str(value), program=program
            )
        )
    return judged
