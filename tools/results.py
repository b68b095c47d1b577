"""What experts answer with: one model per kind of result, in the pixels of the crop that the expert saw, y down.

`to_wire` turns a result into plain data in the original image, y up; a result that makes no sense cannot be made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, field_validator

from .view import View

__all__ = [
    "Answer",
    "Code",
    "Codes",
    "Colors",
    "Depth",
    "DepthMap",
    "Detection",
    "Detections",
    "Lines",
    "NewImage",
    "Normals",
    "People",
    "Person",
    "Quality",
    "Result",
    "Scores",
    "Survey",
    "Surveyed",
    "TextLine",
    "TextLines",
    "Verdict",
    "Words",
    "least",
]

Number = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Confidence = Share | None
XYXY = tuple[Number, Number, Number, Number]


class Result(BaseModel):
    """Base of all results."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    def to_wire(self, view: View | None) -> Any:
        """Plain data, places in the original image, y up; `view` is None for what is not asked of an image."""
        return self.model_dump()

    def sureness(self) -> float | None:
        """One figure for the whole result, 0 to 1, where the expert has one: that of its least sure part."""
        return getattr(self, "confidence", None)


def least(confidences: Sequence[float | None]) -> float | None:
    """The least of those that are known."""
    known = [c for c in confidences if c is not None]
    return min(known) if known else None


def _need(view: View | None) -> View:
    if view is None or view.ref is None:
        raise TypeError("a result with places in it needs the image that it is about")
    return view


class Detection(BaseModel):
    """`box`: (x1, y1, x2, y2) in the crop, y down. `mask`: None, or bool of the crop's (H, W). `place`: rightward and
    forward on the ground as the camera sees it, in any unit that is the same for all of a picture, None where unknown.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    box: XYXY
    label: str | None = None
    confidence: Confidence = None
    mask: npt.NDArray[np.bool_] | None = None
    place: tuple[Number, Number] | None = None

    @field_validator("mask", mode="before")
    @classmethod
    def _two_dimensional(cls, mask: Any) -> Any:
        if mask is not None and (not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.ndim != 2):
            raise ValueError("a mask is an (H, W) array of bool")
        return mask


class Detections(Result):
    """Best first. `confidence`: that these are all and no others, where the expert can say; else its least sure part
    stands for it.
    """

    items: list[Detection]
    confidence: Confidence = None

    def to_wire(self, view: View | None) -> Any:
        view = _need(view)
        wire = []
        for item in self.items:
            box = view.box(item.box)
            if box is not None:
                mask = None if item.mask is None else view.mask(item.mask, box)
                found = {"box": list(box), "label": item.label, "confidence": item.confidence, "mask": mask}
                wire.append(found if item.place is None else {**found, "place": list(item.place)})
        return wire

    def sureness(self) -> float | None:
        return self.confidence if self.confidence is not None else least([item.confidence for item in self.items])


class Verdict(Result):
    value: bool
    confidence: Confidence = None


class Scores(Result):
    """How well each of the texts fits, in their order; only their order among themselves has a meaning."""

    scores: list[Number]
    confidence: Annotated[Confidence, Field(exclude=True)] = None


class Answer(Result):
    text: str
    confidence: Confidence = None


class Words(Result):
    text: str
    confidence: Annotated[Confidence, Field(exclude=True)] = None


class Depth(Result):
    """Relative: larger is further away; comparable only within one image.

    `map`: None, or (H, W) float32 of the crop, perhaps scaled down, to look at.
    """

    median: Number
    map: npt.NDArray[np.float32] | None = None

    def to_wire(self, view: View | None) -> Any:
        if self.map is None or view is None:
            return {"median": self.median}
        return {"median": self.median, "map": view.image(_near_is_bright(self.map))}


def _near_is_bright(depth: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """(H, W, 3) uint8 gray: what is nearest is white, what is furthest black."""
    least, most = float(depth.min()), float(depth.max())
    gray = np.round(255 * (most - depth) / max(most - least, 1e-9)).astype(np.uint8)
    return np.repeat(gray[:, :, None], 3, axis=2)


class Normals(Result):
    """`facing`: the direction in which a surface faces, (right, up, towards the camera), of length 1."""

    facing: tuple[Number, Number, Number]

    @field_validator("facing")
    @classmethod
    def _one_long(cls, facing: tuple[float, float, float]) -> tuple[float, float, float]:
        if abs(sum(part * part for part in facing) - 1.0) > 1e-3:
            raise ValueError("a direction has the length 1")
        return facing

    def to_wire(self, view: View | None) -> Any:
        return {"facing": list(self.facing)}


class TextLine(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    box: XYXY
    text: str
    confidence: Confidence = None


class TextLines(Result):
    """In reading order."""

    lines: list[TextLine]

    def to_wire(self, view: View | None) -> Any:
        view = _need(view)
        placed = [(view.box(line.box), line) for line in self.lines]
        lines = [
            {"box": list(box), "text": line.text, "confidence": line.confidence}
            for box, line in placed
            if box is not None
        ]
        return {"lines": lines}

    def sureness(self) -> float | None:
        return least([line.confidence for line in self.lines])


class Code(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    box: XYXY
    text: str
    format: str


class Codes(Result):
    codes: list[Code]

    def to_wire(self, view: View | None) -> Any:
        view = _need(view)
        placed = [(view.box(code.box), code) for code in self.codes]
        return {
            "codes": [
                {"box": list(box), "text": code.text, "format": code.format} for box, code in placed if box is not None
            ]
        }


class Person(BaseModel):
    """`keypoints`: name -> (x, y, confidence) in the crop, y down."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    box: XYXY
    confidence: Confidence = None
    keypoints: dict[str, tuple[Number, Number, Share]]


