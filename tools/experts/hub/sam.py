"""`segment` with SAM of transformers: boxes, points and everything become masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..registry import register
from .model import HubExpert, picture
from .outlining import Outlined, Outliner, Prompt
from .weights import Checkpoint

__all__ = ["Sam", "SamExpert"]

_POINTS_PER_SIDE, _AT_ONCE = 32, 64
_QUALITY, _STABILITY = 0.88, 0.95


class SamExpert(Outliner, HubExpert):
    """Base of the models of transformers that take boxes and points.

    Settings: `points_per_side` of the grid with which everything is outlined, and the least `quality` and `stability`,
    0 to 1, that a mask of it must have.
    """

    capabilities = ("segment",)

    @classmethod
    def batches(cls) -> bool:
        return False  # the boxes of one picture are its batch

    def outlines(self, pixels: npt.NDArray[np.uint8], prompts: Sequence[Prompt]) -> list[Outlined]:
        told: dict[str, Any] = (
            {"input_boxes": [[list(map(float, each.box)) for each in prompts if each.box is not None]]}
            if prompts[0].box is not None
            else {
                "input_points": [[[list(map(float, point)) for point in each.points] for each in prompts]],
                "input_labels": [[list(each.labels) for each in prompts]],
            }
        )
        inputs = self.processor(picture(pixels), return_tensors="pt", **told)
        sizes = {name: inputs.pop(name) for name in ("original_sizes", "reshaped_input_sizes") if name in inputs}
        outputs = self.run(inputs)
        (masks,) = self.processor.post_process_masks(outputs.pred_masks.float().cpu(), **sizes)
        scores = outputs.iou_scores[0].float().cpu()  # (things, 3), as masks is (things, 3, H, W)
        best = scores.argmax(dim=1).tolist()
        return [
            Outlined(masks[n, each].numpy().astype(np.bool_), float(scores[n, each])) for n, each in enumerate(best)
        ]

    def everything(self, pixels: npt.NDArray[np.uint8]) -> list[Outlined]:
        import transformers

        generation: Any = transformers.MaskGenerationPipeline  # untyped in the library
        whole = generation(model=self.model, image_processor=self.processor.image_processor, device=self.model.device)
        found = whole(
            picture(pixels),
            points_per_batch=_AT_ONCE,
            points_per_crop=int(self.settings.get("points_per_side", _POINTS_PER_SIDE)),
            pred_iou_thresh=float(self.settings.get("quality", _QUALITY)),
            stability_score_thresh=float(self.settings.get("stability", _STABILITY)),
        )
        return [
            Outlined(np.asarray(mask, np.bool_), float(score))
            for mask, score in zip(found["masks"], found["scores"], strict=True)
        ]


@register
class Sam(SamExpert):
    """The outline of what the detector finds, of what points lie on, or of everything, by Segment Anything."""

    name = "sam"
    version = "2"
    licence = "Apache-2.0"
    memory_mb = 360
    checkpoint = Checkpoint("facebook/sam-vit-base", "Apache-2.0", 360)
    model_class = "SamModel"
    processor_class = "SamProcessor"
    limits = "Needs a detector for a name; outlining everything takes a thousand points and so its time."
