"""`segment` with SAM: the detector of the profile says where a named thing is, SAM says which pixels are its."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...capabilities import OptionalName
from ...errors import OutsideWorld
from ...results import Detection, Detections, Result
from ..base import ExpertRequest
from ..registry import register
from .model import HubExpert, picture
from .weights import Checkpoint

__all__ = ["Sam"]

_MOST_BOXES = 16  # whose masks are computed at once
XYXY = tuple[float, float, float, float]


@register
class Sam(HubExpert):
    """The outline of what the detector finds, by Segment Anything."""

    name = "sam"
    capabilities = ("segment",)
    version = "1"
    licence = "Apache-2.0"
    memory_mb = 360
    checkpoint = Checkpoint("facebook/sam-vit-base", "Apache-2.0", 360)
    model_class = "SamModel"
    processor_class = "SamProcessor"
    limits = "Needs a detector for the name; without one it outlines the thing in the middle of the crop."

    @classmethod
    def batches(cls) -> bool:
        return False  # the boxes of one picture are its batch

    def serve(self, request: ExpertRequest) -> Result:
        asked = request.arguments
        assert isinstance(asked, OptionalName)
        height, width = request.pixels.shape[:2]
        if asked.name is None:
            masks, sure = self.outlines(request.pixels, points=[(width / 2, height / 2)])
            found = [Detection(box=_around(masks[0]), confidence=sure[0], mask=masks[0])] if masks[0].any() else []
            return Detections(items=found)
        boxes = request.ask("detect", {"names": [asked.name]})
        if not isinstance(boxes, Detections):
            raise OutsideWorld("sam needs a detector")
        items: list[Detection] = []
        for start in range(0, len(boxes.items), _MOST_BOXES):
            part = boxes.items[start : start + _MOST_BOXES]
            masks, _ = self.outlines(request.pixels, boxes=[each.box for each in part])
            items += [each.model_copy(update={"mask": mask}) for each, mask in zip(part, masks, strict=True)]
        return Detections(items=items, confidence=boxes.confidence)

    def outlines(
        self,
        pixels: npt.NDArray[np.uint8],
        *,
        boxes: Sequence[XYXY] | None = None,
        points: Sequence[tuple[float, float]] | None = None,
    ) -> tuple[list[npt.NDArray[np.bool_]], list[float]]:
        """For each box or point its best mask, (H, W) bool, and how good SAM thinks that it is, 0 to 1."""
        inputs = self.processor(
            picture(pixels),
            input_boxes=None if boxes is None else [[list(map(float, box)) for box in boxes]],
            input_points=None if points is None else [[[list(map(float, point))] for point in points]],
            return_tensors="pt",
        )
        sizes = inputs.pop("original_sizes"), inputs.pop("reshaped_input_sizes")
        outputs = self.run(inputs)
        (masks,) = self.processor.post_process_masks(outputs.pred_masks.float().cpu(), sizes[0], sizes[1])
        scores = outputs.iou_scores[0].float().cpu()  # (things, 3), as masks is (things, 3, H, W)
        best = scores.argmax(dim=1).tolist()
        return (
            [masks[n, each].numpy().astype(np.bool_) for n, each in enumerate(best)],
            [float(scores[n, each].clamp(0, 1)) for n, each in enumerate(best)],
        )


def _around(mask: npt.NDArray[np.bool_]) -> XYXY:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