class People(Result):
    people: list[Person]

    def to_wire(self, view: View | None) -> Any:
        view = _need(view)
        wire = []
        for person in self.people:
            box = view.box(person.box)
            if box is not None:
                points = {name: [*view.point(x, y), c] for name, (x, y, c) in person.keypoints.items()}
                wire.append({"box": list(box), "confidence": person.confidence, "keypoints": points})
        return {"people": wire}

    def sureness(self) -> float | None:
        return least([person.confidence for person in self.people])


class Colors(Result):
    """`name`: the main colour; `fractions`: name -> share of the pixels, all that occur, largest first."""

    name: str
    fractions: dict[str, Share]

    def sureness(self) -> float | None:
        """The share of the main colour against the runner-up."""
        first, second = ([*sorted(self.fractions.values(), reverse=True), 0.0, 0.0])[:2]
        return first / (first + second) if first > 0 else None


class Quality(Result):
    sharpness: Share
    brightness: Share
    contrast: Share


class NewImage(Result):
    """(H, W, 3) uint8 RGB."""

    pixels: npt.NDArray[np.uint8]

    @field_validator("pixels", mode="before")
    @classmethod
    def _rgb(cls, pixels: Any) -> Any:
        fits = isinstance(pixels, np.ndarray) and pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3
        if not fits:
            raise ValueError("a new image is an (H, W, 3) array of uint8")
        return pixels

    def to_wire(self, view: View | None) -> Any:
        if view is None:
            raise TypeError("a new image needs a store that keeps it")
        return {"image": view.image(self.pixels)}


class DepthMap(Result):
    """`values`: (H, W) float32, larger is further away; comparable only within one image."""

    values: npt.NDArray[np.float32]

    @field_validator("values", mode="before")
    @classmethod
    def _two_dimensional(cls, values: Any) -> Any:
        if not isinstance(values, np.ndarray) or values.dtype != np.float32 or values.ndim != 2 or not values.size:
            raise ValueError("a map of depth is an (H, W) array of float32")
        if not np.isfinite(values).all():
            raise ValueError("a depth is not a number")
        return values

    def to_wire(self, view: View | None) -> Any:
        return NewImage(pixels=self.drawn()).to_wire(view)

    def drawn(self) -> npt.NDArray[np.uint8]:
        """As a picture, (H, W, 3) uint8: the nearest is white, the furthest black, evenly in nearness."""
        nearness = 1.0 / np.maximum(self.values - min(0.0, float(self.values.min())), 1e-6)
        least, most = np.percentile(nearness, (1, 99))  # a few wild pixels must not leave the rest gray
        gray = np.clip((nearness - least) / max(most - least, 1e-12), 0.0, 1.0)
        return np.repeat((gray * 255.0).round().astype(np.uint8)[..., None], 3, axis=2)


class Lines(Result):
    """Straight lines as (x1, y1, x2, y2) in the crop, y down, longest first."""

    lines: list[XYXY]

    def to_wire(self, view: View | None) -> Any:
        return {"lines": [_need(view).line(line) for line in self.lines]}


class Surveyed(BaseModel):
    """A thing with all that a detector of a closed world tells of it.

    `box` and `place` as of a detection, `center` where its middle falls, `depth` along the optical axis, `chances` of
    each value of each attribute.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    box: XYXY
    score: Share
    center: tuple[Number, Number]
    place: tuple[Number, Number]
    depth: Number
    chances: dict[str, dict[str, Share]]


class Survey(Result):
    """All that a detector of a closed world sees in a whole picture; what any of its names means is told from it.

    `things` are taken to be there, `doubtful` not to be; None for a picture that is not of its world.
    """

    things: list[Surveyed] | None
    doubtful: list[Surveyed] = []
