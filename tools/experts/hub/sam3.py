"""`segment` and `detect` with SAM 3, which takes words by itself: every thing that a short phrase names, with its
mask.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from ...capabilities import Names, Outline
from ...errors import OutsideWorld
from ...results import Detection
from ..base import ExpertRequest, Outcome
from ..registry import register
from .finding import as_detections
from .model import HubExpert, pictures
from .weights import Checkpoint

__all__ = ["Sam3"]

_THRESHOLD, _MASK_THRESHOLD, _OVERLAP = 0.5, 0.5, 0.8


@register
class Sam3(HubExpert):
    """Every thing that a short phrase names, with its outline, by Segment Anything 3.

    Settings: `threshold` (0 to 1), `most_overlap` of two boxes of one name.
    """

    name = "sam3"
    capabilities = ("segment", "detect")
    version = "1"
    licence = "SAM License"
    memory_mb = 3440
    most_at_once = 4
    checkpoint = Checkpoint("facebook/sam3", "SAM License (its page asks for an agreement)", 3440)
    model_class = "Sam3Model"
    processor_class = "Sam3Processor"
    limits = "Short noun phrases; leaves points, and outlining everything, to the next expert, such as sam3-points."

    def together(self, request: ExpertRequest) -> Hashable:
        return self.same_size(request)

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[Outcome]:
        asked = requests[0].arguments
        if isinstance(asked, Names):
            names, presumed = list(asked.names), asked.presumed
        else:
            assert isinstance(asked, Outline)
            if asked.name is None:
                return [OutsideWorld("sam3 outlines what a name says") for _ in requests]
            names, presumed = [asked.name], False
        found: list[list[Detection]] = [[] for _ in requests]
        for name in names:
            for items, more in zip(found, self._named(requests, name, 0.0 if presumed else None), strict=True):
                items += more
        overlap = float(self.settings.get("most_overlap", _OVERLAP))
        return [as_detections(each, names, presumed=presumed, most_overlap=overlap) for each in found]

    def _named(self, requests: Sequence[ExpertRequest], name: str, threshold: float | None) -> list[list[Detection]]:
        inputs = self.processor(images=pictures(requests), text=[name] * len(requests), return_tensors="pt")
        sizes = inputs.pop("original_sizes").tolist()
        outputs = self.run(inputs)
        results = self.processor.post_process_instance_segmentation(
            outputs,
            threshold=float(self.settings.get("threshold", _THRESHOLD)) if threshold is None else threshold,
            mask_threshold=_MASK_THRESHOLD,
            target_sizes=sizes,
        )
        return [
            [
                Detection(
                    box=tuple(box.tolist()),
                    label=name,
                    confidence=min(1.0, float(score)),
                    mask=mask.cpu().numpy().astype(np.bool_),
                )
                for box, score, mask in zip(each["boxes"], each["scores"], each["masks"], strict=True)
            ]
            for each in results
        ]
