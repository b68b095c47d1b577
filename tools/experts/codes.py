"""`codes` with ZXing: QR codes, Data Matrix, Aztec, PDF417 and the common barcodes, at any angle."""

from __future__ import annotations

import numpy as np

from ..results import Code, Codes
from .base import Expert, ExpertRequest
from .registry import register

__all__ = ["ZxingCodes"]

_LONGEST = 4000  # characters of one code that are reported


@register
class ZxingCodes(Expert):
    """Machine-readable codes and what they say."""

    name = "zxing-codes"
    capabilities = ("codes",)
    version = "1"
    packages = ("zxing-cpp",)
    thread_safe = True
    memory_mb = 10
    limits = "Codes that are sharp, whole and at least about two pixels a module."

    def serve(self, request: ExpertRequest) -> Codes:
        import zxingcpp

        height, width = request.pixels.shape[:2]
        codes = []
        for found in zxingcpp.read_barcodes(np.ascontiguousarray(request.pixels[..., ::-1])):
            place = found.position
            corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
            x = [min(max(float(corner.x), 0.0), width) for corner in corners]
            y = [min(max(float(corner.y), 0.0), height) for corner in corners]
            box = (min(x), min(y), max(x), max(y))
            codes.append(Code(box=box, text=found.text[:_LONGEST], format=str(found.format)))
        return Codes(codes=sorted(codes, key=lambda code: (code.box[1], code.box[0])))
