"""A pass over the packets of a file's pictures, which decodes nothing; runs in the child."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .container import Container

__all__ = ["Scan", "scanned"]

_OFTEN = 2000  # packets from one tick to the next


@dataclass(slots=True)
class Scan:
    """What the packets say: time stamps in ticks, key frames among them, and how the pass ended."""

    stamps: array[int] = field(default_factory=lambda: array("q"))
    keys: array[int] = field(default_factory=lambda: array("q"))
    unstamped: int = 0
    damage: str | None = None


def scanned(container: Container, stream: Any, *, tick: Callable[[], None]) -> Scan:
    """All packets of a stream, as far as they can be read."""
    scan = Scan()
    try:
        for count, packet in enumerate(container.packets(stream)):
            if count % _OFTEN == 0:
                tick()
            if packet.size == 0 or packet.is_discard:
                continue
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is None:
                scan.unstamped += 1
                continue
            if packet.is_corrupt:
                scan.damage = "a packet is damaged"
                continue
            scan.stamps.append(stamp)
            if packet.is_keyframe:
                scan.keys.append(stamp)
    except container.errors as error:
        scan.damage = container.words(error)
    return scan
