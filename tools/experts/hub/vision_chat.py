"""`answer`, `caption` and `watch` with any image-text-to-text model of transformers that has a chat template.

Qwen-VL, SmolVLM, InternVL, LLaVA-OneVision, Gemma and their like differ in settings `model`, not in code. Of a stretch
of video they are shown several frames, in order of time.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from ...capabilities import Question
from ...errors import ExpertUnavailable
from ...results import Answer
from ...results_in_time import Said
from ..base import ExpertRequest
from ..footage import Footage
from ..registry import register
from .model import HubExpert, picture
from .weights import Checkpoint

__all__ = ["VisionChat"]

_BRIEF = "Answer with a single word or a short phrase."
_DESCRIBE = "Describe this picture in one sentence."
_ANSWER_TOKENS, _CAPTION_TOKENS = 40, 80
_FRAMES = 8


@register
class VisionChat(HubExpert):
    """Questions and descriptions, by any multimodal chat model of the hub.

    Settings: `brief` (what is added to each question), `describe` (what is asked for a caption), `most_tokens`,
    `frames` (of a stretch that are shown, at most), `frames_as` ("images", or "video" for models that were trained on
    videos).
    """

    name = "vision-chat"
    capabilities = ("answer", "caption", "watch")
    multimodal = "any"
    version = "2"
    licence = "Apache-2.0"
    memory_mb = 1950
    most_at_once = 8
    checkpoint = Checkpoint("HuggingFaceTB/SmolVLM-500M-Instruct", "Apache-2.0", 1020)
    model_class = "AutoModelForImageTextToText"
    limits = "As good as the model that is chosen; the small default miscounts and invents details."

    def load(self) -> None:
        super().load()
        if self._films and getattr(self.processor, "video_processor", None) is None:
            raise ExpertUnavailable(
                f"the model of the expert {self.name} takes pictures and no videos: leave out frames_as under "
                f"[settings.{self.name}] of the profile, or choose another model",
                expert=self.name,
            )
        # Answers are written at the right end, so questions of different lengths are lined up there.
        self.processor.tokenizer.padding_side = "left"

    @property
    def _films(self) -> bool:
        """Whether a stretch is shown as a video."""
        return bool(self.settings.get("frames_as") == "video")

    def together(self, request: ExpertRequest) -> Hashable:
        if request.footage is not None:
            return object()  # a stretch of video fills a batch
        return request.capability, request.pixels.shape

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[Answer | Said]:
        describing, footage = requests[0].capability == "caption", requests[0].footage
        talks = [[self._said(request)] for request in requests]
        told: dict[str, Any] = {"padding": True}
        if footage is not None and self._films:
            told |= {"do_sample_frames": False, "video_metadata": [_clip(footage, self._frames(footage))]}
        inputs = self.processor.apply_chat_template(
            talks,
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            processor_kwargs=told,
        )
        tokens = int(self.settings.get("most_tokens", _CAPTION_TOKENS if describing else _ANSWER_TOKENS))
        ids, sure = self.write(inputs, most_tokens=tokens)
        texts = self.processor.batch_decode(ids, skip_special_tokens=True)
        said = [text.strip() if describing else _plain(text) for text in texts]
        if footage is not None:
            return [Said(text=text, confidence=confidence) for text, confidence in zip(said, sure, strict=True)]
        return [Answer(text=text, confidence=confidence) for text, confidence in zip(said, sure, strict=True)]

    def _said(self, request: ExpertRequest) -> dict[str, Any]:
        if isinstance(request.arguments, Question):
            text = f"{request.arguments.question} {self.settings.get('brief', _BRIEF)}".strip()
        else:
            text = str(self.settings.get("describe", _DESCRIBE))
        return {"role": "user", "content": [*self._shown(request), {"type": "text", "text": text}]}

    def _shown(self, request: ExpertRequest) -> list[dict[str, Any]]:
        footage = request.footage
        if footage is None:
            return [{"type": "image", "image": picture(request.pixels)}]
        frames = [picture(pixels) for pixels in footage.each(self._frames(footage))]
        if self._films:
            return [{"type": "video", "video": frames}]
        return [{"type": "image", "image": frame} for frame in frames]

    def _frames(self, footage: Footage) -> list[int]:
        return _spread(footage, max(1, int(self.settings.get("frames", _FRAMES))))


def _spread(footage: Footage, most: int) -> list[int]:
    """Frames evenly spread over a stretch, each in the middle of its part."""
    first, last = footage.ref.first_frame, footage.ref.last_frame
    count = min(most, last - first + 1)
    return [first + ((2 * n + 1) * (last - first + 1)) // (2 * count) for n in range(count)]


def _clip(footage: Footage, frames: Sequence[int]) -> dict[str, Any]:
    """What models are told of a video beside its frames: when each of them is seen, from the stretch's beginning."""
    ref = footage.ref
    count, fps = ref.last_frame - ref.first_frame + 1, float(ref.fps)
    return {
        "total_num_frames": count,
        "fps": fps,
        "duration": count / fps,
        "frames_indices": [frame - ref.first_frame for frame in frames],
        "height": ref.height,
        "width": ref.width,
    }


def _plain(text: str) -> str:
    """An answer without the full stop that a chat puts behind a single word."""
    text = text.strip()
    return text[:-1] if text.endswith(".") and text.count(".") == 1 else text
