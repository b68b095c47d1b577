"""What can be asked of experts: for each capability its target, the schema of its arguments and of its result.

Arguments come from programs that nobody trusts: exact types, bounded lengths and counts, no unknown keys. Results come
from experts in the pixels of the crop that they saw, y down; `to_wire` turns one into plain data in the original image,
y up. That a capability stands here does not mean that an installed expert serves it; profiles say who does.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from .api.refs import ImageRef, Reference, VideoRef
from .errors import ApiMisuse
from .view import View

__all__ = [
    "CAPABILITIES",
    "Answer",
    "Arguments",
    "Capability",
    "Code",
    "Codes",
    "Colors",
    "Depth",
    "Detection",
    "Detections",
    "Lines",
    "Moment",
    "Moments",
    "NewImage",
    "NoArguments",
    "People",
    "Person",
    "Quality",
    "Result",
    "Scores",
    "Seen",
    "Shots",
    "Speech",
    "SpeechSegment",
    "TextLine",
    "TextLines",
    "Track",
    "Tracks",
    "Verdict",
    "Words",
    "capability",
]

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"\S")]
Document = Annotated[str, StringConstraints(max_length=50_000)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Confidence = Share | None
XYXY = tuple[Number, Number, Number, Number]
Fact = Document | int | Number | bool | None


# -- arguments --


class Arguments(BaseModel):
    """Base of all arguments: exact types, no unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class NoArguments(Arguments):
    pass


class Names(Arguments):
    names: Annotated[list[Name], Field(min_length=1, max_length=64)]


class OptionalName(Arguments):
    name: Name | None = None


class OneName(Arguments):
    name: Name


class Property(Arguments):
    name: Name
    attribute: Name


class Texts(Arguments):
    texts: Annotated[list[Sentence], Field(min_length=1, max_length=256)]


class OneText(Arguments):
    text: Sentence


class Question(Arguments):
    question: Sentence


class AskLLM(Arguments):
    question: Document
    context: Document | None = None
    long_answer: bool = True


class SelectAnswer(Arguments):
    info: Annotated[dict[Annotated[str, StringConstraints(max_length=2000)], Fact | list[Fact]], Field(max_length=500)]
    question: Document
    options: Annotated[list[Sentence], Field(min_length=1, max_length=256)] | None = None


class Instruction(Arguments):
    instruction: Sentence


class Inpaint(Arguments):
    """`prompt` None removes what is named."""

    name: Name
    prompt: Sentence | None = None


class Prompt(Arguments):
    prompt: Sentence


# -- results --


class Result(BaseModel):
    """Base of all results."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    def to_wire(self, view: View | None) -> Any:
        """Plain data, places in the original image, y up; `view` is None for what is not asked of an image."""
        return self.model_dump()

    def sureness(self) -> float | None:
        """One figure for the whole result, 0 to 1, where the expert has one: that of its least sure part."""
        return getattr(self, "confidence", None)


def _least(confidences: Sequence[float | None]) -> float | None:
    known = [c for c in confidences if c is not None]
    return min(known) if known else None


def _need(view: View | None) -> View:
    if view is None:
        raise TypeError("a result with places in it needs the image that it is about")
    return view


class Detection(BaseModel):
    """`box`: (x1, y1, x2, y2) in the crop, y down. `mask`: None, or bool of the crop's (H, W)."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    box: XYXY
    label: str | None = None
    confidence: Confidence = None
    mask: npt.NDArray[np.bool_] | None = None

    @field_validator("mask", mode="before")
    @classmethod
    def _two_dimensional(cls, mask: Any) -> Any:
        if mask is not None and (not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.ndim != 2):
            raise ValueError("a mask is an (H, W) array of bool")
        return mask


class Detections(Result):
    """Best first."""

    items: list[Detection]

    def to_wire(self, view: View | None) -> Any:
        view = _need(view)
        wire = []
        for item in self.items:
            box = view.box(item.box)
            if box is not None:
                mask = None if item.mask is None else view.mask(item.mask, box)
                wire.append({"box": list(box), "label": item.label, "confidence": item.confidence, "mask": mask})
        return wire

    def sureness(self) -> float | None:
        return _least([item.confidence for item in self.items])


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
    """Relative: larger is further away; comparable only within one image."""

    median: Number


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
        return _least([line.confidence for line in self.lines])


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
        return _least([person.confidence for person in self.people])


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
        return {"image": _need(view).image(self.pixels)}


class Lines(Result):
    """Straight lines as (x1, y1, x2, y2) in the crop, y down, longest first."""

    lines: list[XYXY]

    def to_wire(self, view: View | None) -> Any:
        return {"lines": [_need(view).line(line) for line in self.lines]}


# Of video. Boxes are already those of the whole frame, (left, lower, right, upper), y up: a video has no crop.


class Seen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    frame: Annotated[int, Field(ge=0)]
    time_s: Annotated[Number, Field(ge=0)]
    box: tuple[int, int, int, int]
    confidence: Confidence = None


