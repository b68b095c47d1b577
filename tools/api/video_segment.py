"""`VideoSegment`: a stretch of a video as a program sees it.

A segment counts in sampled frames, as ViperGPT's does: how many frames of the file are sampled is set by the run's
settings. Everything about which frame and which second is arithmetic on a `VideoRef`; a frame is decoded when an
expert first needs it.
"""

from __future__ import annotations

import difflib
import itertools
import statistics
from collections.abc import Iterator
from dataclasses import replace as with_changes
from typing import Any

from ..errors import ApiMisuse, EmptyPatch
from . import arguments
from .arguments import real, whole
from .image_patch import ImagePatch
from .in_time import Known, Moment, Motion, ShownText, Speech, Track
from .refs import Box, VideoRef
from .runtime import Runtime, current_runtime

__all__ = ["VideoSegment"]

_AWAY_S = 1.0  # what is not seen for so long has been away
_EDGE_STEPS = 2.5  # a track that starts within so many of its own steps of the segment's start was there from the start


class VideoSegment:
    """A stretch of a video as a sequence of sampled frames.

    Attributes:
        start, end: sampled frame indices in the whole video, end exclusive.
        num_frames: sampled frames in this segment.
        fps: sampled frames per second.
        duration: length in seconds.
        start_time, end_time: where it begins and ends, in seconds from the start of the video.
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

    @property
    def start_time(self) -> float:
        return self._ref.start_s

    @property
    def end_time(self) -> float:
        return self._ref.end_s

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

    def ask(self, question: str) -> str:
        """Returns a short answer to a question about all of this segment, which an expert looks at frame by frame.

        Example:
            >>> video_segment.between(3, 8).ask("What does the man do with the box?")
        """
        return str(self._ask("watch", {"question": arguments.text("question", question)})["text"])

    def track(self, name: str) -> list[Track]:
        """Returns a Track for each thing named so, in order of `.start`: `.id`, `.label`, `.patches`, `.start`, `.end`
        and `.duration` in seconds, `.direction` ("left", "right", "up", "down" or "still"), `.speed` in pixels a
        second, `.appears` and `.disappears` (comes or goes during the segment), `.at(seconds)` its patch then. The name
        "moving thing" follows whatever moves.

        Example:
            >>> # How many cars come in from the left?
            >>> len([car for car in video_segment.track("car") if car.appears and car.direction == "right"])
        """
        tracks = []
        for found in self._ask("track", {"name": arguments.text("name", name)})["tracks"]:
            patches = tuple(self._seen(seen, found["label"], found["id"]) for seen in found["frames"])
            if patches:
                tracks.append(self._track(found, patches))
        return sorted(tracks, key=lambda track: (track.start, track.id))

    def when(self, name: str) -> list[Moment]:
        """Returns the stretches of time in which something named so is in view, in order of time; what is away for less
        than a second has not been away.

        Example:
            >>> # When does the dog first appear?
            >>> video_segment.when("dog")[0].start
        """
        tracks = self.track(name)
        times = sorted(patch.time or 0.0 for track in tracks for patch in track.patches)
        steps = [
            b - a for track in tracks for a, b in itertools.pairwise([patch.time or 0.0 for patch in track.patches])
        ]
        away = max(_AWAY_S, 2.5 * statistics.median(steps) if steps else 0.0)
        spans: list[Moment] = []
        for time in times:
            if spans and time - spans[-1].end < away:
                spans[-1] = Moment(spans[-1].start, time, 1.0)
            else:
                spans.append(Moment(time, time, 1.0))
        return spans

    def texts(self) -> list[ShownText]:
        """Returns the lines of text that can be read, in order of time: `.text`, `.start`, `.end` and `.duration` in
        seconds, `.patch` where it is at its clearest."""
        return [
            ShownText(t["text"], t["start_s"], t["end_s"], self._seen(t["seen"], t["text"], None), t["confidence"])
            for t in self._ask("texts", {})["texts"]
        ]

    def transcribe(self) -> list[Speech]:
        """Returns what is said, in order of time: `.text`, `.start` and `.end` in seconds."""
        said = self._ask("transcribe", {})["segments"]
        return [Speech(s["text"], s["start_s"], s["end_s"], s["confidence"]) for s in said]

    def motion(self) -> list[Motion]:
        """Returns how much moves from each sampled frame to the next: `.time`, `.amount` (share of the picture that
        changes, 0 to 1), `.right` and `.up` (how the whole picture moves, in pixels a second).

        Example:
            >>> # When does most happen?
            >>> max(video_segment.motion(), key=lambda motion: motion.amount).time
        """
        steps = self._ask("motion", {})["steps"]
        return [Motion(m["time_s"], m["amount"], m["right"], m["up"]) for m in steps]

    def recall(self, about: str | None = None) -> list[Known]:
        """Returns what earlier questions and `sightline index` already found in this video, without asking an expert
        again: `.kind` ("track", "text", "speech", "shot", "seen", "caption"), `.text`, `.start` and `.end` in seconds;
        only what mentions `about` if that is given."""
        asked = {"about": None if about is None else arguments.text("about", about)}
        return [Known(k["kind"], k["text"], k["start_s"], k["end_s"]) for k in self._ask("recall", asked)["known"]]

    def find_moments(self, text: str) -> list[Moment]:
        """Returns the moments that fit the text, best first: `.start`, `.end` in seconds and `.score`."""
        found = self._ask("find_moments", {"text": arguments.text("text", text)})["moments"]
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

    def _seen(self, seen: dict[str, Any], label: str, track: int | None) -> ImagePatch:
        ref = with_changes(self._ref.frame(0), frame=seen["frame"]).at(Box(*seen["box"]))
        confidence, time = seen["confidence"], seen["time_s"]
        return ImagePatch._over(ref, self._runtime, label=label, confidence=confidence, time=time, track=track)

    def _track(self, found: dict[str, Any], patches: tuple[ImagePatch, ...]) -> Track:
        times = [patch.time or 0.0 for patch in patches]
        steps = [b - a for a, b in itertools.pairwise(times)]
        edge = _EDGE_STEPS * (statistics.median(steps) if steps else 1 / self.fps)
        appears = times[0] - self.start_time > edge
        disappears = self.end_time - times[-1] > edge
        return Track(found["id"], found["label"], patches, appears, disappears)

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
