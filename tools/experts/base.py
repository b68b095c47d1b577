"""What an expert is: a class that serves capabilities, cheap to name and loaded when first needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..capabilities import Arguments
from ..errors import ExpertFailed
from ..results import Result
from .footage import Footage

__all__ = ["Expert", "ExpertRequest", "Whole"]

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
        arguments: checked, an instance of the capability's model.
        pixels: (H, W, 3) uint8 RGB, rows top to bottom, read-only; (0, 0, 3) when no image is asked about.
        mask: (H, W) bool of the object in the crop, None where unknown.
        whole: the picture around the crop, for experts that look at a scene once and pick what lies in a region; None
            when no image is asked about.
        ask: asks another capability of the same crop or stretch, through the same pool; results are in the same pixels.
        footage: the stretch of a video that is asked about, None when it is no video.
    """

    capability: str
    arguments: Arguments
    pixels: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.bool_] | None = None
    whole: Whole | None = None
    ask: Ask = field(default=_ask_nobody)
    footage: Footage | None = None


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
        world: for an expert that finds things by name, the names that it knows; None where it takes any name.
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
    world: ClassVar[str | None] = None

    @classmethod
    def missing(cls) -> str | None:
        """What it lacks beside packages, such as weights, and the command that makes or brings it; None for nothing."""
        return None

    def load(self) -> None:
        """Import what is heavy and read weights; called once, before the first `serve`."""

    def serve(self, request: ExpertRequest) -> Result:
        """The capability's result, places in pixels of `request.pixels`, y down.

        Raises:
            OutsideWorld: when the expert knows that it does not know this; the pool asks the next one.
            ExpertFailed: when it should have known and could not.
        """
        raise NotImplementedError
