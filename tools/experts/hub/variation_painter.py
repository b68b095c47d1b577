"""`vary`: a picture like a given one, by an image-to-image pipeline, or one that is made for variations (unCLIP)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from ...capabilities import Vary
from ...results import NewImage
from ..base import ExpertRequest
from ..canvas import scaled, working_size
from ..registry import register
from .diffusion import DiffusionExpert
from .weights import Checkpoint, chosen

__all__ = ["VariationPainter"]


@register
class VariationPainter(DiffusionExpert):
    """A picture like a given one, by Stable Diffusion and its like."""

    name = "variation-painter"
    capabilities = ("vary",)
    version = "1"
    licence = "CreativeML-OpenRAIL-M"
    memory_mb = 5230
    checkpoint = Checkpoint(
        "stable-diffusion-v1-5/stable-diffusion-v1-5", "CreativeML-OpenRAIL-M", 2610, pipeline=True, variant="fp16"
    )
    model_class = "AutoPipelineForImage2Image"
    limits = "Keeps the layout and not the identity: faces, text and details become others."

    def _pipeline(self, folder: Path) -> Any:
        try:
            return super()._pipeline(folder)
        except ValueError:  # a pipeline that only varies is found under its own class
            return self.read("DiffusionPipeline", folder, variant=chosen(self.settings, self.checkpoint).variant)

    def serve(self, request: ExpertRequest) -> NewImage:
        asked = request.arguments
        assert isinstance(asked, Vary)
        height, width = request.pixels.shape[:2]
        size = working_size((width, height), side=self.side, multiple=self.multiple)
        made = self.made(
            request,
            prompt=asked.prompt or "",
            image=scaled(request.pixels, size),
            strength=asked.strength,
            num_inference_steps=max(self.steps, math.ceil(1 / asked.strength)),  # at least one step is left to be run
        )
        return NewImage(pixels=np.asarray(scaled(made, (width, height))))
