"""`VideoSegment`: a stretch of a video, and the values that time brings: tracks, speech, moments.

A segment counts in sampled frames, as ViperGPT's does: how many frames of the file are sampled is set by the run's
settings. Everything about which frame and which second is arithmetic on a `VideoRef`; a frame is decoded when an
expert first needs it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace as with_changes
from typing import Any

from ..errors import ApiMisuse, EmptyPatch
from .arguments import real, whole
from .image_patch import ImagePatch
from .refs import Box, VideoRef
from .runtime import Runtime, current_runtime

__all__ = ["Moment", "Speech", "Track", "VideoSegment"]


@dataclass(frozen=True, slots=True)
class Track:
    """One thing followed through time.

    Attributes:
        id: number of the track within the video.
        label: what it is.
        patches: its region in each frame where it is seen, in order of time; each patch knows its `time`.
    """

    id: int
    label: str
    patches: tuple[ImagePatch, ...]

    @property
    def start(self) -> float:
        """Seconds from the start of the video at which it is first seen."""
        return self.patches[0].time or 0.0

    @property
    def end(self) -> float:
        """Seconds from the start of the video at which it is last seen."""
        return self.patches[-1].time or 0.0


@dataclass(frozen=True, slots=True)
class Speech:
    """Words that are spoken, from `start` to `end` in seconds from the start of the video."""

    text: str
    start: float
    end: float
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of the video that fits a text, in seconds from its start, with a score from 0 to 1."""

    start: float
    end: float
    score: float


