"""`track` with SAM 2: what the detector finds is outlined, and the outlines are carried from frame to frame.

The detector is asked once a second; what it finds where nothing is followed yet is followed from there on. So a thing
is followed through turns and changes of light that a detector would lose it in, and with its outline instead of its
box.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...capabilities import OneName
from ...results import Detection, Detections
from ...results_in_time import Tracks
from ..base import ExpertRequest
from ..detection_tracks import as_tracks
from ..footage import Footage
from ..registry import register
from ..tracking import Observation, Trajectory
from .model import HubExpert, picture
from .outlining import around
from .weights import Checkpoint

__all__ = ["Sam2Tracker"]

_STEP_S, _LOOK_S = 0.125, 1.0
_MOST_FRAMES = 240
_MOST_THINGS = 16
_NEW = 0.3  # a find that shares less of its box than this with all that is followed is something new
_KEPT = 24  # frames whose outlines are remembered; the model looks back at 16 at most
XYXY = tuple[float, float, float, float]


@register
class Sam2Tracker(HubExpert):
    """Things that the detector finds, followed by their outlines, by Segment Anything 2.

    Settings: `step_s` between frames, `look_s` between looks of the detector.
    """

    name = "sam2-tracker"
    capabilities = ("track",)
    version = "1"
    licence = "Apache-2.0"
    packages = (*HubExpert.packages, "opencv-python-headless")
    memory_mb = 190
    time_limit_s = 3600.0
    checkpoint = Checkpoint("facebook/sam2.1-hiera-small", "Apache-2.0", 185)
    model_class = "Sam2VideoModel"
    processor_class = "Sam2VideoProcessor"
    limits = (
        "Needs a detector for the name; sixteen things at most; looks at eight frames a second and at most 240 of a "
        "stretch, so in a long video ask about a part of it."
    )

    @classmethod
    def batches(cls) -> bool:
        return False  # one video fills it

    def serve(self, request: ExpertRequest) -> Tracks:
        footage, asked = request.footage, request.arguments
        assert footage is not None
        assert isinstance(asked, OneName)
        frames = footage.every(float(self.settings.get("step_s", _STEP_S)), most=_MOST_FRAMES)
        every_s, looked_s = float(self.settings.get("look_s", _LOOK_S)), float("-inf")
        session = self.processor.init_video_session(inference_device=self.model.device, dtype=self.model.dtype)
        followed: list[Trajectory] = []
        boxes: list[XYXY] = []  # of what is in view, in the frame before
        for number, frame in enumerate(frames):
            new: list[Detection] = []
            if footage.time_s(frame) - looked_s >= every_s and len(followed) < _MOST_THINGS:
                looked_s = footage.time_s(frame)
                new = _new(footage, frame, asked.name, boxes)[: _MOST_THINGS - len(followed)]
            if not followed and not new:
                continue  # nothing to follow yet
            first = len(followed)
            followed += [Trajectory() for _ in new]
            outlines = self._step(session, number, footage.pixels(frame), {first + n: d.box for n, d in enumerate(new)})
            boxes = []
            for trajectory, (mask, sure) in zip(followed, outlines, strict=True):
                if sure > 0 and mask.any():
                    boxes.append(around(mask))
                    trajectory.seen.append(
                        Observation(
                            frame=frame,
                            time_s=footage.time_s(frame),
                            box=boxes[-1],
                            label=asked.name,
                            confidence=float(1 / (1 + np.exp(-sure))),
                        )
                    )
        return as_tracks([each for each in followed if each.seen], footage)

    def _step(
        self, session: Any, number: int, pixels: npt.NDArray[np.uint8], new: dict[int, XYXY]
    ) -> list[tuple[npt.NDArray[np.bool_], float]]:
        """Go on by one frame; for each thing its mask, (H, W), and the logit that it is in view.

        Args:
            new: number of a thing -> the box in which it is followed from this frame on.
        """
        import torch

        inputs = self.processor(images=picture(pixels), return_tensors="pt")
        size = inputs["original_sizes"][0]
        for thing, box in new.items():
            self.processor.add_inputs_to_inference_session(
                inference_session=session,
                frame_idx=number,
                obj_ids=thing,
                input_boxes=[[list(map(float, box))]],
                original_size=size,
            )
        shown = inputs["pixel_values"][0].to(self.model.device, self.model.dtype)
        with torch.inference_mode():
            told = self.model(inference_session=session, frame=shown, frame_idx=number)
        _forget(session, number)
        (masks,) = self.processor.post_process_masks([told.pred_masks.float().cpu()], original_sizes=[size.tolist()])
        sure = told.object_score_logits.float().cpu().flatten().tolist()
        return [(mask[0].numpy() > 0, each) for mask, each in zip(masks, sure, strict=True)]


def _new(footage: Footage, frame: int, name: str, boxes: Sequence[XYXY]) -> list[Detection]:
    """What the detector finds in a frame and nothing is followed at."""
    found = footage.ask(frame, "detect", {"names": [name]})
    assert isinstance(found, Detections)
    kept: list[Detection] = []
    for item in found.items:
        if all(_shared(item.box, box) < _NEW for box in (*boxes, *(each.box for each in kept))):
            kept.append(item)
    return kept


def _shared(a: XYXY, b: XYXY) -> float:
    """What two boxes have in common, as a share of the smaller one."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return max(0.0, width) * max(0.0, height) / max(1e-9, min(areas))


def _forget(session: Any, number: int) -> None:
    """Let go of what the model does not look back at, which would fill the memory in a long stretch: pixels at once,
    and outlines of old frames, but for those in which a thing was first seen.
    """
    import torch

    session.processed_frames[number] = torch.empty(0)
    for outputs in session.output_dict_per_obj.values():
        outputs["non_cond_frame_outputs"].pop(number - _KEPT, None)
