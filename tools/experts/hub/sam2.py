"""`segment` with SAM 2: boxes, points and everything become masks."""

from __future__ import annotations

from ..registry import register
from .sam import SamExpert
from .weights import Checkpoint

__all__ = ["Sam2"]


@register
class Sam2(SamExpert):
    """The outline of what the detector finds, of what points lie on, or of everything, by Segment Anything 2."""

    name = "sam2"
    version = "1"
    licence = "Apache-2.0"
    memory_mb = 180
    checkpoint = Checkpoint("facebook/sam2.1-hiera-small", "Apache-2.0", 185)
    model_class = "Sam2Model"
    processor_class = "Sam2Processor"
    limits = "Needs a detector for a name; outlining everything takes a thousand points and so its time."
