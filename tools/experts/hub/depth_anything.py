"""`depth` with Depth Anything."""

from __future__ import annotations

from ..registry import register
from .depth_maps import DepthExpert
from .weights import Checkpoint

__all__ = ["DepthAnything"]


@register
class DepthAnything(DepthExpert):
    """Relative depth, by Depth Anything V2; with a metric checkpoint in meters."""

    name = "depth-anything"
    version = "1"
    licence = "Apache-2.0"
    memory_mb = 95
    checkpoint = Checkpoint("depth-anything/Depth-Anything-V2-Small-hf", "Apache-2.0", 95)
    limits = "Relative only: two figures can be compared within one picture; glass and mirrors mislead it."
