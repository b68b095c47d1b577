"""What earlier turns left behind, read out of their traces: pictures with their lineage, and the regions of answers.

A later question may refer to it ("now only the left one", "make it black and white"), so it is handed on as references
with a line of facts each. Each trace is read once, when its turn is over; what is remembered of it is bounded, however
long the dialogue becomes. The latest pictures and videos stay before the regions of answers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..prompts.request import Artefact
from ..tools.api import ImageRef, Reference, VideoRef, reference_from_wire
from ..tools.errors import SightlineError
from .lineage import pictures_made
from .trace import StepRecord, Trace
from .values import patches_in

__all__ = ["Recollection", "Remembered", "recollect"]

_MOST = 24  # things in all
_MOST_REGIONS = 12  # of one turn
_MOST_NAMES = 256  # of pictures that others may have been made from
_FINDS = frozenset(("detect", "segment", "faces", "foreground"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """Something of an earlier turn: where it lies, and what a planner is told of it."""

    ref: Reference
    fact: Artefact


class Recollection:
    """What the turns of one dialogue left behind, fed with each trace when its turn is over.

    Args:
        most: how many things are kept; the regions of the oldest turns go first, then the oldest pictures.
    """

    def __init__(self, *, most: int = _MOST) -> None:
        self._most = most
        self._whole: dict[str, Remembered] = {}
        self._regions: deque[Remembered] = deque(maxlen=most)
        self._names: dict[str, str] = {}

    def add(self, turn: int, trace: Trace) -> None:
        """Take note of a turn.

        Args:
            turn: its number, counted from 1.
        """
        for ref, what in _pictures(trace, self._names):
            self._whole.setdefault(ref.media, Remembered(ref=ref, fact=_fact(turn, ref, what)))
        self._regions.extend(Remembered(ref=ref, fact=_fact(turn, ref, what)) for ref, what in _regions(trace))
        _forget_oldest(self._whole, self._most)
        _forget_oldest(self._names, _MOST_NAMES)

    def things(self) -> list[Remembered]:
        """What can be referred to, oldest first."""
        left = self._most - len(self._whole)
        regions = list(self._regions)
        kept = [*self._whole.values(), *regions[max(0, len(regions) - left) :]]
        return sorted(kept, key=lambda each: each.fact.turn)


def recollect(traces: Sequence[Trace], *, most: int = _MOST) -> list[Remembered]:
    """What the turns left behind, oldest first.

    Args:
        traces: of the turns, oldest first.
        most: as of `Recollection`.
    """
    recollection = Recollection(most=most)
    for turn, trace in enumerate(traces, start=1):
        recollection.add(turn, trace)
    return recollection.things()


def _forget_oldest(kept: dict[str, Any], most: int) -> None:
    for oldest in list(kept)[: max(0, len(kept) - most)]:
        del kept[oldest]


def _pictures(trace: Trace, names: dict[str, str]) -> Iterator[tuple[Reference, str]]:
    """What was brought and what was made, with where it comes from."""
    for media in trace.header.media:
        try:
            ref = media.model_copy(update={"region": None}).reference()
        except SightlineError:
            continue
        if names.setdefault(media.id, media.name) == media.name:
            yield ref, media.name
    for step in trace.steps:
        for media_id, source in pictures_made(step):
            done = _operation(step)
            what = f"{done}, from {names[source]}" if source in names else done
            size = _size(step, media_id)
            if names.setdefault(media_id, f"the picture of {done}") and size is not None:
                yield ImageRef.whole(media_id, *size), what


def _operation(step: StepRecord) -> str:
    """What a step did, in a few words: `edit "make it black and white"`."""
    told = [str(value) for value in step.arguments.values() if isinstance(value, str)]
    return " ".join([step.capability, *(f'"{each}"' for each in told)])


def _size(step: StepRecord, media_id: str) -> tuple[int, int] | None:
    """Width and height of a picture that the step made."""
    results = step.result if isinstance(step.result, list) else [step.result]
    made = (_image(result.get("image")) for result in results if isinstance(result, Mapping))
    return next(((ref.width, ref.height) for ref in made if ref is not None and ref.media == media_id), None)


def _regions(trace: Trace) -> list[tuple[ImageRef, str]]:
    """The regions of the answer, else everything that its program found."""
    answered = [(ref, label or "") for ref, label, _ in patches_in(trace.answer.value) if ref.box != ref.bounds]
    found = answered or [each for step in trace.steps if _counts(step, trace) for each in _found(step)]
    return list(dict.fromkeys(found))[:_MOST_REGIONS]


def _counts(step: StepRecord, trace: Trace) -> bool:
    return step.capability in _FINDS and step.error is None and step.attempt == trace.last_attempt


def _found(step: StepRecord) -> Iterator[tuple[ImageRef, str]]:
    single = len(step.targets) == 1 and all(isinstance(item, Mapping) for item in step.result or ())
    for target, result in zip(step.targets, [step.result] if single else step.result or (), strict=False):
        whole = _image(target)
        for item in result if whole is not None and isinstance(result, list) else ():
            ref = _image({**target, "box": item.get("box"), "mask": item.get("mask")})
            if ref is not None and ref.box != ref.bounds:
                yield ref, str(item.get("label") or "")


def _image(wire: Any) -> ImageRef | None:
    try:
        ref = reference_from_wire(wire)
    except SightlineError:
        return None
    return ref if isinstance(ref, ImageRef) else None


def _fact(turn: int, ref: Reference, what: str) -> Artefact:
    if isinstance(ref, VideoRef):
        return Artefact(turn=turn, kind="video", what=what, width=ref.width, height=ref.height)
    if ref.box == ref.bounds:
        return Artefact(turn=turn, kind="picture", what=what, width=ref.width, height=ref.height)
    return Artefact(
        turn=turn, kind="region", what=what, width=ref.box.width, height=ref.box.height, box=ref.box.as_tuple()
    )
