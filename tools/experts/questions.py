"""One question to one expert: what it is about, by which key its result is kept, and what the expert is handed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..api.refs import ImageRef, Reference, VideoRef
from ..capabilities import SURVEY, Arguments, Capability, NoArguments
from ..media import Video
from ..results import Result
from .base import Expert, ExpertRequest, Settings, Whole
from .footage import Footage
from .running import Runner
from .video_index import VideoIndex

__all__ = ["AskOf", "Media", "Question", "Recalled", "Slot", "announce"]

AskOf = Callable[[str, dict[str, Any], Reference | None], Result]
_OF_THE_POOL = ("isolated", "device", "most_at_once", "time_limit_s", "memory_mb")  # settings that change no result
_NO_PIXELS = np.zeros((0, 0, 3), np.uint8)


class Media(Protocol):
    """What the pool needs of a media store."""

    def add(self, source: Any) -> ImageRef: ...

    def add_mask(self, mask: npt.NDArray[np.bool_]) -> str: ...

    def mask(self, mask_id: str) -> npt.NDArray[np.bool_]: ...

    def pixels(self, ref: ImageRef, *, margin_px: int = 0) -> npt.NDArray[np.uint8]: ...

    def video(self, media_id: str) -> Video: ...

    def seen_frames(self, media_id: str) -> Sequence[int]: ...


@dataclass(slots=True, eq=False)
class Slot:
    """One expert of the pool, with what the profile sets for it."""

    cls: type[Expert]
    settings: Settings
    runner: Runner
    _identity: str | None = None

    @property
    def identity(self) -> str:
        """What its results depend on beside name and version: weights, settings and its libraries' major versions."""
        if self._identity is not None:
            return self._identity
        told = {name: value for name, value in self.settings.items() if name not in _OF_THE_POOL}
        majors = []
        for package in self.cls.packages if self.cls.accelerated else ():
            try:
                majors.append(f"{package} {version(package).split('.')[0]}")
            except PackageNotFoundError:
                continue
        identity = " ".join(filter(None, [self.cls.identity(told), *majors]))
        if self.cls.lacks(self.settings) is None:  # else its weights may come, and be others than were thought
            self._identity = identity
        return identity


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One question to one expert about one place; `path` holds the capabilities on whose behalf it is asked."""

    slot: Slot
    asked: Capability
    arguments: Arguments
    place: Reference | None
    media: Media
    path: tuple[str, ...]

    @property
    def key(self) -> str:
        """By content: of whom, what, how, of which pixels; media ids are hashes, so a reference is content."""
        place = None if self.place is None else self.place.to_wire()
        return json.dumps([self.same, place], sort_keys=True)

    @property
    def same(self) -> str:
        """What it has in common with the same question about another place."""
        cls = self.slot.cls
        about = [cls.name, cls.version, self.slot.identity, self.asked.name, self.arguments.model_dump()]
        return json.dumps(about, sort_keys=True)

    @property
    def look(self) -> Question | None:
        """The question about the whole picture from which this one is answered, for an expert that surveys."""
        if not self.slot.cls.surveys or self.asked is SURVEY or not isinstance(self.place, ImageRef):
            return None
        place = ImageRef.whole(self.place.media, self.place.width, self.place.height, frame=self.place.frame)
        path = (*self.path, self.asked.name)
        return replace(self, asked=SURVEY, arguments=NoArguments(), place=place, path=path)

    def told(self, survey: Result) -> ExpertRequest:
        """What the expert is handed with what it saw in the whole picture; nothing is decoded for it."""
        assert isinstance(self.place, ImageRef)
        return ExpertRequest(
            capability=self.asked.name,
            arguments=self.arguments,
            pixels=_NO_PIXELS,
            whole=Whole(id="", pixels=_NO_PIXELS, box=self.place.box.to_xyxy(self.place.height)),
            survey=survey,
        )

    def request(self, ask_of: AskOf, index: VideoIndex | None) -> ExpertRequest:
        """What the expert is handed; pixels are decoded now. Raises ApiMisuse or BrokenMedia where there are none.

        Args:
            ask_of: asks others on the expert's behalf.
            index: of the video that the question is about.
        """
        place, media = self.place, self.media
        footage = None
        if isinstance(place, VideoRef):
            video = media.video(place.media)
            footage = Footage(ref=place, video=video, ask_of=ask_of, recall=list if index is None else index.known)
        return ExpertRequest(
            capability=self.asked.name,
            arguments=self.arguments.seen_in(place) if isinstance(place, ImageRef) else self.arguments,
            pixels=media.pixels(place) if isinstance(place, ImageRef) else _NO_PIXELS,
            mask=_mask(place, media),
            whole=_whole(place, media),
            ask=lambda other, others_arguments: ask_of(other, others_arguments, place),
            footage=footage,
        )


def announce(questions: Sequence[Question]) -> None:
    """Tell the videos which of their frames come next, so that they are decoded side by side and ahead."""
    frames: dict[str, list[int]] = {}
    for each in questions:
        if isinstance(each.place, ImageRef) and each.place.frame is not None:
            frames.setdefault(each.place.media, []).append(each.place.frame)
    for media_id, coming in frames.items():
        questions[0].media.video(media_id).expect(coming)


class Recalled:
    """One question on its way through a video's index: answered from it, or answered and then kept in it."""

    def __init__(self, index: VideoIndex, question: Question) -> None:
        self._index, self._place, self._media = index, question.place, question.media
        assert question.place is not None
        cls = question.slot.cls
        # Other weights or settings are another version.
        version = f"{cls.version} {question.slot.identity}".strip()
        arguments = question.arguments.model_dump()
        self._question = (question.asked, cls.name, version, arguments, question.place)
        self.knew = False

    def known(self) -> bool:
        return self._index.get(*self._question) is not None

    def result(self, make: Callable[[], Result]) -> Result:
        found: Result | None = self._index.get(*self._question)
        if found is not None:
            self.knew = True
            return found
        result = make()
        self._index.put(*self._question, result, time_s=self._time_s())
        return result

    def _time_s(self) -> float:
        if not isinstance(self._place, ImageRef) or self._place.frame is None:
            return 0.0
        return float(self._place.frame / self._media.video(self._place.media).facts.fps)


def _mask(place: Reference | None, media: Media) -> npt.NDArray[np.bool_] | None:
    if not isinstance(place, ImageRef) or place.mask is None:
        return None
    mask = media.mask(place.mask)
    return mask if mask.shape == (place.box.height, place.box.width) and mask.any() else None


def _whole(place: Reference | None, media: Media) -> Whole | None:
    if not isinstance(place, ImageRef):
        return None
    everything = place.at(place.bounds)
    name = place.media if place.frame is None else f"{place.media}#{place.frame}"
    return Whole(id=name, pixels=media.pixels(everything), box=place.box.to_xyxy(place.height))
