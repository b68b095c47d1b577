"""`pose` with YOLO of ultralytics: people and their joints in one look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...results import People, Person
from ..base import ExpertRequest
from ..registry import register
from .ultralytics_yolo import YoloExpert
from .weights import Checkpoint

__all__ = ["YoloPose"]

# The order of COCO, which the weights do not tell.
_JOINTS = (
    "nose", "left eye", "right eye", "left ear", "right ear", "left shoulder", "right shoulder", "left elbow",
    "right elbow", "left wrist", "right wrist", "left hip", "right hip", "left knee", "right knee", "left ankle",
    "right ankle",
)  # fmt: skip


@register
class YoloPose(YoloExpert):
    """People and where their joints are, by YOLO."""

    name = "yolo-pose"
    capabilities = ("pose",)
    version = "1"
    memory_mb = 12
    task = "pose"
    checkpoint = Checkpoint("Ultralytics/YOLO11", "AGPL-3.0", 6, file="yolo11n-pose.pt")
    limits = "Leaves out joints that it is not sure to see; small people in large pictures need a crop."

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[People]:
        return [People(people=_people(each)) for each in self.found(requests)]


def _people(found: Any) -> list[Person]:
    boxes, points = found.boxes.cpu(), found.keypoints.cpu()
    if not len(boxes):
        return []
    count = points.xy.shape[1]
    names = _JOINTS if count == len(_JOINTS) else tuple(f"point {n + 1}" for n in range(count))
    sure = points.conf.tolist() if points.conf is not None else [[1.0] * count] * len(boxes)
    return [
        Person(
            box=tuple(box),
            confidence=min(1.0, confidence),
            keypoints={
                name: (x, y, min(1.0, c))
                for name, (x, y), c in zip(names, places, joint_sure, strict=True)
                if (x, y) != (0.0, 0.0)  # how the library says that it does not see one
            },
        )
        for box, confidence, places, joint_sure in zip(
            boxes.xyxy.tolist(), boxes.conf.tolist(), points.xy.tolist(), sure, strict=True
        )
    ]
