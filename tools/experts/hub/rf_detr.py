"""`detect` with RF-DETR: quick and sure about the eighty kinds of things that it learned, and silent about all
others.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from ...capabilities import Names
from ...results import Detection, Detections
from ..base import ExpertRequest
from ..registry import register
from .finding import as_detections
from .model import HubExpert, pictures
from .vocabulary import Vocabulary
from .weights import Checkpoint

__all__ = ["RfDetr"]

_THRESHOLD, _OVERLAP = 0.4, 0.8


@register
class RfDetr(HubExpert):
    """People, animals, vehicles and household things of a fixed list, by RF-DETR.

    Settings: `threshold` (0 to 1), `most_overlap` of two boxes of one name.
    """

    name = "rf-detr"
    capabilities = ("detect",)
    version = "1"
    licence = "Apache-2.0"
    memory_mb = 125
    checkpoint = Checkpoint("Roboflow/rf-detr-base", "Apache-2.0", 125)
    model_class = "RfDetrForObjectDetection"
    processor_class = "AutoImageProcessor"
    limits = (
        "Knows the list that its checkpoint learned (COCO's eighty), and leaves every other name to the next expert."
    )

    def load(self) -> None:
        super().load()
        names = {int(number): str(name) for number, name in self.model.config.id2label.items()}
        self._vocabulary = Vocabulary(names, expert=self.name)

    def together(self, request: ExpertRequest) -> Hashable:
        return self.same_size(request)

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[Detections]:
        asked = requests[0].arguments
        assert isinstance(asked, Names)
        wanted = self._vocabulary.numbers(asked.names)
        outputs = self.run(self.processor(images=pictures(requests), return_tensors="pt"))
        outputs.logits, outputs.pred_boxes = outputs.logits.float(), outputs.pred_boxes.float()
        found = self.processor.post_process_object_detection(
            outputs,
            threshold=0.0 if asked.presumed else float(self.settings.get("threshold", _THRESHOLD)),
            target_sizes=[request.pixels.shape[:2] for request in requests],
        )
        overlap = float(self.settings.get("most_overlap", _OVERLAP))
        results = []
        for each in found:
            items = [
                Detection(box=tuple(box.tolist()), label=wanted[int(label)], confidence=min(1.0, float(score)))
                for box, score, label in zip(each["boxes"], each["scores"], each["labels"], strict=True)
                if int(label) in wanted
            ]
            results.append(as_detections(items, asked.names, presumed=asked.presumed, most_overlap=overlap))
        return results
