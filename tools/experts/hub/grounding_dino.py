"""`detect` with Grounding DINO: finds whatever a few words name."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence

from ...capabilities import Names
from ...results import Detection, Detections
from ..base import ExpertRequest
from ..registry import register
from .finding import as_detections
from .model import HubExpert, pictures
from .weights import Checkpoint

__all__ = ["GroundingDino"]

_THRESHOLD, _TEXT_THRESHOLD, _OVERLAP = 0.3, 0.25, 0.8


@register
class GroundingDino(HubExpert):
    """Anything that a short phrase names, by Grounding DINO.

    Settings: `threshold`, `text_threshold` (0 to 1), `most_overlap` of two boxes of one name.
    """

    name = "grounding-dino"
    capabilities = ("detect",)
    version = "1"
    licence = "Apache-2.0"
    memory_mb = 700
    most_at_once = 8
    checkpoint = Checkpoint("IDEA-Research/grounding-dino-tiny", "Apache-2.0", 690)
    model_class = "GroundingDinoForObjectDetection"
    limits = "Finds something for most phrases, also where nothing is meant; attributes and relations bind weakly."

    def together(self, request: ExpertRequest) -> Hashable:
        return self.same_size(request)

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[Detections]:
        asked = requests[0].arguments
        assert isinstance(asked, Names)
        phrases = [" ".join(re.sub(r"[.\s]+", " ", name.lower()).split()) for name in asked.names]
        texts = [" ".join(f"{phrase}." for phrase in phrases)] * len(requests)
        inputs = self.processor(images=pictures(requests), text=texts, return_tensors="pt")
        outputs = self.run(inputs)
        threshold = 0.0 if asked.presumed else float(self.settings.get("threshold", _THRESHOLD))
        found = self.processor.post_process_grounded_object_detection(
            outputs,
            inputs["input_ids"],
            threshold=threshold,
            text_threshold=0.0 if asked.presumed else float(self.settings.get("text_threshold", _TEXT_THRESHOLD)),
            target_sizes=[request.pixels.shape[:2] for request in requests],
        )
        overlap = float(self.settings.get("most_overlap", _OVERLAP))
        results = []
        for each in found:
            items = [
                Detection(box=tuple(box.tolist()), label=label, confidence=float(score))
                for box, score, words in zip(each["boxes"], each["scores"], each["text_labels"], strict=True)
                if (label := _meant(words, asked.names, phrases)) is not None
            ]
            results.append(as_detections(items, asked.names, presumed=asked.presumed, most_overlap=overlap))
        return results


def _meant(words: str, names: Sequence[str], phrases: Sequence[str]) -> str | None:
    """The name that the words of a box are taken from: the one that they share most with."""
    if len(names) == 1:
        return names[0]
    told = set(words.split())
    shared = [len(told & set(phrase.split())) / len(set(phrase.split())) for phrase in phrases]
    best = max(range(len(names)), key=shared.__getitem__)
    return names[best] if shared[best] > 0 else None
