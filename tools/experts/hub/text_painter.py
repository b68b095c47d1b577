"""`generate`: a picture of what a text says, by any text-to-image pipeline."""

from __future__ import annotations

import numpy as np

from ...capabilities import Prompt
from ...results import NewImage
from ..base import ExpertRequest
from ..canvas import scaled, working_size
from ..registry import register
from .diffusion import DiffusionExpert
from .weights import Checkpoint

__all__ = ["TextPainter"]


@register
class TextPainter(DiffusionExpert):
    """A picture of what a text says, by Stable Diffusion and its like."""

    name = "text-painter"
    capabilities = ("generate",)
    version = "1"
    licence = "CreativeML-OpenRAIL-M"
    memory_mb = 5230
    checkpoint = Checkpoint(
        "stable-diffusion-v1-5/stable-diffusion-v1-5", "CreativeML-OpenRAIL-M", 2610, pipeline=True, variant="fp16"
    )
    model_class = "AutoPipelineForText2Image"
    limits = "Miscounts, misspells, and gets hands and relations wrong; sizes far from the model's own are enlarged."

    def serve(self, request: ExpertRequest) -> NewImage:
        asked = request.arguments
        assert isinstance(asked, Prompt)
        size = asked.width or asked.height or self.side, asked.height or asked.width or self.side
        width, height = working_size(size, side=self.side, multiple=self.multiple)
        made = self.made(request, prompt=asked.prompt, width=width, height=height)
        return NewImage(pixels=np.asarray(scaled(made, size)))
