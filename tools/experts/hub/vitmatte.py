"""`foreground` with VitMatte: hair, fur and soft edges around what stands out, decided pixel by pixel.

What stands out is found as `saliency-grabcut` finds it; VitMatte decides a band along its border.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ...results import Detection, Detections
from ..base import ExpertRequest
from ..foreground import SaliencyGrabcut
from ..registry import register
from .model import HubExpert, picture
from .outlining import around
from .weights import Checkpoint

__all__ = ["VitMatte", "trimap"]

_BAND = 0.03  # of the longer side, on each side of the border
_KNOWN, _OPEN = 255, 128


@register
class VitMatte(HubExpert):
    """The thing in front of a calm background, with a border that is right to the pixel, by VitMatte.

    Settings: `band`, the width that is decided anew on each side of the rough border, as a share of the longer side.
    """

    name = "vitmatte"
    capabilities = ("foreground",)
    version = "1"
    licence = "Apache-2.0"
    packages = (*HubExpert.packages, "opencv-python-headless")
    memory_mb = 105
    checkpoint = Checkpoint("hustvl/vitmatte-small-composition-1k", "Apache-2.0", 103)
    model_class = "VitMatteForImageMatting"
    processor_class = "VitMatteImageProcessor"
    limits = "Makes borders better and finds nothing itself: one thing before a calm background."

    @classmethod
    def batches(cls) -> bool:
        return False  # one picture at its full size

    def serve(self, request: ExpertRequest) -> Detections:
        rough = SaliencyGrabcut().serve(request)
        if not rough.items:
            return rough
        item = rough.items[0]
        assert item.mask is not None
        alpha = self.alpha(request.pixels, trimap(item.mask, float(self.settings.get("band", _BAND))))
        mask = np.asarray(alpha >= 0.5, np.bool_)
        if not mask.any():
            return rough
        return Detections(
            items=[Detection(box=around(mask), label=item.label, confidence=item.confidence, mask=mask)],
            confidence=rough.confidence,
        )

    def alpha(self, pixels: npt.NDArray[np.uint8], known: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """How much of each pixel is foreground, (H, W), 0 to 1; where `known` says 0 or 255, that stands."""
        height, width = known.shape
        outputs = self.run(self.processor(images=picture(pixels), trimaps=known, return_tensors="pt"))
        alpha: npt.NDArray[np.float32] = outputs.alphas[0, 0, :height, :width].float().cpu().numpy()
        return np.where(known == _OPEN, alpha, (known == _KNOWN).astype(np.float32))


def trimap(mask: npt.NDArray[np.bool_], band: float = _BAND) -> npt.NDArray[np.uint8]:
    """255 well inside a mask, 0 well outside, 128 along its border; (H, W)."""
    import cv2

    reach = max(1, round(band * max(mask.shape)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    inside: Any = cv2.erode(mask.astype(np.uint8), kernel, borderType=cv2.BORDER_REPLICATE)
    reached: Any = cv2.dilate(mask.astype(np.uint8), kernel)
    known = np.full(mask.shape, _OPEN, np.uint8)
    known[inside > 0], known[reached == 0] = _KNOWN, 0
    return known
