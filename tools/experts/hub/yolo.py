"""`detect` with YOLO of ultralytics: very quick, for the names that its weights were trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...capabilities import Names
from ...results import Detection, Detections
from ..base import ExpertRequest
from ..registry import register
from .finding import as_detections
from .ultralytics_yolo import YoloExpert
from .vocabulary import Vocabulary
from .weights import Checkpoint

__all__ = ["Yolo", "detections"]

_OVERLAP = 0.8  # of boxes with one name; the library has removed most before


@register
class Yolo(YoloExpert):
    """People, animals, vehicles and household things of a fixed list, by YOLO."""

    name = "yolo"
    capabilities = ("detect",)
    version = "1"
    memory_mb = 11
    checkpoint = Checkpoint("Ultralytics/YOLO11", "AGPL-3.0", 6, file="yolo11n.pt")
    limits = "Knows the list that its weights learned (COCO's eighty), and leaves every other name to the next expert."

    def load(self) -> None:
        super().load()
        self._vocabulary = Vocabulary(dict(self.yolo.names), expert=self.name)

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[Detections]:
        asked = requests[0].arguments
        assert isinstance(asked, Names)
        wanted = self._vocabulary.numbers(asked.names)
        told = {"conf": 0.001} if asked.presumed else {}
        found = self.found(requests, classes=sorted(wanted), **told)
        return [detections(each, wanted, asked) for each in found]


def detections(found: Any, wanted: dict[int, str], asked: Names) -> Detections:
    """The library's boxes of the wanted classes, with masks where it has them, under the names that were asked for."""
    boxes = found.boxes.cpu()
    masks = [None] * len(boxes) if found.masks is None else found.masks.data.cpu().numpy() > 0
    items = [
        Detection(box=tuple(box), label=wanted[int(number)], confidence=min(1.0, sure), mask=mask)
        for box, sure, number, mask in zip(
            boxes.xyxy.tolist(), boxes.conf.tolist(), boxes.cls.tolist(), masks, strict=True
        )
        if int(number) in wanted
    ]
    return as_detections(items, asked.names, presumed=asked.presumed, most_overlap=_OVERLAP)
