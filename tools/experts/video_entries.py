"""What results about a video say, as plain entries: what was seen, written, said or shown, and when."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..api.refs import Reference, VideoRef
from ..results import Answer, Detections, Result, Survey, Surveyed, TextLines
from ..results_in_time import Shots, ShownTexts, Speech, Tracks

__all__ = ["Entry", "entries_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was found.

    Attributes:
        kind: "track", "text", "speech", "shot", "seen" or "caption".
        text: what it is, what is written or said.
        start_s, end_s: when, in seconds from the start of the video.
        track: number of the track, for a track.
        frame, box: where it was seen first, for what has a place; (left, lower, right, upper), y up.
    """

    kind: str
    text: str
    start_s: float
    end_s: float
    track: int | None = None
    frame: int | None = None
    box: tuple[int, int, int, int] | None = None
    confidence: float | None = None


def entries_of(result: Result, capability: str, place: Reference, time_s: float) -> Iterator[Entry]:
    """What a result says; `time_s` is when the frame is shown, for a result about a frame."""
    if isinstance(place, VideoRef):
        for kind, tell in _TELLERS.items():
            if isinstance(result, kind):
                yield from tell(result, place)
        return
    if isinstance(result, Detections):
        for label in {item.label for item in result.items if item.label}:
            yield Entry(kind="seen", text=label, start_s=time_s, end_s=time_s, frame=place.frame)
    elif isinstance(result, Survey):
        for name in sorted({_likeliest(thing) for thing in result.things or ()}):
            yield Entry(kind="seen", text=name, start_s=time_s, end_s=time_s, frame=place.frame)
    elif isinstance(result, TextLines):
        for line in result.lines:
            yield Entry(kind="text", text=line.text, start_s=time_s, end_s=time_s, frame=place.frame)
    elif isinstance(result, Answer) and capability == "caption":
        yield Entry(kind="caption", text=result.text, start_s=time_s, end_s=time_s, frame=place.frame)


def _likeliest(thing: Surveyed) -> str:
    """What a thing is, in one word for each attribute."""
    words = {name: max(of, key=lambda word: of[word]) for name, of in thing.chances.items()}
    return " ".join(words[name] for name in ("size", "color", "material", "shape") if name in words)


def _of_tracks(result: Any, place: Any) -> Iterator[Entry]:
    for track in result.tracks:
        first, last = track.frames[0], track.frames[-1]
        known = [seen.confidence for seen in track.frames if seen.confidence is not None]
        yield Entry(
            kind="track",
            text=track.label,
            start_s=first.time_s,
            end_s=last.time_s,
            track=track.id,
            frame=first.frame,
            box=first.box,
            confidence=sum(known) / len(known) if known else None,
        )


def _of_texts(result: Any, place: Any) -> Iterator[Entry]:
    for text in result.texts:
        yield Entry(
            kind="text",
            text=text.text,
            start_s=text.start_s,
            end_s=text.end_s,
            frame=text.seen.frame,
            box=text.seen.box,
            confidence=text.confidence,
        )


def _of_speech(result: Any, place: Any) -> Iterator[Entry]:
    for said in result.segments:
        yield Entry(kind="speech", text=said.text, start_s=said.start_s, end_s=said.end_s, confidence=said.confidence)


def _of_shots(result: Any, place: Any) -> Iterator[Entry]:
    borders = [result.first, *result.cuts, place.last_frame + 1]
    for number, (start, end) in enumerate(itertools.pairwise(borders), start=1):
        yield Entry(kind="shot", text=f"shot {number}", start_s=float(start / place.fps), end_s=float(end / place.fps))


_TELLERS: dict[type[Result], Callable[[Any, Any], Iterator[Entry]]] = {
    Tracks: _of_tracks,
    ShownTexts: _of_texts,
    Speech: _of_speech,
    Shots: _of_shots,
}
