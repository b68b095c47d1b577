"""`match` and `verify_property` with CLIP."""

from __future__ import annotations

from ..registry import register
from .image_text import ImageTextExpert
from .weights import Checkpoint

__all__ = ["Clip"]


@register
class Clip(ImageTextExpert):
    """Which text fits a picture best, by CLIP."""

    name = "clip"
    version = "2"
    licence = "MIT"
    memory_mb = 1640
    checkpoint = Checkpoint("openai/clip-vit-large-patch14", "MIT", 1630)
    model_class = "CLIPModel"
    limits = "Sees the middle square at 224 pixels; counts, places and negations mean little to it."
