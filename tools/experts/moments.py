"""`find_moments` by evidence: a description is taken apart into what can be looked for; the moments are where that is.

Understood are things with what they do in time ("the bus leaves", "a ball moves to the left"), things as such ("a red
cube"), words that are shown or said ("the word EXIT", "somebody says hello"), and how much moves ("most happens"). What
the detector does not know and nobody says or shows is outside its world.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..capabilities import OneText
from ..errors import ExpertUnavailable, OutsideWorld
from ..results_in_time import Moment, Moments, MotionSteps, ShownTexts, Speech, Track, Tracks
from .base import Expert, ExpertRequest
from .footage import Footage
from .registry import register

__all__ = ["EvidenceMoments"]

_EVENT_S = 0.5  # an event is told as the stretch from so long before it to so long after it
_ARTICLE = r"(?:the|a|an|some|any)\s+"
_MOVES = r"(?:moves?|goes|drives?|walks?|runs?|rolls?|slides?|flies|travels?)"
_TO = r"(?: (?:to|towards) the| to)?"
_EVENTS = {
    "comes": r"(?:comes? (?:in|into (?:view|the picture))|enters?(?: the \w+)?|appears?|arrives?|shows? up)",
    "goes": r"(?:goes? (?:out|away)|leaves?(?: the \w+)?|disappears?|exits?|vanish(?:es)?)",
    "left": rf"{_MOVES}{_TO} left(?:wards?)?",
    "right": rf"{_MOVES}{_TO} right(?:wards?)?",
    "up": rf"(?:rises?|{_MOVES} up(?:wards?)?)",
    "down": rf"(?:falls?(?: down)?|sinks?|drops?|{_MOVES} down(?:wards?)?)",
    "there": r"(?:is|are) (?:there|visible|in (?:view|the picture)|seen|shown)",
}
_EVENT = [(re.compile(rf"^(?:{_ARTICLE})?(?P<name>.+?)\s+{verb}$", re.I), what) for what, verb in _EVENTS.items()]
_QUOTED = re.compile(
    r"^(?:(?:the|a)\s+)?(?:(?:words?|text|sign|caption|title|line)\s+)?[\"“'](?P<words>.+)[\"”']"
    r"(?:\s+(?:is|are)\s+(?:shown|seen|said|written|read))?$",
    re.I,
)
_SAID = re.compile(
    r"^(?:some(?:body|one)|he|she|they|the \w+)\s+(?:says?|mentions?|(?:speaks?|talks?) (?:of|about))\s+"
    r"[\"“']?(?P<words>.+?)[\"”']?$",
    re.I,
)
_MOST = re.compile(
    r"^(?:the )?most (?:motion|movement|action|happens|moves|change)"
    r"|^(?:there is )?(?:much|a lot of) (?:motion|movement|action)",
    re.I,
)


@register
class EvidenceMoments(Expert):
    """When something is seen, happens, is written or is said."""

    name = "evidence-moments"
    capabilities = ("find_moments",)
    version = "1"
    packages = ()
    thread_safe = True
    limits = "Understands simple sentences about a thing that comes, goes, moves or is there, and words shown or said."

    def serve(self, request: ExpertRequest) -> Moments:
        footage, asked = request.footage, request.arguments
        assert footage is not None
        assert isinstance(asked, OneText)
        told = " ".join(asked.text.split()).strip(" .!?")
        words = _QUOTED.match(told) or _SAID.match(told)
        if words:
            found = _shown_or_said(footage, words["words"])
        elif _MOST.match(told):
            found = _most_motion(footage)
        else:
            found = _events(footage, told)
        return Moments(moments=sorted(found, key=lambda moment: (-moment.score, moment.start_s)))


def _events(footage: Footage, told: str) -> list[Moment]:
    for pattern, what in _EVENT:
        match = pattern.match(told)
        if match:
            return _of_tracks(footage, match["name"], what)
    try:
        return _of_tracks(footage, re.sub(rf"^{_ARTICLE}", "", told, flags=re.I), "there")
    except OutsideWorld:
        found = _shown_or_said(footage, told)
        if found:
            return found
        raise


def _of_tracks(footage: Footage, name: str, what: str) -> list[Moment]:
    result = footage.ask_all("track", {"name": name})
    assert isinstance(result, Tracks)
    tracks = result.within(footage.ref).tracks
    return [moment for track in tracks if (moment := _TELLERS[what](track, footage)) is not None]


def _around(footage: Footage, time_s: float, score: float) -> Moment:
    start = max(footage.ref.start_s, time_s - _EVENT_S)
    return Moment(start_s=start, end_s=max(start, min(footage.ref.end_s, time_s + _EVENT_S)), score=score)


def _sure(track: Track) -> float:
    known = [seen.confidence for seen in track.frames if seen.confidence is not None]
    return sum(known) / len(known) if known else 0.5


def _comes(track: Track, footage: Footage) -> Moment | None:
    start = track.frames[0].time_s
    return _around(footage, start, _sure(track)) if start - footage.ref.start_s > _EVENT_S else None


def _goes(track: Track, footage: Footage) -> Moment | None:
    end = track.frames[-1].time_s
    return _around(footage, end, _sure(track)) if footage.ref.end_s - end > _EVENT_S else None


def _there(track: Track, footage: Footage) -> Moment:
    return Moment(start_s=track.frames[0].time_s, end_s=track.frames[-1].time_s, score=_sure(track))


def _moving(right: int, up: int) -> Callable[[Track, Footage], Moment | None]:
    def tell(track: Track, footage: Footage) -> Moment | None:
        first, last = track.frames[0].box, track.frames[-1].box
        size = max(last[2] - last[0], last[3] - last[1], 1)
        way = (last[0] + last[2] - first[0] - first[2]) / 2 * right + (last[1] + last[3] - first[1] - first[3]) / 2 * up
        if way < 0.5 * size:
            return None
        return Moment(start_s=track.frames[0].time_s, end_s=track.frames[-1].time_s, score=_sure(track))

    return tell


_TELLERS: dict[str, Callable[[Track, Footage], Moment | None]] = {
    "comes": _comes,
    "goes": _goes,
    "there": _there,
    "left": _moving(-1, 0),
    "right": _moving(1, 0),
    "up": _moving(0, 1),
    "down": _moving(0, -1),
}


def _shown_or_said(footage: Footage, words: str) -> list[Moment]:
    """Where the words are written or said, by what share of them is."""
    wanted = re.findall(r"\w+", words.lower())
    found = []
    for capability in ("texts", "transcribe"):
        try:
            result = footage.ask_all(capability, {})
        except ExpertUnavailable:
            continue
        if isinstance(result, ShownTexts):
            lines = [(t.text, t.start_s, t.end_s) for t in result.within(footage.ref).texts]
        else:
            assert isinstance(result, Speech)
            lines = [(s.text, s.start_s, s.end_s) for s in result.within(footage.ref).segments]
        for text, start_s, end_s in lines:
            there = set(re.findall(r"\w+", text.lower()))
            share = sum(word in there for word in wanted) / max(1, len(wanted))
            if share >= 0.5:
                found.append(Moment(start_s=start_s, end_s=end_s, score=round(share * 0.9, 3)))
    return found


def _most_motion(footage: Footage) -> list[Moment]:
    result = footage.ask_all("motion", {})
    assert isinstance(result, MotionSteps)
    steps = result.within(footage.ref).steps
    most = max((step.amount for step in steps), default=0.0)
    if most <= 0:
        return []
    best = sorted(steps, key=lambda step: -step.amount)[:3]
    return [_around(footage, step.time_s, round(step.amount / most * 0.9, 3)) for step in best if step.amount > 0]
