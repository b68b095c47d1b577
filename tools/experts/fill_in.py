"""`inpaint` without a model: what is removed is filled in from its surroundings, by OpenCV's Telea.

A. Telea, An Image Inpainting Technique Based on the Fast Marching Method, 2004. It continues colours inwards from the
rim and invents nothing, so it suits small things before a plain background.
"""

from __future__ import annotations

import numpy as np

from ..capabilities import Inpaint
from ..errors import OutsideWorld
from ..results import NewImage
from .base import Expert, ExpertRequest
from .canvas import around, grown, pasted
from .named_masks import named_mask
from .registry import register

__all__ = ["FillIn"]

_GROWN = 0.02  # of the crop's shorter side: outlines run inside the soft rim of a thing
_RADIUS = 5  # pixels that a filled one is made from
_MARGIN = 32


@register
class FillIn(Expert):
    """Removes things by filling in what is around them, without a model."""

    name = "fill-in"
    capabilities = ("inpaint",)
    version = "1"
    packages = ("opencv-python-headless",)
    thread_safe = True
    limits = "Weak: large holes become smears, textures are lost, and it only removes; replacing needs a model."

    def serve(self, request: ExpertRequest) -> NewImage:
        import cv2

        asked = request.arguments
        assert isinstance(asked, Inpaint)
        if asked.prompt is not None:
            raise OutsideWorld(
                "fill-in only removes things; replacing them needs a model that makes pictures: "
                "sightline models pull inpainter, and a profile such as standard"
            )
        mask = named_mask(request, asked.name)
        mask = grown(mask, max(2, round(_GROWN * min(mask.shape))))
        if mask.all():
            raise OutsideWorld(f"{asked.name!r} covers all of the patch, so nothing is left to fill it in from")
        window = around(mask, least=_MARGIN, share=0.25)
        part = np.ascontiguousarray(request.pixels[window.slices])
        made = cv2.inpaint(part, mask[window.slices].astype(np.uint8), _RADIUS, cv2.INPAINT_TELEA)
        return NewImage(pixels=pasted(request.pixels, np.asarray(made, np.uint8), mask, window))
