"""What depth models share: the whole picture is looked at, and a region's depth is its part of the map, or the median.

Models that tell nearness (most do) are turned over, so that larger is further, as everywhere in Sightline; figures can
be compared within one picture only. The maps of the last pictures are kept, since programs ask about many regions.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...results import Depth, DepthMap, Normals
from ..base import ExpertRequest
from .model import HubExpert, picture
from .surface_normals import main_direction, normals_of_depth

__all__ = ["DepthExpert"]

_MOST_MAPS = 8
_LEAST = 1e-6
_MAP_SIDE = 256  # of the map that is shown to people, pixels at most


class DepthExpert(HubExpert):
    """Base of depth models."""

    capabilities = ("depth", "depth_map", "normals")
    most_at_once = 8
    model_class = "AutoModelForDepthEstimation"

    def load(self) -> None:
        super().load()
        self._maps: OrderedDict[str, npt.NDArray[np.float32]] = OrderedDict()

    def _processor(self, transformers: Any, folder: Path) -> Any:
        return transformers.AutoImageProcessor.from_pretrained(folder, **self._trust())

    def together(self, request: ExpertRequest) -> Hashable:
        assert request.whole is not None
        return request.capability, request.whole.pixels.shape

    def depth_maps(self, wanted: Sequence[npt.NDArray[np.uint8]]) -> list[npt.NDArray[np.float32]]:
        """(H, W) for each picture of one size: larger is further."""
        inputs = self.processor(images=[picture(each) for each in wanted], return_tensors="pt")
        outputs = self.run(inputs)
        sizes = [each.shape[:2] for each in wanted]
        found = self.processor.post_process_depth_estimation(outputs, target_sizes=sizes)
        maps = [each["predicted_depth"].float().cpu().numpy() for each in found]
        metric = getattr(self.model.config, "depth_estimation_type", "relative") == "metric"
        return [each if metric else 1.0 / np.maximum(each, _LEAST) for each in maps]

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[Depth | DepthMap | Normals]:
        wholes = {each.whole.id: each.whole for each in requests if each.whole is not None}
        ready = {name: self._maps[name] for name in wholes if name in self._maps}
        new = [name for name in wholes if name not in ready]
        if new:
            found = self.depth_maps([wholes[name].pixels for name in new])
            ready.update(zip(new, found, strict=True))
        for name in ready:
            self._maps[name] = ready[name]
            self._maps.move_to_end(name)
        while len(self._maps) > _MOST_MAPS:
            self._maps.popitem(last=False)
        return [_answer(each, ready) for each in requests]


def _answer(request: ExpertRequest, maps: dict[str, npt.NDArray[np.float32]]) -> Depth | DepthMap | Normals:
    assert request.whole is not None
    x1, y1, x2, y2 = request.whole.box
    if request.capability == "normals":
        return main_direction(normals_of_depth(maps[request.whole.id])[y1:y2, x1:x2], request.mask)
    part = maps[request.whole.id][y1:y2, x1:x2]
    if request.capability == "depth_map":
        return DepthMap(values=part.astype(np.float32))
    step = -(-max(part.shape) // _MAP_SIDE)
    shown = np.ascontiguousarray(part[::step, ::step], np.float32)
    return Depth(median=float(np.median(part if request.mask is None else part[request.mask])), map=shown)
