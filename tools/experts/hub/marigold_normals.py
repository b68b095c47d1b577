"""`normals` with Marigold of diffusers, which paints the normals of a picture."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import numpy.typing as npt

from ...results import Normals
from ..base import ExpertRequest
from ..registry import register
from .model import loading, picture
from .published import PublishedExpert
from .surface_normals import main_direction
from .weights import Checkpoint

__all__ = ["MarigoldNormals"]

_STEPS, _MOST_MAPS = 4, 8


@register
class MarigoldNormals(PublishedExpert):
    """Where surfaces face, by Marigold.

    Settings: `precision` ("half" or "full"; half on a GPU unless set), `steps` of taking noise off, `side` (pixels of
    the longer side that it works on; None for its own).
    """

    name = "marigold-normals"
    capabilities = ("normals",)
    version = "1"
    licence = "Apache-2.0"
    packages = ("torch", "diffusers", "transformers")
    extra = "experts"
    half = True
    memory_mb = 4900
    time_limit_s = 600.0
    checkpoint = Checkpoint("prs-eth/marigold-normals-v1-1", "OpenRAIL++", 4900)
    model_class = "MarigoldNormalsPipeline"
    limits = "Slow without a GPU; thin things and far surfaces are smoothed over."

    def load(self) -> None:
        import diffusers
        import torch

        library: Any = diffusers
        allowed = "half" if self.device.startswith("cuda") else "full"
        half = self.settings.get("precision", allowed) == "half"
        with loading():
            pipe: Any = library.MarigoldNormalsPipeline.from_pretrained(
                self.place(),
                dtype=torch.float16 if half else torch.float32,
                use_safetensors=True,
                local_files_only=True,
            )
        pipe.set_progress_bar_config(disable=True)
        self.pipe: Any = pipe.to(self.device)
        self._maps: OrderedDict[str, npt.NDArray[np.float32]] = OrderedDict()

    def unload(self) -> None:
        self.__dict__.pop("pipe", None)

    def measured_mb(self) -> float | None:
        models = [each for each in self.pipe.components.values() if hasattr(each, "parameters")]
        tensors = [tensor for each in models for tensor in (*each.parameters(), *each.buffers())]
        return float(sum(each.numel() * each.element_size() for each in tensors)) / 2**20

    def move(self, device: str) -> bool:
        self.pipe.to(device)
        self.device = device
        return True

    def serve(self, request: ExpertRequest) -> Normals:
        whole = request.whole
        assert whole is not None
        if whole.id not in self._maps:
            self._maps[whole.id] = self._painted(whole.pixels)
            while len(self._maps) > _MOST_MAPS:
                self._maps.popitem(last=False)
        x1, y1, x2, y2 = whole.box
        return main_direction(self._maps[whole.id][y1:y2, x1:x2], request.mask)

    def _painted(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """(H, W, 3), each (right, up, towards the camera)."""
        import torch

        side = self.settings.get("side")
        made = self.pipe(
            picture(pixels),
            num_inference_steps=int(self.settings.get("steps", _STEPS)),
            processing_resolution=None if side is None else int(side),
            generator=torch.Generator("cpu").manual_seed(0),  # the same picture gives the same map
        )
        return np.asarray(made.prediction[0], np.float32)
