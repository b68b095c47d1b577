"""What can be asked of experts: for each capability its target, the schema of its arguments and of its result.

Arguments come from programs that nobody trusts: exact types, bounded lengths and counts, no unknown keys. That a
capability stands here does not mean that an installed expert serves it; profiles say who does.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from .api.refs import ImageRef, Reference, VideoRef
from .errors import ApiMisuse
from .results import (
    Answer,
    Codes,
    Colors,
    Depth,
    DepthMap,
    Detections,
    Lines,
    NewImage,
    Normals,
    People,
    Quality,
    Result,
    Scores,
    Survey,
    TextLines,
    Verdict,
    Words,
)
from .results_in_time import KnownItems, Moments, MotionSteps, Said, Shots, ShownTexts, Speech, Tracks

__all__ = ["CAPABILITIES", "SURVEY", "Arguments", "Capability", "NoArguments", "asked_of_experts", "capability"]

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"\S")]
Document = Annotated[str, StringConstraints(max_length=50_000)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Point = Annotated[tuple[Number, Number], Field(strict=False)]  # a list on the wire
Fact = Document | int | Number | bool | None
Side = Annotated[int, Field(ge=16, le=4096)]  # of a new picture, in pixels
Seed = Annotated[int, Field(ge=0, lt=1 << 31)]
MapKind = Literal["canny", "lines", "soft_edges", "scribble", "pose", "depth", "normals", "segments"]


# -- arguments --


class Arguments(BaseModel):
    """Base of all arguments: exact types, no unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    def seen_in(self, ref: ImageRef) -> Arguments:
        """As an expert is handed them, which sees only the region `ref`. Raises ApiMisuse when they do not fit it."""
        return self


class NoArguments(Arguments):
    pass


class Names(Arguments):
    """`presumed`: each name is known to be borne by one thing, so the likeliest is wanted, even if it is not likely."""

    presumed: bool = False
    names: Annotated[list[Name], Field(min_length=1, max_length=64)]


class Outline(Arguments):
    """What to outline: all things of a name, the one thing at `points` (x, y) but not at `excluded`, everything, or
    with none of these the one thing that is shown. Points are pixels of the whole picture, y up.
    """

    name: Name | None = None
    points: Annotated[list[Point], Field(min_length=1, max_length=64)] | None = None
    excluded: Annotated[list[Point], Field(max_length=64)] | None = None
    everything: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Outline:
        if (self.name is not None) + (self.points is not None) + self.everything > 1:
            raise ValueError("give a name, or points, or everything, not several of them")
        if self.excluded and self.points is None:
            raise ValueError("excluded points need points that belong to the thing")
        return self

    def seen_in(self, ref: ImageRef) -> Outline:
        """The same with points in pixels of the region's crop, y down."""
        if self.points is None:
            return self
        box = ref.box
        for x, y in self.points:
            if not (box.left <= x <= box.right and box.lower <= y <= box.upper):
                raise ApiMisuse(
                    f"segment: the point ({x:g}, {y:g}) lies outside the region {box.as_tuple()}; points are pixels of "
                    "the whole picture, y up"
                )
        within = [(x - box.left, box.upper - y) for x, y in self.points]
        # One that lies outside keeps its side: it says what does not belong, wherever the crop ends.
        excluded = [
            (min(max(x - box.left, 0.0), float(box.width)), min(max(box.upper - y, 0.0), float(box.height)))
            for x, y in self.excluded or ()
        ]
        return self.model_copy(update={"points": within, "excluded": excluded or None})


class OneName(Arguments):
    name: Name


class Property(Arguments):
    name: Name
    attribute: Name


class Texts(Arguments):
    texts: Annotated[list[Sentence], Field(min_length=1, max_length=256)]


class OneText(Arguments):
    text: Sentence


