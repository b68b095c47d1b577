"""`motion` without a model: how much of the picture changes around each sampled frame, and how it moves as a whole.

The camera's movement is measured by phase correlation (Kuglin and Hines, 1975) and taken out before what changes is
counted, so that a pan over a still scene counts as camera and not as action.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..results_in_time import MotionStep, MotionSteps
from .base import Expert, ExpertRequest
from .registry import register

__all__ = ["FrameMotion"]

_WIDTH = 160
_APART_S = 0.12  # between the two frames that are compared
_CHANGED = 18  # of 255: a pixel that differs by more has changed
_SURE = 0.15  # phase correlation's response below which the picture did not move as a whole


@register
class FrameMotion(Expert):
    """How much moves, and how the camera does."""

    name = "frame-motion"
    capabilities = ("motion",)
    version = "1"
    packages = ("opencv-python-headless",)
    thread_safe = True
    limits = "Measures changes of the picture, not what moves; zooms and turns of the camera count as changes."

    def serve(self, request: ExpertRequest) -> MotionSteps:
        footage = request.footage
        assert footage is not None
        ref = footage.ref
        apart = max(1, round(_APART_S * footage.fps))
        steps = []
        for sample in range(ref.start, ref.end):
            frame = ref.source_frame(sample)
            before = max(frame - apart, 0)
            if before == frame:
                before, frame_after = frame, min(frame + apart, ref.frame_count - 1)
            else:
                frame_after = frame
            a, b = (_gray(footage.pixels(f, width=_WIDTH)) for f in (before, frame_after))
            seconds = max(1, frame_after - before) / footage.fps
            amount, right, down = _compared(a, b)
            scale = ref.width / a.shape[1] / seconds
            time_s = footage.time_s(frame)
            steps.append(MotionStep(time_s=time_s, amount=amount, right=right * scale, up=-down * scale))
        return MotionSteps(steps=steps)


def _gray(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    import cv2

    return np.asarray(cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), (3, 3), 0), np.float32)


def _compared(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> tuple[float, float, float]:
    """(share of pixels that changed beside the camera's movement, that movement in pixels to the right and down)."""
    import cv2

    plain = float((np.abs(a - b) > _CHANGED).mean())
    if min(a.shape) < 8 or plain == 0.0:
        return plain, 0.0, 0.0
    window = cv2.createHanningWindow(a.shape[::-1], cv2.CV_32F)
    found: Any = cv2.phaseCorrelate(a, b, window)
    (dx, dy), response = found
    if response < _SURE or max(abs(dx), abs(dy)) < 0.3:
        return plain, 0.0, 0.0
    shift = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    moved = cv2.warpAffine(a, shift, a.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    margin_x, margin_y = (int(abs(v)) + 1 for v in (dx, dy))
    inner = np.abs(moved - b)[margin_y : a.shape[0] - margin_y, margin_x : a.shape[1] - margin_x]
    left_over = float((inner > _CHANGED).mean()) if inner.size else plain
    return (left_over, float(dx), float(dy)) if left_over < plain else (plain, 0.0, 0.0)
