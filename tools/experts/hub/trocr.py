"""`read_text` with TrOCR: a crop of one line of print or handwriting."""

from __future__ import annotations

from collections.abc import Sequence

from ...results import TextLine, TextLines
from ..base import ExpertRequest
from ..registry import register
from .model import HubExpert, pictures
from .weights import Checkpoint

__all__ = ["TrOcr"]

_MOST_TOKENS = 64


@register
class TrOcr(HubExpert):
    """One line of print, or with another checkpoint of handwriting, by TrOCR."""

    name = "trocr"
    capabilities = ("read_text",)
    version = "1"
    licence = "MIT"
    memory_mb = 1270
    checkpoint = Checkpoint("microsoft/trocr-base-printed", "MIT", 1270)
    model_class = "VisionEncoderDecoderModel"
    processor_class = "TrOCRProcessor"
    limits = (
        "Takes the whole crop for one line: crop to a line first; it writes something even where nothing is written."
    )

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[TextLines]:
        inputs = self.processor(images=pictures(requests), return_tensors="pt")
        ids, sure = self.write(inputs, most_tokens=_MOST_TOKENS)
        texts = self.processor.batch_decode(ids, skip_special_tokens=True)
        results = []
        for request, text, confidence in zip(requests, texts, sure, strict=True):
            height, width = request.pixels.shape[:2]
            line = TextLine(box=(0, 0, width, height), text=text.strip(), confidence=confidence)
            results.append(TextLines(lines=[line] if line.text else []))
        return results
