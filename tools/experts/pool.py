"""`ExpertPool`: owns the experts, loads them when first needed, and answers capability calls from many threads.

A call goes: check target and arguments, then for each expert of the profile in turn look into what is remembered, run;
the next is asked when one says that it does not know such things or is not installed. An expert that sees all that it
knows at one look is asked for that look, which answers every later question about the same picture. Results are kept in
the expert's own pixels and turned into the original's coordinates at the end, once per caller, because masks and new
images belong to the caller's media store. The work lies with the pool's parts: `memory.py` decides who is loaded,
`running.py` runs one expert and keeps its faults in, `batches.py` joins requests, `ahead.py` guesses the next frames of
a walk, `cache.py` remembers, `kept.py` and `video_index.py` remember on disk, and `figures.py` counts.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..api.refs import ImageRef, Reference, VideoRef
from ..api.stopping import current_check, stopped_by
from ..capabilities import CAPABILITIES, Arguments, Capability, capability
from ..errors import ExpertError, ExpertFailed, ExpertUnavailable, OutsideWorld, SightlineError
from ..results import Result
from ..results_in_time import TimeResult
from ..view import View
from . import registry
from .ahead import Ahead, Grid
from .base import Expert, ExpertRequest, Outcome
from .cache import ResultCache
from .devices import Devices
from .faults import missing, without_paths
from .figures import Figures
from .index_folder import IndexFolder
from .kept import KeptResults
from .memory import Memory
from .profiles import Profile, load_profile
from .questions import Media, Question, Recalled, Slot, announce
from .running import Runner
from .video_index import VideoIndex

__all__ = ["ExpertPool", "Media", "PoolSettings", "Served"]

_MOST_TOGETHER = 64
_DEEPEST = 5  # how far experts may ask through other experts


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolSettings:
    """How a pool works.

    Attributes:
        budgets_mb: device -> MiB that models may take there; "cuda" stands for each GPU. What is not named gets a
            share of what is there; 0 keeps a GPU unused.
        batching: whether requests of several programs for one expert are run together.
        window_s: seconds for which a request waits for others, while other programs are asking.
        speculation: whether the next frames of a program that walks a video are computed ahead.
        most_ahead: frames computed ahead, at most.
    """

    budgets_mb: Mapping[str, float] = field(default_factory=dict)
    batching: bool = True
    window_s: float = 0.004
    speculation: bool = True
    most_ahead: int = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """The answer to one call.

    Attributes:
        data: plain data, as docs/architecture.md says for each capability; a list of them for a list of targets.
        expert, version: who answered.
        cached: whether nothing had to be computed.
        seconds: wall-clock time of the call.
        confidence: of the least sure part, 0 to 1, None where the expert has none.
        ahead: whether all of it had been computed ahead, with the frames before.
    """

    data: Any
    expert: str
    version: str
    cached: bool
    seconds: float
    confidence: float | None
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    result: Result
    expert: type[Expert]
    cached: bool
    ahead: bool = False


class ExpertPool:
    """Experts by a profile, shared by everybody in this process.

    Args:
        profile: a Profile, or the name or path of one.
        cache_bytes: how much of results is kept in memory, roughly; 0 keeps none.
        indexes: where what is found in videos is kept from one run to the next; None keeps it nowhere.
        kept: where results are kept on disk, from one run to the next and for other processes; None keeps them nowhere.
        settings: of memory, batches and frames computed ahead.

    Attributes:
        profile, indexes: as given.
        figures: what was asked, computed and remembered so far.
    """

    def __init__(
        self,
        profile: Profile | str = "embedded",
        *,
        cache_bytes: int = 256_000_000,
        indexes: IndexFolder | None = None,
        kept: KeptResults | None = None,
        settings: PoolSettings | None = None,
    ) -> None:
        self.profile = profile if isinstance(profile, Profile) else load_profile(profile)
        self.settings = settings or PoolSettings()
        self.indexes = indexes
        self.figures = Figures()
        self._cache = ResultCache(cache_bytes)
        self._kept = kept
        self._memory = Memory(Devices(self.settings.budgets_mb))
        self._ahead = Ahead(lambda expert, number: self.figures.add(expert, "guesses_wasted", number))
        self._callers = 0
        self._callers_lock = threading.Lock()
        wanted = {name for names in self.profile.experts.values() for name in names}
        self._slots: Mapping[str, Slot] = {name: self._slot(registry.get(name)) for name in sorted(wanted)}

    def _slot(self, cls: type[Expert]) -> Slot:
        settings = self.profile.settings.get(cls.name, {})
        runner = Runner(
            cls,
            settings,
            self._memory,
            self.figures,
            batching=self.settings.batching,
            window_s=self.settings.window_s,
            others=lambda: self._callers,
        )
        return Slot(cls, settings, runner)

    @property
    def computed(self) -> int:
        """How often an expert had to work, for a program or another expert; what was remembered does not count."""
        return self.figures.total("computed")

    @property
    def capabilities(self) -> frozenset[str]:
        """What somebody here serves: at least one expert is listed for it and its packages are installed."""
        return frozenset(name for name in CAPABILITIES if self.reason(name) is None)

    @property
    def world(self) -> str | None:
        """What can be found by name here, in words; None where any name can, or nobody finds anything."""
        names = self.profile.experts.get("detect", ())
        slots = [self._slots[name] for name in names]
        worlds = [slot.cls.world for slot in slots if missing(slot.cls, slot.settings) is None]
        known = [world for world in worlds if world is not None]
        return "; ".join(known) if known and len(known) == len(worlds) else None

    @property
    def multimodal(self) -> tuple[str, str] | None:
        """The multimodal model that is asked first here, and which pictures it knows: "any" or those of "one world"."""
        for name in self.profile.experts.get("answer", ()):
            slot = self._slots[name]
            if slot.cls.multimodal is not None and missing(slot.cls, slot.settings) is None:
                return name, slot.cls.multimodal
        return None

    def reason(self, capability_name: str) -> str | None:
        """Why nobody here serves the capability, and the command that mends it; None when somebody does."""
        asked = capability(capability_name)
        names = self.profile.experts.get(asked.name, ())
        if not names:
            return (
                f"no expert of the profile {self.profile.name!r} can {asked.asks} ({asked.name}): add one to a profile "
                "of your own, or install a package that brings one; `sightline doctor` lists what is here"
            )
        lacking = [missing(self._slots[name].cls, self._slots[name].settings) for name in names]
        return None if None in lacking else lacking[0]

    def loaded(self) -> list[str]:
        """The names of the experts that are loaded now."""
        return self._memory.loaded()

    def status(self) -> dict[str, Any]:
        """What the pool holds and did: the budget and use of each device in MiB, who is loaded, and all figures."""
        memory = self._memory
        return {
            "profile": self.profile.name,
            "devices": {
                name: {"budget_mb": round(budget), "used_mb": round(memory.used_mb(name))}
                for name, budget in memory.devices.known().items()
            },
            "loaded": memory.loaded(),
            "loads": memory.loads,
            "evictions": memory.evictions,
            "remembered_results": len(self._cache),
            "kept_results": 0 if self._kept is None else len(self._kept),
            "guesses_waiting": self._ahead.waiting(),
            "experts": self.figures.by_expert(),
        }

    @property
    def remembered(self) -> int:
        """How many results are kept, so that asking again costs nothing."""
        return len(self._cache)

    def close(self) -> None:
        """Let go of the experts and of what is remembered; they are loaded again when asked again."""
        self._memory.clear()
        self._ahead.clear()
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
        with self._caller():
            if asked.target == "nothing":
                found = [self._serve_one(asked, None, checked, media, ())]
                data = _wire(found[0], None, media)
            else:
                found = self._serve_all(asked, places, checked, media)
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
            ahead=bool(found) and all(each.ahead for each in found),
        )

    @contextmanager
    def _caller(self) -> Iterator[None]:
        with self._callers_lock:
            self._callers += 1
        try:
            yield
        finally:
            with self._callers_lock:
                self._callers -= 1

    def _serve_one(
        self, asked: Capability, place: Reference | None, arguments: Arguments, media: Media, path: tuple[str, ...]
    ) -> _Found:
        return self._serve_all(asked, [place], arguments, media, path)[0]

    def _serve_all(
        self,
        asked: Capability,
        places: Sequence[Reference | None],
        arguments: Arguments,
        media: Media,
        path: tuple[str, ...] = (),
    ) -> list[_Found]:
        """For each place the first answer of an expert of the profile; what is new to an expert is computed together.

        Args:
            path: the capabilities on whose behalf this is asked.
        """
        found: dict[int, _Found] = {}
        declined: dict[int, list[ExpertError]] = {n: [] for n in range(len(places))}
        for name in self.profile.experts.get(asked.name, ()):
            slot = self._slots[name]
            questions = {
                n: Question(slot, asked, arguments, place, media, path)
                for n, place in enumerate(places)
                if n not in found
            }
            computed = self._together(slot, list(questions.values()))
            for n, question in questions.items():
                try:
                    found[n] = self._found(question, computed)
                except (OutsideWorld, ExpertUnavailable) as error:
                    declined[n].append(error)
        for n in range(len(places)):
            if n not in found:
                raise self._nobody(asked, declined[n])
        return [found[n] for n in range(len(places))]

    def _nobody(self, asked: Capability, declined: Sequence[ExpertError]) -> ExpertError:
        """Why none of the experts answered."""
        outside = [str(error) for error in declined if isinstance(error, OutsideWorld)]
        if outside:
            return OutsideWorld(" ".join(dict.fromkeys(outside)), capability=asked.name)
        told = " ".join(dict.fromkeys(map(str, declined))) or str(self.reason(asked.name))
        return ExpertUnavailable(told, capability=asked.name)

    def _together(self, slot: Slot, questions: Sequence[Question]) -> dict[str, Outcome]:
        """Key -> outcome of those of an expert's questions that are new, where joining them gains something."""
        if len(questions) < 2 or not (self.settings.batching and slot.runner.batches and slot.cls.remembered):
            return {}
        if missing(slot.cls, slot.settings) is not None:
            return {}
        new: dict[str, Question] = {}
        for each in questions:
            key = each.key
            index = self._index(each.place)
            known = key in self._cache or (index is not None and Recalled(index, each).known())
            if not known and (self._kept is None or self._kept.get(key) is None):
                new.setdefault(key, each)
        if len(new) < 2:
            return {}
        announce(list(new.values()))
        found: dict[str, Outcome] = {}
        for start in range(0, len(new), _MOST_TOGETHER):  # pixels of so many are held at once
            current_check()()
            part = list(new)[start : start + _MOST_TOGETHER]
            outcomes = slot.runner.answer_all([self._request(new[key]) for key in part])
            found |= dict(zip(part, outcomes, strict=True))
        return found

    def _found(self, question: Question, computed: Mapping[str, Outcome]) -> _Found:
        """One expert's answer: remembered, or found now. Raises what the expert raises."""
        cls, key = question.slot.cls, question.key
        self.figures.add(cls.name, "asked")
        look = question.look
        if look is not None:
            seen = self._found(look, {})
            return _Found(question.slot.runner.tell(question.told(seen.result)), cls, seen.cached)
        if not cls.remembered:
            return _Found(question.slot.runner.answer(self._request(question)), cls, cached=False)
        grid = self._grid(question)
        if grid is not None:
            assert isinstance(question.place, ImageRef)
            self._ahead.saw(cls.name, question.same, question.place, grid)
        from_disk = ahead = False

        def make() -> Result:
            nonlocal from_disk, ahead
            ready = computed.get(key)
            if isinstance(ready, SightlineError):
                raise ready
            known = self._kept.get(key) if self._kept is not None and ready is None else None
            if known is not None:
                from_disk = True
                return known
            if ready is None and grid is not None:
                ready = self._ahead.take(cls.name, question.same, key)
                ahead = ready is not None
            result = ready if ready is not None else self._compute(question, grid)
            if self._kept is not None:
                self._kept.put(key, question.asked.name, result)
            return result

        index = self._index(question.place)
        recalled = None if index is None else Recalled(index, question)
        result, cached = self._cache.compute(
            key, make if recalled is None else partial(recalled.result, make), wait=not question.path
        )
        if cached:
            self.figures.add(cls.name, "remembered")
        elif from_disk or (recalled is not None and recalled.knew):
            self.figures.add(cls.name, "from_disk")
            cached = True
        elif ahead:
            self.figures.add(cls.name, "guesses_used")
        return _Found(result, cls, cached, ahead and not cached)

    def _compute(self, question: Question, grid: Grid | None) -> Result:
        """A result that nobody remembers, computed together with the frames that are expected next."""
        runner, expert, same = question.slot.runner, question.slot.cls.name, question.same
        if grid is None:
            return runner.answer(self._request(question))
        assert isinstance(question.place, ImageRef)
        most = min(self.settings.most_ahead, max(1, runner.size.now - 1))
        guesses: dict[str, ExpertRequest] = {}
        for place in self._ahead.next(expert, same, question.place, grid, most=most):
            guess = Question(question.slot, question.asked, question.arguments, place, question.media, question.path)
            if guess.key not in self._cache:
                try:
                    guesses[guess.key] = self._request(guess)
                except SightlineError:
                    break  # a frame that cannot be decoded is for the program to find
        outcomes = runner.answer_all([self._request(question), *guesses.values()])
        good = {k: each for k, each in zip(guesses, outcomes[1:], strict=True) if isinstance(each, Result)}
        if guesses:
            self.figures.add(expert, "guessed", len(guesses))
            self.figures.add(expert, "guesses_wasted", len(guesses) - len(good))
            self._ahead.keep(expert, same, question.place, good)
        if isinstance(outcomes[0], SightlineError):
            raise outcomes[0]
        return outcomes[0]

    def _grid(self, question: Question) -> Grid | None:
        """The frames of the video that a question is about, where computing ahead may pay."""
        place = question.place
        if not isinstance(place, ImageRef) or place.frame is None or place.mask is not None:
            return None
        if not (self.settings.speculation and question.slot.runner.batches):
            return None
        frames = question.media.video(place.media).facts.frame_count
        return Grid(frames, question.media.seen_frames(place.media))

    def _request(self, question: Question) -> ExpertRequest:
        asked, path = question.asked, question.path
        check = current_check()  # whoever waits for this waits for what it asks of others, in whichever thread

        def ask_of(other: str, others_arguments: dict[str, Any], of: Reference | None) -> Result:
            wanted = _capability(other)
            if wanted.name in (*path, asked.name) or len(path) >= _DEEPEST:
                circle = " > ".join((*path, asked.name, other))
                raise ExpertFailed(f"{question.slot.cls.name} asks in a circle: {circle}")
            checked = wanted.check_arguments(others_arguments)
            with stopped_by(check):
                return self._serve_one(wanted, of, checked, question.media, (*path, asked.name)).result

        return question.request(ask_of, self._index(question.place))

    def _index(self, place: Reference | None) -> VideoIndex | None:
        """The index of the video that a place lies in."""
        of_video = isinstance(place, VideoRef) or (isinstance(place, ImageRef) and place.frame is not None)
        return self.indexes.of(place.media) if place is not None and of_video and self.indexes is not None else None


_capability = capability  # `serve` has a parameter of that name


def _wire(found: _Found, place: Reference | None, media: Media) -> Any:
    try:
        if isinstance(place, VideoRef) and isinstance(found.result, TimeResult):
            return found.result.to_wire_of(place)
        return found.result.to_wire(View(ref=place if isinstance(place, ImageRef) else None, media=media))
    except SightlineError:
        raise
    except Exception as error:
        raise ExpertFailed(
            f"the expert {found.expert.name} gave a result that cannot be used: {without_paths(error)}"
        ) from error
