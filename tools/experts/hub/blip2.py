"""`answer` and `caption` with BLIP-2, the model that ViperGPT was published with."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from ...capabilities import Question
from ...results import Answer
from ..base import ExpertRequest
from ..registry import register
from .model import HubExpert, pictures
from .weights import Checkpoint

__all__ = ["Blip2"]

_ANSWER_TOKENS, _CAPTION_TOKENS = 12, 40


@register
class Blip2(HubExpert):
    """Short answers and captions, by BLIP-2."""

    name = "blip-2"
    capabilities = ("answer", "caption")
    multimodal = "any"
    version = "1"
    licence = "MIT"
    memory_mb = 14300
    most_at_once = 8
    checkpoint = Checkpoint("Salesforce/blip2-opt-2.7b", "MIT", 14300)
    model_class = "Blip2ForConditionalGeneration"
    limits = "A few words only; counts badly, and reads hardly any text."

    def together(self, request: ExpertRequest) -> Hashable:
        # Questions of other lengths would be padded, which this model was not trained with.
        return request.capability, request.arguments.model_dump_json()

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[Answer]:
        asked = requests[0].arguments
        describing = not isinstance(asked, Question)
        shown = pictures(requests)
        if isinstance(asked, Question):
            prompts = [f"Question: {asked.question} Short answer:"] * len(requests)
            inputs = self.processor(images=shown, text=prompts, return_tensors="pt")
        else:
            inputs = self.processor(images=shown, text=[""] * len(requests), return_tensors="pt")
        ids, sure = self.write(inputs, most_tokens=_CAPTION_TOKENS if describing else _ANSWER_TOKENS)
        texts = self.processor.batch_decode(ids, skip_special_tokens=True)
        return [Answer(text=text.strip(), confidence=each) for text, each in zip(texts, sure, strict=True)]
