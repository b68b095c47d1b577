"""`set_apart`: things stay as they are, and all else is blurred or gray; VisProg's background blur and colour pop.

T. Gupta and A. Kembhavi, Visual Programming, 2023.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..capabilities import SetApart
from ..results import NewImage
from .base import Expert, ExpertRequest
from .named_masks import named_mask
from .registry import register

__all__ = ["BackgroundEffects"]

_BLUR = 0.02  # standard deviation, as a share of the crop's shorter side
_LEAST_BLUR = 2.0  # pixels


@register
class BackgroundEffects(Expert):
    """Blurs the background or takes its colours."""

    name = "background-effects"
    capabilities = ("set_apart",)
    version = "1"
    packages = ("opencv-python-headless",)
    thread_safe = True
    limits = "As exact as the outline that it is given; where only a box is known, the box stays."

    def serve(self, request: ExpertRequest) -> NewImage:
        asked = request.arguments
        assert isinstance(asked, SetApart)
        mask = named_mask(request, asked.name)
        pixels = np.ascontiguousarray(request.pixels)
        around = _blurred(pixels, mask) if asked.how == "blur" else _gray(pixels)
        return NewImage(pixels=np.where(mask[..., None], pixels, around))


def _gray(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    import cv2

    return np.repeat(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)[..., None], 3, axis=2)


def _blurred(pixels: npt.NDArray[np.uint8], mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """The background mixed with nothing but background, so that no thing leaves a glow around itself."""
    import cv2

    sigma = max(_LEAST_BLUR, _BLUR * min(mask.shape))
    weight = (~mask).astype(np.float32)
    mixed: Any = cv2.GaussianBlur(pixels.astype(np.float32) * weight[..., None], (0, 0), sigma)
    share: Any = cv2.GaussianBlur(weight, (0, 0), sigma)
    known = share > 1e-4  # deep inside a thing there is no background to mix, and nothing shows
    mixed = np.where(known[..., None], mixed / np.maximum(share, 1e-4)[..., None], pixels)
    return np.asarray(np.clip(mixed.round(), 0, 255), np.uint8)
