"""`detect` with OWLv2: finds whatever words name, each name judged on its own."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from ...capabilities import Names
from ...results import Detection, Detections
from ..base import ExpertRequest
from ..registry import register
from .finding import as_detections
from .model import HubExpert, pictures
from .weights import Checkpoint

__all__ = ["Owlv2"]

_THRESHOLD, _OVERLAP = 0.2, 0.5


@register
class Owlv2(HubExpert):
    """Anything that words name, by OWLv2.

    Settings: `threshold` (0 to 1), `most_overlap` of two boxes of one name.
    """

    name = "owlv2"
    capabilities = ("detect",)
    version = "1"
    licence = "Apache-2.0"
    memory_mb = 620
    most_at_once = 8
    checkpoint = Checkpoint("google/owlv2-base-patch16-ensemble", "Apache-2.0", 620)
    model_class = "Owlv2ForObjectDetection"
    limits = (
        "Looks at 960 pixels at most, so small things in large pictures need a crop; its figures are low by nature."
    )

    def together(self, request: ExpertRequest) -> Hashable:
        return self.same_size(request)

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[Detections]:
        asked = requests[0].arguments
        assert isinstance(asked, Names)
        texts = [f"a photo of a {name}" for name in asked.names]
        inputs = self.processor(text=[texts] * len(requests), images=pictures(requests), return_tensors="pt")
        outputs = self.run(inputs)
        found = self.processor.post_process_grounded_object_detection(
            outputs,
            threshold=0.0 if asked.presumed else float(self.settings.get("threshold", _THRESHOLD)),
            target_sizes=[request.pixels.shape[:2] for request in requests],
            text_labels=[list(asked.names)] * len(requests),
        )
        overlap = float(self.settings.get("most_overlap", _OVERLAP))
        results = []
        for each in found:
            items = [
                Detection(box=tuple(box.tolist()), label=label, confidence=min(1.0, float(score)))
                for box, score, label in zip(each["boxes"], each["scores"], each["text_labels"], strict=True)
            ]
            results.append(as_detections(items, asked.names, presumed=asked.presumed, most_overlap=overlap))
        return results