class Track(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: int
    label: str
    frames: list[Seen]


class Tracks(Result):
    tracks: list[Track]

    def to_wire(self, view: View | None) -> Any:
        return self.model_dump(mode="json")


class SpeechSegment(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    start_s: Number
    end_s: Number
    text: str
    confidence: Confidence = None


class Speech(Result):
    segments: list[SpeechSegment]

    def sureness(self) -> float | None:
        return _least([segment.confidence for segment in self.segments])


class Moment(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    start_s: Number
    end_s: Number
    score: Number


class Moments(Result):
    """Best first."""

    moments: list[Moment]


class Shots(Result):
    """(start, end) as sampled indices of the whole video, end exclusive."""

    shots: list[tuple[int, int]]

    @model_validator(mode="after")
    def _forward(self) -> Shots:
        if any(not 0 <= start < end for start, end in self.shots):
            raise ValueError("a shot starts before it ends")
        return self

    def to_wire(self, view: View | None) -> Any:
        return {"shots": [[start, end] for start, end in self.shots]}


# -- the table --

Target = Literal["image", "video", "nothing"]
_MOST_TARGETS = 1024


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing that can be asked.

    Attributes:
        target: what it is asked of. A list of images asks each of them and gives a list of results.
        asks: what it does, as the object of "nobody can ..." in error texts.
    """

    name: str
    target: Target
    arguments: type[Arguments]
    result: type[Result]
    asks: str

    def check_arguments(self, arguments: dict[str, Any]) -> Arguments:
        """The arguments as their model. Raises ApiMisuse when they do not fit."""
        try:
            return self.arguments.model_validate(arguments)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or "arguments"
            raise ApiMisuse(f"{self.name}: {place[:100]}: {first['msg']}"[:300]) from None
        except RecursionError:
            raise ApiMisuse(f"{self.name}: the arguments are nested too deeply") from None

    def check_targets(self, target: Reference | Sequence[Reference]) -> list[Reference]:
        """The targets as a list. Raises ApiMisuse when there are too many or they are of the wrong kind."""
        targets = [target] if isinstance(target, ImageRef | VideoRef) else list(target)
        if len(targets) > _MOST_TARGETS:
            raise ApiMisuse(f"{self.name} takes at most {_MOST_TARGETS} patches at once, not {len(targets)}")
        if self.target == "nothing":
            if targets:
                raise ApiMisuse(f"{self.name} is not asked of an image or video")
        elif not all(isinstance(each, ImageRef if self.target == "image" else VideoRef) for each in targets):
            raise ApiMisuse(f"{self.name} is asked of {'an image' if self.target == 'image' else 'a video'}")
        return targets


_ALL = (
    Capability("detect", "image", Names, Detections, "find things by name"),
    Capability("segment", "image", OptionalName, Detections, "outline things"),
    Capability("verify_property", "image", Property, Verdict, "tell whether a thing has a property"),
    Capability("match", "image", Texts, Scores, "compare a picture with texts"),
    Capability("answer", "image", Question, Answer, "answer a free question about a picture"),
    Capability("caption", "image", NoArguments, Answer, "describe a picture"),
    Capability("depth", "image", NoArguments, Depth, "estimate depth"),
    Capability("read_text", "image", NoArguments, TextLines, "read text"),
    Capability("faces", "image", NoArguments, Detections, "find faces"),
    Capability("pose", "image", NoArguments, People, "find people's poses"),
    Capability("color", "image", NoArguments, Colors, "name colours"),
    Capability("codes", "image", NoArguments, Codes, "read QR codes and barcodes"),
    Capability("quality", "image", NoArguments, Quality, "measure sharpness, brightness and contrast"),
    Capability("foreground", "image", NoArguments, Detections, "separate the foreground"),
    Capability("edges", "image", NoArguments, NewImage, "draw edges"),
    Capability("lines", "image", NoArguments, Lines, "find straight lines"),
    Capability("edit", "image", Instruction, NewImage, "change a picture as told"),
    Capability("inpaint", "image", Inpaint, NewImage, "remove or replace things"),
    Capability("generate", "nothing", Prompt, NewImage, "make a picture"),
    Capability("ask_llm", "nothing", AskLLM, Words, "ask a language model"),
    Capability("select_answer", "nothing", SelectAnswer, Words, "choose an answer from collected information"),
    Capability("track", "video", OneName, Tracks, "follow things through a video"),
    Capability("transcribe", "video", NoArguments, Speech, "write down speech"),
    Capability("find_moments", "video", OneText, Moments, "find moments in a video"),
    Capability("shots", "video", NoArguments, Shots, "find the cuts of a video"),
)
CAPABILITIES: dict[str, Capability] = {each.name: each for each in _ALL}


def capability(name: str) -> Capability:
    """The capability of that name. Raises ApiMisuse, with near matches, when there is none."""
    found = CAPABILITIES.get(name) if isinstance(name, str) else None
    if found is None:
        near = difflib.get_close_matches(str(name)[:100], CAPABILITIES, n=3)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise ApiMisuse(f"there is no capability {str(name)[:100]!r}{hint}")
    return found
