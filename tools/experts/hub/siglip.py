"""`match` and `verify_property` with SigLIP, which judges each text by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry import register
from .image_text import ImageTextExpert
from .weights import Checkpoint

if TYPE_CHECKING:
    import torch

__all__ = ["Siglip"]

_WORDS = 64  # what it was trained with


@register
class Siglip(ImageTextExpert):
    """Which text fits a picture best, by SigLIP; each figure stands by itself."""

    name = "siglip"
    version = "2"
    licence = "Apache-2.0"
    memory_mb = 1440
    checkpoint = Checkpoint("google/siglip2-base-patch16-224", "Apache-2.0", 1430)
    model_class = "AutoModel"
    limits = "Sees the whole picture squeezed to 224 pixels; counts, places and negations mean little to it."

    def padding(self) -> dict[str, object]:
        most = int(getattr(self.model.config.text_config, "max_position_embeddings", _WORDS))
        return {"padding": "max_length", "truncation": True, "max_length": min(_WORDS, most)}

    def chances(self, logits: torch.Tensor) -> torch.Tensor:
        return logits.sigmoid()
