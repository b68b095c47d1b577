"""What an expert is: a class that serves capabilities, cheap to name and loaded when first needed.

The least that an expert needs is a name, its capabilities and `serve`. What else stands here is for those that hold a
model: where it runs, how much it takes, and how many questions it answers at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from ..capabilities import Arguments
from ..errors import ExpertFailed, SightlineError
from ..results import Result
from .footage import Footage

__all__ = ["Expert", "ExpertRequest", "Outcome", "Settings", "Whole"]

Settings = Mapping[str, Any]
Outcome = Result | SightlineError  # what one of many requests came to
Ask = Callable[[str, dict[str, Any]], Result]


def _ask_nobody(capability: str, arguments: dict[str, Any]) -> Result:
    raise ExpertFailed(f"{capability} was asked outside of a pool")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Whole:
    """The picture that a crop was cut from.

    Attributes:
        id: names the picture, or the frame of a video, by content.
        pixels: all of it, (H, W, 3) uint8 RGB, rows top to bottom, read-only.
        box: where the crop lies in it, (x1, y1, x2, y2) in pixels, y down.
    """

    id: str
    pixels: npt.NDArray[np.uint8]
    box: tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ExpertRequest:
    """One question to one expert.

    Attributes:
        capability: which of the expert's capabilities is asked for.
        arguments: checked, an instance of the capability's model; places in them are in `pixels`, y down.
        pixels: (H, W, 3) uint8 RGB, rows top to bottom, read-only; (0, 0, 3) when no image is asked about.
        mask: (H, W) bool of the object in the crop, None where unknown.
        whole: the picture around the crop, for experts that look at a scene once and pick what lies in a region; None
            when no image is asked about.
        ask: asks another capability of the same crop or stretch, through the same pool; results are in the same pixels,
            while places in arguments are those of the whole picture, y up, as programs give them.
        footage: the stretch of a video that is asked about, None when it is no video.
        survey: what the expert itself saw in the whole picture, for one that surveys; then there are no pixels.
    """

    capability: str
    arguments: Arguments
    pixels: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.bool_] | None = None
    whole: Whole | None = None
    ask: Ask = field(default=_ask_nobody)
    footage: Footage | None = None
    survey: Result | None = None


class Expert:
    """Base of all experts; instances are made by the pool, without arguments.

    Attributes:
        name: unique, lower case with hyphens.
        capabilities: names of the capabilities that it serves.
        version: of its method and tuning; results of another version are never taken from a cache.
        licence: of its code and weights.
        packages: distributions that it needs; they are looked for before it is loaded.
        extra: the extra of Sightline that brings them, None when the base does.
        thread_safe: whether `serve` may run in several threads at once.
        memory_mb: roughly what it takes once loaded, in MiB.
        limits: one sentence on what it cannot do.
        remembered: whether its results may be kept; False for one whose answer to the same question changes.
        accelerated: whether it can run on a GPU; then it is told which before it loads.
        half: whether it may be loaded in half precision on a GPU.
        most_at_once: how many requests `serve_many` takes at most.
        time_limit_s: after how many seconds of one `serve` or `serve_many` it counts as hanging; None for never.
        settings: what the profile's `[settings.NAME]` says for it, set by the pool before `load`.
        device: where it is to run, "cpu" or "cuda:0", set by the pool before `load`.
        surveys: whether it sees all that it knows at one look. It is then asked "survey" of whole pictures, which is
            kept, and handed that look with each question.
        world: for an expert that finds things by name, the names that it knows; None where it takes any name.
        multimodal: for a multimodal model that answers questions about a whole picture by itself, which pictures it
            knows: "any", or those of "one world"; None for all other experts.
    """

    name: ClassVar[str] = ""
    capabilities: ClassVar[tuple[str, ...]] = ()
    version: ClassVar[str] = "1"
    licence: ClassVar[str] = "Apache-2.0"
    packages: ClassVar[tuple[str, ...]] = ()
    extra: ClassVar[str | None] = None
    thread_safe: ClassVar[bool] = False
    memory_mb: ClassVar[int] = 0
    limits: ClassVar[str] = ""
    remembered: ClassVar[bool] = True
    accelerated: ClassVar[bool] = False
    half: ClassVar[bool] = False
    most_at_once: ClassVar[int] = 16
    time_limit_s: ClassVar[float | None] = None
    surveys: ClassVar[bool] = False
    world: ClassVar[str | None] = None
    multimodal: ClassVar[Literal["any", "one world"] | None] = None
    settings: Settings = MappingProxyType({})
    device: str = "cpu"

    @classmethod
    def missing(cls) -> str | None:
        """What it lacks beside packages, such as weights, and the command that makes or brings it; None for nothing."""
        return None

    @classmethod
    def lacks(cls, settings: Settings) -> str | None:
        """As `missing`, for an expert whose weights are chosen by settings."""
        return cls.missing()

    @classmethod
    def identity(cls, settings: Settings) -> str:
        """What its results depend on beside its name and version, such as weights and their library; part of the key
        under which they are kept.
        """
        return repr(sorted(settings.items())) if settings else ""

    @classmethod
    def batches(cls) -> bool:
        """Whether it answers several requests at once."""
        return cls.serve_many is not Expert.serve_many

    def load(self) -> None:
        """Import what is heavy and read weights; called once, before the first `serve`."""

    def unload(self) -> None:
        """Give back what garbage collection does not, such as processes; nobody uses it then or later."""

    def measured_mb(self) -> float | None:
        """What it takes now that it is loaded, in MiB; None where it cannot tell, and then `memory_mb` stands."""
        return None

    def move(self, device: str) -> bool:
        """Go to another device, and say whether it went; one that cannot is dropped and loaded again instead."""
        return False

    def together(self, request: ExpertRequest) -> Hashable:
        """What requests must have in common to be served by one `serve_many`."""
        return request.capability, request.arguments.model_dump_json()

    def serve_many(self, requests: Sequence[ExpertRequest]) -> Sequence[Outcome]:
        """For each request, in order, its result or the error that `serve` would raise.

        An expert that overrides this is handed up to `most_at_once` requests that agree in `together`; the pool asks
        it instead of `serve`, and gives fewer when memory runs out.
        """
        raise NotImplementedError

    def serve(self, request: ExpertRequest) -> Result:
        """The capability's result, places in pixels of `request.pixels`, y down.

        Raises:
            OutsideWorld: when the expert knows that it does not know this; the pool asks the next one.
            ExpertFailed: when it should have known and could not.
        """
        raise NotImplementedError
