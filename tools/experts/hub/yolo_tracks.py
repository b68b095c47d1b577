"""`track` with the trackers of ultralytics, ByteTrack and BoT-SORT, over a YOLO."""

from __future__ import annotations

from ...capabilities import OneName
from ...results_in_time import Tracks
from ..base import ExpertRequest
from ..detection_tracks import as_tracks
from ..registry import register
from ..tracking import Observation, Trajectory
from .model import picture
from .ultralytics_yolo import YoloExpert
from .vocabulary import Vocabulary
from .weights import Checkpoint

__all__ = ["YoloTracker"]

_STEP_S = 0.1
_MOST_FRAMES = 600


@register
class YoloTracker(YoloExpert):
    """People, animals, vehicles and household things of a fixed list, followed by ByteTrack or BoT-SORT.

    Settings: `tracker` ("bytetrack" or "botsort").
    """

    name = "yolo-tracker"
    capabilities = ("track",)
    version = "1"
    packages = (*YoloExpert.packages, "lap")
    memory_mb = 11
    time_limit_s = 1800.0
    threshold = 0.1
    checkpoint = Checkpoint("Ultralytics/YOLO11", "AGPL-3.0", 6, file="yolo11n.pt")
    limits = (
        "Knows the list that its weights learned; looks at ten frames a second and at most 600 of a stretch, so in a "
        "long video ask about a part of it."
    )

    def load(self) -> None:
        super().load()
        self._vocabulary = Vocabulary(dict(self.yolo.names), expert=self.name)

    def serve(self, request: ExpertRequest) -> Tracks:
        footage, asked = request.footage, request.arguments
        assert footage is not None
        assert isinstance(asked, OneName)
        wanted = self._vocabulary.numbers([asked.name])
        self.yolo.predictor = None  # it holds the things of the video before
        followed: dict[int, Trajectory] = {}
        for frame in footage.every(_STEP_S, most=_MOST_FRAMES):
            (found,) = self.yolo.track(
                picture(footage.pixels(frame)),
                persist=True,
                tracker=f"{self.settings.get('tracker', 'bytetrack')}.yaml",
                classes=sorted(wanted),
                **self.asked(),
            )
            boxes = found.boxes.cpu()
            if boxes.id is None:
                continue
            numbers = boxes.id.int().tolist()
            for number, box, sure in zip(numbers, boxes.xyxy.tolist(), boxes.conf.tolist(), strict=True):
                seen = Observation(
                    frame=frame,
                    time_s=footage.time_s(frame),
                    box=tuple(box),
                    label=asked.name,
                    confidence=min(1.0, sure),
                )
                followed.setdefault(number, Trajectory()).seen.append(seen)
        return as_tracks(list(followed.values()), footage)
