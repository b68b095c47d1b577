"""`answer` and `caption` with any image-text-to-text model of transformers that has a chat template.

Qwen-VL, SmolVLM, InternVL, LLaVA-OneVision, Gemma and their like differ in settings `model`, not in code.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from ...capabilities import Question
from ...results import Answer
from ..base import ExpertRequest
from ..registry import register
from .model import HubExpert, picture
from .weights import Checkpoint

__all__ = ["VisionChat"]

_BRIEF = "Answer with a single word or a short phrase."
_DESCRIBE = "Describe this picture in one sentence."
_ANSWER_TOKENS, _CAPTION_TOKENS = 40, 80


@register
class VisionChat(HubExpert):
    """Questions and descriptions, by any multimodal chat model of the hub.

    Settings: `brief` (what is added to each question), `describe` (what is asked for a caption), `most_tokens`.
    """

    name = "vision-chat"
    capabilities = ("answer", "caption")
    multimodal = "any"
    version = "1"
    licence = "Apache-2.0"
    memory_mb = 1950
    most_at_once = 8
    checkpoint = Checkpoint("HuggingFaceTB/SmolVLM-500M-Instruct", "Apache-2.0", 1020)
    model_class = "AutoModelForImageTextToText"
    limits = "As good as the model that is chosen; the small default miscounts and invents details."

    def load(self) -> None:
        super().load()
        # Answers are written at the right end, so questions of different lengths are lined up there.
        self.processor.tokenizer.padding_side = "left"

    def together(self, request: ExpertRequest) -> Hashable:
        return request.capability, request.pixels.shape

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[Answer]:
        describing = requests[0].capability == "caption"
        talks = [[self._said(request)] for request in requests]
        inputs = self.processor.apply_chat_template(
            talks,
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            processor_kwargs={"padding": True},
        )
        tokens = int(self.settings.get("most_tokens", _CAPTION_TOKENS if describing else _ANSWER_TOKENS))
        ids, sure = self.write(inputs, most_tokens=tokens)
        texts = self.processor.batch_decode(ids, skip_special_tokens=True)
        return [
            Answer(text=text.strip() if describing else _plain(text), confidence=confidence)
            for text, confidence in zip(texts, sure, strict=True)
        ]

    def _said(self, request: ExpertRequest) -> dict[str, Any]:
        if isinstance(request.arguments, Question):
            text = f"{request.arguments.question} {self.settings.get('brief', _BRIEF)}".strip()
        else:
            text = str(self.settings.get("describe", _DESCRIBE))
        shown = {"type": "image", "image": picture(request.pixels)}
        return {"role": "user", "content": [shown, {"type": "text", "text": text}]}


def _plain(text: str) -> str:
    """An answer without the full stop that a chat puts behind a single word."""
    text = text.strip()
    return text[:-1] if text.endswith(".") and text.count(".") == 1 else text
