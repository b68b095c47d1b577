"""`pose` with ViTPose: the detector of the profile says where people are, ViTPose says where their joints are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...results import Detections, People, Person
from ..base import ExpertRequest
from ..registry import register
from .model import HubExpert, picture
from .weights import Checkpoint

__all__ = ["VitPose"]


@register
class VitPose(HubExpert):
    """Where people's joints are, by ViTPose."""

    name = "vitpose"
    capabilities = ("pose",)
    version = "1"
    licence = "Apache-2.0"
    memory_mb = 330
    checkpoint = Checkpoint("usyd-community/vitpose-base-simple", "Apache-2.0", 330)
    model_class = "VitPoseForPoseEstimation"
    limits = (
        "Finds those people that the detector finds; gives every joint a place, also hidden ones, with low figures."
    )

    @classmethod
    def batches(cls) -> bool:
        return False  # the people of one picture are its batch

    def _processor(self, transformers: Any, folder: Path) -> Any:
        return transformers.AutoImageProcessor.from_pretrained(folder, **self._trust())

    def serve(self, request: ExpertRequest) -> People:
        found = request.ask("detect", {"names": ["person"]})
        people = found.items if isinstance(found, Detections) else []
        if not people:
            return People(people=[])
        boxes = [[[x1, y1, x2 - x1, y2 - y1] for x1, y1, x2, y2 in (each.box for each in people)]]
        inputs = self.processor(picture(request.pixels), boxes=boxes, return_tensors="pt")
        outputs = self.run(inputs)
        outputs.heatmaps = outputs.heatmaps.float()
        (poses,) = self.processor.post_process_pose_estimation(outputs, boxes=boxes)
        names = self.model.config.id2label
        return People(
            people=[
                Person(
                    box=each.box,
                    confidence=each.confidence,
                    keypoints={
                        _plain(names[int(label)]): (float(x), float(y), float(score.clamp(0, 1)))
                        for (x, y), score, label in zip(pose["keypoints"], pose["scores"], pose["labels"], strict=True)
                    },
                )
                for each, pose in zip(people, poses, strict=True)
            ]
        )


def _plain(name: str) -> str:
    """ "L_Shoulder" as "left shoulder"."""
    words = name.replace("_", " ").lower().split()
    return " ".join({"l": "left", "r": "right"}.get(word, word) for word in words)