class About(Arguments):
    """`about` None means everything."""

    about: Sentence | None = None


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
    """Without width and height the picture is as large as the model makes it. Another `seed` gives another picture."""

    prompt: Sentence
    width: Side | None = None
    height: Side | None = None
    seed: Seed = 0


class Outpaint(Arguments):
    """The size of the new picture in pixels, at least that of the given one, which stands in its middle. `prompt` says
    what is around it, None leaves that to the expert.
    """

    width: Side
    height: Side
    prompt: Sentence | None = None


class Vary(Arguments):
    """`strength`: how far from the given picture, 0 to 1. Another `seed` gives another variation."""

    prompt: Sentence | None = None
    strength: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 0.6
    seed: Seed = 0


class WhichMap(Arguments):
    kind: MapKind


class Redraw(Arguments):
    """`kind`: of the map that the new picture follows. `drawn`: the given picture is such a map, else it is made."""

    kind: MapKind
    prompt: Sentence
    drawn: bool = False
    seed: Seed = 0


class SetApart(Arguments):
    """`name`: of what is kept, None for what stands out; `how`: what becomes of all else."""

    name: Name | None = None
    how: Literal["blur", "gray"]


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
    Capability("segment", "image", Outline, Detections, "outline things"),
    Capability("verify_property", "image", Property, Verdict, "tell whether a thing has a property"),
    Capability("match", "image", Texts, Scores, "compare a picture with texts"),
    Capability("answer", "image", Question, Answer, "answer a free question about a picture"),
    Capability("caption", "image", NoArguments, Answer, "describe a picture"),
    Capability("depth", "image", NoArguments, Depth, "estimate depth"),
    Capability("normals", "image", NoArguments, Normals, "tell where surfaces face"),
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
    Capability("outpaint", "image", Outpaint, NewImage, "continue a picture on all sides"),
    Capability("vary", "image", Vary, NewImage, "make a picture like a given one"),
    Capability("redraw", "image", Redraw, NewImage, "make a picture that follows the map of a given one"),
    Capability("set_apart", "image", SetApart, NewImage, "blur the background or take its colours"),
    Capability("map", "image", WhichMap, NewImage, "draw a map of a picture"),
    Capability("depth_map", "image", NoArguments, DepthMap, "draw how far each pixel is"),
    Capability("ask_llm", "nothing", AskLLM, Words, "ask a language model"),
    Capability("select_answer", "nothing", SelectAnswer, Words, "choose an answer from collected information"),
    Capability("watch", "video", Question, Said, "answer a free question about a stretch of a video"),
    Capability("track", "video", OneName, Tracks, "follow things through a video"),
    Capability("transcribe", "video", NoArguments, Speech, "write down speech"),
    Capability("texts", "video", NoArguments, ShownTexts, "read the text that is shown over time"),
    Capability("motion", "video", NoArguments, MotionSteps, "measure motion"),
    Capability("recall", "video", About, KnownItems, "recall what is known of a video"),
    Capability("find_moments", "video", OneText, Moments, "find moments in a video"),
    Capability("shots", "video", NoArguments, Shots, "find the cuts of a video"),
)
CAPABILITIES: dict[str, Capability] = {each.name: each for each in _ALL}
SURVEY = Capability("survey", "image", NoArguments, Survey, "see all that it knows in a picture")
"""What the pool asks of an expert that sees all it knows at one look (`Expert.surveys`); programs cannot ask it."""


def asked_of_experts(name: str) -> Capability:
    """What experts are asked by that name: a capability, or `SURVEY`. Raises KeyError."""
    return SURVEY if name == SURVEY.name else CAPABILITIES[name]


def capability(name: str) -> Capability:
    """The capability of that name. Raises ApiMisuse, with near matches, when there is none."""
    found = CAPABILITIES.get(name) if isinstance(name, str) else None
    if found is None:
        near = difflib.get_close_matches(str(name)[:100], CAPABILITIES, n=3)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise ApiMisuse(f"there is no capability {str(name)[:100]!r}{hint}")
    return found