class VideoSegment:
    """A stretch of a video as a sequence of sampled frames.

    Attributes:
        start, end: sampled frame indices in the whole video, end exclusive.
        num_frames: sampled frames in this segment.
        fps: sampled frames per second.
        duration: length in seconds.
    """

    __slots__ = ("_ref", "_runtime")
    _ref: VideoRef
    _runtime: Runtime

    def __init__(self, video: Any, start: int | None = None, end: int | None = None) -> None:
        """The whole of `video`, or its frames from `start` up to `end` (sampled indices, end exclusive).

        Raises:
            EmptyPatch: when there is no frame in it.
        """
        if isinstance(video, VideoSegment):
            ref, self._runtime = video._ref, video._runtime
        elif isinstance(video, VideoRef):
            ref, self._runtime = video, current_runtime()
        else:
            raise ApiMisuse(f"VideoSegment takes the given video or another VideoSegment, not {type(video).__name__}")
        self._ref = ref
        if start is not None or end is not None:
            self._ref = self._trimmed(start, end)

    @property
    def start(self) -> int:
        return self._ref.start

    @property
    def end(self) -> int:
        return self._ref.end

    @property
    def num_frames(self) -> int:
        return self._ref.num_frames

    @property
    def trimmed_video(self) -> VideoSegment:
        """This segment itself: pixels stay with the experts."""
        return self

    @property
    def fps(self) -> float:
        return float(self._ref.fps * self._ref.samples / self._ref.frame_count)

    @property
    def duration(self) -> float:
        return self.num_frames / self.fps

    def frame_iterator(self) -> Iterator[ImagePatch]:
        """Iterates over the frames as ImagePatch, in order of time."""
        for sample in range(self._ref.start, self._ref.end):
            yield self._frame(sample)

    def frame_from_index(self, index: int) -> ImagePatch:
        """Returns the frame at `index` within this segment; past the end is the last, negative from the end."""
        index = whole("index", index)
        if index < 0:
            index += self.num_frames
        return self._frame(self._ref.start + min(max(index, 0), self.num_frames - 1))

    def trim(self, start: int | None = None, end: int | None = None) -> VideoSegment:
        """Returns the frames from `start` up to `end` of this segment: indices within it, end exclusive, clamped to it;
        a negative `end` counts from the end.

        Raises:
            EmptyPatch: when there is no frame in it.
        """
        part = VideoSegment(self)
        part._ref = self._trimmed(start, end)
        return part

    def between(self, start_seconds: float, end_seconds: float) -> VideoSegment:
        """Returns the part of this segment between two times, in seconds from the start of the video."""
        ref = self._ref
        first = ref.sample_at(real("a time", start_seconds))
        last = ref.sample_at(real("a time", end_seconds))
        return self.trim(max(first - ref.start, 0), max(last + 1 - ref.start, 0))

    def at(self, seconds: float) -> ImagePatch:
        """Returns the frame nearest to a time, in seconds from the start of the video."""
        return self._frame(min(max(self._ref.sample_at(real("a time", seconds)), self._ref.start), self._ref.end - 1))

    def sample(self, n: int) -> list[ImagePatch]:
        """Returns `n` frames evenly spread over this segment (fewer if it has fewer)."""
        n = whole("n", n)
        if n < 1:
            raise ApiMisuse("sample needs at least one frame")
        count = self.num_frames
        n = min(n, count)
        return [self._frame(self._ref.start + ((2 * i + 1) * count) // (2 * n)) for i in range(n)]

    def select_answer(self, info: dict[str, Any], question: str, options: list[str] | None = None) -> str:
        """Returns the answer to the question that the collected information supports; always one of `options` if given.

        Example:
            >>> info = {"what the man does first": first, "what he does next": following}
            >>> video_segment.select_answer(info, query, possible_answers)
        """
        if not isinstance(info, dict):
            raise ApiMisuse("select_answer needs a dict of information, a question and the options")
        if options is not None and (not isinstance(options, list | tuple) or not options):
            raise ApiMisuse("options must be a list with at least one option")
        facts = {str(name): _readable(value) for name, value in info.items()}
        choices = None if options is None else [str(option) for option in options]
        arguments = {"info": facts, "question": str(question), "options": choices}
        answer = str(self._runtime.call("select_answer", [], arguments)["text"])
        if choices is None or answer in choices:
            return answer
        return max(choices, key=lambda choice: difflib.SequenceMatcher(None, choice.lower(), answer.lower()).ratio())

    def track(self, name: str) -> list[Track]:
        """Returns a Track for each thing named so: `.id`, `.label`, `.patches`, `.start` and `.end` in seconds."""
        tracks = []
        for found in self._ask("track", {"name": str(name)})["tracks"]:
            patches = tuple(self._seen(seen, found["label"]) for seen in found["frames"])
            if patches:
                tracks.append(Track(found["id"], found["label"], patches))
        return tracks

    def transcribe(self) -> list[Speech]:
        """Returns what is said, in order of time: `.text`, `.start` and `.end` in seconds."""
        said = self._ask("transcribe", {})["segments"]
        return [Speech(s["text"], s["start_s"], s["end_s"], s["confidence"]) for s in said]

    def find_moments(self, text: str) -> list[Moment]:
        """Returns the moments that fit the text, best first: `.start`, `.end` in seconds and `.score`."""
        found = self._ask("find_moments", {"text": str(text)})["moments"]
        return [Moment(m["start_s"], m["end_s"], m["score"]) for m in found]

    def shots(self) -> list[VideoSegment]:
        """Returns the shots, from cut to cut."""
        shots = []
        for start, end in self._ask("shots", {})["shots"]:
            shot = VideoSegment(self)
            shot._ref = with_changes(self._ref, start=start, end=end)
            shots.append(shot)
        return shots

    def __repr__(self) -> str:
        return f"VideoSegment({self.start}, {self.end})"

    @property
    def ref(self) -> VideoRef:
        """The reference that names this segment (beyond ViperGPT; for code around the program)."""
        return self._ref

    def _ask(self, capability: str, arguments: dict[str, Any]) -> Any:
        return self._runtime.call(capability, self._ref, arguments)

    def _frame(self, sample: int) -> ImagePatch:
        return ImagePatch._over(self._ref.frame(sample), self._runtime, time=self._ref.time_s(sample))

    def _seen(self, seen: dict[str, Any], label: str) -> ImagePatch:
        ref = with_changes(self._ref.frame(0), frame=seen["frame"]).at(Box(*seen["box"]))
        confidence, time = seen["confidence"], seen["time_s"]
        return ImagePatch._over(ref, self._runtime, label=label, confidence=confidence, time=time)

    def _trimmed(self, start: int | None, end: int | None) -> VideoRef:
        count = self.num_frames
        first = 0 if start is None else max(whole("start", start), 0)
        last = count if end is None else min(whole("end", end), count)
        if last < 0:  # as a slice counts
            last += count
        if first >= last:
            raise EmptyPatch(f"frames {first} to {last} of a segment of {count} frames: nothing is left")
        return with_changes(self._ref, start=self._ref.start + first, end=self._ref.start + last)


def _readable(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_readable(item) for item in value)
    if isinstance(value, ImagePatch):
        return value.label or repr(value)
    return str(value)
