"""`depth` with DPT, the model behind MiDaS."""

from __future__ import annotations

from ..registry import register
from .depth_maps import DepthExpert
from .weights import Checkpoint

__all__ = ["Dpt"]


@register
class Dpt(DepthExpert):
    """Relative depth, by DPT (MiDaS 3)."""

    name = "dpt"
    version = "1"
    licence = "Apache-2.0"
    memory_mb = 1310
    checkpoint = Checkpoint("Intel/dpt-large", "Apache-2.0", 1310)
    limits = "Relative only: two figures can be compared within one picture; glass, mirrors and sky mislead it."
