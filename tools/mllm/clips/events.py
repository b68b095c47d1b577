"""What happens in a clip, told from where things are: they enter, leave, start, stop, hide, show again, collide."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .motion import Motion

__all__ = ["KINDS", "Event", "events"]

KINDS: Final[tuple[str, ...]] = ("enter", "exit", "start", "stop", "collision", "hidden", "shown")

_MOVING = 0.08  # world units per second
_TURNING = 0.25  # radians per second


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One thing that happened."""

    kind: str
    time_s: float
    frame: int  # the first that shows it
    things: tuple[int, ...]  # two of a collision, else one
    seen: bool = True  # whether all of them are in the picture then

    def record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self) | {"things": list(self.things)}


def moving(motion: Motion, turns: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which things move at which moment, (T, N); turning counts for those on which it is seen, `turns` (N,)."""
    slides = motion.speeds > _MOVING
    return slides | ((np.abs(motion.spins) > _TURNING) & turns)


def events(
    motion: Motion,
    turns: NDArray[np.bool_],
    inside: NDArray[np.bool_],
    whole: NDArray[np.bool_],
    visible: NDArray[np.float64],
    fps: int,
) -> tuple[Event, ...]:
    """All events in order of time.

    Args:
        motion: of T frames and N things.
        turns: (N,) whether turning changes a thing's looks.
        inside: (T, N) whether any of a thing lies in the picture, hidden or not.
        whole: (T, N) whether all of it does.
        visible: (T, N) its visible pixels.
        fps: frames per second.
    """
    frames, count = inside.shape
    going = moving(motion, turns)
    hidden = whole & (visible < 1)
    found = []

    def add(kind: str, frame: int, *things: int, time_s: float | None = None) -> None:
        seen = bool(inside[frame - (kind == "exit"), list(things)].all())
        at = frame / fps if time_s is None else time_s
        found.append(Event(kind=kind, time_s=round(at, 4), frame=frame, things=things, seen=seen))

    for k in range(count):
        for frame in range(1, frames):
            for kind, ended, row in (("enter", "exit", inside), ("start", "stop", going), ("hidden", "shown", hidden)):
                if row[frame, k] != row[frame - 1, k]:
                    add(kind if row[frame, k] else ended, frame, k)
    for contact in motion.contacts:
        frame = min(int(np.ceil(contact.time_s * fps)), frames - 1)
        add("collision", frame, *contact.things, time_s=contact.time_s)
    return tuple(sorted(found, key=lambda event: (event.time_s, KINDS.index(event.kind), event.things)))
