"""`read_text` with GOT-OCR 2.0: whole pages, tables and formulas, read from top to bottom without places."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from ...results import TextLine, TextLines
from ..base import ExpertRequest
from ..registry import register
from .model import HubExpert, pictures
from .weights import Checkpoint

__all__ = ["GotOcr2"]

_MOST_TOKENS = 2048


@register
class GotOcr2(HubExpert):
    """A page of text, line by line, by GOT-OCR 2.0.

    Settings: `most_tokens` that are written.
    """

    name = "got-ocr2"
    capabilities = ("read_text",)
    version = "1"
    licence = "Apache-2.0"
    memory_mb = 2250
    most_at_once = 4
    checkpoint = Checkpoint("stepfun-ai/GOT-OCR-2.0-hf", "Apache-2.0", 1430)
    model_class = "GotOcr2ForConditionalGeneration"
    limits = "Says what is written and not where: every line has the whole crop as its box."

    def together(self, request: ExpertRequest) -> Hashable:
        return self.same_size(request)

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[TextLines]:
        inputs = self.processor(images=pictures(requests), return_tensors="pt")
        tokens, end = int(self.settings.get("most_tokens", _MOST_TOKENS)), self.processor.message_end_token
        ids, sure = self.write(
            inputs, most_tokens=tokens, eos_token_id=self.processor.tokenizer.convert_tokens_to_ids(end)
        )
        texts = self.processor.batch_decode(ids, skip_special_tokens=True)
        results = []
        for request, text, confidence in zip(requests, texts, sure, strict=True):
            height, width = request.pixels.shape[:2]
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            results.append(
                TextLines(
                    lines=[TextLine(box=(0, 0, width, height), text=line, confidence=confidence) for line in lines]
                )
            )
        return results
