"""What experts answer about a video: one model per kind of result.

Boxes are those of the whole frame, (left, lower, right, upper), y up: a video has no crop. Frames are source frames and
times are seconds from the start of the file, so that a result about a long stretch also answers for any part of it:
`within` cuts it down. A result that makes no sense cannot be made.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .api.refs import VideoRef
from .results import Confidence, Number, Result, Share, least
from .view import View

__all__ = [
    "KnownItem",
    "KnownItems",
    "Moment",
    "Moments",
    "MotionStep",
    "MotionSteps",
    "Said",
    "Seen",
    "Shots",
    "ShownText",
    "ShownTexts",
    "Speech",
    "SpeechSegment",
    "TimeResult",
    "Track",
    "Tracks",
]

Seconds = Annotated[Number, Field(ge=0)]


class TimeResult(Result):
    """Base of results about a stretch of a video."""

    def within(self, ref: VideoRef) -> TimeResult:
        """The part of it that lies in that stretch."""
        raise NotImplementedError

    def to_wire(self, view: View | None) -> Any:
        return self.model_dump(mode="json")

    def to_wire_of(self, ref: VideoRef) -> Any:
        """Plain data about that stretch."""
        return self.within(ref).to_wire(None)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Span(_Part):
    start_s: Seconds
    end_s: Seconds

    @model_validator(mode="after")
    def _forward(self) -> _Span:
        if self.end_s < self.start_s:
            raise ValueError("a stretch of time starts before it ends")
        return self

    def meets(self, ref: VideoRef) -> bool:
        return self.start_s < ref.end_s and self.end_s >= ref.start_s

    def cut(self, ref: VideoRef) -> dict[str, float]:
        """Its ends, moved into the stretch."""
        return {"start_s": max(self.start_s, ref.start_s), "end_s": min(self.end_s, ref.end_s)}


class Seen(_Part):
    """Something at a place in a frame."""

    frame: Annotated[int, Field(ge=0)]
    time_s: Seconds
    box: tuple[int, int, int, int]
    confidence: Confidence = None

    @model_validator(mode="after")
    def _has_area(self) -> Seen:
        if self.box[0] >= self.box[2] or self.box[1] >= self.box[3]:
            raise ValueError("a box has left < right and lower < upper")
        return self


class Track(_Part):
    """`frames`: in order of time."""

    id: int
    label: str
    frames: list[Seen]


class Tracks(TimeResult):
    tracks: list[Track]

    def within(self, ref: VideoRef) -> Tracks:
        first, last = ref.first_frame, ref.last_frame
        cut = [
            track.model_copy(update={"frames": [seen for seen in track.frames if first <= seen.frame <= last]})
            for track in self.tracks
        ]
        return Tracks(tracks=[track for track in cut if track.frames])

    def sureness(self) -> float | None:
        # Of a track the mean, since a single doubtful frame says little about a thing that was followed.
        means = []
        for track in self.tracks:
            known = [seen.confidence for seen in track.frames if seen.confidence is not None]
            if known:
                means.append(sum(known) / len(known))
        return least(means)


class SpeechSegment(_Span):
    text: str
    confidence: Confidence = None


class Speech(TimeResult):
    segments: list[SpeechSegment]

    def within(self, ref: VideoRef) -> Speech:
        return Speech(segments=[segment for segment in self.segments if segment.meets(ref)])

    def sureness(self) -> float | None:
        return least([segment.confidence for segment in self.segments])


class ShownText(_Span):
    """`seen`: where it is at its clearest."""

    text: str
    confidence: Confidence = None
    seen: Seen


class ShownTexts(TimeResult):
    """In order of time."""

    texts: list[ShownText]

    def within(self, ref: VideoRef) -> ShownTexts:
        cut = [text.model_copy(update=text.cut(ref)) for text in self.texts if text.meets(ref)]
        return ShownTexts(texts=cut)

    def sureness(self) -> float | None:
        return least([text.confidence for text in self.texts])


class Moment(_Span):
    score: Share


class Moments(TimeResult):
    """Best first."""

    moments: list[Moment]

    def within(self, ref: VideoRef) -> Moments:
        return Moments(moments=[m.model_copy(update=m.cut(ref)) for m in self.moments if m.meets(ref)])


class MotionStep(_Part):
    """From the sampled frame before to the one at `time_s`; `right` and `up` in pixels a second."""

    time_s: Seconds
    amount: Share
    right: Number
    up: Number


class MotionSteps(TimeResult):
    steps: list[MotionStep]

    def within(self, ref: VideoRef) -> MotionSteps:
        return MotionSteps(steps=[step for step in self.steps if ref.start_s <= step.time_s < ref.end_s])


class Shots(TimeResult):
    """Source frames at which a new shot begins, ascending; `first` begins the stretch and is no cut.

    On the wire: (start, end) as sampled indices of the whole video, end exclusive; a shot between two sampled frames
    has none and is left out.
    """

    first: Annotated[int, Field(ge=0)]
    cuts: list[Annotated[int, Field(ge=0)]]

    @model_validator(mode="after")
    def _ascending(self) -> Shots:
        if any(a >= b for a, b in zip(self.cuts, self.cuts[1:], strict=False)):
            raise ValueError("cuts ascend")
        return self

    def within(self, ref: VideoRef) -> Shots:
        return Shots(first=ref.first_frame, cuts=[c for c in self.cuts if ref.first_frame < c <= ref.last_frame])

    def to_wire(self, view: View | None) -> Any:
        raise TypeError("shots are counted in the samples of a stretch")

    def to_wire_of(self, ref: VideoRef) -> Any:
        places = [ref.source_frame(sample) for sample in range(ref.start, ref.end)]
        numbers = [sum(cut <= place for cut in self.within(ref).cuts) for place in places]
        starts = [i for i, number in enumerate(numbers) if i == 0 or number != numbers[i - 1]]
        ends = [*starts[1:], len(numbers)]
        return {"shots": [[ref.start + a, ref.start + b] for a, b in zip(starts, ends, strict=True)]}


class Said(TimeResult):
    """An answer about all of a stretch; about a part of it, it says nothing that could be cut out."""

    text: str
    confidence: Confidence = None

    def within(self, ref: VideoRef) -> Said:
        return self


class KnownItem(_Span):
    kind: str
    text: str


class KnownItems(TimeResult):
    """In order of time."""

    known: list[KnownItem]

    def within(self, ref: VideoRef) -> KnownItems:
        return KnownItems(known=[item for item in self.known if item.meets(ref)])
