"""`quality`: sharpness, brightness and contrast, each 0 to 1, by plain formulas on the luma (ITU-R BT.601) of the
pixels.

brightness   mean luma / 255
contrast     (95th - 5th percentile of luma) / 255
sharpness    g / (g + 0.25) with g the 98th percentile of the gradient (Sobel, scaled so that a step from black to white
             over one pixel is 1), divided by the contrast when that is above 0.1: how steep the steepest edges are for
             the tones that there are. A flat crop has sharpness 0.

"""

from __future__ import annotations

import numpy as np

from ..results import Quality
from .base import Expert, ExpertRequest
from .registry import register

__all__ = ["ExposureAndFocus"]

_HALF = 0.25
_FLAT = 0.02


@register
class ExposureAndFocus(Expert):
    """How sharp, bright and contrasty a crop is."""

    name = "exposure-and-focus"
    capabilities = ("quality",)
    version = "1"
    packages = ("opencv-python-headless",)
    thread_safe = True
    limits = "Sharpness compares crops of similar content and size; a smooth surface in focus counts as blurred."

    def serve(self, request: ExpertRequest) -> Quality:
        import cv2

        luma = cv2.cvtColor(np.ascontiguousarray(request.pixels), cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
        low, high = np.percentile(luma, [5, 95])
        contrast = float(high - low)
        across = cv2.Sobel(luma, cv2.CV_32F, 1, 0, borderType=cv2.BORDER_REPLICATE) / 4
        along = cv2.Sobel(luma, cv2.CV_32F, 0, 1, borderType=cv2.BORDER_REPLICATE) / 4
        steepest = float(np.percentile(np.hypot(across, along), 98))
        relative = steepest / max(contrast, 0.1)
        sharpness = 0.0 if steepest < _FLAT / 4 else relative / (relative + _HALF)
        return Quality(
            sharpness=_clamped(sharpness), brightness=_clamped(float(luma.mean())), contrast=_clamped(contrast)
        )


def _clamped(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 4)
