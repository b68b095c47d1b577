"""`transcribe` with Whisper, through the library's own pipeline, in which the model walks through long sound."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...results_in_time import Speech, SpeechSegment
from ..base import ExpertRequest
from ..registry import register
from .model import HubExpert
from .weights import Checkpoint

__all__ = ["Whisper"]

_RATE = 16_000


@register
class Whisper(HubExpert):
    """Speech in about a hundred languages, with times, by Whisper.

    Settings: `language` ("de", None to tell by itself), `task` ("transcribe" or "translate" into English).
    """

    name = "whisper"
    capabilities = ("transcribe",)
    version = "1"
    licence = "Apache-2.0"
    memory_mb = 930
    time_limit_s = 3600.0
    checkpoint = Checkpoint("openai/whisper-small", "Apache-2.0", 930)
    model_class = "WhisperForConditionalGeneration"
    limits = "Invents words in silence and music now and then, and gives no confidence."

    @classmethod
    def batches(cls) -> bool:
        return False  # one video fills it

    def load(self) -> None:
        super().load()
        import torch
        from transformers import AutomaticSpeechRecognitionPipeline

        self.listen: Any = AutomaticSpeechRecognitionPipeline(
            model=self.model,
            feature_extractor=self.processor.feature_extractor,
            tokenizer=self.processor.tokenizer,
            device=torch.device(self.device),
            dtype=self.model.dtype,
        )

    def unload(self) -> None:
        super().unload()
        self.__dict__.pop("listen", None)

    def move(self, device: str) -> bool:
        return False  # the pipeline keeps the device that it was made for

    def serve(self, request: ExpertRequest) -> Speech:
        footage = request.footage
        assert footage is not None
        pieces = list(footage.sound(rate=_RATE)) if footage.has_sound else []
        if not pieces:
            return Speech(segments=[])
        sound = np.concatenate(pieces).astype(np.float32) / 32768.0
        start_s, end_s = footage.ref.start_s, footage.ref.end_s
        told = {name: self.settings[name] for name in ("language", "task") if self.settings.get(name)}
        heard = self.listen(
            {"raw": sound, "sampling_rate": _RATE},
            return_timestamps=True,
            generate_kwargs=told,
        )
        segments = []
        for part in heard["chunks"]:
            first, last = part["timestamp"]
            from_s = min(end_s, start_s + (first or 0.0))
            # The last stretch has no end where the sound stops in the middle of it.
            until_s = end_s if last is None else min(end_s, start_s + last)
            if part["text"].strip():
                segments.append(SpeechSegment(start_s=from_s, end_s=max(from_s, until_s), text=part["text"].strip()))
        return Speech(segments=segments)
