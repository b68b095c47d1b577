"""`ExpertPool`: owns the experts, loads them when first needed, and answers capability calls from many threads.

A call goes: check target and arguments, then for each expert of the profile in turn look into the cache, load, serve;
the next is asked when one says that it does not know such things or is not installed. Results are cached in the
expert's own pixels and turned into the original's coordinates at the end, once per caller, because masks and new
images belong to the caller's media store. What is found in a video is also kept on disk, in that video's index.
Targets of one call are served one after the other; batches, memory budgets
and a cache on disk have their places in `_serve_one`, `_loaded` and `cache.py`, behind the same interface.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..api.refs import ImageRef, Reference, VideoRef
from ..capabilities import CAPABILITIES, Arguments, Capability, capability
from ..errors import ExpertError, ExpertFailed, ExpertUnavailable, OutsideWorld, SightlineError
from ..media import Video
from ..results import Result
from ..results_in_time import TimeResult
from ..view import View
from . import registry
from .base import Expert, ExpertRequest, Whole
from .cache import ResultCache
from .footage import Footage
from .profiles import Profile, load_profile
from .video_index import IndexFolder, VideoIndex

__all__ = ["ExpertPool", "Media", "Served"]

_DEEPEST = 3  # how far experts may ask through other experts
_NO_PIXELS = np.zeros((0, 0, 3), np.uint8)


class Media(Protocol):
    """What the pool needs of a media store."""

    def add(self, source: Any) -> ImageRef: ...

    def add_mask(self, mask: npt.NDArray[np.bool_]) -> str: ...

    def mask(self, mask_id: str) -> npt.NDArray[np.bool_]: ...

    def pixels(self, ref: ImageRef, *, margin_px: int = 0) -> npt.NDArray[np.uint8]: ...

    def video(self, media_id: str) -> Video: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """The answer to one call.

    Attributes:
        data: plain data, as docs/architecture.md says for each capability; a list of them for a list of targets.
        expert, version: who answered.
        cached: whether nothing had to be computed.
        seconds: wall-clock time of the call.
        confidence: of the least sure part, 0 to 1, None where the expert has none.
    """

    data: Any
    expert: str
    version: str
    cached: bool
    seconds: float
    confidence: float | None


@dataclass(frozen=True, slots=True)
class _Found:
    result: Result
    expert: type[Expert]
    cached: bool


@dataclass(slots=True)
class _Slot:
    """One expert of the pool; `lock` guards loading, and serving where the expert asks for that."""

    cls: type[Expert]
    lock: threading.RLock
    instance: Expert | None = None


class ExpertPool:
    """Experts by a profile, shared by everybody in this process.

    Args:
        profile: a Profile, or the name or path of one.
        cache_bytes: how much of results is kept, roughly; 0 keeps none.
        indexes: where what is found in videos is kept from one run to the next; None keeps it nowhere.

    Attributes:
        computed: how often an expert had to work, for a program or another expert; what was remembered does not count.
    """

    def __init__(
        self,
        profile: Profile | str = "embedded",
        *,
        cache_bytes: int = 256_000_000,
        indexes: IndexFolder | None = None,
    ) -> None:
        self.profile = profile if isinstance(profile, Profile) else load_profile(profile)
        self._cache = ResultCache(cache_bytes)
        self.indexes = indexes
        self.computed = 0
        self._count_lock = threading.Lock()
        wanted = {name for names in self.profile.experts.values() for name in names}
        self._slots: Mapping[str, _Slot] = {
            name: _Slot(registry.get(name), threading.RLock()) for name in sorted(wanted)
        }

    @property
    def capabilities(self) -> frozenset[str]:
        """What somebody here serves: at least one expert is listed for it and its packages are installed."""
        return frozenset(name for name in CAPABILITIES if self.reason(name) is None)

    @property
    def world(self) -> str | None:
        """What can be found by name here, in words; None where any name can, or nobody finds anything."""
        names = self.profile.experts.get("detect", ())
        worlds = [cls.world for cls in map(registry.get, names) if _missing(cls) is None]
        known = [world for world in worlds if world is not None]
        return "; ".join(known) if known and len(known) == len(worlds) else None

    def reason(self, capability_name: str) -> str | None:
        """Why nobody here serves the capability, and the command that mends it; None when somebody does."""
        asked = capability(capability_name)
        names = self.profile.experts.get(asked.name, ())
        if not names:
            return (
                f"no expert of the profile {self.profile.name!r} can {asked.asks} ({asked.name}): add one to a profile "
                "of your own, or install a package that brings one; `sightline doctor` lists what is here"
            )
        missing = [_missing(registry.get(name)) for name in names]
        return None if None in missing else missing[0]

    def loaded(self) -> list[str]:
        """The names of the experts that are loaded now."""
        return [name for name, slot in self._slots.items() if slot.instance is not None]

    @property
    def remembered(self) -> int:
        """How many results are kept, so that asking again costs nothing."""
        return len(self._cache)

    def close(self) -> None:
        """Let go of the experts and of what is cached; they are loaded again when asked again."""
        for slot in self._slots.values():
            with slot.lock:
                slot.instance = None
        self._cache.clear()

    def serve(
        self, capability: str, targets: Reference | Sequence[Reference], arguments: dict[str, Any], media: Media
    ) -> Served:
        """Answer one call.

        Args:
            capability: its name.
            targets: the region, or a list of regions, of which each is asked; an empty list for capabilities that are
                asked of nothing.
            arguments: plain data.
            media: the session's store, which holds the pixels of the targets.

        Raises:
            ApiMisuse: when target or arguments do not fit.
            ExpertUnavailable, OutsideWorld, ExpertFailed: when nobody could answer; the text says why.
        """
        started = time.monotonic()
        asked = _capability(capability)
        places = asked.check_targets(targets)
        checked = asked.check_arguments(arguments)
        if asked.target == "nothing":
            found = [self._serve_one(asked, None, checked, media, ())]
            data = _wire(found[0], None, media)
        else:
            found = [self._serve_one(asked, place, checked, media, ()) for place in places]
            data = [_wire(each, place, media) for each, place in zip(found, places, strict=True)]
            if isinstance(targets, Reference):
                data = data[0]
        sure = [s for each in found if (s := each.result.sureness()) is not None]
        experts = list(dict.fromkeys(each.expert for each in found))
        return Served(
            data=data,
            expert="+".join(cls.name for cls in experts),
            version="+".join(cls.version for cls in experts),
            cached=bool(found) and all(each.cached for each in found),
            seconds=time.monotonic() - started,
            confidence=min(sure) if sure else None,
        )

    def _serve_one(
        self, asked: Capability, place: Reference | None, arguments: Arguments, media: Media, path: tuple[str, ...]
    ) -> _Found:
        """The first answer of an expert of the profile; `path` holds the capabilities on whose behalf this is asked."""
        names = self.profile.experts.get(asked.name, ())
        declined: list[ExpertError] = []
        for name in names:
            slot = self._slots[name]
            # A key by content: of whom, what, of which pixels, how; media ids are hashes, so a reference is content.
            pixels = None if place is None else place.to_wire()
            key = json.dumps([name, slot.cls.version, asked.name, pixels, arguments.model_dump()], sort_keys=True)
            make = partial(self._ask, slot, asked, place, arguments, media, path)
            try:
                if not slot.cls.remembered:
                    return _Found(make(), slot.cls, cached=False)
                index = self._index(place)
                if index is None:
                    result, cached = self._cache.compute(key, make, wait=not path)
                else:
                    memory = _Memory(index, asked, slot.cls, place, arguments, media, make)
                    result, cached = self._cache.compute(key, memory.result, wait=not path)
                    cached = cached or memory.knew
            except (OutsideWorld, ExpertUnavailable) as error:
                declined.append(error)
                continue
            return _Found(result, slot.cls, cached)
        outside = [str(error) for error in declined if isinstance(error, OutsideWorld)]
        if outside:
            raise OutsideWorld(" ".join(dict.fromkeys(outside)), capability=asked.name)
        if declined:
            raise ExpertUnavailable(" ".join(dict.fromkeys(map(str, declined))), capability=asked.name)
        raise ExpertUnavailable(str(self.reason(asked.name)), capability=asked.name)

    def _ask(
        self,
        slot: _Slot,
        asked: Capability,
        place: Reference | None,
        arguments: Arguments,
        media: Media,
        path: tuple[str, ...],
    ) -> Result:
        def ask_of(other: str, others_arguments: dict[str, Any], of: Reference | None) -> Result:
            wanted = _capability(other)
            if wanted.name in (*path, asked.name) or len(path) >= _DEEPEST:
                raise ExpertFailed(f"{slot.cls.name} asks in a circle: {' > '.join((*path, asked.name, other))}")
            checked = wanted.check_arguments(others_arguments)
            return self._serve_one(wanted, of, checked, media, (*path, asked.name)).result

        footage = None
        if isinstance(place, VideoRef):
            index = self._index(place)
            video = media.video(place.media)
            footage = Footage(ref=place, video=video, ask_of=ask_of, recall=list if index is None else index.known)
        expert = self._loaded(slot)
        request = ExpertRequest(
            capability=asked.name,
            arguments=arguments,
            pixels=media.pixels(place) if isinstance(place, ImageRef) else _NO_PIXELS,
            mask=_mask(place, media),
            whole=_whole(place, media),
            ask=lambda other, others_arguments: ask_of(other, others_arguments, place),
            footage=footage,
        )
        with self._count_lock:
            self.computed += 1
        try:
            if expert.thread_safe:
                result = expert.serve(request)
            else:
                with slot.lock:
                    result = expert.serve(request)
        except SightlineError:
            raise
        except Exception as error:
            raise ExpertFailed(
                f"the expert {slot.cls.name} failed at {asked.name}: {_without_paths(error)}", expert=slot.cls.name
            ) from error
        if not isinstance(result, asked.result):
            raise ExpertFailed(
                f"the expert {slot.cls.name} gave {type(result).__name__} for {asked.name}, "
                f"which takes {asked.result.__name__}",
                expert=slot.cls.name,
            )
        return result

    def _index(self, place: Reference | None) -> VideoIndex | None:
        """The index of the video that a place lies in."""
        of_video = isinstance(place, VideoRef) or (isinstance(place, ImageRef) and place.frame is not None)
        return self.indexes.of(place.media) if place is not None and of_video and self.indexes is not None else None

    def _loaded(self, slot: _Slot) -> Expert:
        """The slot's expert, loaded by the first who needs it while the others wait."""
        with slot.lock:
            if slot.instance is None:
                missing = _missing(slot.cls)
                if missing is not None:
                    raise ExpertUnavailable(missing, expert=slot.cls.name)
                expert = slot.cls()
                try:
                    expert.load()
                except SightlineError:
                    raise
                except ImportError as error:
                    raise ExpertUnavailable(
                        f"the expert {slot.cls.name} cannot be loaded ({_without_paths(error)}): {_command(slot.cls)}",
                        expert=slot.cls.name,
                    ) from error
                except Exception as error:
                    raise ExpertFailed(
                        f"the expert {slot.cls.name} cannot be loaded: {_without_paths(error)}", expert=slot.cls.name
                    ) from error
                slot.instance = expert
            return slot.instance


