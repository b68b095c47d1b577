"""`segment` with the part of SAM 3 that takes boxes and points, as SAM 2 does; its other part, which takes words, is
`sam3`.
"""

from __future__ import annotations

from ..registry import register
from .sam import SamExpert
from .weights import Checkpoint

__all__ = ["Sam3Points"]


@register
class Sam3Points(SamExpert):
    """The outline of what points lie on, of what the detector finds, or of everything, by Segment Anything 3."""

    name = "sam3-points"
    version = "1"
    licence = "SAM License"
    memory_mb = 1860
    checkpoint = Checkpoint("facebook/sam3", "SAM License (its page asks for an agreement)", 3440)
    model_class = "Sam3TrackerModel"
    processor_class = "Sam3TrackerProcessor"
    limits = "Needs a detector for a name; outlining everything takes a thousand points and so its time."
