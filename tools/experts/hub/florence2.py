"""`detect`, `caption` and `read_text` with Florence-2, one small model that writes its answers, places among the
words.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from ...capabilities import Names
from ...results import Answer, Detection, Result, TextLine, TextLines
from ..base import ExpertRequest
from ..registry import register
from .finding import as_detections
from .model import HubExpert, pictures
from .weights import Checkpoint

__all__ = ["Florence2"]

_CAPTION, _READ, _FIND = "<CAPTION>", "<OCR_WITH_REGION>", "<OPEN_VOCABULARY_DETECTION>"
_CAPTION_TOKENS, _PLACE_TOKENS = 80, 512
_OVERLAP = 0.8


@register
class Florence2(HubExpert):
    """Captions, things that words name, and text with its places, by Florence-2.

    Settings: `caption_task` ("<CAPTION>", "<DETAILED_CAPTION>" or "<MORE_DETAILED_CAPTION>").
    """

    name = "florence-2"
    capabilities = ("caption", "detect", "read_text")
    version = "1"
    licence = "MIT"
    memory_mb = 890
    most_at_once = 8
    checkpoint = Checkpoint("florence-community/Florence-2-base", "MIT", 890)
    model_class = "Florence2ForConditionalGeneration"
    limits = "Its places come without a confidence each, and it finds something for most names."

    def together(self, request: ExpertRequest) -> Hashable:
        return self.same_size(request)

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[Result]:
        asked = requests[0].arguments
        if isinstance(asked, Names):
            found: list[list[Detection]] = [[] for _ in requests]
            for name in asked.names:
                for items, more in zip(found, self._named(requests, name), strict=True):
                    items += more
            return [
                as_detections(items, asked.names, presumed=asked.presumed, most_overlap=_OVERLAP) for items in found
            ]
        if requests[0].capability == "caption":
            task = str(self.settings.get("caption_task", _CAPTION))
            told = self._told(requests, task, task, _CAPTION_TOKENS)
            return [Answer(text=text, confidence=sure) for text, sure in told]
        return [_lines(told, sure) for told, sure in self._told(requests, _READ, _READ, _PLACE_TOKENS)]

    def _told(self, requests: Sequence[ExpertRequest], task: str, prompt: str, most: int) -> list[tuple[Any, float]]:
        """For each picture what the library reads out of the written answer, and how sure the writing was."""
        inputs = self.processor(images=pictures(requests), text=[prompt] * len(requests), return_tensors="pt")
        ids, sure = self.write(inputs, most_tokens=most)
        texts = self.processor.batch_decode(ids, skip_special_tokens=False)
        padding = self.processor.tokenizer.pad_token or ""
        results = []
        for request, text, each in zip(requests, texts, sure, strict=True):
            height, width = request.pixels.shape[:2]
            read = self.processor.post_process_generation(
                text=text.replace(padding, ""), task=task, image_size=(width, height)
            )
            results.append((read[task], each))
        return results

    def _named(self, requests: Sequence[ExpertRequest], name: str) -> list[list[Detection]]:
        return [
            [
                Detection(box=box, label=name, confidence=sure)
                for x1, y1, x2, y2 in told["bboxes"]
                if (box := (float(x1), float(y1), float(x2), float(y2)))[0] < box[2] and box[1] < box[3]
            ]
            for told, sure in self._told(requests, _FIND, f"{_FIND}{name}", _PLACE_TOKENS)
        ]


def _lines(told: dict[str, list[Any]], sure: float) -> TextLines:
    lines = []
    for corners, text in zip(told["quad_boxes"], told["labels"], strict=True):
        across, down = corners[0::2], corners[1::2]
        text = text.replace("</s>", "").strip()
        if text:
            box = (float(min(across)), float(min(down)), float(max(across)), float(max(down)))
            lines.append(TextLine(box=box, text=text, confidence=sure))
    return TextLines(lines=lines)