class _Memory:
    """One question on its way through a video's index: answered from it, or answered and then kept in it."""

    def __init__(
        self,
        index: VideoIndex,
        asked: Capability,
        expert: type[Expert],
        place: Reference | None,
        arguments: Arguments,
        media: Media,
        make: Callable[[], Result],
    ) -> None:
        self._index, self._asked, self._expert, self._make = index, asked, expert, make
        self._place, self._arguments, self._media = place, arguments.model_dump(), media
        self.knew = False

    def result(self) -> Result:
        assert self._place is not None
        question = (self._asked, self._expert.name, self._expert.version, self._arguments, self._place)
        found: Result | None = self._index.get(*question)
        if found is not None:
            self.knew = True
            return found
        result = self._make()
        self._index.put(*question, result, time_s=self._time_s())
        return result

    def _time_s(self) -> float:
        if not isinstance(self._place, ImageRef) or self._place.frame is None:
            return 0.0
        return float(self._place.frame / self._media.video(self._place.media).facts.fps)


_capability = capability  # `serve` has a parameter of that name


def _wire(found: _Found, place: Reference | None, media: Media) -> Any:
    try:
        if isinstance(place, VideoRef) and isinstance(found.result, TimeResult):
            return found.result.to_wire_of(place)
        return found.result.to_wire(View(ref=place, media=media) if isinstance(place, ImageRef) else None)
    except SightlineError:
        raise
    except Exception as error:
        raise ExpertFailed(
            f"the expert {found.expert.name} gave a result that cannot be used: {_without_paths(error)}"
        ) from error


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


def _missing(cls: type[Expert]) -> str | None:
    """What the expert misses and how to get it, None when all is here."""
    missing = []
    for package in cls.packages:
        try:
            distribution(package)
        except PackageNotFoundError:
            missing.append(package)
    if not missing:
        return cls.missing()
    return f"the expert {cls.name} needs {' and '.join(missing)}, which is not installed: {_command(cls)}"


def _command(cls: type[Expert]) -> str:
    if cls.extra:
        return f"pip install 'sightline[{cls.extra}]'"
    return f"pip install {' '.join(cls.packages)}" if cls.packages else "pip install --force-reinstall sightline"


def _without_paths(error: BaseException) -> str:
    """An error's type and first line, without anything that looks like a path or an address in memory."""
    lines = str(error).strip().splitlines()
    text = re.sub(r"\S*[/\\]\S*|0x[0-9a-fA-F]+", "...", lines[0] if lines else "")
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__
